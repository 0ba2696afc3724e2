"""Two ways to write one value are no difference."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.cms.strapi.comparison import same, unlike
from asset_ingest.core.ports.cms import Difference


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (None, ""),
        ("", None),
        (5_000_000_000, "5000000000"),
        (9_007_199_254_740_993, "9007199254740992"),
        (9_007_199_254_740_993, 9_007_199_254_740_992),
        (2.0, 2),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": [1.0]}, {"b": [1], "a": 1}),
        ("2024-05-06", "2024-05-06T00:00:00.000Z"),
        ("2024-05-06T02:00:00+02:00", "2024-05-06T00:00:00.000Z"),
    ],
)
def test_these_say_the_same(ours: object, theirs: object) -> None:
    assert same(ours, theirs)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("a", "b"),
        ("a", None),
        (None, "a"),
        (None, 0),
        (None, []),
        (1, True),
        (True, "true"),
        (1, "one"),
        (1, 2),
        (9_007_199_254_740_990, 9_007_199_254_740_991),
        ({"a": None}, {}),
        ([1, 2], [2, 1]),
        ([1], [1, 2]),
        ("2024", 2024),
        ("2024-05-06", "2024-05-07"),
        (10**400, 1.0),
    ],
)
def test_these_do_not(ours: object, theirs: object) -> None:
    assert not same(ours, theirs)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@given(JSON)
def test_what_went_through_json_is_the_same(value: object) -> None:
    assert same(value, json.loads(json.dumps(value, sort_keys=True)))


@given(JSON, JSON)
def test_comparing_anything_never_fails(ours: object, theirs: object) -> None:
    assert same(ours, theirs) in {True, False}


def test_what_we_do_not_send_is_not_our_business() -> None:
    assert unlike({"a": 1, "b": 2}, {"a": 1, "c": 3}) == [Difference("b", 2, None)]
