"""Clients that other people wrote, unmodified, over real servers on disk and on Ceph: what they send arrives."""

from __future__ import annotations

import asyncio
import io
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiotus
import pytest
from aiohttp import ClientSession
from tests.integration.cutting_relay import cutting
from tests.integration.server import Server
from tests.integration.tus_files import Sample, arrived, authorized, endpoint
from tests.integration.tus_fixture import TusJs
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.storage.filestorage import FileStorage

SIZE = 3_000_001
CHUNK = 700_000  # no part of the size

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def file(tmp_path: Path) -> Sample:
    return Sample.made(tmp_path / "crates & bäume.bin", SIZE)


@pytest.fixture
def empty_file(tmp_path: Path) -> Path:
    path = tmp_path / "empty.bin"
    path.touch()
    return path


@pytest.fixture
def headers(client_server: Server) -> dict[str, str]:
    return authorized(client_server)


# --- tus-js-client ----------------------------------------------------------------------------------------------

WAYS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "in one request": ({}, {}),
    "in chunks": ({"chunkSize": CHUNK}, {}),
    "in chunks that fit exactly": ({"chunkSize": SIZE}, {}),
    "with its creation": ({"uploadDataDuringCreation": True}, {}),
    "with its creation, in chunks": ({"uploadDataDuringCreation": True, "chunkSize": CHUNK}, {}),
    "of unknown length": ({"uploadLengthDeferred": True, "chunkSize": CHUNK}, {"stream": True}),
    "in pieces, at once": ({"parallelUploads": 4}, {}),
    "in pieces, in chunks, with their creation": (
        {"parallelUploads": 2, "uploadDataDuringCreation": True, "chunkSize": CHUNK},
        {},
    ),
    "without PATCH": ({"overridePatchMethod": True, "chunkSize": CHUNK}, {}),
    "by the IETF's protocol": ({"protocol": "ietf-draft-05"}, {}),
    "by the IETF's protocol, in chunks": ({"protocol": "ietf-draft-05", "chunkSize": CHUNK}, {}),
    "by the IETF's protocol, with its creation": ({"protocol": "ietf-draft-05", "uploadDataDuringCreation": True}, {}),
    "by the IETF's protocol, of unknown length": (
        {"protocol": "ietf-draft-05", "uploadLengthDeferred": True, "chunkSize": CHUNK},
        {"stream": True},
    ),
}


@pytest.mark.parametrize("way", WAYS)
async def test_tus_js_client_sends_a_file(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], file: Sample, way: str
) -> None:
    options, more = WAYS[way]
    metadata = {"filename": file.name, "filetype": "application/octet-stream"}
    told = await tus_js.upload(
        file.path, endpoint(client_server), more=more, headers=headers, metadata=metadata, **options
    )
    assert told["succeeded"], told
    assert all(status < 300 for _, status in told["requests"]), told
    await arrived(client_server, file)


async def test_tus_js_client_resumes_pieces_from_the_addresses_it_kept(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], file: Sample
) -> None:
    told = await tus_js.upload(
        file.path,
        endpoint(client_server),
        more={"abortAtByte": 1_500_000, "again": True, "storage": str(file.path.with_name("urls.json"))},
        headers=headers,
        metadata={"filename": file.name},
        parallelUploads=4,
        chunkSize=200_000,
    )
    assert (told["resumed"], told["succeeded"]) == (True, True), told
    assert [method for method, _ in told["requests"]].count("POST") == 5
    await arrived(client_server, file)


async def test_tus_js_client_cuts_a_file_into_more_pieces_than_it_has_bytes(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], tmp_path: Path
) -> None:
    tiny = Sample.made(tmp_path / "tiny.bin", 2)
    told = await tus_js.upload(
        tiny.path,
        endpoint(client_server),
        more={},
        headers=headers,
        metadata={"filename": tiny.name},
        parallelUploads=4,
    )
    assert told["succeeded"], told
    await arrived(client_server, tiny)


@pytest.mark.parametrize("protocol", ["tus-v1", "ietf-draft-05"])
@pytest.mark.parametrize("stop", [{"abortAtChunk": 2}, {"abortAtByte": 1_000_000}])
async def test_tus_js_client_resumes_from_the_address_it_kept(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], file: Sample, stop: dict[str, int], protocol: str
) -> None:
    more = {**stop, "again": True, "storage": str(file.path.with_name("urls.json"))}
    told = await tus_js.upload(
        file.path,
        endpoint(client_server),
        more=more,
        headers=headers,
        metadata={"filename": file.name},
        protocol=protocol,
        **({"chunkSize": CHUNK} if "abortAtChunk" in stop else {}),
    )
    assert (told["resumed"], told["succeeded"]) == (True, True), told
    assert [method for method, _ in told["requests"]].count("POST") == 1
    assert "HEAD" in [method for method, _ in told["requests"]]
    await arrived(client_server, file)


@pytest.mark.parametrize("protocol", ["tus-v1", "ietf-draft-05"])
async def test_tus_js_client_terminates(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], file: Sample, protocol: str
) -> None:
    told = await tus_js.upload(
        file.path,
        endpoint(client_server),
        more={"abortAtChunk": 1, "terminate": True},
        headers=headers,
        metadata={"filename": file.name},
        chunkSize=CHUNK,
        protocol=protocol,
    )
    assert ["DELETE", 204] in told["requests"], told
    async with client_server.client() as client:
        gone = await client.head(told["uploadUrl"], headers={"Tus-Resumable": "1.0.0"})
    assert gone.status_code == 410


