"""What all facts have in common, and the envelope they are stored and told in."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from asset_ingest.core.model.ids import StudioId


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, without the envelope."""

    type: ClassVar[str]

    def data(self) -> dict[str, object]:
        """Return the facts as JSON can say them."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: str(value) if isinstance(value, UUID) else value for name, value in said.items()}


class SubjectKind(StrEnum):
    """What a fact is about."""

    JOB = "job"
    ASSET = "asset"
    MEMBER = "member"
    STUDIO = "studio"  # nobody edits it, so facts about it have revision 0


@dataclass(frozen=True, slots=True)
class Fact:
    """An event in its envelope, as stored and told.

    `seq` is empty until the relay numbers it: per studio, in order, without gaps. `revision` is that of the subject
    after the change, so that a snapshot and a replay can be put together without repeating anything. Where a person
    acted, `remote` is the address and `agent` the program that the request came from.
    """

    id: UUID
    studio_id: StudioId
    type: str
    at: datetime
    actor: str
    subject_kind: SubjectKind
    subject_id: UUID
    revision: int
    correlation_id: str
    data: dict[str, object]
    seq: int | None = None
    remote: str | None = None
    agent: str | None = None
