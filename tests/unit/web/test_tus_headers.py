"""What tus clients say in headers is read exactly, or refused with the header's name."""

import base64
import re
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.model.ids import UploadId
from asset_ingest.entrypoints.web import tus_headers

KEYS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters=","), min_size=1)
VALUES = st.binary(max_size=40)


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


@given(st.dictionaries(KEYS, VALUES, max_size=5), st.sampled_from([",", ", "]))
def test_metadata_that_was_written_is_read_back(pairs: dict[str, bytes], separator: str) -> None:
    header = separator.join(f"{key} {encoded(value)}" if value else key for key, value in pairs.items())
    assert tus_headers.metadata(header).pairs == pairs


@given(st.text(max_size=60))
def test_any_text_is_metadata_or_a_mistake_that_names_its_header(header: str) -> None:
    named = ""
    try:
        found = tus_headers.metadata(header)
        _ = found.filename, found.content_type, found.sha256
    except InvalidRequest as refused:
        named = refused.field
    assert named in {"", "Upload-Metadata"}


@pytest.mark.parametrize(
    "header",
    [
        "filename",  # the value is absent, so is the name
        "filename ",
        "",
        "  ",
    ],
)
def test_metadata_without_a_name_is_no_mistake(header: str) -> None:
    assert tus_headers.metadata(header).filename is None


@pytest.mark.parametrize(
    "header",
    [
        "filename not_base64!",
        "filename YQ",  # without its padding
        "filename YQ==YQ==",
        "filename YQ== YQ==",
        "filename YQ==,filename YQ==",
        ",",
        "a YQ==,",
        "ä YQ==",
        "name\udce4 YQ==",
        "a é",
    ],
)
def test_metadata_that_is_not_base64_or_not_pairs_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        tus_headers.metadata(header)


def test_the_names_that_clients_use_are_found() -> None:
    assert tus_headers.metadata(f"name {encoded(b'b')},filename {encoded('ä.png'.encode())}").filename == "ä.png"
    assert tus_headers.metadata(f"name {encoded(b'b')},type {encoded(b'image/png')}").filename == "b"
    assert tus_headers.metadata(f"filetype {encoded(b'image/png')}").content_type == "image/png"
    assert tus_headers.metadata(f"sha256 {encoded(b'AB' * 32)}").sha256 == "ab" * 32


@pytest.mark.parametrize("pair", [f"filename {encoded(b'%c' % 0xFF)}", f"sha256 {encoded(b'xyz')}"])
def test_values_that_we_look_at_make_sense(pair: str) -> None:
    found = tus_headers.metadata(pair)
    with pytest.raises(InvalidRequest):
        _ = found.filename, found.sha256


@given(st.integers(0, 10**18 - 1))
def test_a_number_of_bytes_is_read(number: int) -> None:
    assert tus_headers.byte_count(str(number), "Upload-Offset") == number


@given(st.text(max_size=30).filter(lambda text: not re.fullmatch("[0-9]{1,18}", text)))
def test_what_is_no_number_of_bytes_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        tus_headers.byte_count(text, "Upload-Offset")
    assert refused.value.field == "Upload-Offset"


@pytest.mark.parametrize(("length", "deferred"), [(None, None), ("1", "1"), (None, "0"), (None, ""), ("-1", None)])
def test_a_length_is_either_said_or_deferred(length: str | None, deferred: str | None) -> None:
    with pytest.raises(InvalidRequest):
        tus_headers.promised_length(length, deferred)


def test_a_length_may_come_later() -> None:
    assert tus_headers.promised_length(None, "1") is None
    assert tus_headers.promised_length("0", None) == 0


@given(st.sampled_from(sorted(tus_headers.DIGEST_SIZES)), st.data())
def test_a_checksum_is_read(algorithm: str, data: st.DataObject) -> None:
    digest = data.draw(
        st.binary(min_size=tus_headers.DIGEST_SIZES[algorithm], max_size=tus_headers.DIGEST_SIZES[algorithm])
    )
    for name in (algorithm, algorithm.upper()):
        found = tus_headers.checksum(f"{name} {encoded(digest)}")
        assert found == tus_headers.PromisedChecksum(algorithm, digest)


@pytest.mark.parametrize(
    "header",
    ["", "sha1", "sha1 ", "sha1 !!", f"sha1 {encoded(b'x' * 19)}", f"blake3 {encoded(b'x' * 32)}", "sha1  ", "sha1\té"],
)
def test_a_checksum_that_is_none_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        tus_headers.checksum(header)
    assert refused.value.field == "Upload-Checksum"


@given(st.text(max_size=60))
def test_any_text_is_a_checksum_or_a_mistake(header: str) -> None:
    try:
        found = tus_headers.checksum(header)
        assert len(found.digest) == tus_headers.DIGEST_SIZES[found.algorithm]
    except InvalidRequest:
        pass


@given(
    st.lists(st.uuids(), min_size=1, max_size=5),
    st.sampled_from(["files/", "/files/", "/api/v1/files/", "https://a.example:1/b/files/"]),
    st.sampled_from([" ", "  "]),
)
def test_the_pieces_of_a_whole_are_read_in_order(pieces: list[UUID], prefix: str, between: str) -> None:
    header = "final;" + between.join(f"{prefix}{piece}" for piece in pieces)
    assert tus_headers.concatenation(header) == tus_headers.Whole(tuple(map(UploadId, pieces)))


@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map("final;".__add__)))
def test_any_text_is_a_concatenation_or_a_mistake_that_names_its_header(header: str) -> None:
    named = "Upload-Concat"
    try:
        assert tus_headers.concatenation(header) is not None
    except InvalidRequest as refused:
        named = refused.field or ""
    assert named == "Upload-Concat"
