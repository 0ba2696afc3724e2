"""The OpenAPI 3.1 document, made from the same table that serves."""

from __future__ import annotations

from dataclasses import fields
from http import HTTPStatus
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import JsonSchemaMode

from asset_ingest.core.errors import Code
from asset_ingest.entrypoints.web.auth import COOKIE
from asset_ingest.entrypoints.web.errors import PROBLEM, STATUS
from asset_ingest.entrypoints.web.options import BASE, NDJSON
from asset_ingest.entrypoints.web.wire import BODY, Operation, Operations

Json = dict[str, Any]

_REF = "#/components/schemas/{model}"
_ABOUT = (
    "Files in, facts out. Errors are problem documents (RFC 9457) with a `code` to branch on, a sentence and a remedy; "
    "every answer carries `X-Correlation-ID`. Lists give `next_cursor`; send it as `cursor` for the next page. "
    "A browser's session must send `X-CSRF-Token` (from `/auth/me`) with every change; a key need not."
)


def document(operations: Operations, version: str) -> Json:
    """Return the document as JSON values."""
    schemas = _Schemas(operations)
    paths: Json = {}
    for operation in operations:
        paths.setdefault(BASE + operation.path, {})[operation.method.lower()] = _operation(operation, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "asset_ingest", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"key": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas.definitions,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": COOKIE},
            },
        },
    }


class _Schemas:
    """Every type of the table, defined once."""

    def __init__(self, operations: Operations) -> None:
        wanted: dict[tuple[str, JsonSchemaMode], TypeAdapter[Any]] = {("problem", "serialization"): PROBLEM}
        for operation in operations:
            wanted[operation.name, "validation"] = operation.asking
            if operation.answer is not None:
                wanted[operation.name, "serialization"] = operation.answering
            if operation.later is not None:
                wanted[f"{operation.name} later", "serialization"] = TypeAdapter(operation.later)
            if operation.line is not None:
                wanted[f"{operation.name} line", "serialization"] = TypeAdapter(operation.line)
        inputs = [(name, mode, adapter) for (name, mode), adapter in wanted.items()]
        found, rest = TypeAdapter.json_schemas(inputs, ref_template=_REF)
        self._found: Any = found
        every: Json = rest.get("$defs", {})
        asked = {operation.asks.__name__ for operation in operations}
        self._every = every
        self.definitions = {name: schema for name, schema in every.items() if name not in asked}

    def answer(self, name: str) -> Json:
        """Return the schema of what the operation answers."""
        schema: Json = self._found[name, "serialization"]
        return schema

    def asked(self, operation: Operation[Any, Any]) -> Json:
        """Return the schema of each field that the operation asks for."""
        schema: Json = self._found[operation.name, "validation"]
        if "$ref" in schema:
            schema = self._every[schema["$ref"].rpartition("/")[2]]
        properties: Json = schema.get("properties", {})
        return properties


def _operation(operation: Operation[Any, Any], schemas: _Schemas) -> Json:
    asked, extra = schemas.asked(operation), operation.extra
    told: Json = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [operation.path.split("/")[1].partition(":")[0]],
        "parameters": [*_parameters(operation, asked), *extra.get("parameters", ())],
        "responses": _responses(operation, schemas),
    }
    if operation.public:
        told["security"] = []
    if operation.takes_json:
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": asked[BODY]}}}
    if "requestBody" in extra:
        told["requestBody"] = extra["requestBody"]
    return told


def _parameters(operation: Operation[Any, Any], asked: Json) -> list[Json]:
    required = {each.name for each in fields(operation.asks) if each.name in operation.in_path}
    return [_parameter(name, asked[name], in_path=name in required) for name in asked if name != BODY]


def _parameter(name: str, schema: Json, *, in_path: bool) -> Json:
    told = {"name": name, "in": "path" if in_path else "query", "required": in_path, "schema": _without_null(schema)}
    return {**told, "style": "form", "explode": False} if schema.get("type") == "array" else told


def _without_null(schema: Json) -> Json:
    """Leave out null: a parameter that is not given is simply not there, and a word that is said twice said once."""
    kept = {name: value for name, value in schema.items() if name not in {"anyOf", "title", "uniqueItems"}}
    if kept.get("default") in (None, []):
        kept.pop("default", None)
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    return {**kinds[0], **kept} if kinds else kept


def _responses(operation: Operation[Any, Any], schemas: _Schemas) -> Json:
    problem = {"application/problem+json": {"schema": schemas.answer("problem")}}
    told: Json = dict(operation.extra.get("responses", {})) or {str(operation.status): _success(operation, schemas)}
    if operation.later is not None:
        content = {"application/json": {"schema": schemas.answer(f"{operation.name} later")}}
        told["202"] = {"description": HTTPStatus.ACCEPTED.phrase, "content": content}
    for status, codes in _refusals(operation).items():
        told[str(status.value)] = {"description": ", ".join(codes), "content": problem}
    told["default"] = {"description": "Something else went wrong", "content": problem}
    return told


def _success(operation: Operation[Any, Any], schemas: _Schemas) -> Json:
    if operation.answer is None:
        return {"description": "Done"}
    content = {"application/json": {"schema": schemas.answer(operation.name)}}
    if operation.line is not None:
        content[NDJSON] = {"schema": schemas.answer(f"{operation.name} line")}
    return {"description": HTTPStatus(operation.status).phrase, "content": content}


def _refusals(operation: Operation[Any, Any]) -> dict[HTTPStatus, list[str]]:
    found: dict[HTTPStatus, list[str]] = {}
    for code in dict.fromkeys((*_usual(operation), *operation.refusals)):
        found.setdefault(STATUS[code], []).append(code.value)
    found.setdefault(HTTPStatus.UNPROCESSABLE_ENTITY, []).append(Code.INVALID_REQUEST.value)
    return found


def _usual(operation: Operation[Any, Any]) -> tuple[Code, ...]:
    """Return what any request like this may be refused for, whatever the operation does."""
    if operation.public:
        who: tuple[Code, ...] = ()
    else:
        who = (Code.UNAUTHENTICATED, Code.FORBIDDEN)  # by the role, the key's scopes, or as forged by another page
    body = (Code.INVALID_REQUEST, Code.UNSUPPORTED_MEDIA_TYPE)  # no JSON, or encoded
    json = (Code.TOO_LARGE,) if operation.takes_json else ()
    found = (Code.NOT_FOUND,) if operation.in_path else ()
    return (*who, *body, *json, *found, Code.TOO_MANY_REQUESTS)
