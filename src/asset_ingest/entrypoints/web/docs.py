"""The API's reference as a page: made here, with a style sheet of its own and nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import Any

from aiohttp import web

from asset_ingest.entrypoints.web.openapi import Json
from asset_ingest.entrypoints.web.options import BASE


class Reference:
    """The document in its three forms; made once."""

    def __init__(self, document: Json) -> None:
        self._json = json.dumps(document, ensure_ascii=False).encode()
        self._page = _page(document)
        self._style = files(__package__).joinpath("docs.css").read_bytes()

    def mount(self, router: web.UrlDispatcher) -> None:
        router.add_get(f"{BASE}/openapi.json", self._answer_json)
        router.add_get(f"{BASE}/docs", self._answer_page)
        router.add_get(f"{BASE}/docs.css", self._answer_style)

    async def _answer_json(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._json, content_type="application/json")

    async def _answer_page(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def _answer_style(self, _request: web.Request) -> web.Response:
        return web.Response(body=self._style, content_type="text/css", charset="utf-8")


def _page(document: Json) -> str:
    operations = [
        _operation(method, path, told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
    ]
    types = [_type(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    about = document["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(about["title"])} API</title><link rel="stylesheet" href="{BASE}/docs.css"></head><body><main>'
        f"<h1>{escape(about['title'])} API {escape(about['version'])}</h1><p>{_prose(about['description'])}</p>"
        f'<p><a href="{BASE}/openapi.json">OpenAPI 3.1 document</a></p>'
        f"<h2>Operations</h2>{''.join(operations)}<h2>Types</h2>{''.join(types)}</main></body></html>"
    )


def _operation(method: str, path: str, told: Json) -> str:
    key = "" if "security" not in told else " <em>no key needed</em>"
    return (
        f'<article id="{escape(told["operationId"])}"><h3><b>{method.upper()}</b> <code>{escape(path)}</code></h3>'
        f"<p>{_prose(told['summary'])}.{key}</p>{_parameters(told['parameters'])}{_body(told)}"
        f"{_answers(told['responses'])}</article>"
    )


def _parameters(parameters: list[Json]) -> str:
    rows = [
        f"<tr><th><code>{escape(each['name'])}</code></th><td>{each['in']}</td><td>{_kind(each['schema'])}</td>"
        f"<td>{_prose(each.get('description', ''))}</td></tr>"
        for each in parameters
    ]
    return f"<table>{''.join(rows)}</table>" if rows else ""


def _body(told: Json) -> str:
    content = told.get("requestBody", {}).get("content", {})
    return "".join(
        f"<p>Body <code>{escape(kind)}</code>: {_kind(each['schema'])}</p>" for kind, each in content.items()
    )


def _answers(responses: Json) -> str:
    rows = [
        f"<tr><th>{escape(status)}</th><td>{_prose(each['description'])}</td><td>{_contents(each)}</td></tr>"
        for status, each in responses.items()
        if status != "default"
    ]
    return f"<table>{''.join(rows)}</table>"


def _contents(response: Json) -> str:
    each = response.get("content", {}).items()
    return "<br>".join(f"<code>{escape(kind)}</code> {_kind(content['schema'])}" for kind, content in each)


def _type(name: str, schema: Json) -> str:
    rows = [
        f"<tr><th><code>{escape(field)}</code></th><td>{_kind(kind)}</td></tr>"
        for field, kind in schema.get("properties", {}).items()
    ]
    fields = f"<table>{''.join(rows)}</table>" if rows else f"<p>{_kind(schema)}</p>"
    about = f"<p>{_prose(schema.get('description', ''))}</p>" if "description" in schema else ""
    return f'<article id="type-{escape(name)}"><h3><code>{escape(name)}</code></h3>{about}{fields}</article>'


def _kind(schema: Any) -> str:  # noqa: PLR0911  one case, one answer
    """Say a schema in a few words, types by their names."""
    match schema:
        case {"$ref": str(ref)}:
            name = escape(ref.rpartition("/")[2])
            return f'<a href="#type-{name}">{name}</a>'
        case {"enum": list(values)}:
            return " · ".join(f"<code>{escape(str(value))}</code>" for value in values)
        case {"anyOf": list(kinds)}:
            return " or ".join(_kind(kind) for kind in kinds)
        case {"type": "array", "items": items}:
            return f"list of {_kind(items)}"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"object of {_kind(values)}"
        case {"type": str(kind), "format": str(shape)}:
            return escape(f"{kind} ({shape})")
        case {"type": str(kind)}:
            return escape(kind)
        case _:
            return "any"


def _prose(text: str) -> str:
    """Escape, and set what stands between backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
