"""What DiskResumable does beyond its contract: one file, one rename, nothing left."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from tests.unit.adapters.failing_disk import REAL, Disk, aside, files_of, open_files

from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.adapters.object_store.durable_files import FileCalls
from asset_ingest.adapters.object_store.joining import _copy
from asset_ingest.core.errors import Conflict, IngestError, ObjectMissing, StoreFull, StoreUnavailable
from asset_ingest.core.ports.object_store import Collected, PartToSign, Tail
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store import chunks_of, content, pattern
from asset_ingest.testing.resumable_uploads import Ledger, append, begun, complete

PART = 64 << 10


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


class TestOneFile:
    async def test_what_comes_in_order_becomes_the_object_by_its_name_alone(self, root: Path) -> None:
        sent = pattern(PART * 3 + 5)
        ledger = await begun(DiskResumable(root), PART, len(sent))
        await append(DiskResumable(root), ledger, chunks_of(sent[:7]))
        (inode,) = files_of(root, ledger).values()
        with pytest.raises(ConnectionError):
            await append(DiskResumable(root), ledger, breaking_off(sent[7:PART], error=ConnectionError()))
        forgetful = ledger.copy()
        await append(DiskResumable(root), forgetful, chunks_of(b"x" * PART))
        ledger.epoch = forgetful.epoch
        await append(DiskResumable(root), ledger, chunks_of(sent[PART:]))
        assert list(files_of(root, ledger).values()) == [inode]
        await complete(DiskResumable(root), ledger)
        assert (root / "a/b").stat().st_ino == inode
        assert await content(DiskObjects(root), "a/b") == sent
        assert aside(root) == []

    async def test_bytes_that_nobody_wrote_down_are_cut_off(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART)
        await append(DiskResumable(root), ledger, chunks_of(bytes(PART + 9)))
        whole = ledger.copy()
        whole.tail, whole.size = None, PART
        await append(DiskResumable(root), whole, chunks_of())
        await complete(DiskResumable(root), whole)
        assert (root / "a/b").stat().st_size == PART

    async def test_a_live_writer_keeps_its_file_and_the_next_one_gets_its_own(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART, PART * 2)
        zombie, stalled = ledger.copy(), anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(append, DiskResumable(root), zombie, stalling(b"1" * (PART + 10), stalled=stalled))
            await stalled.wait()
            with anyio.fail_after(10):
                while not files_of(root, zombie):  # noqa: ASYNC110  a thread makes it
                    await anyio.sleep(0.01)
            ledger.epoch = zombie.epoch
            await append(DiskResumable(root), ledger, chunks_of(b"2" * PART, b"2" * PART))
            assert len(files_of(root, ledger)) == 2
            group.cancel_scope.cancel()
        await complete(DiskResumable(root), ledger)
        assert await content(DiskObjects(root), "a/b") == b"2" * PART * 2
        assert aside(root) == []

    async def test_a_part_that_a_newer_writer_cut_off_is_no_part_any_more(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART, PART * 2)
        old = ledger.copy()
        await append(DiskResumable(root), old, chunks_of(b"1" * PART * 2))
        ledger.epoch = old.epoch
        await append(DiskResumable(root), ledger, chunks_of(b"2" * (PART + 1)))
        with pytest.raises(Conflict):
            await complete(DiskResumable(root), old)
        await append(DiskResumable(root), ledger, chunks_of(b"2" * (PART - 1)))
        await complete(DiskResumable(root), ledger)
        assert await content(DiskObjects(root), "a/b") == b"2" * PART * 2

    async def test_a_tail_that_is_gone_is_missing(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART)
        await append(DiskResumable(root), ledger, chunks_of(b"123"))
        ledger.tail = Tail(4, ledger.tail.token if ledger.tail else "")
        with pytest.raises(ObjectMissing):
            await append(DiskResumable(root), ledger, chunks_of(b"4"))
        ledger.tail = Tail(3, "0000000a.run-1-../../../x")
        with pytest.raises(ObjectMissing):
            await append(DiskResumable(root), ledger, chunks_of(b"4"))

    async def test_a_killed_writer_leaves_what_it_told_and_its_file_is_gone_on_with(self, root: Path) -> None:
        sent = bytes(PART * 3)
        ledger = await begun(DiskResumable(root), PART, len(sent) + 1)
        script = WRITER.format(root=str(root), upload_id=ledger.upload_id, part=PART, size=ledger.size)
        writer = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", script), stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
        )
        try:
            assert writer.stdout
            told = [(await writer.stdout.readline()).decode().split() for _ in range(2)]
        finally:
            writer.kill()
            await writer.wait()
        ledger.epoch = 1
        ledger.write(Collected((), Tail(int(told[0][0]), told[0][1])))  # the second was never written down
        assert int(told[1][0]) > ledger.offset
        await append(DiskResumable(root), ledger, chunks_of(sent[ledger.offset :], b"."))
        assert len(files_of(root, ledger)) == 1
        await complete(DiskResumable(root), ledger)
        assert await content(DiskObjects(root), "a/b") == sent + b"."


WRITER = """
import asyncio
from pathlib import Path
from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.core.ports.object_store import Position

