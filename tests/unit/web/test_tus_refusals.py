"""What tus clients get wrong, and who may not: the protocol's own status, and the upload goes on from where it was."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import FILES, OFFSET_BYTES, TUS, TusClient, content_of

from asset_ingest.core.model.access import Role
from asset_ingest.core.services.transfers import TransferLimits

SMALL = replace(TUNING, transfers=TransferLimits(largest=1000))


@pytest.fixture
async def tus(site: Site) -> TusClient:
    return TusClient(site.admin)


@pytest.fixture
async def begun(tus: TusClient) -> TusClient:
    """Open an upload of ten bytes, of which four have arrived."""
    await tus.create(b"0123", Upload_Length="10")
    return tus


# --- headers that make no sense ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({}, "Upload-Length"),
        ({"Upload-Length": ""}, "Upload-Length"),
        ({"Upload-Length": "-1"}, "Upload-Length"),
        ({"Upload-Length": "1.0"}, "Upload-Length"),
        ({"Upload-Length": "1e3"}, "Upload-Length"),
        ({"Upload-Length": "9" * 19}, "Upload-Length"),
        ({"Upload-Length": "10", "Upload-Defer-Length": "1"}, "Upload-Length"),
        ({"Upload-Defer-Length": "0"}, "Upload-Defer-Length"),
        ({"Upload-Length": "1", "Upload-Metadata": "filename !!"}, "Upload-Metadata"),
        ({"Upload-Length": "1", "Upload-Metadata": "filename YQ==,filename YQ=="}, "Upload-Metadata"),
        ({"Upload-Length": "1", "Upload-Metadata": "filename /w=="}, "Upload-Metadata"),  # no UTF-8
        ({"Upload-Length": "1", "Upload-Metadata": "sha256 YQ=="}, "Upload-Metadata"),
        ({"Upload-Length": "1", "Upload-Checksum": "sha512 YQ=="}, "Upload-Checksum"),
        ({"Upload-Length": "1", "Upload-Concat": "some"}, "Upload-Concat"),
    ],
)
async def test_a_creation_that_makes_no_sense_creates_nothing(
    site: Site, tus: TusClient, headers: dict[str, str], field: str
) -> None:
    answer = await tus.create(b"x" if "Upload-Checksum" in headers else None, **headers)
    answer.refused(400, "invalid_request", field)
    assert "Location" not in answer.headers
    assert (await site.admin.get("/jobs")).json["items"] == []


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Upload-Offset": ""}, "Upload-Offset"),
        ({"Upload-Offset": "-4"}, "Upload-Offset"),
        ({"Upload-Offset": "four"}, "Upload-Offset"),
        ({"Upload-Offset": "0x4"}, "Upload-Offset"),
        ({"Upload-Offset": "4", "Upload-Length": "ten"}, "Upload-Length"),
        ({"Upload-Offset": "4", "Upload-Checksum": "sha1"}, "Upload-Checksum"),
        ({"Upload-Offset": "4", "Upload-Checksum": "sha1 YQ=="}, "Upload-Checksum"),
        ({"Upload-Offset": "4", "Upload-Checksum": "crc64 YQ=="}, "Upload-Checksum"),
        ({"Upload-Offset": "4", "Upload-Checksum": "sha1 $$"}, "Upload-Checksum"),
    ],
)
async def test_an_append_that_makes_no_sense_takes_nothing(
    begun: TusClient, headers: dict[str, str], field: str
) -> None:
    answer = await begun("PATCH", b"456789", **{**OFFSET_BYTES, **headers})
    answer.refused(400, "invalid_request", field)
    assert await begun.stands() == 4


async def test_an_append_without_its_offset_takes_nothing(begun: TusClient) -> None:
    (await begun("PATCH", b"456789", **OFFSET_BYTES)).refused(400, "invalid_request", "Upload-Offset")
    assert await begun.stands() == 4


@pytest.mark.parametrize("length", ["9", "11", "0"])
async def test_a_length_never_changes(begun: TusClient, length: str) -> None:
    (await begun.append(4, b"45", Upload_Length=length)).refused(400, "length_mismatch")
    assert await begun.stands() == 4


@pytest.mark.parametrize("offset", [0, 3, 5, 10, 10**17])
async def test_an_offset_that_lies_takes_nothing(begun: TusClient, offset: int) -> None:
    (await begun.append(offset, b"4")).refused(409, "offset_mismatch")
    assert await begun.stands() == 4


async def test_bytes_of_another_type_are_not_taken(begun: TusClient) -> None:
    answer = await begun("PATCH", b"456789", Upload_Offset="4", Content_Type="application/octet-stream")
    answer.refused(415, "unsupported_media_type")
    assert await begun.stands() == 4
    created = await begun("POST", b"0", path=FILES, Upload_Length="1", Content_Type="text/plain")
    created.refused(415, "unsupported_media_type")


async def test_bytes_in_a_content_coding_are_not_taken(begun: TusClient) -> None:
    (await begun.append(4, b"456789", Content_Encoding="gzip")).refused(415, "unsupported_media_type")
    assert await begun.stands() == 4


@pytest.mark.parametrize("version", ["0.2.2", "1.0", "", "2.0.0", None])
async def test_another_version_of_tus_is_told_ours(begun: TusClient, version: str | None) -> None:
    begun.always = {} if version is None else {"Tus-Resumable": version}
    verbs = [begun("POST", path=FILES, Upload_Length="1"), begun.append(4, b"4")]
    if version is not None:  # without a version these are the IETF's
        verbs += [begun("HEAD"), begun("DELETE")]
    for answer in [await verb for verb in verbs]:
        assert answer.status == HTTPStatus.PRECONDITION_FAILED
        assert answer.headers["Tus-Version"] == "1.0.0"
    begun.always = TUS
    assert await begun.stands() == 4


# --- sizes ------------------------------------------------------------------------------------------------------


async def test_a_file_larger_than_we_take_is_refused(open_site: Callable) -> None:
    site = await open_site(tuning=SMALL)
    (await TusClient(site.admin).create(Upload_Length="1001")).refused(413, "too_large")
    deferred = TusClient(site.admin)
    await deferred.create(Upload_Defer_Length="1")
    (await deferred.append(0, b"", Upload_Length="1001")).refused(413, "too_large")
    (await deferred.append(0, bytes(1001))).refused(413, "too_large")
    assert await deferred.stands() <= 1000


async def test_a_length_told_late_is_not_less_than_what_is_here(tus: TusClient) -> None:
    await tus.create(b"0123", Upload_Defer_Length="1")
    (await tus.append(4, b"", Upload_Length="3")).refused(413, "length_mismatch")
    assert (await tus.append(4, b"45", Upload_Length="6")).status == 204


async def test_an_empty_file_is_refused(tus: TusClient) -> None:
    (await tus.create(Upload_Length="0")).refused(422, "empty_file")


async def test_a_body_longer_than_declared_takes_nothing(begun: TusClient) -> None:
    (await begun.append(4, b"456789+")).refused(413, "length_mismatch")
    assert await begun.stands() == 4
    (await begun.create(b"0123", Upload_Length="3")).refused(413, "length_mismatch")


async def test_a_body_that_turns_out_longer_is_refused_and_the_upload_goes_on(site: Site, begun: TusClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"45"
        yield b"6789 and more"

    (await begun.append(4, body())).refused(413, "length_mismatch")
    offset = await begun.stands()
    assert 4 <= offset <= 10
    if offset < 10:
        await begun.append(offset, b"0123456789"[offset:])
    assert (await content_of(site, begun.path))[1] == b"0123456789"


# --- who asks ---------------------------------------------------------------------------------------------------


async def test_nobody_gets_anywhere(site: Site, begun: TusClient) -> None:
    nobody = TusClient(site.anybody, begun.path)
    for answer in (
        await nobody("POST", path=FILES, Upload_Length="1"),
        await nobody("HEAD"),
        await nobody.append(4, b"4"),
        await nobody("DELETE"),
        await nobody("POST", X_HTTP_Method_Override="DELETE"),
    ):
        assert answer.status == 401
        assert "Upload-Offset" not in answer.headers
    assert await begun.stands() == 4


async def test_an_upload_of_another_studio_is_none(site: Site, begun: TusClient) -> None:
    for role in Role:
        stranger = TusClient(await site.join(role, same_studio=False), begun.path)
        for answer in (await stranger("HEAD"), await stranger.append(4, b"4"), await stranger("DELETE")):
            assert answer.status == 404
            assert "Upload-Offset" not in answer.headers
    assert await begun.stands() == 4


async def test_another_member_of_the_studio_may_go_on(site: Site, begun: TusClient) -> None:
    colleague = TusClient(await site.join(Role.ARTIST, same_studio=True), begun.path)
    assert (await colleague.append(4, b"456789")).status == 204


@pytest.mark.parametrize("name", [str(UUID(int=4, version=4)), "none", "..%2f..", "%00"])
async def test_an_address_that_is_none_is_not_found(tus: TusClient, name: str) -> None:
    tus.path = f"{FILES}/{name}"
    for answer in (await tus("HEAD"), await tus.append(0, b"x"), await tus("DELETE")):
        assert answer.status == 404


async def test_a_browser_proves_that_its_page_is_ours(site: Site) -> None:
    browser = await site.browser()
    tus = TusClient(browser)
    assert (await tus.create(Upload_Length="4")).status == 201
    forged = TusClient(replace(browser, csrf=None), tus.path)
    for answer in (
        await forged("POST", path=FILES, Upload_Length="1"),
        await forged.append(0, b"0123"),
        await forged("DELETE"),
    ):
        answer.refused(403, "forbidden")
    assert (await tus.append(0, b"0123")).status == 204
