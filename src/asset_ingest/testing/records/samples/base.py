"""Identities and times of rows, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final
from uuid import UUID

from asset_ingest.core.model.access import Member, Studio
from asset_ingest.core.model.ids import StudioId

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
FAR_AHEAD: Final = datetime(2100, 1, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)

_births = count(1)


def new_id() -> UUID:
    """Return an identity that sorts after all earlier ones, as UUIDv7s of one process do."""
    return UUID(int=0x0190_0000_0000 << 80 | 0x7 << 76 | 0b10 << 62 | next(_births))


def digest(value: object) -> str:
    return sha256(str(value).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class StudioSamples:
    """The studio whose rows are made, and its first member."""

    studio: Studio
    member: Member

    @property
    def id(self) -> StudioId:
        return self.studio.id

    def _owned(self) -> dict[str, Any]:
        return {"id": new_id(), "studio_id": self.id, "member_id": self.member.id}

    def _secret(self, field: str) -> dict[str, Any]:
        own = self._owned()
        return {**own, field: digest(own["id"])}
