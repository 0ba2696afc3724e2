"""What clients of the IETF's protocol get wrong: its own problem types, and the upload goes on from where it was."""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import FILES, IetfClient, content_of, job_of

from asset_ingest.core.model.access import Role
from asset_ingest.core.services.transfers import TransferLimits

CONTENT = b"0123456789"
PROBLEM_TYPES = "https://iana.org/assignments/http-problem-types#"
SMALL = replace(TUNING, transfers=TransferLimits(largest=1000))


@pytest.fixture
async def ietf(site: Site) -> IetfClient:
    return IetfClient(site.admin)


@pytest.fixture
async def begun(ietf: IetfClient) -> IetfClient:
    """Open an upload of ten bytes, of which four have arrived."""
    await ietf.create(b"0123", Upload_Length="10")
    return ietf


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 3, 5, 10, 10**14])
async def test_an_offset_that_lies_is_told_the_true_one(begun: IetfClient, offset: int) -> None:
    answer = await begun.append(offset, b"4")
    answer.refused(409, "offset_mismatch")
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == ("4", "?0")
    problem = answer.json
    assert problem["type"] == f"{PROBLEM_TYPES}mismatching-upload-offset"
    assert (problem["expected-offset"], problem["provided-offset"]) == (4, offset)
    assert await begun.stands() == 4


@pytest.mark.parametrize(
    ("complete", "body", "length"),
    [("?1", b"45678", None), ("?1", b"456789+", None), ("?0", b"45", "9"), ("?0", b"456789+", None), ("?1", b"", "4")],
)
async def test_lengths_that_disagree_take_nothing(
    begun: IetfClient, complete: str, body: bytes, length: str | None
) -> None:
    headers = {"Upload-Length": length} if length else {}
    answer = await begun.append(4, body, complete=complete, **headers)
    answer.refused(400, "length_mismatch")
    assert answer.json["type"] == f"{PROBLEM_TYPES}inconsistent-upload-length"
    assert answer.headers["Upload-Complete"] == "?0"
    assert await begun.stands() == 4


async def test_a_creation_whose_lengths_disagree_creates_nothing(site: Site, ietf: IetfClient) -> None:
    (await ietf.create(b"0123", complete="?1", Upload_Length="5")).refused(400, "length_mismatch")
    (await ietf.create(b"0123", Upload_Length="3")).refused(400, "length_mismatch")
    assert (await site.admin.get("/jobs")).json["items"] == []


async def test_an_end_that_comes_too_early_keeps_what_came(site: Site, begun: IetfClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"45"

    (await begun.append(4, body(), complete="?1")).refused(400, "length_mismatch")
    assert await begun.stands() == 6
    await begun.append(6, b"6789", complete="?1")
    assert (await content_of(site, begun.path))[1] == CONTENT


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Upload-Offset", "-4"),
        ("Upload-Offset", "4.0"),
        ("Upload-Offset", "four"),
        ("Upload-Offset", ""),
        ("Upload-Offset", "4, 4"),
        ("Upload-Complete", "1"),
        ("Upload-Complete", "true"),
        ("Upload-Complete", "?2"),
        ("Upload-Complete", ""),
    ],
)
async def test_a_field_that_cannot_be_read_counts_as_not_sent(begun: IetfClient, name: str, value: str) -> None:
    (await begun.append(4, b"4", **{name: value})).refused(400, "invalid_request", name)
    assert await begun.stands() == 4


@pytest.mark.parametrize("length", ["-1", "ten", "10.0", "9" * 16, "?1"])
async def test_a_length_that_cannot_be_read_counts_as_not_sent(ietf: IetfClient, length: str) -> None:
    assert (await ietf.create(b"0123", Upload_Length=length)).status == 201
    assert "Upload-Length" not in (await ietf("HEAD")).headers


async def test_parameters_of_fields_are_ignored(begun: IetfClient) -> None:
    answer = await begun.append(4, b"45", **{"Upload-Offset": "4;why=because", "Upload-Complete": "?0;a"})
    assert answer.headers["Upload-Offset"] == "6"


async def test_a_creation_without_the_mark_of_either_protocol_is_told_so(site: Site) -> None:
    answer = await site.admin("POST", FILES, data=CONTENT)
    answer.refused(412, "invalid_request")
    assert "Upload-Complete" in answer.json["remedy"]
    (await site.admin("POST", FILES, data=CONTENT, headers={"Upload-Complete": "yes"})).refused(412, "invalid_request")


async def test_bytes_of_another_type_are_not_taken(begun: IetfClient) -> None:
    (await begun.append(4, b"4", Content_Type="text/plain")).refused(415, "unsupported_media_type")
    form = await begun("POST", b"x", path=FILES, Upload_Complete="?1", Content_Type="multipart/form-data; boundary=x")
    form.refused(415, "unsupported_media_type")


async def test_a_file_larger_than_we_take_is_told_the_limit(open_site: Callable) -> None:
    site = await open_site(tuning=SMALL)
    ietf = IetfClient(site.admin)
    for answer in (await ietf.create(Upload_Length="1001"), await ietf.create(bytes(1001), complete="?1")):
        answer.refused(413, "too_large")
        assert answer.headers["Upload-Limit"] == "max-size=1000"


async def test_an_empty_file_is_refused(ietf: IetfClient) -> None:
    (await ietf.create(b"", complete="?1")).refused(422, "empty_file")


# --- digests ----------------------------------------------------------------------------------------------------


def digest(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


async def test_a_content_digest_lets_all_bytes_in_or_none(begun: IetfClient) -> None:
    (await begun.append(4, b"45", Content_Digest=digest(b"54"))).refused(422, "checksum_mismatch")
    assert await begun.stands() == 4
    assert (await begun.append(4, b"45", Content_Digest=f"md5=:AA==:, {digest(b'45')}")).status == 204
    assert (await begun.append(6, b"67", Content_Digest="sha-256=nonsense")).status == 204


async def test_a_promised_representation_is_kept(site: Site, ietf: IetfClient) -> None:
    await ietf.create(CONTENT, complete="?1", Repr_Digest=digest(b"other"))
    await site.program.work()
    assert (await job_of(site, ietf.path))["code"] == "content_mismatch"
    await ietf.create(CONTENT, complete="?1", Repr_Digest=digest(CONTENT))
    assert (await content_of(site, ietf.path))[1] == CONTENT


# --- who asks ---------------------------------------------------------------------------------------------------


async def test_nobody_and_strangers_get_nowhere(site: Site, begun: IetfClient) -> None:
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for door, status in ((site.anybody, 401), (stranger, 404)):
        other = IetfClient(door, begun.path)
        for answer in (await other("HEAD"), await other.append(4, b"4"), await other("DELETE")):
            assert answer.status == status
            assert "Upload-Offset" not in answer.headers
    assert await begun.stands() == 4
    unknown = IetfClient(site.admin, f"{FILES}/{uuid4()}")
    assert (await unknown("HEAD")).status == 404
    assert (await IetfClient(site.anybody).create(CONTENT, complete="?1")).status == 401
