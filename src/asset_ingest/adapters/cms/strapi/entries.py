"""The entries of one collection, each found by our key before it is made: never two for one key.

The caller serialises per key, so nobody of ours makes the same entry at the same time. Against everything else:

- A creation whose answer was lost is not repeated. We look again; if the entry is there, good. If it is not, it may
  still be on its way over there, so we raise, and the next attempt, later, looks before it makes.
- A refusal or a crash of Strapi may be a unique index at work for somebody faster: we look again, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from asset_ingest.adapters.cms.strapi.client import StrapiClient
from asset_ingest.adapters.cms.strapi.comparison import unlike
from asset_ingest.adapters.cms.strapi.errors import (
    Doubtful,
    EntryRefused,
    FieldMissing,
    NotStrapi5,
    SeveralEntries,
    TypeMissing,
)

View = Literal["draft", "published"]
Fields = dict[str, Any]

_LOOK: Final = 5
"""One entry is what should be there; a few more are read to say how many there are."""


@dataclass(frozen=True, slots=True)
class Link:
    """A relation or media field: what of its target we read, and by which of its attributes we set it."""

    by: Literal["documentId", "id"]
    read: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """An entry over there. `current`: what we read is what visitors of our view see. `all_ids`: oldest first."""

    document_id: str
    fields: Fields
    current: bool
    all_ids: tuple[str, ...]

    @property
    def several(self) -> bool:
        return len(self.all_ids) > 1


@dataclass(frozen=True, slots=True)
class Entries:
    """Finds, makes and changes entries by key, in the view that we publish to."""

    client: StrapiClient
    collection: str
    key_field: str
    view: View
    links: Mapping[str, Link] = field(default_factory=dict)

    async def find(self, key: str) -> Held | None:
        """Return the oldest entry with `key`, wherever it is: every draft may be unpublished, or its key edited."""
        others: View = "draft" if self.view == "published" else "published"
        for view in (self.view, others):
            if rows := await self._with_key(key, view):
                ids = tuple(str(row["documentId"]) for row in rows)
                return Held(ids[0], rows[0], view == self.view, ids)
        return None

    async def get(self, document_id: str, view: View) -> Fields | None:
        """Return an entry as visitors of `view` see it."""
        params = {"status": view, **self._populate()}
        try:
            answer = await self.client.get(f"read an entry of '{self.collection}'", self._path(document_id), params)
        except TypeMissing:
            await self._rows({"pagination[pageSize]": "1"})  # no such type, or no such entry? Raises for the former
            return None
        return self._checked(answer.get("data") if isinstance(answer, dict) else None)

    async def have(self, key: str, held: Held | None, wanted: Fields) -> str:
        """Make the entry say exactly `wanted` and return its document id; write nothing where it does already."""
        if held is None:
            return await self._create(key, wanted)
        if held.current and not unlike(wanted, self.as_sent(held.fields)):
            return held.document_id
        return await self._update(held, wanted)

    def as_sent(self, fields: Fields) -> Fields:
        """Return `fields` with each link as it would be sent."""
        links = {name: fields[name][link.by] for name, link in self.links.items() if fields.get(name)}
        return {**fields, **links}

    async def _create(self, key: str, wanted: Fields) -> str:
        doing = f"create an entry in '{self.collection}'"
        try:
            answer = await self.client.write(doing, "POST", self.collection, {"data": wanted}, self._status())
        except (Doubtful, EntryRefused):
            held = await self.find(key)
            if held is None:
                raise
            return await self.have(key, held, wanted)
        return self._document_id(answer)

    async def _update(self, held: Held, wanted: Fields) -> str:
        doing = f"change an entry of '{self.collection}'"
        try:
            path = self._path(held.document_id)
            answer = await self.client.write(doing, "PUT", path, {"data": wanted}, self._status())
        except TypeMissing as error:  # it was there a moment ago
            raise Doubtful(f"could not {doing}: somebody deleted it meanwhile") from error
        except EntryRefused as error:
            if held.several and self.key_field in error.fields:
                raise self.several(held) from error
            raise
        return self._document_id(answer)

    def several(self, held: Held) -> SeveralEntries:
        ids = ", ".join(held.all_ids)
        return SeveralEntries(f"'{self.collection}' in Strapi has several entries for one key of ours: {ids}")

    # --- reading ------------------------------------------------------------------------------------------------

    async def _with_key(self, key: str, view: View) -> list[Fields]:
        rows = await self._rows(
            {
                f"filters[{self.key_field}][$eq]": key,
                "status": view,
                "sort[0]": "createdAt:asc",
                "sort[1]": "documentId:asc",
                "pagination[pageSize]": str(_LOOK),
                **self._populate(),
            }
        )
        if any(row.get(self.key_field) != key for row in rows):  # a filter that was dropped shows us strangers
            raise FieldMissing(self.collection, self.key_field)
        return rows

    async def _rows(self, params: Mapping[str, str]) -> list[Fields]:
        answer = await self.client.get(f"look for entries in '{self.collection}'", self.collection, params)
        rows = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(rows, list):
            raise NotStrapi5(f"the list of '{self.collection}' is not in the form of Strapi 5")
        return [self._checked(row) for row in rows]

    def _checked(self, row: object) -> Fields:
        """Return an entry in which every link is empty or an object with what we set it by."""
        if not isinstance(row, dict) or not isinstance(row.get("documentId"), str):
            raise NotStrapi5(f"an entry of '{self.collection}' is not in the form of Strapi 5")
        for name, link in self.links.items():
            if row.get(name) is not None and not (isinstance(row[name], dict) and link.by in row[name]):
                raise FieldMissing(self.collection, name)
        return row

    def _document_id(self, answer: object) -> str:
        return str(self._checked(answer.get("data") if isinstance(answer, dict) else None)["documentId"])

    def _path(self, document_id: str) -> str:
        return f"{self.collection}/{document_id}"

    def _status(self) -> dict[str, str]:
        return {"status": "draft"} if self.view == "draft" else {}

    def _populate(self) -> dict[str, str]:
        return {
            f"populate[{name}][fields][{number}]": read
            for name, link in self.links.items()
            for number, read in enumerate(link.read)
        }
