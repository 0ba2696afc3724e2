"""One JSON object of the wire, read with suspicion: unknown keys are welcome, wrong ones are said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from asset_ingest.client.errors import NotUnderstood

Kind = TypeVar("Kind", str, int, bool, list[Any], dict[str, Any])


@dataclass(frozen=True, slots=True)
class Record:
    """Fields by name; every method raises NotUnderstood for a value of the wrong type."""

    what: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, what: str, raw: object) -> Record:
        """Read `raw` as an object."""
        if not isinstance(raw, dict):
            raise NotUnderstood(f"the server's answer holds no {what} where one should be")
        return cls(what, raw)

    def get(self, key: str, kind: type[Kind]) -> Kind | None:
        """Return the value, or None where it is null or absent."""
        value = self.fields.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise NotUnderstood(f"'{key}' of a {self.what} in the server's answer is no {kind.__name__}")
        return value

    def need(self, key: str, kind: type[Kind]) -> Kind:
        """Return the value; without it the record makes no sense."""
        value = self.get(key, kind)
        if value is None:
            raise NotUnderstood(f"'{key}' is missing from a {self.what} in the server's answer")
        return value

    def time(self, key: str) -> datetime | None:
        """Return the moment, in UTC."""
        text = self.get(key, str)
        if text is None:
            return None
        try:
            moment = datetime.fromisoformat(text)
            return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise NotUnderstood(f"'{key}' of a {self.what} in the server's answer is no time") from None

    def needed_time(self, key: str) -> datetime:
        """Return the moment; without it the record makes no sense."""
        moment = self.time(key)
        if moment is None:
            raise NotUnderstood(f"'{key}' is missing from a {self.what} in the server's answer")
        return moment

    def records(self, key: str, what: str) -> tuple[Record, ...]:
        """Return the objects of a list, none where there is no list."""
        return tuple(Record.of(what, raw) for raw in self.get(key, list) or ())
