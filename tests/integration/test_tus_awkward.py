"""What clients that other people wrote do rarely: odd names, wrong checksums, uploads that have expired, crowds."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiotus
import httpx
import pytest
from aiohttp import ClientSession
from tests.integration.server import Server, serving
from tests.integration.tus_files import Sample, arrived_at, authorized, endpoint
from tests.integration.tus_fixture import TusJs
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed
from tusclient.uploader import Uploader

SIZE = 3_000_001
CHUNK = 700_000
MIB = 1 << 20
NAMELESS = "upload.bin"
IETF = {"protocol": "ietf-draft-05"}

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def file(tmp_path: Path) -> Sample:
    return Sample.made(tmp_path / "awkward.bin", SIZE)


def asking(server: Server, file: Sample, *, headers: Mapping[str, str] | None = None, **options: Any) -> dict[str, Any]:
    """Return what our script is asked to do with tus-js-client and this file."""
    headers = {**authorized(server), **(headers or {})}
    return {"file": str(file.path), "endpoint": endpoint(server), "options": {**options, "headers": headers}}


def sha1(content: bytes) -> str:
    return f"sha1 {b64encode(hashlib.sha1(content, usedforsecurity=False).digest()).decode()}"


async def all_arrived(server: Server, told: list[dict[str, Any]], files: list[Sample]) -> list[str]:
    """Assert that each file arrived as what was told of it; return the names they have now."""
    uploads = zip(told, files, strict=True)
    return await asyncio.gather(*(arrived_at(server, each["uploadUrl"], file) for each, file in uploads))


async def jobs_of(server: Server) -> list[dict[str, Any]]:
    async with server.client() as client:
        found: list[dict[str, Any]] = (await client.get("/jobs", params={"limit": 100})).json()["items"]
    return found


# --- what they say of a file ------------------------------------------------------------------------------------

LONG = "ü" * 2_950
"""With its name, and in base64, 8 KiB of a header but for a little."""
METADATA: tuple[tuple[dict[str, str], str], ...] = (
    ({"filename": "木箱 ящик 📦.bin"}, "木箱 ящик 📦.bin"),
    ({"filename": "of an empty note.bin", "note": ""}, "of an empty note.bin"),
    ({"filename": ""}, NAMELESS),
    ({"note": "of no file"}, NAMELESS),
    ({"filename": "C:\\Users\\me\\box.bin"}, "box.bin"),
    ({"filename": "of a long note.bin", "note": LONG}, "of a long note.bin"),
)


async def test_whatever_is_said_of_a_file_it_arrives(tus_js: TusJs, client_server: Server, tmp_path: Path) -> None:
    files = [Sample.made(tmp_path / str(number), 1_000) for number in range(2 * len(METADATA))]
    ways = [{"metadata": said, "uploadDataDuringCreation": early} for early in (True, False) for said, _ in METADATA]
    told = await tus_js.upload_all([asking(client_server, file, **way) for file, way in zip(files, ways, strict=True)])
    assert all(each["succeeded"] for each in told), told
    assert await all_arrived(client_server, told, files) == [name for _, name in 2 * METADATA]
    async with ClientSession() as session:
        said = await aiotus.metadata(told[-1]["uploadUrl"], session, headers=authorized(client_server))
    assert said == {"filename": b"of a long note.bin", "note": LONG.encode()}


async def test_what_is_said_wrongly_is_told_and_opens_nothing(
    tus_js: TusJs, client_server: Server, file: Sample
) -> None:
    before = await jobs_of(client_server)
    wrong = [{"Upload-Metadata": said} for said in ("filename not!base64", "a YQ==,a YQ==", "a b c", ",")]
    for told in await tus_js.upload_all([asking(client_server, file, headers=headers) for headers in wrong]):
        assert told["requests"] == [["POST", 400]]
        assert "Upload-Metadata" in told["error"]
    assert await jobs_of(client_server) == before


# --- checksums --------------------------------------------------------------------------------------------------


async def test_tus_js_client_sends_a_wrong_checksum_and_then_the_right_one(
    tus_js: TusJs, client_server: Server, file: Sample
) -> None:
    wrong, right = ({"Upload-Checksum": sha1(content)} for content in (b"other", file.content))
    (told,) = await tus_js.upload_all(
        [
            {
                **asking(client_server, file, headers=wrong),
                "storage": str(file.path.with_name("urls.json")),
                "again": {"headers": {**authorized(client_server), **right}},
            }
        ]
    )
    assert told["requests"] == [["POST", 201], ["PATCH", 460], ["HEAD", 200], ["PATCH", 204]]
    await arrived_at(client_server, told["uploadUrl"], file)


class Mistaken(Uploader):
    """tuspy over a line that changes a byte."""

    CHECKSUM_ALGORITHM_PAIR = ("sha1", lambda chunk: hashlib.sha1(chunk + b"!", usedforsecurity=False))


async def test_tuspy_sends_a_chunk_again_whose_checksum_did_not_hold(client_server: Server, file: Sample) -> None:
    client = TusClient(endpoint(client_server), headers=authorized(client_server))
    options = {"chunk_size": CHUNK, "upload_checksum": True, "client": client}
    first = Uploader(file_stream=file.stream(), **options)
    await asyncio.to_thread(first.upload, stop_at=2 * CHUNK)
    mistaken = Mistaken(file_stream=file.stream(), url=first.url, **options)
    with pytest.raises(TusUploadFailed) as refused:
        await asyncio.to_thread(mistaken.upload_chunk)
    assert refused.value.status_code == 460
    again = Uploader(file_stream=file.stream(), url=first.url, **options)
    assert again.offset == 2 * CHUNK
    await asyncio.to_thread(again.upload)
    assert first.url
    await arrived_at(client_server, first.url, file)


async def chunked(server: Server, url: str, content: bytes, trailer: str) -> int:
    """Send bytes whose checksum comes behind them, as none of these clients can; return the status."""
    where = urlsplit(url)
    said = {
        "Host": where.netloc,
        "Connection": "close",
        "Tus-Resumable": "1.0.0",
        "Upload-Offset": "0",
        "Content-Type": "application/offset+octet-stream",
        "Transfer-Encoding": "chunked",
        "Trailer": "Upload-Checksum",
        **authorized(server),
    }
    lines = [f"PATCH {where.path} HTTP/1.1", *(f"{name}: {value}" for name, value in said.items()), "", ""]
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    try:
        writer.write("\r\n".join(lines).encode())
        for start in range(0, len(content), CHUNK):
            piece = content[start : start + CHUNK]
            writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await writer.drain()
        writer.write(f"0\r\nUpload-Checksum: {trailer}\r\n\r\n".encode())
        return int((await reader.readuntil(b"\r\n")).split()[1])
    finally:
        writer.transport.abort()


async def test_a_checksum_behind_the_bytes_lets_all_in_or_none(client_server: Server, file: Sample) -> None:
    client = TusClient(endpoint(client_server), headers=authorized(client_server))
    uploader = client.uploader(file_stream=file.stream())
    url = await asyncio.to_thread(uploader.create_url)
    assert await chunked(client_server, url, file.content, sha1(b"other")) == 460
    assert await asyncio.to_thread(client.uploader(file_stream=file.stream(), url=url).get_offset) == 0
    assert await chunked(client_server, url, file.content, sha1(file.content)) == 204
    await arrived_at(client_server, url, file)


# --- many, and large ones ---------------------------------------------------------------------------------------


async def test_fifty_small_files_at_once_each_take_one_request(
    tus_js: TusJs, client_server: Server, tmp_path: Path
) -> None:
    files = [Sample.made(tmp_path / f"{number}.bin", 700 * number + 1) for number in range(50)]
    told = await tus_js.upload_all(
        [
            asking(client_server, file, uploadDataDuringCreation=True, metadata={"filename": file.name}, **protocol)
            for number, file in enumerate(files)
            for protocol in [IETF if number % 5 == 4 else {}]
        ]
    )
    assert [each["requests"] for each in told] == [[["POST", 201]]] * 50
    assert await all_arrived(client_server, told, files) == [file.name for file in files]


async def test_large_pieces_become_one_file(tus_js: TusJs, client_server: Server, tmp_path: Path) -> None:
    """So large that a store copies them by itself."""
    large = Sample.made(tmp_path / "large.bin", 18 * MIB + 1)
    (told,) = await tus_js.upload_all([asking(client_server, large, parallelUploads=3)])
    assert told["succeeded"], told
    await arrived_at(client_server, told["uploadUrl"], large)


# --- lengths and times ------------------------------------------------------------------------------------------


async def test_a_length_that_was_told_late_never_changes(client_server: Server, file: Sample) -> None:
    halves = file.content[:CHUNK], file.content[CHUNK:]
    always = {**authorized(client_server), "Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    async with httpx.AsyncClient(headers=always, timeout=30) as client:

        async def patched(offset: int, content: bytes, length: int) -> int:
            said = {"Upload-Offset": str(offset), "Upload-Length": str(length)}
            return (await client.patch(url, content=content, headers=said)).status_code

        created = await client.post(endpoint(client_server), content=b"", headers={"Upload-Defer-Length": "1"})
        url = created.headers["Location"]
        assert "Upload-Length" not in (await client.head(url)).headers
        assert await patched(0, halves[0], SIZE) == 204
        for other in (SIZE - 1, SIZE + 1, CHUNK):
            assert await patched(CHUNK, halves[1], other) == 400
        stands = (await client.head(url)).headers
        assert (stands["Upload-Offset"], stands["Upload-Length"]) == (str(CHUNK), str(SIZE))
        assert await patched(CHUNK, halves[1], SIZE) == 204
    assert await arrived_at(client_server, url, file) == NAMELESS


@pytest.fixture
async def forgetful(tmp_path: Path) -> AsyncIterator[Server]:
    """Yield a server at which an upload waits three seconds for its next byte."""
    hours = {"ASSET_INGEST_RESUMABLE_HOURS": str(3 / 3600), "ASSET_INGEST_SWEEP_SECONDS": "0.2"}
    async with serving(tmp_path / "data", **hours) as server:
        yield server


async def test_clients_begin_anew_where_an_upload_has_expired(tus_js: TusJs, forgetful: Server, file: Sample) -> None:
    url = endpoint(forgetful)
    stopped = TusClient(url, headers=authorized(forgetful)).uploader(file_stream=file.stream(), chunk_size=CHUNK)
    await asyncio.to_thread(stopped.upload, stop_at=CHUNK)
    told = await tus_js.upload_all(
        [
            {
                **asking(forgetful, file, chunkSize=CHUNK, **protocol),
                "storage": str(file.path.with_name(f"urls {number}.json")),
                "abortAtChunk": 1,
                "untilGone": True,
                "again": {"chunkSize": SIZE},
            }
            for number, protocol in enumerate(({}, IETF))
        ]
    )
    for each in told:
        assert (each["resumed"], each["succeeded"]) == (True, True), told
        assert ["HEAD", 410] in each["requests"]
        assert [method for method, _ in each["requests"]].count("POST") == 2
        await arrived_at(forgetful, each["uploadUrl"], file)
    with pytest.raises(TusCommunicationError) as gone:
        await asyncio.to_thread(stopped.get_offset)
    assert gone.value.status_code == 410
