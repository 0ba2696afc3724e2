"""Keys for programs."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPMethod
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from asset_ingest.core.errors import Code
from asset_ingest.core.model.access import Action
from asset_ingest.core.services.api_keys import KeyView, NewKey
from asset_ingest.core.services.jobs import Page
from asset_ingest.entrypoints.web.asking import Cursor, Limit, Text
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations


@dataclass(frozen=True, slots=True)
class WantedKey:
    """`scopes` are the actions that the key may ask for; without them it may whatever you may."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    name: Text
    scopes: Annotated[list[Action], Field(min_length=1, max_length=100)] | None = None


@dataclass(frozen=True, slots=True)
class CreateKey:
    body: WantedKey


@dataclass(frozen=True, slots=True)
class ManyKeys:
    limit: Limit = 50
    cursor: Cursor = None


@dataclass(frozen=True, slots=True)
class OneKey:
    key_id: UUID


async def create_key(call: Call[CreateKey]) -> NewKey:
    return await call.app.api_keys.create(call.who, call.asked.body.name, call.asked.body.scopes)


async def list_keys(call: Call[ManyKeys]) -> Page[KeyView]:
    return await call.app.api_keys.page(call.who, call.asked.limit, call.asked.cursor)


async def revoke_key(call: Call[OneKey]) -> None:
    await call.app.api_keys.revoke(call.who, call.asked.key_id)


OPERATIONS: Operations = (
    Operation(
        HTTPMethod.GET,
        "/api-keys",
        list_keys,
        "The keys of your studio that hold, newest first",
        ManyKeys,
        Page[KeyView],
        action=Action.MANAGE_KEYS,
        refusals=(Code.FORBIDDEN,),
    ),
    Operation(
        HTTPMethod.POST,
        "/api-keys",
        create_key,
        "Make a key of your own for a program; its secret is shown this once",
        CreateKey,
        NewKey,
        status=201,
        action=Action.MANAGE_KEYS,
        refusals=(Code.FORBIDDEN,),
    ),
    Operation(
        HTTPMethod.DELETE,
        "/api-keys/{key_id}",
        revoke_key,
        "Revoke a key; it is refused from now on",
        OneKey,
        status=204,
        action=Action.MANAGE_KEYS,
        refusals=(Code.FORBIDDEN, Code.NOT_FOUND),
    ),
)
