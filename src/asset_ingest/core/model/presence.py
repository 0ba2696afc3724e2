"""Who looks at an asset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import AssetId, MemberId, StudioId

PEOPLE_AT_MOST: Final = 32
"""Of one process that the others hear of, and of all that a page is told: a crowd is a crowd."""
NAME_AT_MOST: Final = 40
"""Characters of a name, so that a notice of so many people stays below the 8,000 bytes of a NOTIFY."""

Room = tuple[StudioId, AssetId]


@dataclass(frozen=True, slots=True)
class Person:
    """A member as others see them beside an asset."""

    id: MemberId
    name: str


def person_of(who: Principal) -> Person:
    return Person(who.member_id, shown(who.name))


def shown(name: str) -> str:
    """Return a name as far as there is room for it."""
    return name if len(name) <= NAME_AT_MOST else name[: NAME_AT_MOST - 1] + "…"


def together(*groups: tuple[Person, ...]) -> tuple[Person, ...]:
    """Return everybody once, always in the same order, as many as are shown."""
    found = {person.id: person for group in groups for person in group}
    return tuple(sorted(found.values(), key=lambda person: (person.name.casefold(), person.id)))[:PEOPLE_AT_MOST]
