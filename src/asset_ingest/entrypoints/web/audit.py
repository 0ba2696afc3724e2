"""The audit trail, page by page, or all of it as CSV or lines of JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields
from http import HTTPMethod
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.services.audit import NEWEST, AuditView
from asset_ingest.core.services.jobs import Page
from asset_ingest.entrypoints.web.asking import Limit, digits
from asset_ingest.entrypoints.web.options import NDJSON
from asset_ingest.entrypoints.web.transfer import hand_on
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

CSV = "text/csv"
COLUMNS = tuple(each.name for each in fields(AuditView))

_LINE = TypeAdapter(AuditView)
_Before = Annotated[int, BeforeValidator(digits), Field(ge=0, le=NEWEST)]


@dataclass(frozen=True, slots=True)
class StudioTrail:
    limit: Limit = 50
    cursor: _Before = NEWEST


@dataclass(frozen=True, slots=True)
class AssetTrail:
    asset_id: UUID
    limit: Limit = 50
    cursor: _Before = NEWEST


async def read_audit(call: Call[StudioTrail]) -> Page[AuditView] | web.StreamResponse:
    return await _read(call, None)


async def read_audit_of_asset(call: Call[AssetTrail]) -> Page[AuditView] | web.StreamResponse:
    return await _read(call, AssetId(call.asked.asset_id))


async def _read(call: Call[Any], asset_id: AssetId | None) -> Page[AuditView] | web.StreamResponse:
    accept = call.request.headers.get("Accept", "")
    if CSV in accept:
        return await _export(call, asset_id, CSV, _as_csv)
    if NDJSON in accept:
        return await _export(call, asset_id, NDJSON, _as_lines)
    return await call.app.audit.page(call.who, asset_id, call.asked.limit, call.asked.cursor)


async def _export(
    call: Call[Any], asset_id: AssetId | None, kind: str, written: Callable[[Sequence[AuditView]], bytes]
) -> web.StreamResponse:
    """Stream the whole trail; the answer begins once the first batch is there, so that a refusal has its status."""
    name = f"audit-{asset_id or 'studio'}.{'csv' if kind == CSV else 'ndjson'}"
    answer = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name}"'})
    answer.content_type, answer.charset = kind, "utf-8"
    async with aclosing(call.app.audit.export(call.who, asset_id)) as batches:
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
            "description": "A page; all of it where `Accept` asks for text/csv or application/x-ndjson",
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
