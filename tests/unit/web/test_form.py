"""Splitting forms, however the bytes happen to arrive."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidRequest, UploadInterrupted
from asset_ingest.entrypoints.web.form import LONGEST_HEAD, LONGEST_PREAMBLE, FormReader, boundary_in

BOUNDARY = b"XyZ"
NEARLY = [b"\r", b"\n", b"\r\n", b"\r\n-", b"\r\n--", b"\r\n--X", b"\r\n--Xy", b"--XyZ", b"\r\r\n--Xy", b"a", b"\0"]
"""Pieces that come close to a delimiter."""

contents = (
    st.lists(st.sampled_from(NEARLY), max_size=12).map(b"".join).filter(lambda content: b"\r\n--XyZ" not in content)
)


def form_of(*parts: bytes, preamble: bytes = b"", epilogue: bytes = b"\r\n", padding: bytes = b"") -> bytes:
    opened = b"".join(
        b"\r\n--XyZ" + padding + b"\r\nContent-Disposition: form-data; name=f\r\n\r\n" + part for part in parts
    )
    whole = preamble + opened + b"\r\n--XyZ--" + epilogue
    return whole if preamble else whole[2:]


async def in_pieces(body: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    edges = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    for start, end in pairwise(edges):
        if start < end:
            yield body[start:end]


async def read(body: bytes, *cuts: int) -> list[bytes]:
    form = FormReader(in_pieces(body, list(cuts)), BOUNDARY)
    parts = []
    while await form.next_part() is not None:
        parts.append(b"".join([chunk async for chunk in form.body()]))
    return parts


@given(
    parts=st.lists(contents, max_size=4),
    cuts=st.lists(st.integers(0, 10_000), max_size=20),
    preamble=st.sampled_from([b"", b"hello", b"\r\n--X"]),
    padding=st.sampled_from([b"", b" ", b"\t "]),
)
async def test_parts_are_what_was_sent_however_it_arrives(
    parts: list[bytes], cuts: list[int], preamble: bytes, padding: bytes
) -> None:
    assert await read(form_of(*parts, preamble=preamble, padding=padding), *cuts) == parts


@given(
    parts=st.lists(contents, max_size=6),
    cuts=st.lists(st.integers(0, 10_000), max_size=20),
    padding=st.sampled_from([b"", b" "]),
    most=st.integers(0, 30),
    taken=st.integers(0, 3),
)
async def test_each_comes_once_though_those_that_are_here_are_taken_out_of_turn(
    parts: list[bytes], cuts: list[int], padding: bytes, most: int, taken: int
) -> None:
    form = FormReader(in_pieces(form_of(*parts, padding=padding), cuts), BOUNDARY)
    found = []
    while await form.next_part() is not None:
        found.append(b"".join([chunk async for chunk in form.body()]))
        here = form.parts_here(most)
        for (_, content), _ in zip(here, range(taken), strict=False):
            assert len(content) <= most
            found.append(content)
        # one more was asked for than was taken, and is left where it was
    assert found == parts


@given(parts=st.lists(contents, min_size=1, max_size=3), cut=st.integers(0, 10_000), at=st.integers(0, 10_000))
async def test_a_form_cut_short_is_never_taken_for_a_whole_one(parts: list[bytes], cut: int, at: int) -> None:
    body = form_of(*parts, epilogue=b"")
    with pytest.raises(UploadInterrupted):
        await read(body[: cut % len(body)], at)


@given(body=st.lists(st.sampled_from([*NEARLY, b"--XyZ", b"--XyZ--", b": ", b"Content-Disposition"])).map(b"".join))
async def test_any_bytes_are_a_form_or_refused(body: bytes) -> None:
    try:
        parts = await read(body)
    except (InvalidRequest, UploadInterrupted):
        return
    assert sum(map(len, parts)) <= len(body)


@given(parts=st.lists(contents, min_size=2, max_size=4), cuts=st.lists(st.integers(0, 10_000), max_size=9))
async def test_what_is_not_read_is_skipped(parts: list[bytes], cuts: list[int]) -> None:
    form = FormReader(in_pieces(form_of(*parts), cuts), BOUNDARY)
    for _ in parts[:-1]:
        assert await form.next_part() is not None
        async for _chunk in form.body():
            break  # the rest is left
    assert await form.next_part() is not None
    assert b"".join([chunk async for chunk in form.body()]) == parts[-1]
    assert await form.next_part() is None
    assert await form.next_part() is None


async def test_a_head_is_read_by_lower_case_names_the_first_of_each() -> None:
    body = b"--XyZ\r\nCONTENT-Disposition:  one \r\ncontent-disposition: two\r\nX: y\xff\r\n\r\nz\r\n--XyZ--"
    form = FormReader(in_pieces(body, []), BOUNDARY)
    assert await form.next_part() == {"content-disposition": "one", "x": "y\udcff"}


async def test_a_part_may_have_no_headers() -> None:
    assert await read(b"--XyZ\r\n\r\nz\r\n--XyZ--", 8) == [b"z"]


@pytest.mark.parametrize(
    "body",
    [
        b"--XyZ" + b"A" * LONGEST_HEAD + b"\r\n\r\nz\r\n--XyZ--",
        b"--XyZ\r\nA: " + b"a" * LONGEST_HEAD + b"\r\nB: b",
        b"--XyZsuffix\r\n\r\nz\r\n--XyZ--",
        b"--XyZ\r\nno colon\r\n\r\nz\r\n--XyZ--",
        b"--XyZ\r\n: no name\r\n\r\nz\r\n--XyZ--",
        b"--XyZ\r\nA: a\r\n folded\r\n\r\nz\r\n--XyZ--",
        b"p" * (LONGEST_PREAMBLE + 1) + b"\r\n--XyZ--",
    ],
)
async def test_what_is_no_form_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        await read(body, *range(0, len(body), 1000))


@pytest.mark.parametrize(
    ("header", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; charset=utf-8; Boundary="a b:c"', b"a b:c"),
        ("multipart/form-data; boundary=----WebKitFormBoundary7MA4YWxk", b"----WebKitFormBoundary7MA4YWxk"),
    ],
)
def test_the_boundary_is_found(header: str, boundary: bytes) -> None:
    assert boundary_in(header) == boundary


@pytest.mark.parametrize(
    "header",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="ends with "',
        "multipart/form-data; boundary=" + "x" * 201,
        "multipart/form-data; boundary=é",
        'multipart/form-data; boundary="never closed',
    ],
)
def test_a_missing_or_impossible_boundary_is_refused(header: str) -> None:
    with pytest.raises(InvalidRequest):
        boundary_in(header)
