"""The store's record is read from the first bytes of a file, and from those alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.packages import GOOD, RECORD, build_package

from asset_ingest.core.formats.store_record import MAX_RECORD_PREFIX, StoreRecord, read_store_record
from asset_ingest.testing.unity_packages import gzip_member, store_extra

WHOLE = StoreRecord(
    id="90001",
    title="Urban Street Props 東京",
    version="1.4.2",
    version_id="800001",
    upload_id="700001",
    pubdate="2026-11-03",
    unity_version="2021.3.45f1",
    category_id="88",
    category="3D/Environments/Urban",
    publisher_id="4242",
    publisher="Example Studio",
)


def test_a_record_is_read_whole_without_the_rest_of_the_file() -> None:
    data = build_package([GOOD], record=RECORD)
    length = 16 + int.from_bytes(data[14:16], "little")
    assert read_store_record(data[:length]) == WHOLE
    assert read_store_record(data[: length - 1]) is None


def test_the_longest_record_fits_the_prefix() -> None:
    record = {"id": "1", "description": "x" * (65_531 - 27)}
    data = gzip_member(b"", extra=store_extra(record))
    assert len(store_extra(record) or b"") == 0xFFFF
    assert read_store_record(data[:MAX_RECORD_PREFIX]) == StoreRecord(id="1")


@pytest.mark.parametrize("data", [b"", b"\x1f\x8b\x08\x04", gzip_member(b"x"), gzip_member(b"x", extra=b""), b"PK" * 9])
def test_a_file_without_record_has_none(data: bytes) -> None:
    assert read_store_record(data) is None


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("title", "a\x00\x1b[31m\u202eb\n", "a[31mb"),
        ("title", "x" * 9000, "x" * 500),
        ("title", 3, None),
        ("title", "", None),
        ("version_id", 5, "5"),
        ("version_id", "../5", None),
        ("version_id", True, None),
        ("upload_id", "9" * 40, None),
        ("pubdate", "10 Oct 2022", "2022-10-10"),
        ("pubdate", "31 Feb 2022", None),
        ("pubdate", "10 Okt 2022", None),
        ("pubdate", "10 Oct ²022", None),
        ("pubdate", ["10", "Oct", "2022"], None),
    ],
)
def test_each_field_is_what_it_should_be_or_nothing(field: str, value: object, kept: str | None) -> None:
    record = read_store_record(build_package([GOOD], record={**RECORD, field: value}))
    assert record is not None
    assert getattr(record, field) == kept


def test_the_id_may_come_from_the_link() -> None:
    record = read_store_record(build_package([GOOD], record={"link": {"id": "27676"}, "publisher": "not an object"}))
    assert record == StoreRecord(id="27676")


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*RECORD, "label"]), inner, max_size=5),
    max_leaves=15,
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*RECORD]), JSON) | JSON | st.binary(max_size=200))
def test_no_record_breaks_the_reader(record: Any) -> None:
    extra = store_extra(record)
    read_store_record(gzip_member(b"", extra=extra) if extra is not None else b"")


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100))
def test_no_extra_field_breaks_the_reader(extra: bytes) -> None:
    read_store_record(gzip_member(b"", extra=extra))
