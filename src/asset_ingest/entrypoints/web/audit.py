"""The audit trail, page by page, or all of it as CSV or lines of JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields
from http import HTTPMethod
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.services.audit import NEWEST, AuditView
from asset_ingest.core.services.jobs import Page
from asset_ingest.entrypoints.web.asking import Limit, Text, digits
from asset_ingest.entrypoints.web.options import NDJSON
from asset_ingest.entrypoints.web.transfer import hand_on
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

CSV = "text/csv"
COLUMNS = tuple(each.name for each in fields(AuditView))

_LINE = TypeAdapter(AuditView)
_Before = Annotated[int, BeforeValidator(digits), Field(ge=0, le=NEWEST)]


@dataclass(frozen=True, slots=True)
class StudioTrail:
    """`format` is for links, which cannot say what they accept."""

    limit: Limit = 50
    cursor: _Before = NEWEST
    format: Literal["csv", "ndjson"] | None = None


@dataclass(frozen=True, slots=True)
class AssetTrail:
    """`type` is what the types begin with, up to the dot; `format` is for links, which cannot say what they accept."""

    asset_id: UUID
    limit: Limit = 50
    cursor: _Before = NEWEST
    type: Text = ""
    format: Literal["csv", "ndjson"] | None = None


async def read_audit(call: Call[StudioTrail]) -> Page[AuditView] | web.StreamResponse:
    return await _read(call, None, "")


async def read_audit_of_asset(call: Call[AssetTrail]) -> Page[AuditView] | web.StreamResponse:
    return await _read(call, AssetId(call.asked.asset_id), call.asked.type)


async def _read(call: Call[Any], asset_id: AssetId | None, kind: str) -> Page[AuditView] | web.StreamResponse:
    written = _wanted(call)
    if written is None:
        return await call.app.audit.page(call.who, asset_id, call.asked.limit, call.asked.cursor, kind)
    return await _export(
        call, f"audit-{asset_id or 'studio'}", call.app.audit.export(call.who, asset_id, kind), written
    )


def _wanted(call: Call[Any]) -> str | None:
    """Return the type of an export, if one is asked for; what the address says goes before what the client accepts."""
    if call.asked.format is not None:
        return CSV if call.asked.format == "csv" else NDJSON
    accept = call.request.headers.get("Accept", "")
    return next((each for each in (CSV, NDJSON) if each in accept), None)


async def _export(call: Call[Any], name: str, trail: AsyncGenerator[list[AuditView]], kind: str) -> web.StreamResponse:
    """Stream the whole trail; the answer begins once the first batch is there, so that a refusal has its status."""
    filename = f"{name}.{'csv' if kind == CSV else 'ndjson'}"
    written = _as_csv if kind == CSV else _as_lines
    answer = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{filename}"'})
    answer.content_type, answer.charset = kind, "utf-8"
    async with aclosing(trail) as batches:
        first = await anext(batches)
        await answer.prepare(call.request)
        if call.request.method == "HEAD":
            return answer
        if kind == CSV:
            await hand_on(call.request, answer, _row(COLUMNS))
        await hand_on(call.request, answer, written(first))
        async for batch in batches:
            await hand_on(call.request, answer, written(batch))
    await answer.write_eof()
    return answer


def _as_lines(batch: Sequence[AuditView]) -> bytes:
    return b"".join(_LINE.dump_json(each) + b"\n" for each in batch)


def _as_csv(batch: Sequence[AuditView]) -> bytes:
    return b"".join(_row([_cell(value) for value in _LINE.dump_python(each, mode="json").values()]) for each in batch)


def _cell(value: object) -> str:
    """Return the value as a cell that no spreadsheet takes for a formula: some of it strangers have written."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _row(cells: Sequence[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode("utf-8", "replace")


_EXPORTS: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "A page; all of it where `format` or `Accept` asks for CSV or NDJSON",
            "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Page_AuditView_"}},
                CSV: {"schema": {"type": "string"}},
                NDJSON: {"schema": {"$ref": "#/components/schemas/AuditView"}},
            },
        }
    }
}

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/audit",
        read_audit,
        "Who did what in the studio, when and from where, newest first; as CSV or NDJSON all of it",
        StudioTrail,
        Page[AuditView],
        refusals=(Code.FORBIDDEN,),
        extra=_EXPORTS,
        action=Action.READ_AUDIT,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/audit",
        read_audit_of_asset,
        "Who did what with the asset, when, and for those who may know from where; as CSV or NDJSON all of it",
        AssetTrail,
        Page[AuditView],
        refusals=(Code.NOT_FOUND,),
        extra=_EXPORTS,
    ),
)