@pytest.mark.parametrize("protocol", ["tus-v1", "ietf-draft-05"])
async def test_tus_js_client_gets_through_a_network_that_comes_and_goes(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], file: Sample, protocol: str
) -> None:
    port = urlsplit(client_server.url).port
    assert port
    async with cutting(port, [200_000, 300_000, 1, 900_000, 500]) as relay:
        told = await tus_js.upload(
            file.path,
            endpoint(client_server, relay.url),
            more={},
            headers=headers,
            metadata={"filename": file.name},
            protocol=protocol,
        )
        assert told["succeeded"], told
        assert relay.cuts >= 3
    await arrived(client_server, file)


async def test_tus_js_client_is_told_why_a_file_is_refused(
    tus_js: TusJs, client_server: Server, headers: dict[str, str], empty_file: Path
) -> None:
    told = await tus_js.upload(empty_file, endpoint(client_server), more={}, headers=headers)
    assert not told["succeeded"]
    assert "empty_file" in told["error"]


async def test_tus_js_client_without_a_key_is_refused(tus_js: TusJs, client_server: Server, file: Sample) -> None:
    told = await tus_js.upload(file.path, endpoint(client_server), more={})
    assert not told["succeeded"]
    assert "unauthenticated" in told["error"]


# --- tuspy ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk_size", [CHUNK, SIZE])
@pytest.mark.parametrize("upload_checksum", [True, False])
async def test_tuspy_sends_a_file(
    client_server: Server, headers: dict[str, str], file: Sample, chunk_size: int, *, upload_checksum: bool
) -> None:
    client = TusClient(endpoint(client_server), headers=headers)
    uploader = client.uploader(
        file_stream=file.stream(),
        chunk_size=chunk_size,
        metadata={"filename": file.name},
        upload_checksum=upload_checksum,
    )
    await asyncio.to_thread(uploader.upload)
    await arrived(client_server, file)


async def test_tuspy_resumes_from_the_address_it_kept(
    client_server: Server, headers: dict[str, str], file: Sample
) -> None:
    client = TusClient(endpoint(client_server), headers=headers)

    def in_two_goes() -> None:
        storage = FileStorage(str(file.path.with_name("urls.json")))
        options = {"chunk_size": CHUNK, "metadata": {"filename": file.name}, "upload_checksum": True}
        options |= {"store_url": True, "url_storage": storage}
        client.uploader(str(file.path), **options).upload(stop_at=2 * CHUNK)
        again = client.uploader(str(file.path), **options)
        assert again.offset == 2 * CHUNK
        again.upload()
        storage.close()

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its files to the collector
        await asyncio.to_thread(in_two_goes)
    await arrived(client_server, file)


async def test_tuspy_asynchronously_and_without_metadata(
    client_server: Server, headers: dict[str, str], file: Sample
) -> None:
    client = TusClient(endpoint(client_server), headers=headers)
    await client.async_uploader(file_stream=file.stream(), chunk_size=CHUNK).upload()
    await arrived(client_server, file, "upload.bin")


async def test_tuspy_retries_where_the_connection_broke(
    client_server: Server, headers: dict[str, str], file: Sample
) -> None:
    port = urlsplit(client_server.url).port
    assert port
    async with cutting(port, [2_000, 500_000, 2_000, 100_000]) as relay:
        client = TusClient(endpoint(client_server, relay.url), headers=headers)
        uploader = client.uploader(
            file_stream=file.stream(), metadata={"filename": file.name}, retries=5, retry_delay=0
        )
        await asyncio.to_thread(uploader.upload)
        assert relay.cuts >= 1
    await arrived(client_server, file)


async def test_tuspy_without_a_key_is_refused(client_server: Server, file: Sample) -> None:
    uploader = TusClient(endpoint(client_server)).uploader(file_stream=file.stream())
    with pytest.raises(TusCommunicationError) as refused:
        await asyncio.to_thread(uploader.upload)
    assert refused.value.status_code == 401


# --- aiotus -----------------------------------------------------------------------------------------------------


async def test_aiotus_sends_a_file_and_reads_back_what_it_said(
    client_server: Server, headers: dict[str, str], file: Sample
) -> None:
    said = {"filename": file.name.encode(), "nothing": None}
    async with ClientSession() as session:
        with await asyncio.to_thread(file.path.open, "rb") as content:
            location = await aiotus.upload(
                endpoint(client_server), content, said, session, headers=headers, chunksize=CHUNK
            )
        assert location is not None
        metadata = await aiotus.metadata(location, session, headers=headers)
    assert metadata is not None
    assert {key: value or None for key, value in metadata.items()} == said
    await arrived(client_server, file)


@pytest.mark.parametrize("count", [1, 5])
async def test_aiotus_sends_a_file_in_pieces(
    client_server: Server, headers: dict[str, str], file: Sample, count: int
) -> None:
    step = SIZE // count + 1
    pieces = [io.BytesIO(file.content[start : start + step]) for start in range(0, SIZE, step)]
    location = await aiotus.upload_multiple(
        endpoint(client_server), pieces, {"filename": file.name.encode()}, headers=headers, chunksize=CHUNK
    )
    assert location is not None
    await arrived(client_server, file)
