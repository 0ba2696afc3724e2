"""Versions of an asset: listed, compared, and made the current one again."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.services.asset_views import AssetDetail, Comparison, VersionView
from asset_ingest.core.services.jobs import Page
from asset_ingest.entrypoints.web.asking import Limit, Note, SmallNumber, Text, digits
from asset_ingest.entrypoints.web.asset_edits import CHANGING, MEETING, tagged
from asset_ingest.entrypoints.web.revisions import read_by
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

_BEHIND_ALL = 2**31 - 1
VersionNumber = Annotated[int, BeforeValidator(digits), Field(ge=1, le=_BEHIND_ALL)]


@dataclass(frozen=True, slots=True)
class ManyVersions:
    asset_id: UUID
    limit: Limit = 50
    cursor: SmallNumber = _BEHIND_ALL


@dataclass(frozen=True, slots=True)
class TwoVersions:
    """`a` and `b` are numbers of versions; `cursor` pages through the changed entries."""

    asset_id: UUID
    a: VersionNumber
    b: VersionNumber
    limit: Limit = 100
    cursor: Text = ""


@dataclass(frozen=True, slots=True)
class Rollback:
    """Which version is to be the current one, and why."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    version: Annotated[int, Field(strict=True, ge=1, le=_BEHIND_ALL)]
    reason: Note = ""


@dataclass(frozen=True, slots=True)
class RollBackAsset:
    asset_id: UUID
    body: Rollback


async def list_versions(call: Call[ManyVersions]) -> Page[VersionView]:
    asked = call.asked
    return await call.app.versions.page(call.who, AssetId(asked.asset_id), asked.limit, asked.cursor)


async def compare_versions(call: Call[TwoVersions]) -> Comparison:
    asked = call.asked
    return await call.app.versions.compare(
        call.who, AssetId(asked.asset_id), asked.a, asked.b, asked.limit, asked.cursor
    )


async def roll_back_asset(call: Call[RollBackAsset]) -> web.Response:
    told, asset_id = call.asked.body, AssetId(call.asked.asset_id)
    read = read_by(call.request)
    return tagged(await call.app.versions.roll_back(call.who, asset_id, told.version, told.reason, read))


OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/versions",
        list_versions,
        "The versions of an asset, newest first",
        ManyVersions,
        Page[VersionView],
        refusals=(Code.NOT_FOUND,),
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/versions/compare",
        compare_versions,
        "What differs between two versions: facts, and page by page the entries of a package",
        TwoVersions,
        Comparison,
        refusals=(Code.NOT_FOUND,),
    ),
    Operation(
        HTTPMethod.PATCH,
        "/assets/{asset_id}/rollback",
        roll_back_asset,
        "Make another version the current one; nothing is overwritten",
        RollBackAsset,
        AssetDetail,
        refusals=CHANGING,
        extra=MEETING,
        action=Action.ROLL_BACK,
    ),
)
