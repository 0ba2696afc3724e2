"""Keys for programs, which may what their maker may, or less."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from asset_ingest.core.errors import Forbidden
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, ApiKey, Principal, require
from asset_ingest.core.model.events import KeyCreated, KeyRevoked
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import checked_name
from asset_ingest.core.ports.identity import Tokens
from asset_ingest.core.services.access import digest_of
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.people import touched


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key without its secret. `scopes` null is whatever its member may; `last_used_at` is true to the hour."""

    id: UUID
    member_id: MemberId
    name: str
    scopes: list[Action] | None
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: KeyView
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Makes, lists and revokes keys."""

    journeys: Journeys
    tokens: Tokens

    async def create(self, who: Principal, name: str, scopes: Collection[Action] | None) -> NewKey:
        """Make a key of the one who asks; no key makes one that may more than itself."""
        require(who, Action.MANAGE_KEYS)
        if who.scopes is not None and (scopes is None or not who.scopes.issuperset(scopes)):
            raise Forbidden("a key cannot make one that may more than itself")
        secret = self.tokens.new()
        key = ApiKey(
            id=self.journeys.new_id(),
            studio_id=who.studio_id,
            member_id=who.member_id,
            name=checked_name(name),
            secret_hash=digest_of(secret),
            created_at=self.journeys.clock.now(),
            scopes=None if scopes is None else tuple(sorted(set(scopes))),
        )
        async with self.journeys.change(who.studio_id) as tx:
            member = await touched(tx, await tx.members.lock(who.member_id))
            await tx.keys.add(key)
            told = KeyCreated(key_id=key.id, name=key.name)
            await self.journeys.tell_member(tx, member, told, who.actor, who.correlation_id)
        return NewKey(_view(key), secret)

    async def page(self, who: Principal, limit: int, after: UUID | None) -> Page[KeyView]:
        """Return the studio's keys that hold, newest first."""
        require(who, Action.MANAGE_KEYS)
        async with self.journeys.records.reading(who.studio_id) as tx:
            found = await tx.keys.page(limit + 1, after)
        return page_of([_view(key) for key in found[:limit]], more=len(found) > limit, cursor=lambda view: view.id)

    async def revoke(self, who: Principal, key_id: UUID) -> None:
        """End a key, from its next request on."""
        require(who, Action.MANAGE_KEYS)
        async with self.journeys.change(who.studio_id) as tx:
            # Members before keys: whoever is being shut out has their keys ended in that order, too.
            member = await touched(tx, await tx.members.lock(who.member_id))
            key = await tx.keys.revoke(key_id, self.journeys.clock.now())
            told = KeyRevoked(key_id=key.id, name=key.name, member_id=key.member_id)
            await self.journeys.tell_member(tx, member, told, who.actor, who.correlation_id)


def _view(key: ApiKey) -> KeyView:
    scopes = None if key.scopes is None else list(key.scopes)
    return KeyView(key.id, key.member_id, key.name, scopes, key.created_at, key.last_used_at)
