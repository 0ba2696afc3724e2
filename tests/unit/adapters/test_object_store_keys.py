import string
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix, checked_range
from asset_ingest.core.errors import InvalidRequest, RangeNotSatisfiable

OURS = st.lists(
    st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=12).filter(lambda s: s[0] != "."),
    min_size=1,
    max_size=8,
).map("/".join)
HOSTILE = st.text(st.sampled_from("aZ0._-/\\\0\n ~é%:"), max_size=20) | st.text(max_size=20)


@given(HOSTILE)
def test_whatever_is_taken_stays_below_the_root(key: str) -> None:
    try:
        checked_key(key)
    except InvalidRequest:
        return
    path = PurePosixPath("/root") / key
    assert str(path) == f"/root/{key}"
    assert not any(part.startswith(".") for part in path.parts)


@given(OURS, st.integers(min_value=0))
def test_every_beginning_of_a_key_is_a_prefix(key: str, cut: int) -> None:
    prefix = key[: cut % (len(key) + 1)]
    folder, stub = checked_prefix(prefix)
    assert key.startswith(f"{folder}/{stub}" if folder else stub)


@given(HOSTILE)
def test_a_prefix_never_leaves_the_root(prefix: str) -> None:
    try:
        folder, stub = checked_prefix(prefix)
    except InvalidRequest:
        return
    assert folder == "" or checked_key(folder)
    assert "/" not in stub


@given(st.integers(-5, 30), st.none() | st.integers(-5, 30), st.integers(0, 20))
def test_a_range_lies_inside_or_is_refused(start: int, end: int | None, size: int) -> None:
    try:
        first, last = checked_range(start, end, size)
    except RangeNotSatisfiable:
        assert start < 0 or start > size or (end is not None and not start <= end <= size)
    else:
        assert 0 <= first <= last <= size


def test_a_key_may_have_512_characters_and_no_more() -> None:
    longest = "/".join(["a" * 127] * 4)
    assert len(checked_key(longest + "b")) == 512
    with pytest.raises(InvalidRequest):
        checked_key(longest + "bc")
