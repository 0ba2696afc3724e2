"""Naming, tagging, trashing and deleting assets, one or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import ConfigDict, Field, TypeAdapter

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.asset_repos import TagCount
from asset_ingest.core.services.asset_edits import MOST_AT_ONCE, AssetEdit, BulkAction
from asset_ingest.core.services.asset_views import AssetDetail
from asset_ingest.core.services.jobs import Page
from asset_ingest.entrypoints.web.asking import Limit, Text
from asset_ingest.entrypoints.web.errors import Problem, problem_of
from asset_ingest.entrypoints.web.headers import correlation_of
from asset_ingest.entrypoints.web.revisions import IF_MATCH, etag, read_by
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

_DETAIL = TypeAdapter(AssetDetail)
_LABEL = Annotated[str, Field(max_length=1000)]


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to change. `tags` replace all there are; of `custom` the keys named here change, null removes one."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: _LABEL | None = None
    tags: Annotated[list[_LABEL], Field(max_length=1000)] | None = None
    custom: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EditAsset:
    asset_id: UUID
    body: Edit


@dataclass(frozen=True, slots=True)
class OneAsset:
    asset_id: UUID


@dataclass(frozen=True, slots=True)
class Bulk:
    """`tags` are for `tag` and `untag`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    action: BulkAction
    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]
    tags: Annotated[list[_LABEL], Field(max_length=1000)] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChangeMany:
    body: Bulk


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    """How one of many ended; without an `error` it is done."""

    id: UUID
    error: Problem | None


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    items: list[BulkOutcome]


@dataclass(frozen=True, slots=True)
class ManyTags:
    """`prefix` is how the tags begin."""

    prefix: Text = ""
    limit: Limit = 100
    cursor: Text = ""


# --- revisions as ETags -----------------------------------------------------------------------------------------


def tagged(asset: AssetDetail) -> web.Response:
    """Answer with an asset and the ETag that a change of it may name."""
    body = _DETAIL.dump_json(asset)
    return web.Response(body=body, content_type="application/json", headers=etag(asset.revision))


_CONTENT = {"application/json": {"schema": {"$ref": "#/components/schemas/AssetDetail"}}}
TAGGED: Mapping[str, Any] = {
    "responses": {"200": {"description": "The asset as it stands; its `ETag` changes with it", "content": _CONTENT}}
}
MEETING: Mapping[str, Any] = {**IF_MATCH, **TAGGED}
CHANGING = (Code.FORBIDDEN, Code.NOT_FOUND, Code.NOT_POSSIBLE_NOW, Code.PRECONDITION_FAILED)


# --- the operations ---------------------------------------------------------------------------------------------


async def edit_asset(call: Call[EditAsset]) -> web.Response:
    told = call.asked.body
    edit = AssetEdit(told.name, told.tags, told.custom)
    asset_id = AssetId(call.asked.asset_id)
    return tagged(await call.app.asset_edits.edit(call.who, asset_id, edit, read_by(call.request)))


async def trash_asset(call: Call[OneAsset]) -> web.Response:
    asset_id = AssetId(call.asked.asset_id)
    return tagged(await call.app.asset_edits.trash(call.who, asset_id, read_by(call.request)))


async def restore_asset(call: Call[OneAsset]) -> web.Response:
    asset_id = AssetId(call.asked.asset_id)
    return tagged(await call.app.asset_edits.restore(call.who, asset_id, read_by(call.request)))


async def purge_asset(call: Call[OneAsset]) -> None:
    await call.app.asset_edits.purge(call.who, AssetId(call.asked.asset_id))


async def change_assets(call: Call[ChangeMany]) -> BulkAnswer:
    told, correlation_id = call.asked.body, correlation_of(call.request)
    ids = [AssetId(each) for each in told.ids]
    outcomes = await call.app.asset_edits.bulk(call.who, told.action, ids, told.tags)
    return BulkAnswer(
        [BulkOutcome(each.id, problem_of(each.error, correlation_id) if each.error else None) for each in outcomes]
    )


async def list_tags(call: Call[ManyTags]) -> Page[TagCount]:
    asked = call.asked
    return await call.app.asset_edits.tags(call.who, asked.limit, asked.cursor, asked.prefix)


OPERATIONS: Operations = (
    Operation(
        HTTPMethod.PATCH,
        "/assets/{asset_id}",
        edit_asset,
        "Change name, tags, or metadata of one's own",
        EditAsset,
        AssetDetail,
        refusals=CHANGING,
        extra=MEETING,
        action=Action.EDIT_ASSET,
    ),
    Operation(
        HTTPMethod.DELETE,
        "/assets/{asset_id}",
        trash_asset,
        "Put an asset into the trash, from where it can be restored",
        OneAsset,
        AssetDetail,
        refusals=CHANGING,
        extra=MEETING,
        action=Action.TRASH_ASSET,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/restore",
        restore_asset,
        "Bring an asset back from the trash",
        OneAsset,
        AssetDetail,
        refusals=CHANGING,
        extra=MEETING,
        action=Action.RESTORE_ASSET,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/purge",
        purge_asset,
        "Delete an asset that is in the trash for good, with all of its versions",
        OneAsset,
        status=204,
        refusals=(Code.FORBIDDEN, Code.NOT_FOUND, Code.NOT_POSSIBLE_NOW),
        action=Action.PURGE_ASSET,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets:bulk",
        change_assets,
        f"Do the same with up to {MOST_AT_ONCE} assets; each is answered by itself",
        ChangeMany,
        BulkAnswer,
        refusals=(Code.FORBIDDEN,),
        action=Action.READ,
    ),
    Operation(
        HTTPMethod.GET,
        "/tags",
        list_tags,
        "The tags of the catalogue in their order, each with the number of its assets",
        ManyTags,
        Page[TagCount],
    ),
)
