"""Statements for many rows: what each row says arrives as it was said."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.repos.postgres.rows import Table, array_text


@dataclass(frozen=True)
class Thing:
    id: int
    tags: tuple[str, ...]


def test_many_rows_are_one_array_for_each_field() -> None:
    add = Table("thing", Thing).insert("ON CONFLICT DO NOTHING", twice="{id} * 2")
    many = add.of_many(["bigint", "text[]"])
    assert " ".join(many.sql.split()) == (
        "INSERT INTO thing (id, tags, twice) SELECT each.id, each.tags::text[], each.id * 2"
        " FROM unnest($1::bigint[], $2::text[]) AS each (id, tags) ON CONFLICT DO NOTHING"
    )
    assert many.columns([Thing(1, ()), Thing(2, ("a", "b"))]) == [[1, 2], ["{}", '{"a","b"}']]


def read_array(text: str) -> list[str]:
    """Read an array as PostgreSQL's documentation says (8.15.6): quoted items, in which a backslash guards the next."""
    items, rest = [], iter(text[1:-1])
    for start in rest:
        if start == ",":
            continue
        assert start == '"'
        item = ""
        while (sign := next(rest)) != '"':
            item += next(rest) if sign == "\\" else sign
        items.append(item)
    return items


@given(st.lists(st.text()))
def test_an_array_says_the_same_as_text(items: list[str]) -> None:
    assert read_array(array_text(items)) == items
