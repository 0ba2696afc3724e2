"""`asset-ingest upload` against a real server, killed and cut in the middle: nothing acknowledged is sent twice."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from anyio.abc import Process
from tests.integration.server import QUICK, Server, environment, run_cli, serving, start
from tests.integration.wire import Wire, wire_to

from asset_ingest.client import Client

MIB = 1 << 20
SIZE = 50 * MIB
FIRST_SLICE = 16 * MIB


@dataclass
class Place:
    """A server behind a wire, a large file, and the program that sends it."""

    server: Server
    wire: Wire
    large: Path
    state: Path

    def variables(self) -> dict[str, str]:
        return {"ASSET_INGEST_URL": self.wire.url, "XDG_STATE_HOME": str(self.state)}

    @asynccontextmanager
    async def uploading(self) -> AsyncIterator[Process]:
        process = await anyio.open_process(
            [sys.executable, "-m", "asset_ingest.entrypoints.cli", "upload", str(self.large)],
            env=environment(self.server.data, **self.variables()),
            stdin=subprocess.DEVNULL,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.aclose()

    async def again(self) -> tuple[int, str, str]:
        """Run it to its end and return its exit code and what it said."""
        async with self.uploading() as process:
            return await told(process)

    async def restart(self) -> None:
        self.server = await start(self.server.data, **QUICK)
        self.wire.upstream = self.server.url

    async def offset(self) -> int:
        """Return how much of the one upload the server has."""
        (entry,) = (self.state / "asset-ingest" / "uploads").iterdir()
        ident = entry.read_text().split('"upload_id": "')[1].partition('"')[0]
        async with self.server.client() as client:
            answer = await client.head(f"/files/{ident}", headers={"Tus-Resumable": "1.0.0"})
        assert answer.status_code == 200, answer
        return int(answer.headers["Upload-Offset"])

    async def check_content(self) -> None:
        """The catalogue holds the file once, as it is."""
        content = self.large.read_bytes()
        async with self.server.client() as client:
            jobs = (await client.get("/jobs")).json()["items"]
            assert [(job["status"], job["duplicate"]) for job in jobs] == [("COMPLETE", False)], jobs
            stored = await client.get(f"/assets/{jobs[0]['asset_id']}/versions/1/content")
        assert hashlib.sha256(stored.content).digest() == hashlib.sha256(content).digest()


async def told(process: Process) -> tuple[int, str, str]:
    said: dict[str, bytes] = {"out": b"", "err": b""}

    async def read(name: str, stream: anyio.abc.ByteReceiveStream) -> None:
        async for piece in stream:
            said[name] += piece

    assert process.stdout is not None
    assert process.stderr is not None
    with anyio.fail_after(50):
        async with anyio.create_task_group() as group:
            group.start_soon(read, "out", process.stdout)
            group.start_soon(read, "err", process.stderr)
        code = await process.wait()
    return code, said["out"].decode(), said["err"].decode()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    large = tmp_path / "large.bin"
    large.write_bytes(os.urandom(SIZE))
    async with serving(tmp_path / "data", **QUICK) as server, wire_to(server.url) as wire:
        place = Place(server, wire, large, tmp_path / "state")
        yield place
        if place.server is not server and not place.server.stopped:
            await place.server.stop()


@pytest.mark.parametrize("server_too", [False, True])
async def test_after_kill_9_the_same_command_goes_on(place: Place, *, server_too: bool) -> None:
    place.wire.hold(after=30 * MIB)
    async with place.uploading() as process:
        await place.wire.reached.wait()
        process.kill()
    if server_too:  # as when the power fails
        await place.server.kill()
    place.wire.cut()
    if server_too:
        await place.restart()
    assert await place.offset() == FIRST_SLICE, "what was acknowledged is there, and no half slice"
    before = place.wire.sent
    code, out, err = await place.again()
    assert (code, err) == (0, "")
    assert "at 16.8 MB of 52.4 MB" in out
    assert place.wire.sent - before < SIZE - FIRST_SLICE + MIB, "the first slice was not sent again"
    await place.check_content()
    code, out, _ = await place.again()
    assert (code, out.count("sent before")) == (0, 2)


async def test_a_server_that_is_killed_and_started_again_is_waited_for(place: Place) -> None:
    place.wire.hold(after=30 * MIB)
    async with place.uploading() as process:
        await place.wire.reached.wait()
        await place.server.kill()
        place.wire.cut()
        await place.restart()
        code, out, err = await told(process)
    assert code == 0, err
    assert err.count("It is tried again") == 1
    assert "COMPLETE" in out
    assert place.wire.sent < SIZE + FIRST_SLICE
    await place.check_content()


async def test_cut_connections_cost_no_more_than_the_slices_they_carried(place: Place) -> None:
    place.wire.hold(after=5 * MIB)
    async with place.uploading() as process:
        for after in (20 * MIB, 3 * MIB, 15 * MIB):
            await place.wire.reached.wait()
            place.wire.cut()
            place.wire.hold(after)
        await place.wire.reached.wait()
        place.wire.cut()
        code, _, err = await told(process)
    assert code == 0, err
    await place.check_content()


async def test_a_folder_goes_into_a_group(place: Place) -> None:
    (place.large.parent / "small.txt").write_text("small")
    for _ in range(2):
        command = ("upload", str(place.large), str(place.large.parent / "small.txt"), "--group", "Crates")
        done = await anyio.to_thread.run_sync(partial(run_cli, place.server.data, *command, **place.variables()))
        assert done.returncode == 0, done
    async with place.server.client() as client:
        (group,) = (await client.get("/groups")).json()["items"]
    assert (group["name"], group["jobs"]) == ("Crates", {"COMPLETE": 2})


async def test_a_program_sends_what_it_makes_as_it_goes(place: Place) -> None:
    async def made() -> AsyncIterator[bytes]:
        with place.large.open("rb") as file:
            while chunk := file.read(100_000):
                yield chunk

    heard: list[int] = []
    place.wire.hold(after=12 * MIB)
    async with Client(place.wire.url, place.server.key) as client, anyio.create_task_group() as group:

        async def cut_once() -> None:
            await place.wire.reached.wait()
            place.wire.cut()

        group.start_soon(cut_once)
        job = await client.upload_resumable(made(), filename="made.bin", size=SIZE, on_progress=heard.append)
        await client.wait(job.id, timeout=50)
    assert heard == sorted(heard)
    assert heard[-1] == SIZE
    await place.check_content()
