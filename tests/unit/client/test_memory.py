"""What one run of a program leaves for the next: small files that nobody else reads and that are never half written."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from asset_ingest.client import Client, FileUnusable, Mark, Memory
from asset_ingest.client.memory import KEPT_SECONDS
from asset_ingest.client.sending import opened
from asset_ingest.testing.http_server import StandIn, refusing
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20
HERE = "http://127.0.0.1:8080"


@pytest.fixture
def complaints() -> list[FileUnusable]:
    return []


@pytest.fixture
def memory(tmp_path: Path, complaints: list[FileUnusable]) -> Memory:
    return Memory(tmp_path / "state" / "uploads", complaints.append)


async def mark_of(memory: Memory, path: Path, origin: str = HERE) -> Mark | None:
    async with opened(path) as file:
        return await (await memory.checkpoint(origin, file)).load()


async def keep(memory: Memory, path: Path, mark: Mark, origin: str = HERE) -> Path:
    """Return the file that the mark is kept in."""
    async with opened(path) as file:
        await (await memory.checkpoint(origin, file)).save(mark)
    return max(memory.folder.iterdir(), key=lambda entry: entry.stat().st_mtime_ns)


class TestWhatIsKept:
    async def test_a_mark_is_found_again_until_it_is_forgotten(
        self, memory: Memory, a_file: Callable[..., Path]
    ) -> None:
        path = a_file()
        assert await mark_of(memory, path) is None
        await keep(memory, path, Mark("job", "upload"))
        assert await mark_of(memory, path) == Mark("job", "upload")
        await keep(memory, path, Mark("job"))
        assert await mark_of(memory, path) == Mark("job")
        async with opened(path) as file:
            await (await memory.checkpoint(HERE, file)).forget()
        assert await mark_of(memory, path) is None

    async def test_its_owner_alone_can_read_it(self, memory: Memory, a_file: Callable[..., Path]) -> None:
        entry = await keep(memory, a_file(), Mark("job", "upload"))
        assert stat.S_IMODE(entry.stat().st_mode) == 0o600
        assert stat.S_IMODE(memory.folder.stat().st_mode) == 0o700
        assert list(memory.folder.iterdir()) == [entry], "nothing half written is left"

    async def test_another_content_time_place_or_server_is_another_upload(
        self, memory: Memory, a_file: Callable[..., Path], tmp_path: Path
    ) -> None:
        content = bytearray(pattern(300_000))
        path = a_file(content)
        facts = path.stat()
        await keep(memory, path, Mark("job"))

        def rewritten(content: bytes) -> Path:
            path.write_bytes(content)
            os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
            return path

        assert await mark_of(memory, path, "http://127.0.0.1:9090") is None
        for place in (0, len(content) - 1):
            content[place] ^= 1
            assert await mark_of(memory, rewritten(content)) is None
            content[place] ^= 1
        assert await mark_of(memory, rewritten(content + b"more")) is None
        assert await mark_of(memory, rewritten(content)) == Mark("job")
        os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns + 1))
        assert await mark_of(memory, path) is None
        rewritten(content).rename(tmp_path / "moved")
        assert await mark_of(memory, tmp_path / "moved") is None

    @pytest.mark.parametrize(
        "raw",
        [
            *(b"", b"{", b"[]", b"{}", b'{"job_id": 5}', b'{"job_id": "../../me"}', b"\xff", b"[" * 60_000),
            *(b'{"job_id": "j", "upload_id": "a/b"}', b'{"job_id": "j", "upload_id": ""}', b" " * 100_000),
        ],
    )
    async def test_an_entry_that_makes_no_sense_is_none(
        self, memory: Memory, a_file: Callable[..., Path], raw: bytes
    ) -> None:
        path = a_file()
        (await keep(memory, path, Mark("job"))).write_bytes(raw)
        assert await mark_of(memory, path) is None

    async def test_what_nobody_came_back_for_is_dropped(self, memory: Memory, a_file: Callable[..., Path]) -> None:
        await memory.tidy()  # before there is anything
        old = await keep(memory, a_file(name="old"), Mark("old"))
        os.utime(old, (0, old.stat().st_mtime - KEPT_SECONDS - 60))
        new = await keep(memory, a_file(name="new"), Mark("new"))
        await memory.tidy()
        assert list(memory.folder.iterdir()) == [new]

    async def test_a_folder_that_cannot_be_written_is_told_once_and_uploads_go_on(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        told: list[FileUnusable] = []
        memory = Memory(tmp_path / "file" / "uploads", told.append)
        for name in ("a.txt", "b.txt"):
            await client.upload(a_file(name=name), memory=memory)
        assert len(server.received) == 2
        assert [str(error) for error in told] == [f"uploads cannot be remembered in {memory.folder}: Not a directory"]


class TestSentBefore:
    @pytest.mark.parametrize("size", [7, 8 * MIB + 1])
    async def test_what_is_in_or_at_work_is_not_sent_again(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], memory: Memory, size: int
    ) -> None:
        path = a_file(bytes(size))
        assert await client.sent_before(path, memory) is None
        job = await client.upload(path, memory=memory)
        assert (await client.sent_before(path, memory) or job).status == "QUEUED"
        asset = server.add_asset(b"")
        server.move(server.jobs[job.id], "COMPLETE", asset_id=asset["id"])
        before = await client.sent_before(path, memory)
        assert before
        assert before.complete
        assert len(server.received) == 1

    @pytest.mark.parametrize("status", ["ERROR", "CANCELLED"])
    async def test_what_did_not_get_in_is(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], memory: Memory, status: str
    ) -> None:
        job = await client.upload(a_file(), memory=memory)
        server.move(server.jobs[job.id], status)
        assert await client.sent_before(a_file(), memory) is None

    async def test_what_the_server_no_longer_has_is(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], memory: Memory
    ) -> None:
        path = a_file()
        job = await client.upload(path, memory=memory)
        server.move(server.jobs[job.id], "COMPLETE", asset_id="deleted-since")
        assert await client.sent_before(path, memory) is None
        del server.jobs[job.id]
        assert await client.sent_before(path, memory) is None

    async def test_an_unfinished_upload_goes_on(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], memory: Memory
    ) -> None:
        path = a_file(pattern(18 * MIB))
        with anyio.CancelScope() as scope:
            await client.upload(path, memory=memory, on_progress=lambda sent: scope.cancel() if sent else None)
        assert await client.sent_before(path, memory) is None
        server.next("HEAD", "/files/u1", refusing(503))
        job = await client.upload(path, memory=memory)
        (upload,) = server.files.uploads.values()
        assert (upload.job_id, bytes(upload.body)) == (job.id, pattern(18 * MIB))
        assert await client.sent_before(path, memory) == await client.job(job.id)
