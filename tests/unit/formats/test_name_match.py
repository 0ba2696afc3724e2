"""Names offer candidates: a wrong number or a foreign word shuts the gate, likeness only puts in order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.formats.name_match import candidates


def offered(title: str, *known: str) -> list[str]:
    return [one.title for one in candidates(title, [(str(number), name) for number, name in enumerate(known)])]


@pytest.mark.parametrize(
    ("title", "known"),
    [
        ("Urban Street Props", "Urban Street Props"),
        ("urban_street-props.unitypackage", "Urban Street Props"),
        ("Crates and Barrels Vol 2", "Crates & Barrels Vol. 02"),
        ("Bobs Trees", "Bob's Trees"),
        ("Urban Street Props Deluxe", "Urban Street Props"),
        ("FPS Framework 2.0", "FPS Framework 2.0"),
        ("Props Vol2", "Props Vol. 2"),
        ("\uff12\uff10\uff14\uff18 Kit", "2048 kit"),
        ("東京 Props", "東京 props"),
        ("2048", "2048"),
    ],
)
def test_what_may_be_meant_is_offered(title: str, known: str) -> None:
    assert offered(title, known) == [known]


@pytest.mark.parametrize(
    ("title", "known"),
    [
        ("Urban Street Props", "Urban Street Props HDRP"),
        ("Urban Street Props 2", "Urban Street Props"),
        ("Urban Street Props", "Urban Street Props 2"),
        ("Urban Street Props 2", "Urban Street Props 3"),
        ("Framework 2.0", "Framework 2"),
        ("Street Props", "Urban Street Props"),
        ("", ""),
        ("The", "And"),
        ("Props", "!!!"),
    ],
)
def test_numbers_and_foreign_words_shut_the_gate(title: str, known: str) -> None:
    assert offered(title, known) == []


def test_the_likeliest_come_first_and_each_product_once() -> None:
    known = [
        ("1", "Street"),
        ("2", "Street Props"),
        ("1", "Urban Street"),
        ("3", "Urban Street Props"),
        ("3", "Street"),
    ]
    found = candidates("Urban Street Props", known)
    assert [(one.product_id, one.title) for one in found] == [
        ("3", "Urban Street Props"),
        ("2", "Street Props"),
        ("1", "Urban Street"),
    ]
    assert found[0].likeness == 1.0
    assert all(0 < one.likeness <= 1 for one in found)


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=3), st.text(max_size=60)), max_size=8))
def test_any_names_can_be_compared(title: str, known: list[tuple[str, str]]) -> None:
    found = candidates(title, known)
    assert all((one.product_id, one.title) in known and 0 < one.likeness <= 1 for one in found)
    assert len({one.product_id for one in found}) == len(found)
