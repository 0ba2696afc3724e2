"""Structured fields are read as RFC 9651 writes them; anything else counts as not sent."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.entrypoints.web import structured_fields as fields


@given(st.integers(0, fields.LARGEST_INTEGER), st.sampled_from(["", ";a", ";a=1;b", '; a="x;y"', ";a=?0", ";a=tok/en"]))
def test_an_integer_is_read_whatever_its_parameters(number: int, parameters: str) -> None:
    assert fields.count(f" {number}{parameters} ") == number


@pytest.mark.parametrize(
    "field",
    [
        None,
        "",
        "-1",
        "1.0",
        "1, 2",
        "a",
        '"1"',
        "?1",
        "1;",
        "1;A",
        "1; =2",
        "1000000000000000",
        "٣",
        "1 ;a",
        "0x1",
        "+1",
    ],
)
def test_what_is_no_count_counts_as_not_sent(field: str | None) -> None:
    assert fields.count(field) is None


@pytest.mark.parametrize(("field", "found"), [("?1", True), ("?0", False), ("?1;a=1", True), (" ?0 ", False)])
def test_a_boolean_is_read(field: str, found: bool) -> None:  # noqa: FBT001  what is read
    assert fields.boolean(field) is found


@pytest.mark.parametrize("field", [None, "", "1", "true", "?2", "?", "?1, ?1", "?11", "?1;", "?1é"])
def test_what_is_no_boolean_counts_as_not_sent(field: str | None) -> None:
    assert fields.boolean(field) is None


@given(st.binary(max_size=40))
def test_bytes_are_found_by_their_key(digest: bytes) -> None:
    encoded = f":{base64.b64encode(digest).decode()}:"
    for field in (f"sha-256={encoded}", f"md5=:AA==:;a,\tsha-256={encoded}", f"sha-256=1, a, b=2.5, sha-256={encoded}"):
        assert fields.byte_sequence(field, "sha-256") == digest


@pytest.mark.parametrize(
    "field",
    [
        None,
        "",
        "sha-256",
        "sha-256=1",
        "sha-256=:A:",
        "sha-256=AA==",
        "sha-256=:AA==:,",
        "SHA-256=:AA==:",
        ",sha-256=:AA==:",
    ],
)
def test_bytes_that_are_none_count_as_not_sent(field: str | None) -> None:
    assert fields.byte_sequence(field, "sha-256") is None


@given(st.text(max_size=80))
def test_any_text_is_read_or_ignored(text: str) -> None:
    fields.count(text)
    fields.boolean(text)
    fields.byte_sequence(text, "sha-256")


def test_a_dictionary_is_written_within_what_its_integers_can_say() -> None:
    assert fields.dictionary(max_size=10**20, min_size=0) == "max-size=999999999999999, min-size=0"
