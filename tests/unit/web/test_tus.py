"""tus 1.0 at the door: every verb, every refusal, and after each of them the upload goes on from its true offset."""

import asyncio
import base64
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.resuming import (
    FILES,
    LONG,
    OFFSET_BYTES,
    Away,
    DyingBehindTheLastByte,
    TusClient,
    content_of,
    finish,
    job_of,
    metadata,
)

from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.services.transfers import TransferLimits
from asset_ingest.entrypoints.web.options import WebOptions

SMALL = replace(TUNING, transfers=TransferLimits(largest=1000))


@pytest.fixture
async def tus(site: Site) -> TusClient:
    return TusClient(site.admin)


@pytest.fixture
async def begun(tus: TusClient) -> TusClient:
    """An upload of ten bytes, of which four have arrived."""
    await tus.create(b"0123", Upload_Length="10")
    return tus


# --- the way through --------------------------------------------------------------------------------------------


async def test_what_is_offered_is_told_to_anybody(open_site: Callable) -> None:
    site = await open_site(tuning=SMALL)
    for path in (FILES, f"{FILES}/{uuid4()}"):
        answer = await TusClient(site.anybody, always={})("OPTIONS", path=path)
        assert answer.status == 204
        assert answer.headers["Tus-Version"] == "1.0.0"
        assert answer.headers["Tus-Max-Size"] == "1000"
        offered = set(answer.headers["Tus-Extension"].split(","))
        assert offered == {
            *("creation", "creation-with-upload", "creation-defer-length"),
            *("expiration", "checksum", "checksum-trailer", "termination", "concatenation"),
        }
        assert {"sha1", "sha256", "md5", "crc32", "crc64nvme"} == set(
            answer.headers["Tus-Checksum-Algorithm"].split(",")
        )


async def test_a_file_goes_in_over_several_requests(site: Site, tus: TusClient) -> None:
    created = await tus.create(Upload_Length="10", Upload_Metadata=metadata(filename="dir/ä.bin", filetype="a/b"))
    assert (created.status, created.headers["Upload-Offset"]) == (201, "0")
    assert created.headers["Upload-Expires"].endswith(" GMT")
    for offset, part in ((0, b"0123"), (4, b"4"), (5, b"56789")):
        answer = await tus.append(offset, part)
        assert (answer.status, answer.body) == (204, b"")
        assert answer.headers["Upload-Offset"] == str(offset + len(part))
    assert await content_of(site, tus.path) == ("ä.bin", b"0123456789")


async def test_head_says_all_there_is_to_know(tus: TusClient) -> None:
    said = metadata(filename="a.bin", anything="else")
    await tus.create(b"0123", Upload_Length="10", Upload_Metadata=said)
    head = await tus("HEAD")
    assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == ("4", "10")
    assert head.headers["Upload-Metadata"] == said
    assert "Upload-Expires" in head.headers
    assert "Upload-Defer-Length" not in head.headers
    await tus.append(4, b"456789")
    head = await tus("HEAD")
    assert (head.status, head.headers["Upload-Offset"]) == (200, "10")
    assert "Upload-Expires" not in head.headers


async def test_all_bytes_may_come_with_the_creation(site: Site, tus: TusClient) -> None:
    created = await tus.create(b"0123456789", Upload_Length="10")
    assert (created.status, created.headers["Upload-Offset"]) == (201, "10")
    assert await content_of(site, tus.path) == ("upload.bin", b"0123456789")


@pytest.mark.parametrize("last", [b"4567", b""])
async def test_a_length_may_be_told_with_the_last_bytes_or_behind_them(site: Site, tus: TusClient, last: bytes) -> None:
    await tus.create(Upload_Defer_Length="1")
    await tus.append(0, b"0123")
    head = await tus("HEAD")
    assert head.headers["Upload-Defer-Length"] == "1"
    assert "Upload-Length" not in head.headers
    await tus.append(4, last, Upload_Length=str(4 + len(last)))
    assert (await content_of(site, tus.path))[1] == b"0123" + last


async def test_bytes_may_come_with_a_creation_that_defers_its_length(tus: TusClient) -> None:
    created = await tus.create(b"0123", Upload_Defer_Length="1")
    assert (created.status, created.headers["Upload-Offset"]) == (201, "4")


