"""CRC-64/NVME, in C and in Python."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.formats.crc64nvme import PYTHON, Codec, as_text, combined, crc64nvme, fastest, of_text

CODECS = pytest.mark.parametrize("codec", [fastest(), PYTHON], ids=["fastest", "python"])


@CODECS
@pytest.mark.parametrize(
    ("data", "crc"),
    [
        (b"", 0),
        (b"123456789", 0xAE8B14860A799888),  # the catalogue's check value, CRC-64/NVME
        (bytes(32), 0xCF3473434D4ECF3B),  # the vectors of the NVMe Key Per I/O and Command Set specification
        (bytes(4096), 0x6482D367EB22B64E),
        (b"\xff" * 4096, 0xC0DDBA7302ECA3AC),
    ],
)
def test_known_answers(codec: Codec, data: bytes, crc: int) -> None:
    assert codec.crc(data, 0) == crc


def test_the_server_extra_brings_the_fast_one() -> None:
    assert fastest() is not PYTHON


@CODECS
@given(first=st.binary(max_size=200), second=st.binary(max_size=200))
def test_pieces_sum_up_to_the_whole(codec: Codec, first: bytes, second: bytes) -> None:
    whole = codec.crc(first + second, 0)
    assert codec.crc(memoryview(second), codec.crc(first, 0)) == whole
    assert codec.combine(codec.crc(first, 0), codec.crc(second, 0), len(second)) == whole


@given(first=st.integers(0, (1 << 64) - 1), second=st.integers(0, (1 << 64) - 1), size=st.integers(1, 1 << 44))
def test_python_puts_together_what_c_does(first: int, second: int, size: int) -> None:
    assert PYTHON.combine(first, second, size) == fastest().combine(first, second, size)


def test_the_text_is_that_of_s3() -> None:
    assert as_text(crc64nvme(b"123456789")) == "rosUhgp5mIg="
    assert combined(0, crc64nvme(b"1"), 1) == crc64nvme(b"1")


@given(st.integers(0, (1 << 64) - 1))
def test_text_comes_back(crc: int) -> None:
    assert of_text(as_text(crc)) == crc


@given(st.text(max_size=14) | st.binary(max_size=10).map(lambda raw: base64.b64encode(raw).decode()))
def test_what_is_no_checksum_is_refused(text: str) -> None:
    try:
        crc = of_text(text)
    except ValueError:
        return
    assert as_text(crc) == text


@pytest.mark.parametrize("text", ["", "rosUhgp5mIg", "rosUhgp5mIh=", "rosUhgp5mIg=\n", "ärosUhgp5mI="])
def test_nearly_is_not_enough(text: str) -> None:
    with pytest.raises(ValueError, match=r"base64|bytes|ASCII"):
        of_text(text)
