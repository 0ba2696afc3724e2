"""The JSON that a store page hands to its own script: tables of products and publishers that refer to each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from asset_ingest.core.formats.html_text import text_of_html
from asset_ingest.core.formats.plain_text import one_line
from asset_ingest.core.formats.store_page_values import address, number, objects, text

_CALL: Final = ".ReactDOMrender("
_MOST_TAGS: Final = 40
_UNITY_VERSION: Final = re.compile(r"[0-9A-Za-z.]{1,20}")
_PUBLISHED: Final = "published"


@dataclass(frozen=True, slots=True)
class PageScript:
    """What the script is told; no `facts` where it cannot be read or knows no such product."""

    product_id: str | None = None
    listed: bool = True
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_page_script(page: str) -> PageScript:
    """Read the argument of the last call that renders the page."""
    data = objects(_argument(page).get("data"))
    product_id = number(data.get("productId"))
    tables = _Tables(objects(data.get("ENTITY")))
    product = tables.row("Product", product_id) if product_id else {}
    if not product:
        return PageScript(product_id)
    state = product.get("state")
    return PageScript(product_id, state is None or state == _PUBLISHED, dict(_facts(product, tables)))


def _argument(page: str) -> dict[str, Any]:
    """Decode in place: nothing has to count braces, and what follows does not matter."""
    start = page.rfind(_CALL)
    if start < 0:
        return {}
    try:
        decoded, _ = json.JSONDecoder(strict=False).raw_decode(page, page.find("{", start))
    except (ValueError, IndexError, RecursionError):  # no JSON, cut off, a number too long, nested too deep
        return {}
    return objects(decoded)


@dataclass(frozen=True, slots=True)
class _Tables:
    """Rows by kind and id. A field refers to a row as `{"type": "id", "id": [kind, id]}`, or has it in place."""

    tables: Mapping[str, Any]

    def row(self, kind: str, ident: object) -> dict[str, Any]:
        return objects(objects(self.tables.get(kind)).get(str(ident)))

    def follow(self, value: object) -> dict[str, Any]:
        found = objects(value)
        match found.get("id"):
            case [str(kind), (str() | int()) as ident]:
                return self.row(kind, ident)
        return found


def _facts(product: Mapping[str, Any], tables: _Tables) -> Iterator[tuple[str, Any]]:
    publisher = tables.follow(product.get("publisher"))
    version = tables.follow(product.get("currentVersion"))
    told = {
        "title": text(product.get("name"), 500),
        "publisher_id": number(publisher.get("id")),
        "publisher_name": text(publisher.get("name"), 200),
        "publisher_url": address(publisher.get("url")),
        "version": text(version.get("name"), 100),
        "category": text(tables.follow(product.get("category")).get("name"), 200),
        "description": _description(product),
        "tags": tuple(_tags(product.get("popularTags"), tables)),
        "unity_versions": tuple(_unity_versions(product.get("supportedUnityVersions"))),
        "published_on": _day(version.get("publishedDate")),
        "image_url": _picture(objects(product.get("mainImage"))),
    }
    return ((name, value) for name, value in told.items() if value)


def _description(product: Mapping[str, Any]) -> str | None:
    for name in ("description", "elevatorPitch"):
        html = product.get(name)
        if isinstance(html, str) and (words := text_of_html(html)):
            return words
    return None


def _tags(value: object, tables: _Tables) -> Iterator[str]:
    for each in value[:_MOST_TAGS] if isinstance(value, list) else ():
        if name := text(tables.follow(each).get("name"), 60):
            yield name


def _unity_versions(value: object) -> Iterator[str]:
    for each in value[:_MOST_TAGS] if isinstance(value, list) else ():
        if isinstance(each, str) and _UNITY_VERSION.fullmatch(each):
            yield each


def _day(value: object) -> str | None:
    """Keep the day of an ISO 8601 moment, as the header record of a package has it."""
    try:
        return date.fromisoformat(one_line(value, 10)).isoformat() if isinstance(value, str) else None
    except ValueError:
        return None


def _picture(images: Mapping[str, Any]) -> str | None:
    """Take the largest that there is: every size has a name of its own, none can be derived from another."""
    return next((found for size in ("big", "facebook", "small", "icon") if (found := address(images.get(size)))), None)