@pytest.mark.parametrize(
    ("said", "query", "name"),
    [
        (metadata(name="b.bin"), "", "b.bin"),
        (metadata(filename="", name="b.bin"), "", "b.bin"),
        (metadata(name="b.bin", filename="a.bin"), "?filename=c.bin", "a.bin"),
        ("", "?filename=c.bin", "c.bin"),
        ("filename", "", "upload.bin"),
    ],
)
async def test_a_file_gets_the_name_that_its_client_means(
    site: Site, tus: TusClient, said: str, query: str, name: str
) -> None:
    await tus.create(b"x", query=query, Upload_Length="1", Upload_Metadata=said)
    assert await content_of(site, tus.path) == (name, b"x")


async def test_an_upload_is_a_job_from_its_first_byte_and_may_belong_to_a_group(site: Site, tus: TusClient) -> None:
    group = (await site.admin.post("/groups", json={"name": "props"})).json["id"]
    created = await tus.create(b"0123", query=f"?group_id={group}&lane=bulk", Upload_Length="10")
    job = (await site.admin.get(f"/jobs/{created.headers['X-Job-Id']}")).json
    assert (job["status"], job["size"]) == ("UPLOADING", 10)
    assert (await site.admin.get(f"/uploads/{tus.path.rpartition('/')[2]}")).json["group_id"] == group
    (await tus.create(query=f"?group_id={uuid4()}", Upload_Length="1")).refused(404, "not_found")


async def test_a_promised_sha256_is_kept(site: Site, tus: TusClient) -> None:
    await tus.create(b"x", Upload_Length="1", Upload_Metadata=metadata(sha256="0" * 64))
    await site.program.work()
    assert (await job_of(site, tus.path))["code"] == "content_mismatch"


async def test_an_upload_that_is_not_wanted_any_more_is_forgotten(site: Site, begun: TusClient) -> None:
    answer = await begun("DELETE")
    assert (answer.status, answer.body) == (204, b"")
    assert (await job_of(site, begun.path))["status"] == "CANCELLED"
    assert (await begun("HEAD")).status == 410
    (await begun.append(4, b"456789")).refused(410, "upload_gone")
    (await begun("DELETE")).refused(410, "upload_gone")


async def test_a_complete_upload_stays(begun: TusClient) -> None:
    await begun.append(4, b"456789")
    (await begun("DELETE")).refused(410, "upload_gone")
    assert await begun.stands() == 10


async def test_clients_that_can_only_post_say_what_they_mean(site: Site, begun: TusClient) -> None:
    override = "X-HTTP-Method-Override"
    assert (await begun("POST", **{override: "HEAD"})).headers["Upload-Offset"] == "4"
    sent = await begun("POST", b"456789", **{override: "patch", "Upload-Offset": "4", **OFFSET_BYTES})
    assert (sent.status, sent.headers["Upload-Offset"]) == (204, "10")
    assert (await content_of(site, begun.path))[1] == b"0123456789"
    other = TusClient(begun.door)
    await other.create(Upload_Length="1")
    assert (await other("POST", **{override: "DELETE"})).status == 204
    for wrong in ("GET", "POST", "nonsense"):
        answer = await begun("POST", **{override: wrong})
        answer.refused(405, "method_not_allowed")
        assert answer.headers["Allow"] == "DELETE, HEAD, OPTIONS, PATCH"
    (await begun("POST")).refused(405, "method_not_allowed")


# --- where it is ------------------------------------------------------------------------------------------------


async def test_the_address_is_absolute_where_we_know_it(open_site: Callable, tmp_path: Path) -> None:
    site = await open_site()
    answer = await TusClient(site.admin).create(Upload_Length="1")
    assert answer.headers["Location"].startswith(f"http://{site.client.host}:{site.client.port}{FILES}/")
    public = await open_site(WebOptions(public_url="https://in.example/assets/", static=tmp_path))
    answer = await TusClient(public.admin).create(Upload_Length="1")
    assert answer.headers["Location"].startswith(f"https://in.example/assets{FILES}/")


@pytest.mark.parametrize("header", ["X-Forwarded-Proto", "X-Forwarded-For", "Forwarded", "Via"])
async def test_behind_an_unknown_proxy_the_address_is_a_path(tus: TusClient, header: str) -> None:
    answer = await tus.create(Upload_Length="1", **{header: "https"})
    assert answer.headers["Location"].startswith(f"{FILES}/")


# --- checksums --------------------------------------------------------------------------------------------------


def digests(content: bytes) -> dict[str, bytes]:
    return {
        "sha1": hashlib.sha1(content).digest(),  # noqa: S324  what tus asks for
        "sha256": hashlib.sha256(content).digest(),
        "md5": hashlib.md5(content).digest(),  # noqa: S324  what clients send
        "crc32": zlib.crc32(content).to_bytes(4, "big"),
    }


