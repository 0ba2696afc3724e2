"""Which bytes a Range asks for, held against slicing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import RangeNotSatisfiable
from asset_ingest.entrypoints.web.content import range_of, unchanged

CONTENT = bytes(range(100))
numbers = st.integers(0, 130)


@given(first=numbers, last=numbers)
def test_a_range_is_the_slice_with_its_last_byte(first: int, last: int) -> None:
    asked = f"bytes={first}-{last}"
    if last < first:
        assert range_of(asked, 100) is None
    elif first >= 100:
        with pytest.raises(RangeNotSatisfiable):
            range_of(asked, 100)
    else:
        assert served(asked) == CONTENT[first : last + 1]


@given(first=st.integers(0, 99))
def test_an_open_range_goes_to_the_end(first: int) -> None:
    assert served(f"bytes={first}-") == CONTENT[first:]


@given(count=st.integers(1, 300))
def test_a_suffix_is_the_last_bytes(count: int) -> None:
    assert served(f"bytes=-{count}") == CONTENT[-count:]


def served(asked: str) -> bytes:
    found = range_of(asked, 100)
    assert found is not None
    start, end = found
    assert 0 <= start < end <= 100
    return CONTENT[start:end]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-1,5-6",
        "items=0-1",
        "bytes=1--2",
        "bytes=0x1-2",
        "bytes=٣-٤",
        "bytes=" + "9" * 50 + "-",
    ],
)
def test_what_is_no_single_range_of_bytes_is_ignored(asked: str) -> None:
    assert range_of(asked, 100) is None


@pytest.mark.parametrize("asked", ["bytes=100-", "bytes=-0", "bytes=9999999999999999999-"])
def test_a_range_without_a_byte_cannot_be_satisfied(asked: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        range_of(asked, 100)


@given(st.text(max_size=40))
def test_any_header_is_a_range_ignored_or_refused(asked: str) -> None:
    try:
        found = range_of(asked, 100)
    except RangeNotSatisfiable:
        return
    assert found is None or 0 <= found[0] < found[1] <= 100


@pytest.mark.parametrize(
    ("header", "same"),
    [
        (None, False),
        ("*", True),
        ('"tag"', True),
        ('W/"tag"', True),
        ('"other", "tag"', True),
        ('"other"', False),
        ("tag", False),
        ('"tagged"', False),
        ("", False),
    ],
)
def test_if_none_match_compares_tags_weakly(header: str | None, same: bool) -> None:  # noqa: FBT001  a table's column
    assert unchanged(header, '"tag"') is same
