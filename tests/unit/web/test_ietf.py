"""The IETF's resumable uploads at the door, on the same resource as tus: a client may change in the middle."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import (
    FILES,
    LONG,
    PARTIAL_BYTES,
    Away,
    IetfClient,
    TusClient,
    content_of,
    finish,
    job_of,
    metadata,
)
from tests.unit.web.test_broken_transfers import connected
from tests.unit.web.test_resumable_writers import head

from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.access import Role
from asset_ingest.core.services.transfers import TransferLimits
from asset_ingest.entrypoints.web.options import WebOptions

CONTENT = b"0123456789"
PROBLEM_TYPES = "https://iana.org/assignments/http-problem-types#"
SMALL = replace(TUNING, transfers=TransferLimits(largest=1000))


@pytest.fixture
async def ietf(site: Site) -> IetfClient:
    return IetfClient(site.admin)


@pytest.fixture
async def begun(ietf: IetfClient) -> IetfClient:
    """An upload of ten bytes, of which four have arrived."""
    await ietf.create(b"0123", Upload_Length="10")
    return ietf


# --- the way through --------------------------------------------------------------------------------------------


async def test_limits_are_told_to_anybody(open_site: Callable) -> None:
    site = await open_site(tuning=SMALL)
    answer = await IetfClient(site.anybody)("OPTIONS")
    assert (answer.status, answer.headers["Upload-Limit"]) == (204, "max-size=1000, min-size=0")


async def test_a_whole_file_goes_in_with_one_request(site: Site, ietf: IetfClient) -> None:
    named = "inline; filename*=UTF-8''%C3%A4.bin"
    answer = await ietf.create(CONTENT, complete="?1", Content_Disposition=named)
    assert (answer.status, answer.json["status"], answer.json["size"]) == (201, "COMPLETED", 10)
    assert answer.headers["Upload-Complete"] == "?1"
    assert answer.headers["Upload-Offset"] == "10"
    assert await content_of(site, ietf.path) == ("ä.bin", CONTENT)


async def test_a_file_goes_in_over_several_requests(site: Site, ietf: IetfClient) -> None:
    created = await ietf.create(b"0123")
    assert (created.status, created.body) == (201, b"")
    assert (created.headers["Upload-Complete"], created.headers["Upload-Offset"]) == ("?0", "4")
    assert "max-size=" in created.headers["Upload-Limit"]
    more = await ietf.append(4, b"45")
    assert (more.status, more.headers["Upload-Complete"], more.headers["Upload-Offset"]) == (204, "?0", "6")
    last = await ietf.append(6, b"6789", complete="?1")
    assert (last.status, last.headers["Upload-Complete"], last.json["offset"]) == (200, "?1", 10)
    assert await content_of(site, ietf.path) == ("upload.bin", CONTENT)


async def test_an_upload_may_begin_without_bytes_and_end_without_bytes(site: Site, ietf: IetfClient) -> None:
    assert (await ietf.create()).headers["Upload-Offset"] == "0"
    await ietf.append(0, CONTENT)
    assert (await ietf.append(10, b"", complete="?1")).headers["Upload-Complete"] == "?1"
    assert (await content_of(site, ietf.path))[1] == CONTENT


async def test_a_body_of_unknown_length_is_taken(site: Site, ietf: IetfClient) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield CONTENT[:3]
        yield CONTENT[3:]

    assert (await ietf.create(body(), complete="?1")).headers["Upload-Complete"] == "?1"
    assert (await content_of(site, ietf.path))[1] == CONTENT


async def test_head_says_all_there_is_to_know(ietf: IetfClient) -> None:
    await ietf.create(b"0123")
    answer = await ietf("HEAD")
    assert answer.status == 204
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == ("4", "?0")
    assert "Upload-Length" not in answer.headers
    assert "max-age=" in answer.headers["Upload-Limit"]
    await ietf.append(4, b"456789", complete="?1")
    answer = await ietf("HEAD")
    assert (answer.headers["Upload-Offset"], answer.headers["Upload-Complete"]) == ("10", "?1")
    assert answer.headers["Upload-Length"] == "10"


async def test_get_shows_the_upload_and_disturbs_nobody(site: Site, begun: IetfClient) -> None:
    async with connected(site) as (reader, writer):
        sends = ("Upload-Complete: ?1", "Upload-Offset: 4", "Content-Type: application/partial-upload")
        writer.write(head(site, "PATCH", begun.path, *sends, "Content-Length: 6", "Expect: 100-continue"))
        await reader.readuntil(b"\r\n\r\n")
        shown = await begun("GET")
        assert (shown.status, shown.json["status"], shown.json["offset"]) == (200, "UPLOADING", 4)
        assert (shown.headers["Upload-Offset"], shown.headers["Upload-Complete"]) == ("4", "?0")
        assert shown.headers["Cache-Control"] == "no-store"
        writer.write(b"456789")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 200")
    shown = await TusClient(site.admin, begun.path)("GET")
    assert (shown.json["status"], shown.headers["Upload-Complete"]) == ("COMPLETED", "?1")


async def test_get_tells_how_an_upload_ended(site: Site, begun: IetfClient) -> None:
    await begun("DELETE")
    assert (await begun("GET")).json["status"] == "CANCELLED"
    stranger = IetfClient(await site.join(Role.ADMIN, same_studio=False), begun.path)
    (await stranger("GET")).refused(404, "not_found")


async def test_a_file_gets_the_name_that_its_client_means(site: Site, ietf: IetfClient) -> None:
    # what tus-js-client sends whatever it speaks
    await ietf.create(CONTENT, complete="?1", query="?filename=c.bin", Upload_Metadata=metadata(filename="b.bin"))
    assert (await content_of(site, ietf.path))[0] == "b.bin"
    await ietf.create(b"other", complete="?1", query="?filename=c.bin", Upload_Metadata="no base64!")
    assert (await content_of(site, ietf.path))[0] == "c.bin"


async def test_an_upload_that_is_not_wanted_any_more_is_forgotten(site: Site, begun: IetfClient) -> None:
    assert (await begun("DELETE")).status == 204
    assert (await job_of(site, begun.path))["status"] == "CANCELLED"
    assert (await begun("HEAD")).status == 410
    (await begun.append(4, b"4")).refused(410, "upload_gone")


async def test_the_repetition_of_an_end_that_was_not_heard_of_is_answered_again(begun: IetfClient) -> None:
    await begun.append(4, b"456789", complete="?1")
    again = await begun.append(10, b"", complete="?1")
    assert (again.status, again.headers["Upload-Complete"], again.json["size"]) == (200, "?1", 10)
    (await begun.append(4, b"456789", complete="?1")).refused(409, "offset_mismatch")


# --- 104 --------------------------------------------------------------------------------------------------------


def creation(site: Site, *more: str) -> bytes:
    return head(site, "POST", FILES, "Upload-Complete: ?1", "Content-Length: 10", *more)


@pytest.mark.parametrize("version", [6, 8, 9, 10])
async def test_a_client_that_asks_hears_early_where_to_resume(
    open_site: Callable, tmp_path: Path, version: int
) -> None:
    site = await open_site(WebOptions(interim_responses=True, static=tmp_path))
    async with connected(site) as (reader, writer):
        writer.write(creation(site, f"Upload-Draft-Interop-Version: {version}", "Expect: 100-continue"))
        interim = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert interim.startswith("HTTP/1.1 104 Upload Resumption Supported\r\n")
        assert "\r\nUpload-Limit: max-size=" in interim
        location = next(line for line in interim.splitlines() if line.startswith("Location: "))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(CONTENT)
        final = (await reader.readuntil(b"\r\n\r\n")).decode()
        assert final.startswith("HTTP/1.1 201 Created\r\n")
        assert location in final.splitlines()
    ietf = IetfClient(site.admin, location.partition(f":{site.client.port}")[2])
    assert (await content_of(site, ietf.path))[1] == CONTENT


@pytest.mark.parametrize(
    ("allowed", "asks"),
    [(False, "Upload-Draft-Interop-Version: 6"), (True, ""), (True, "Upload-Draft-Interop-Version: 7")],
)
async def test_nobody_else_gets_an_interim_response(
    open_site: Callable,
    tmp_path: Path,
    allowed: bool,  # noqa: FBT001  a case
    asks: str,
) -> None:
    site = await open_site(WebOptions(interim_responses=allowed, static=tmp_path))
    async with connected(site) as (reader, writer):
        writer.write(creation(site, *filter(None, [asks])) + CONTENT)
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 201")


@pytest.mark.parametrize("known", [True, False])
async def test_a_client_that_asks_hears_how_much_is_safe_while_it_sends(
    open_site: Callable,
    tmp_path: Path,
    known: bool,  # noqa: FBT001  a case
) -> None:
    site = await open_site(WebOptions(interim_responses=True, interim_pace=0.01, static=tmp_path))
    ietf = IetfClient(site.admin)
    await ietf.create(b"01", Upload_Length="10")
    asks = f"Upload-Draft-Interop-Version: {10 if known else 7}"
    sends = ("Upload-Complete: ?1", "Upload-Offset: 2", "Content-Type: application/partial-upload")
    async with connected(site) as (reader, writer):
        writer.write(head(site, "PATCH", ietf.path, *sends, "Content-Length: 8", asks))
        told = ["2"]
        for piece in (b"23", b"456") if known else ():
            writer.write(piece)
            interim = (await reader.readuntil(b"\r\n\r\n")).decode()
            assert interim.startswith("HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: ")
            told.append(interim.split()[-1])
        assert told == (["2", "4", "7"] if known else ["2"])
        writer.write(b"789" if known else b"23456789")
        lines = [await reader.readuntil(b"\r\n")]
        while lines[-1].startswith(b"HTTP/1.1 104"):  # the last bytes are safe before they are an object
            await reader.readuntil(b"\r\n\r\n")
            lines.append(await reader.readuntil(b"\r\n"))
        assert lines[-1].startswith(b"HTTP/1.1 200")
    assert (await content_of(site, ietf.path))[1] == CONTENT


# --- finishing --------------------------------------------------------------------------------------------------


async def test_nobody_hears_of_the_end_before_it_is_one_object(open_site: Callable, tmp_path: Path) -> None:
    ports = memory_ports()
    store = Away(ports.resumable)
    site = await open_site(WebOptions(finishing=0.05, static=tmp_path), replace(ports, resumable=store))
    ietf = IetfClient(site.admin)
    end = len(LONG)
    answers = [await ietf.create(LONG, complete="?1"), await ietf.append(end, b"", complete="?1"), await ietf("HEAD")]
    for answer in answers:
        assert answer.status == 503
        assert answer.headers["Upload-Complete"] == "?0"
        assert answer.headers["Retry-After"]
    store.away = False
    await finish(site, ietf.path)
    assert (await ietf.append(len(LONG), b"", complete="?1")).headers["Upload-Complete"] == "?1"
    assert (await content_of(site, ietf.path))[1] == LONG


# --- both -------------------------------------------------------------------------------------------------------


async def test_a_client_may_change_protocols_in_the_middle(site: Site) -> None:
    tus = TusClient(site.admin)
    await tus.create(b"01", Upload_Length="10", Upload_Metadata=metadata(filename="a.bin"))
    ietf = IetfClient(site.admin, tus.path)
    assert await ietf.stands() == 2
    await ietf.append(2, b"23")
    assert await tus.stands() == 4
    await tus.append(4, b"45")
    await ietf.append(6, b"6789", complete="?1")
    assert await tus.stands() == 10
    assert await content_of(site, tus.path) == ("a.bin", CONTENT)


async def test_what_one_protocol_began_without_a_length_the_other_ends(site: Site) -> None:
    ietf = IetfClient(site.admin)
    await ietf.create(b"0123")
    tus = TusClient(site.admin, ietf.path)
    assert (await tus("HEAD")).headers["Upload-Defer-Length"] == "1"
    assert (await tus.append(4, b"456789", Upload_Length="10")).status == 204
    assert (await ietf("HEAD")).headers["Upload-Complete"] == "?1"
    assert (await content_of(site, ietf.path))[1] == CONTENT


async def test_the_method_may_be_said_in_a_header_here_too(site: Site, begun: IetfClient) -> None:
    said = {"Upload-Offset": "4", "Upload-Complete": "?1", **PARTIAL_BYTES}
    answer = await begun("POST", b"456789", X_HTTP_Method_Override="PATCH", **said)
    assert (answer.status, answer.headers["Upload-Complete"]) == (200, "?1")
