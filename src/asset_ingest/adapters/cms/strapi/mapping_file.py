"""The operator's mapping: a TOML file of two tables, `publisher` and `asset`, read with a finger on each line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from asset_ingest.adapters.cms.strapi.mapping import FACTS, AssetFields, Mapping, PublisherFields
from asset_ingest.core.errors import Misconfigured

_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,62}")
_COLLECTION: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_STRAPIS_OWN: Final = frozenset(
    {"id", "documentId", "createdAt", "updatedAt", "publishedAt", "createdBy", "updatedBy", "locale"}
)
_NEEDED: Final = frozenset({"collection", "key", "name", "title"})


def read_mapping(path: Path) -> Mapping:
    """Read the operator's file; it blocks. Raises Misconfigured with the file, line and name of what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Misconfigured(f"cannot read {path}, which ASSET_INGEST_STRAPI_MAPPING names: {error}") from error
    return parse_mapping(text, str(path))


def parse_mapping(text: str, file: str) -> Mapping:
    """Understand the text of a mapping; what it leaves out is as by default, `false` means that nothing is sent."""
    page = _Page(text, file)
    said = page.tables()
    publisher, asset = page.table(said, "publisher"), page.table(said, "asset")
    facts = page.table(asset, "facts")
    asset.pop("facts", None)
    mapping = Mapping(
        PublisherFields(**page.places(publisher, PublisherFields, "publisher")),
        AssetFields(**page.places(asset, AssetFields, "asset"), facts=page.facts(facts)),
    )
    page.nothing_twice(mapping)
    return mapping


@dataclass(frozen=True, slots=True)
class _Page:
    text: str
    file: str

    def blame(self, name: str, why: str) -> Misconfigured:
        """Return the error that points at the first line that begins with `name`."""
        begins = re.compile(rf"\s*\[*\s*[\"']?(\w+\.)*{re.escape(name)}\b")
        line = next((number for number, line in enumerate(self.text.splitlines(), 1) if begins.match(line)), None)
        return Misconfigured(f"{self.file}{f', line {line}' if line else ''}: {why}")

    def tables(self) -> dict[str, Any]:
        try:
            said = tomllib.loads(self.text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise Misconfigured(f"{self.file} is no TOML: {error}") from error
        self._only(said, ("publisher", "asset"), "table")
        return said

    def table(self, said: dict[str, Any], name: str) -> dict[str, Any]:
        value = said.get(name, {})
        if not isinstance(value, dict):
            raise self.blame(name, f"'{name}' must be a table")
        return value

    def places(self, said: dict[str, Any], kind: type, of: str) -> dict[str, Any]:
        """Return the arguments for `kind` that `said` gives."""
        self._only(said, [each.name for each in fields(kind) if each.name != "facts"], f"fact of {of}")
        return {name: self._place(name, value) for name, value in said.items()}

    def facts(self, said: dict[str, Any]) -> dict[str, str]:
        """Return the defaults with what `said` changes; metadata is open, so any name may be a fact."""
        places = {**FACTS, **{name: self._place(name, value) for name, value in said.items()}}
        return {name: place for name, place in places.items() if place is not None}

    def nothing_twice(self, mapping: Mapping) -> None:
        if mapping.publisher.collection == mapping.asset.collection:
            raise self.blame("collection", "publishers and assets must go to two different collections")
        for kind in (mapping.publisher, mapping.asset):
            seen: set[str] = set()
            for name, place in _all_places(kind):
                if place in seen:
                    raise self.blame(name, f"two facts go to the field '{place}'")
                seen.add(place)

    def _only(self, said: Iterable[str], known: Iterable[str], what: str) -> None:
        for name in said:
            if name not in set(known):
                raise self.blame(name, f"'{name}' is no {what}; there are {', '.join(known)}")

    def _place(self, name: str, value: object) -> str | None:
        if value is False and name not in _NEEDED:
            return None
        pattern = _COLLECTION if name == "collection" else _FIELD
        if not isinstance(value, str) or not pattern.fullmatch(value):
            what = "the plural name of a collection" if name == "collection" else "the name of a field in Strapi"
            raise self.blame(name, f"'{name}' must be {what}{'' if name in _NEEDED else ', or false'}")
        if value in _STRAPIS_OWN:
            raise self.blame(name, f"the field '{value}' is Strapi's own")
        return value


def _all_places(kind: PublisherFields | AssetFields) -> list[tuple[str, str]]:
    places = [
        (each.name, getattr(kind, each.name)) for each in fields(kind) if each.name not in {"collection", "facts"}
    ]
    more = list(kind.facts.items()) if isinstance(kind, AssetFields) else []
    return [(name, place) for name, place in [*places, *more] if place is not None]
