"""Dataclasses as rows: a table has a column for each field, under the same name."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

Row = TypeVar("Row")
Reader = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class ManyRows(Generic[Row]):
    """A statement that takes one array for each field. A field that is an array itself goes as its text."""

    sql: str
    fields: tuple[str, ...]
    arrays: frozenset[str]

    def columns(self, rows: Sequence[Row]) -> list[list[object]]:
        return [
            [array_text(getattr(row, name)) if name in self.arrays else getattr(row, name) for row in rows]
            for name in self.fields
        ]


@dataclass(frozen=True, slots=True)
class Write(Generic[Row]):
    """A statement whose first parameters are fields of a row; more may follow them.

    `head`, `chosen` and `rest` are what the same for many rows is made of, where there is such a thing.
    """

    sql: str
    fields: tuple[str, ...]
    head: str = ""
    chosen: tuple[str, ...] = ()
    rest: str = ""

    def values(self, row: Row) -> list[object]:
        return [getattr(row, name) for name in self.fields]

    def of_many(self, types: Sequence[str]) -> ManyRows[Row]:
        """Return the same for many rows, if the database has these types for the fields of one."""
        named = dict(zip(self.fields, types, strict=True))
        arrays = frozenset(name for name, its in named.items() if its.endswith("[]"))
        given = ", ".join(
            f"${n}::{'text' if name in arrays else its}[]" for n, (name, its) in enumerate(named.items(), 1)
        )
        each = {name: f"each.{name}::{its}" if name in arrays else f"each.{name}" for name, its in named.items()}
        chosen = ", ".join(expression.format_map(each) for expression in self.chosen)
        sql = f"{self.head} SELECT {chosen} FROM unnest({given}) AS each ({', '.join(named)}) {self.rest}"  # noqa: S608
        return ManyRows(sql, self.fields, arrays)


def array_text(items: Iterable[object]) -> str:
    """Return an array as PostgreSQL reads it; each item is in quotes, so none means more than it says, nor NULL."""
    quoted = (str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


class Table(Generic[Row]):
    """Where the rows of one dataclass live. Names come from our own code, never from outside."""

    def __init__(self, name: str, row: type[Row]) -> None:
        self.name = name
        self._row = row
        self._readers = _readers(row)
        self.columns = tuple(self._readers)
        self._same = tuple(name for name, reader in self._readers.items() if reader is _same)
        self._made = tuple((name, reader) for name, reader in self._readers.items() if reader is not _same)

    def read(self, record: Mapping[str, Any]) -> Row:
        """Make the dataclass again; columns that are no fields are left alone."""
        values = {name: record[name] for name in self._same}  # most: a call for each costs more than all the rest
        for name, reader in self._made:
            values[name] = reader(record[name])
        return self._row(**values)

    def select(self, rest: str) -> str:
        return f"SELECT {self._list()} FROM {self.name} {rest}"  # noqa: S608  names of ours

    def insert(self, rest: str = "", *, without: Collection[str] = (), **more: str) -> Write[Row]:
        """Add a row; `rest` may say what happens when it is there already.

        `more` columns get an expression, in which `{field}` is the row's value.
        """
        names = tuple(name for name in self.columns if name not in without)
        places = {name: f"${number}" for number, name in enumerate(names, start=1)}
        chosen = {name: f"{{{name}}}" for name in names} | more
        head = f"INSERT INTO {self.name} ({', '.join(chosen)})"
        values = ", ".join(expression.format_map(places) for expression in chosen.values())
        return Write(f"{head} VALUES ({values}) {rest}", names, head, tuple(chosen.values()), rest)

    def replace(self, *key: str) -> Write[Row]:
        """Add a row, or write over the one with the same key."""
        return self.insert(f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {self.excluded(*key)}")

    def excluded(self, *key: str) -> str:
        """Say `column = excluded.column` for all columns but the key's."""
        return ", ".join(f"{name} = excluded.{name}" for name in self.columns if name not in key)

    def update(self, where: str, *, without: Collection[str] = ()) -> Write[Row]:
        """Write over the row with the same id if `where` holds.

        There, `{field}` is the new row's value and `{more}` the parameter after the row's.
        """
        names = tuple(name for name in self.columns if name not in without)
        places = {name: f"${number}" for number, name in enumerate((*names, "more"), start=1)}
        changes = ", ".join(f"{name} = {places[name]}" for name in names if name not in ("id", "studio_id"))
        where = f"studio_id = {{studio_id}} AND id = {{id}} AND {where}".format_map(places)
        return Write(f"UPDATE {self.name} SET {changes} WHERE {where}", names)  # noqa: S608  names of ours

    def _list(self) -> str:
        return ", ".join(self.columns)


def _readers(row: type[Any]) -> dict[str, Reader]:
    hints = get_type_hints(row)
    return {field.name: _reader(hints[field.name]) for field in fields(row)}


def _reader(hint: Any) -> Reader:
    """Return what makes a field's value of a column's: a StrEnum of its text, a dataclass of its JSON object.

    A tuple is an array.
    """
    optional = [part for part in get_args(hint) if part is not NoneType] if NoneType in get_args(hint) else []
    if optional:
        some = _reader(optional[0])
        return lambda value: None if value is None else some(value)
    if get_origin(hint) is tuple:
        each = _reader(get_args(hint)[0])
        return tuple if each is _same else lambda value: tuple(map(each, value))
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint
    if isinstance(hint, type) and is_dataclass(hint):
        readers = _readers(hint)
        return lambda value: hint(**{name: reader(value[name]) for name, reader in readers.items()})
    return _same


def _same(value: Any) -> Any:
    return value
