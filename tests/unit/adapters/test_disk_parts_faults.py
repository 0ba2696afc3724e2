"""A disk that fails or loses its power under an upload."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from tests.unit.adapters.failing_disk import REAL, Disk, aside, files_of

from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.adapters.object_store.durable_files import FileCalls
from asset_ingest.core.errors import IngestError, StoreFull, StoreUnavailable
from asset_ingest.core.ports.object_store import PartToSign
from asset_ingest.testing.flaky import breaking_off
from asset_ingest.testing.object_store import MIB, chunks_of, content, pattern
from asset_ingest.testing.resumable_uploads import append, begun, complete

PART = 64 << 10


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


CALLS = ["mkdir", "writev", "fdatasync", "rename", "fsync_dir"]


class TestDurability:
    async def test_an_upload_lasts_before_its_name_is_told(self, root: Path) -> None:
        disk = Disk()
        upload_id = await DiskResumable(root, disk.calls()).begin("a/b")
        assert disk.unnamed & {root, root / ".incoming", root / ".incoming" / upload_id} == set()
        log = root / ".incoming" / upload_id / "log"
        assert disk.synced[log.stat().st_ino] == log.stat().st_size
        assert disk.story[-4:] == ["sync file", f"sync new-{upload_id}", "rename to .incoming", "sync .incoming"]

    async def test_no_byte_is_told_of_before_it_lasts(self, root: Path) -> None:
        disk, told = Disk(), 0
        resumable = DiskResumable(root, disk.calls())
        ledger = await begun(resumable, MIB, 140 * MIB)
        appending = resumable.append("a/b", ledger.upload_id, ledger.take_over(), chunks_of(*[pattern(MIB)] * 140))
        async with aclosing(appending) as steps:
            async for collected in steps:
                ledger.write(collected)
                told += 1
                (inode,) = files_of(root, ledger).values()
                log = root / ".incoming" / ledger.upload_id / "log"
                assert ledger.offset <= disk.synced[inode]
                assert disk.synced[log.stat().st_ino] == log.stat().st_size
                assert f"sync {ledger.upload_id}" in disk.story
        assert told >= 2
        assert ledger.offset == 140 * MIB

    async def test_bytes_then_name_then_directory_are_synced_before_an_object_is_said_to_be(self, root: Path) -> None:
        disk = Disk()
        ledger = await begun(DiskResumable(root), PART, 9)
        await append(DiskResumable(root), ledger, chunks_of(b"123456789"))
        await complete(DiskResumable(root, disk.calls()), ledger)
        made = ["sync file", f"sync {root.parent.name}", "sync objects", "rename to a", "sync a"]
        assert disk.story == [*made, "rename to .incoming"]

    async def test_a_sent_part_lasts_before_it_is_told(self, root: Path) -> None:
        disk = Disk()
        resumable = DiskResumable(root, disk.calls())
        ledger = await begun(resumable, PART)
        disk.story.clear()
        await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, 3), chunks_of(b"123"))
        assert disk.story == ["sync file", f"sync {ledger.upload_id}", "sync file"]

    async def test_a_line_that_a_power_cut_left_half_written_counts_for_nothing(self, root: Path) -> None:
        sent = pattern(PART * 2)
        ledger = await begun(DiskResumable(root), PART, len(sent))
        await append(DiskResumable(root), ledger, chunks_of(sent[:PART]))
        with (root / ".incoming" / ledger.upload_id / "log").open("ab") as log:
            log.write(f"+{ledger.parts[0].etag[:-20]}".encode() + b"\0\xff")
        await append(DiskResumable(root), ledger, chunks_of(sent[PART:]))
        held = [part async for part in DiskResumable(root).parts("a/b", ledger.upload_id)]
        assert held == ledger.parts
        await complete(DiskResumable(root), ledger)
        assert await content(DiskObjects(root), "a/b") == sent


def said_as(number: int) -> type[IngestError]:
    return StoreFull if number in (errno.ENOSPC, errno.EDQUOT) else StoreUnavailable


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
class TestTrouble:
    @pytest.mark.parametrize("call", CALLS)
    async def test_an_upload_that_cannot_begin_leaves_nothing(self, root: Path, call: str, number: int) -> None:
        (root / ".incoming").mkdir(parents=True)
        with pytest.raises(said_as(number)):
            await DiskResumable(root, Disk(broken={call: number}).calls()).begin("a/b")
        assert aside(root) == []

    @pytest.mark.parametrize("call", ["writev", "fdatasync", "fsync_dir"])
    async def test_a_disk_that_fails_under_an_append_loses_nothing_that_was_told(
        self, root: Path, call: str, number: int
    ) -> None:
        sent = pattern(PART * 3)
        disk = Disk()
        resumable = DiskResumable(root, disk.calls())
        ledger = await begun(resumable, PART, len(sent))
        disk.broken = {call: number}
        with pytest.raises(said_as(number)):
            await append(resumable, ledger, chunks_of(sent[: PART + 17]))
        assert ledger.offset == 0
        disk.broken = {}
        await append(resumable, ledger, chunks_of(sent[:17]))
        assert f"sync {ledger.upload_id}" in disk.story  # the name of the file that the first one made
        disk.broken = {"fdatasync": number}
        with pytest.raises(said_as(number)):
            await append(resumable, ledger, chunks_of(sent[17:]))
        disk.broken = {}
        assert ledger.offset == 17
        await append(resumable, ledger, chunks_of(sent[ledger.offset :]))
        await complete(resumable, ledger)
        assert await content(DiskObjects(root), "a/b") == sent

    async def test_what_was_written_before_the_disk_failed_is_told(self, root: Path, number: int) -> None:
        loop, is_written = asyncio.get_running_loop(), asyncio.Event()

        def once(descriptor: int, batch: Sequence[bytes]) -> int:
            if is_written.is_set():
                raise OSError(number, os.strerror(number))
            done = REAL.writev(descriptor, batch)
            loop.call_soon_threadsafe(is_written.set)
            return done

        async def two_batches() -> AsyncGenerator[bytes, None]:
            yield bytes(4 * MIB)
            await is_written.wait()
            yield bytes(4 * MIB)

        ledger = await begun(DiskResumable(root), 16 * MIB)
        with pytest.raises(said_as(number)):
            await append(DiskResumable(root, FileCalls(writev=once)), ledger, two_batches())
        assert ledger.offset == 4 * MIB

    async def test_when_both_ends_fail_the_senders_error_is_raised(self, root: Path, number: int) -> None:
        ledger = await begun(DiskResumable(root), PART)
        for call in ("writev", "fdatasync"):
            broken = DiskResumable(root, Disk(broken={call: number}).calls())
            with pytest.raises(ConnectionError):
                await append(broken, ledger, breaking_off(bytes(PART), error=ConnectionError()))
            assert ledger.offset == 0

    @pytest.mark.parametrize("call", ["writev", "fdatasync", "fsync_dir"])
    async def test_a_part_that_cannot_be_kept_leaves_nothing(self, root: Path, call: str, number: int) -> None:
        ledger = await begun(DiskResumable(root), PART)
        broken = DiskResumable(root, Disk(broken={call: number}).calls())
        with pytest.raises(said_as(number)):
            await broken.put_part("a/b", ledger.upload_id, PartToSign(1, 3), chunks_of(b"123"))
        assert files_of(root, ledger) == {}
        assert [part async for part in broken.parts("a/b", ledger.upload_id)] == []