go_on = asyncio.Event()

async def chunks():
    yield bytes(100)
    await go_on.wait()
    yield bytes(1000)
    await asyncio.Event().wait()

async def main():
    resumable = DiskResumable(Path({root!r}))
    at = Position(1, {part}, None, {size}, 1)
    async for collected in resumable.append("a/b", {upload_id!r}, at, chunks()):
        print(collected.tail.size, collected.tail.token, flush=True)
        go_on.set()

asyncio.run(main())
"""


class TestJoining:
    async def test_parts_sent_by_themselves_are_copied_to_where_most_bytes_are(self, root: Path) -> None:
        sent = pattern(PART * 4)
        resumable = DiskResumable(root)
        ledger = await begun(resumable, PART, len(sent))
        first = await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, PART), chunks_of(sent[:PART]))
        ledger.write(Collected((first,), None))
        await append(resumable, ledger, chunks_of(sent[PART:]))
        inodes = files_of(root, ledger)
        await complete(resumable, ledger)
        assert (root / "a/b").stat().st_ino == next(inodes[name] for name in inodes if name.startswith("run"))
        assert await content(DiskObjects(root), "a/b") == sent
        assert aside(root) == []

    async def test_a_join_that_broke_off_can_be_done_again(self, root: Path) -> None:
        told = await two_parts(DiskResumable(root))
        for call, number in (("fdatasync", errno.EIO), ("rename", errno.ENOSPC), ("fsync_dir", errno.EIO)):
            disk = Disk(broken={call: number})
            with pytest.raises((StoreFull, StoreUnavailable)):
                await DiskResumable(root, disk.calls()).complete("a/b", told.upload_id, told.parts)
        await complete(DiskResumable(root), told)
        assert await content(DiskObjects(root), "a/b") == b"1" * PART + b"2"
        assert aside(root) == []

    async def test_an_object_made_by_a_process_that_died_before_it_said_so_is_found(self, root: Path) -> None:
        told = await two_parts(DiskResumable(root))
        renamed: list[Path] = []

        def once(old: Path, new: Path) -> None:
            if renamed:
                raise OSError(errno.EIO, "dead")
            REAL.rename(old, new)
            renamed.append(new)

        with pytest.raises(StoreUnavailable):
            await DiskResumable(root, FileCalls(rename=once)).complete("a/b", told.upload_id, told.parts)
        assert renamed == [root / "a/b"]
        assert aside(root) == [told.upload_id]
        await complete(DiskResumable(root), told)
        assert aside(root) == []

    async def test_an_object_of_other_bytes_is_not_taken_for_this_one(self, root: Path) -> None:
        told = await two_parts(DiskResumable(root))
        await DiskObjects(root).put("a/b", chunks_of(b"1" * PART + b"3"))
        await DiskResumable(root).abort("a/b", told.upload_id)
        with pytest.raises(ObjectMissing):
            await complete(DiskResumable(root), told)

    async def test_bytes_lost_under_an_upload_are_said(self, root: Path) -> None:
        told = await two_parts(DiskResumable(root))
        for name in files_of(root, told):
            (root / ".incoming" / told.upload_id / name).unlink()
        with pytest.raises(Conflict):
            await complete(DiskResumable(root), told)

    async def test_a_key_below_an_object_is_refused_and_the_upload_stays(self, root: Path) -> None:
        told = await two_parts(DiskResumable(root))
        await DiskObjects(root).put("a", chunks_of(b"1"))
        with pytest.raises(IngestError):
            await complete(DiskResumable(root), told)
        await DiskObjects(root).delete("a")
        await complete(DiskResumable(root), told)

    def test_where_the_kernel_cannot_copy_we_do(self, tmp_path: Path) -> None:
        path = tmp_path / "overlapping ranges of one file are what it refuses"
        path.write_bytes(b"0123456789")
        with path.open("r+b") as file:
            assert _copy(file.fileno(), file.fileno(), 8, 0, 2) == 8
        assert path.read_bytes() == b"0101234567"


async def two_parts(resumable: DiskResumable) -> Ledger:
    """Return an upload that must be joined."""
    ledger = await begun(resumable, PART, PART + 1)
    for number, body in ((1, b"1" * PART), (2, b"2")):
        told = await resumable.put_part("a/b", ledger.upload_id, PartToSign(number, len(body)), chunks_of(body))
        ledger.write(Collected((told,), None))
    return ledger


class TestLeftovers:
    async def test_an_upload_under_way_is_no_leftover_however_old(self, root: Path) -> None:
        sent = pattern(PART)
        ledger = await begun(DiskResumable(root), PART, len(sent))
        await append(DiskResumable(root), ledger, chunks_of(sent[:5]))
        folder = root / ".incoming" / ledger.upload_id
        for path in (folder, *folder.iterdir()):
            os.utime(path, times=(0, 0))
        assert (await DiskObjects(root).remove_leftovers(datetime.now(UTC))).count == 0
        await append(DiskResumable(root), ledger, chunks_of(sent[5:]))
        await complete(DiskResumable(root), ledger)

    async def test_folders_half_made_or_half_emptied_are_leftovers(self, root: Path) -> None:
        await begun(DiskResumable(root), PART)
        for name in ("new-" + "a" * 32, "gone-" + "b" * 32, "new-" + "c" * 32):
            (root / ".incoming" / name).mkdir()
            (root / ".incoming" / name / "log").touch()
        for name in ("new-" + "a" * 32, "gone-" + "b" * 32):
            os.utime(root / ".incoming" / name, times=(0, 0))
        assert (await DiskObjects(root).remove_leftovers(datetime.now(UTC) - timedelta(hours=1))).count == 2
        assert len(aside(root)) == 2

    async def test_an_abort_frees_everything_also_under_a_live_writer(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART)
        await DiskResumable(root).put_part("a/b", ledger.upload_id, PartToSign(3, 3), chunks_of(b"123"))
        stalled, zombie = anyio.Event(), ledger.copy()
        async with anyio.create_task_group() as group:
            group.start_soon(append, DiskResumable(root), zombie, stalling(b"1" * (PART + 10), stalled=stalled))
            await stalled.wait()
            await DiskResumable(root).abort("a/b", ledger.upload_id)
            assert aside(root) == []
            group.cancel_scope.cancel()
        assert aside(root) == []

    async def test_an_upload_belongs_to_its_key(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART)
        await append(DiskResumable(root), ledger, chunks_of(b"123"))
        await DiskResumable(root).abort("a/c", ledger.upload_id)
        with pytest.raises(ObjectMissing):
            await DiskResumable(root).put_part("a/c", ledger.upload_id, PartToSign(1, 1), chunks_of(b"1"))
        await append(DiskResumable(root), ledger, chunks_of(b"45"))
        assert ledger.offset == 5

    async def test_nothing_stays_open_or_locked(self, root: Path) -> None:
        ledger = await begun(DiskResumable(root), PART)
        before = open_files()
        await append(DiskResumable(root), ledger, chunks_of(b"123"))
        with pytest.raises(ConnectionError):
            await append(DiskResumable(root), ledger, breaking_off(b"4", error=ConnectionError()))
        assert open_files() == before