def said(algorithm: str, content: bytes) -> str:
    return f"{algorithm} {base64.b64encode(digests(content)[algorithm]).decode()}"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5", "crc32"])
async def test_a_checksum_lets_all_bytes_in_or_none(site: Site, begun: TusClient, algorithm: str) -> None:
    wrong = await begun.append(4, b"45678X", Upload_Checksum=said(algorithm, b"456789"))
    wrong.refused(460, "checksum_mismatch")
    assert await begun.stands() == 4
    right = await begun.append(4, b"456789", Upload_Checksum=said(algorithm, b"456789"))
    assert (right.status, right.headers["Upload-Offset"]) == (204, "10")
    assert (await content_of(site, begun.path))[1] == b"0123456789"


async def test_a_creation_whose_bytes_are_wrong_still_says_where_it_is(tus: TusClient) -> None:
    answer = await tus.create(b"0123", Upload_Length="4", Upload_Checksum=said("sha1", b"other"))
    answer.refused(460, "checksum_mismatch")
    assert await tus.stands() == 0
    assert (await tus.append(0, b"0123")).status == 204


# --- other origins ----------------------------------------------------------------------------------------------


async def test_pages_of_listed_origins_may_speak_tus(open_site: Callable, tmp_path: Path) -> None:
    listed = "https://tools.example"
    site = await open_site(WebOptions(cors_origins=(listed,), static=tmp_path))
    asks = {"Origin": listed, "Access-Control-Request-Method": "PATCH"}
    allowed = await site.anybody("OPTIONS", f"{FILES}/{uuid4()}", headers=asks)
    assert "PATCH" in allowed.headers["Access-Control-Allow-Methods"]
    may_send = allowed.headers["Access-Control-Allow-Headers"]
    for name in ("Tus-Resumable", "Upload-Length", "Upload-Offset", "Upload-Metadata", "Upload-Checksum"):
        assert name in may_send
    created = await TusClient(site.admin).create(Upload_Length="1", Origin=listed)
    may_read = created.headers["Access-Control-Expose-Headers"]
    for name in ("Location", "Upload-Offset", "Upload-Expires", "Tus-Resumable", "Tus-Max-Size"):
        assert name in may_read


# --- finishing --------------------------------------------------------------------------------------------------


async def test_nobody_hears_of_the_end_before_it_is_one_object(open_site: Callable, tmp_path: Path) -> None:
    ports = memory_ports()
    store = Away(ports.resumable)
    site = await open_site(WebOptions(finishing=0.05, static=tmp_path), replace(ports, resumable=store))
    tus = TusClient(site.admin)
    answer = await tus.create(LONG, Upload_Length=str(len(LONG)))
    answer.refused(423, "not_possible_now")
    assert answer.headers["Retry-After"]
    assert "Upload-Offset" not in answer.headers
    for locked in (await tus("HEAD"), await tus.append(len(LONG), b""), await tus("DELETE")):
        assert (locked.status, locked.headers["Retry-After"]) == (423, "1")
    store.away = False
    await finish(site, tus.path)
    assert await tus.stands() == len(LONG)
    assert (await content_of(site, tus.path))[1] == LONG


async def test_an_upload_whose_server_died_behind_the_last_byte_is_finished_by_who_asks(open_site: Callable) -> None:
    ports = memory_ports()
    site = await open_site(ports=replace(ports, resumable=DyingBehindTheLastByte(ports.resumable)))
    tus = TusClient(site.admin)
    (await tus.create(LONG, Upload_Length=str(len(LONG)))).refused(503, "store_unavailable")
    assert await tus.stands() == len(LONG)
    assert (await content_of(site, tus.path))[1] == LONG


async def test_head_waits_for_the_finish(open_site: Callable) -> None:
    ports = memory_ports()
    store = Away(ports.resumable)
    site = await open_site(ports=replace(ports, resumable=store))
    tus = TusClient(site.admin)
    creating = asyncio.create_task(tus.create(LONG, Upload_Length=str(len(LONG))))
    assert (await creating).status == 423
    store.away = False
    asking = asyncio.create_task(tus.stands())
    await finish(site, tus.path)
    assert await asking == len(LONG)


async def test_the_repetition_of_an_end_that_was_not_heard_of_is_answered_again(begun: TusClient) -> None:
    await begun.append(4, b"456789")
    again = await begun.append(10, b"")
    assert (again.status, again.headers["Upload-Offset"]) == (204, "10")
    (await begun.append(4, b"456789")).refused(409, "offset_mismatch")
    (await begun.append(10, b"x")).refused(413, "length_mismatch")
    assert await begun.stands() == 10
