"""What a client says over its socket: where it resumes, and which assets it looks at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, TypeAdapter

from asset_ingest.bootstrap import App
from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.services.frames import refused_frame
from asset_ingest.core.services.listening import Listener

_ROOM = re.compile(r"asset:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})", re.ASCII)


def _asset_of(room: object) -> UUID:
    found = _ROOM.fullmatch(room) if isinstance(room, str) else None
    if found is None:
        raise ValueError("should be asset:<id>")
    return UUID(found[1])


Room = Annotated[UUID, BeforeValidator(_asset_of)]


@dataclass(frozen=True, slots=True)
class Resume:
    """The first message of a client: the last `seq` it has seen, or null to hear only what is new."""

    after: Annotated[int, Field(strict=True, ge=0, lt=10**18)] | None


@dataclass(frozen=True, slots=True)
class Join:
    """The person looks at this asset from now on."""

    join: Room


@dataclass(frozen=True, slots=True)
class Leave:
    """The person looks at it no more."""

    leave: Room


MESSAGE: TypeAdapter[Resume | Join | Leave] = TypeAdapter(Resume | Join | Leave)


async def look(app: App, listener: Listener, said: Join | Leave) -> None:
    """Do it; what is refused is answered with a code alone, the same for another studio's asset and for none."""
    await listener.seated()
    if isinstance(said, Leave):
        app.presence.leave(listener, AssetId(said.leave))
        return
    asset_id = AssetId(said.join)
    try:
        app.rates.admit_studio(listener.who.studio_id)
        await app.presence.join(listener, asset_id)
    except IngestError as error:
        listener.hear(refused_frame(asset_id, error.code))
