"""The catalogue and the bytes in it."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import BeforeValidator, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.model.assets import AssetKind, RenditionRole
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId
from asset_ingest.core.model.labels import clean_tag
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort
from asset_ingest.core.ports.repos import EntryQuery
from asset_ingest.core.services.asset_views import AssetDetail, AssetView, EntryView, PublisherView
from asset_ingest.core.services.jobs import Page
from asset_ingest.core.services.publications import PublicationCheck
from asset_ingest.entrypoints.web.asking import Cursor, Limit, Moment, OpaqueCursor, SmallNumber, Text, digits
from asset_ingest.entrypoints.web.asset_edits import TAGGED, tagged
from asset_ingest.entrypoints.web.content import A_WHILE, ASK_AGAIN, FOR_EVER, serve_download, serve_picture
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations


@dataclass(frozen=True, slots=True)
class ManyAssets:
    """`sort` is a field, behind a minus from the highest down; `created_after` is included, `created_before` not."""

    kind: AssetKind | None = None
    publisher_id: UUID | None = None
    tag: Text | None = None
    owner: UUID | None = None
    status: Literal["ready", "trashed"] = "ready"
    created_after: Moment | None = None
    created_before: Moment | None = None
    q: Text | None = None
    sort: Literal["created_at", "-created_at", "name", "-name", "updated_at", "-updated_at"] = "-created_at"
    limit: Limit = 50
    cursor: OpaqueCursor | None = None


@dataclass(frozen=True, slots=True)
class OneAsset:
    asset_id: UUID


@dataclass(frozen=True, slots=True)
class ManyEntries:
    asset_id: UUID
    q: Text | None = None
    kind: Text | None = None
    limit: Annotated[int, BeforeValidator(digits), Field(ge=1, le=1000)] = 200
    cursor: SmallNumber | None = None


@dataclass(frozen=True, slots=True)
class OneEntry:
    asset_id: UUID
    number: SmallNumber


@dataclass(frozen=True, slots=True)
class OneVersion:
    asset_id: UUID
    number: SmallNumber


@dataclass(frozen=True, slots=True)
class OnePicture:
    """`v` changes when the picture does, so an address with it may be kept for ever."""

    asset_id: UUID
    role: RenditionRole
    v: Text | None = None


@dataclass(frozen=True, slots=True)
class ManyPublishers:
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class OnePublisher:
    publisher_id: UUID


async def list_assets(call: Call[ManyAssets]) -> Page[AssetView]:
    asked = call.asked
    query = AssetQuery(
        limit=asked.limit,
        sort=AssetSort(asked.sort.removeprefix("-")),
        descending=asked.sort.startswith("-"),
        trashed=asked.status == "trashed",
        kind=asked.kind,
        publisher_id=PublisherId(asked.publisher_id) if asked.publisher_id else None,
        owner=MemberId(asked.owner) if asked.owner else None,
        tag=clean_tag(asked.tag, "tag") if asked.tag else None,
        since=asked.created_after,
        until=asked.created_before,
        text=asked.q or None,
    )
    return await call.app.assets.page(call.who, query, asked.cursor)


async def get_asset(call: Call[OneAsset]) -> web.Response:
    return tagged(await call.app.assets.get(call.who, AssetId(call.asked.asset_id)))


async def list_entries(call: Call[ManyEntries]) -> Page[EntryView]:
    asked = call.asked
    after = -1 if asked.cursor is None else asked.cursor
    query = EntryQuery(asked.limit, after, text=asked.q or None, kind=asked.kind or None)
    return await call.app.assets.entries(call.who, AssetId(asked.asset_id), query)


async def get_content(call: Call[OneVersion]) -> web.StreamResponse:
    content = await call.app.assets.content(call.who, AssetId(call.asked.asset_id), call.asked.number)
    return await serve_download(call.request, content)


async def get_rendition(call: Call[OnePicture]) -> web.StreamResponse:
    content = await call.app.assets.rendition(call.who, AssetId(call.asked.asset_id), call.asked.role)
    return await serve_picture(call.request, content, FOR_EVER if call.asked.v else ASK_AGAIN)


async def get_entry_preview(call: Call[OneEntry]) -> web.StreamResponse:
    content = await call.app.assets.entry_preview(call.who, AssetId(call.asked.asset_id), call.asked.number)
    return await serve_picture(call.request, content, A_WHILE)


async def list_publishers(call: Call[ManyPublishers]) -> Page[PublisherView]:
    after = PublisherId(call.asked.cursor) if call.asked.cursor else None
    return await call.app.assets.publishers(call.who, call.asked.limit, after)


async def get_publisher(call: Call[OnePublisher]) -> PublisherView:
    return await call.app.assets.publisher(call.who, PublisherId(call.asked.publisher_id))


async def check_publication(call: Call[OneAsset]) -> PublicationCheck:
    return await call.app.publications.check(call.who, AssetId(call.asked.asset_id))


async def repeat_publication(call: Call[OneAsset]) -> PublicationCheck:
    return await call.app.publications.repeat(call.who, AssetId(call.asked.asset_id))


_MISSING = (Code.NOT_FOUND,)
_OUTSIDE = (Code.NOT_FOUND, Code.NOT_POSSIBLE_NOW, Code.SERVICE_UNAVAILABLE)
_BYTES = (Code.NOT_FOUND, Code.RANGE_NOT_SATISFIABLE, Code.STORE_UNAVAILABLE)
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def bytes_of(*content_types: str) -> dict[str, object]:
    """Describe an operation that serves stored bytes."""
    content = dict.fromkeys(content_types, _BINARY)
    asked = ("Range", "If-Range", "If-None-Match")
    return {
        "parameters": [{"name": name, "in": "header", "schema": {"type": "string"}} for name in asked],
        "responses": {
            "200": {"description": "All bytes; HEAD answers the headers alone", "content": content},
            "206": {"description": "The range that was asked for", "content": content},
            "304": {"description": "The client holds these bytes"},
        },
    }


_PICTURES = ("image/png", "image/jpeg", "image/webp")

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/assets",
        list_assets,
        "Assets that are ready; `q` looks for words of name, tags, metadata and publisher, the last may be a beginning",
        ManyAssets,
        Page[AssetView],
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}",
        get_asset,
        "All of one asset",
        OneAsset,
        AssetDetail,
        refusals=_MISSING,
        extra=TAGGED,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/entries",
        list_entries,
        "What is inside a package, in the order of the archive",
        ManyEntries,
        Page[EntryView],
        refusals=_MISSING,
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/entries/{number}/preview",
        get_entry_preview,
        "The preview that a package holds of one of its entries",
        OneEntry,
        refusals=_BYTES,
        extra=bytes_of("image/png"),
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/versions/{number}/content",
        get_content,
        "The original bytes, to be saved",
        OneVersion,
        refusals=_BYTES,
        extra=bytes_of("*/*"),
    ),
    Operation(
        HTTPMethod.GET,
        "/assets/{asset_id}/renditions/{role}",
        get_rendition,
        "A picture made of the current version",
        OnePicture,
        refusals=_BYTES,
        extra=bytes_of(*_PICTURES),
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/publication/check",
        check_publication,
        "Ask the CMS whether it still says what was published",
        OneAsset,
        PublicationCheck,
        action=Action.READ,
        refusals=_OUTSIDE,
    ),
    Operation(
        HTTPMethod.POST,
        "/assets/{asset_id}/publication",
        repeat_publication,
        "Publish the asset again as it is now, over whatever the CMS says",
        OneAsset,
        PublicationCheck,
        action=Action.PUBLISH,
        refusals=(*_OUTSIDE, Code.FORBIDDEN),
    ),
    Operation(
        HTTPMethod.GET, "/publishers", list_publishers, "Publishers, newest first", ManyPublishers, Page[PublisherView]
    ),
    Operation(
        HTTPMethod.GET,
        "/publishers/{publisher_id}",
        get_publisher,
        "One publisher",
        OnePublisher,
        PublisherView,
        refusals=_MISSING,
    ),
)
