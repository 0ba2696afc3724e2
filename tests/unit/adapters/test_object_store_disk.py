from __future__ import annotations

import asyncio
import errno
import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import anyio
import pytest

from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.durable_files import FileCalls
from asset_ingest.core.errors import InvalidRequest, ObjectMissing, StoreFull, StoreUnavailable, UploadInterrupted
from asset_ingest.core.ports.object_store import Pile
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store import MIB, ObjectStoreContract, chunks_of, content, pattern

REAL = FileCalls()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


def files_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


def folders_below(root: Path) -> set[str]:
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_dir()}


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def failing(number: int) -> Any:
    def call(*_: object) -> NoReturn:
        raise OSError(number, os.strerror(number))

    return call


class TestDiskObjects(ObjectStoreContract):
    @pytest.fixture
    def store(self, root: Path) -> DiskObjects:
        return DiskObjects(root)


async def test_folders_that_another_process_removed_are_made_again(root: Path) -> None:
    server, worker = DiskObjects(root), DiskObjects(root)
    await server.put("studios/1/renditions/a/x", chunks_of(b"1"))
    await worker.delete("studios/1/renditions/a/x")
    await server.put("studios/1/renditions/b/x", chunks_of(b"2"))
    await worker.delete("studios/1/renditions/b/x")
    await server.put_all({"studios/1/renditions/c/x": b"3"})
    assert await content(server, "studios/1/renditions/c/x") == b"3"


async def test_files_find_their_place_again_once_somebody_has_emptied_the_folder(root: Path) -> None:
    store = DiskObjects(root)
    await store.put_all({"a/b": b"1"})
    shutil.rmtree(root)
    await store.put_all({"a/c": b"2"})
    shutil.rmtree(root)
    await store.put("a/d", chunks_of(b"3"))
    assert files_below(root) == {"a/d"}


@dataclass
class PowerCut:
    """Knows what would still be there if the power went now, by what POSIX promises and nothing more.

    Bytes last once their file was synced; a name lasts once the directory that holds it was synced.
    """

    root: Path
    story: list[str] = field(default_factory=list)
    named: dict[Path, set[str]] = field(default_factory=dict)
    lasting: set[Path] = field(default_factory=set)
    synced: bool = False

    def calls(self) -> FileCalls:
        return FileCalls(self.mkdir, self.writev, self.fdatasync, self.rename, self.fsync_dir)

    def mkdir(self, folder: Path, mode: int) -> None:
        REAL.mkdir(folder, mode)
        self._name(folder)

    def writev(self, descriptor: int, batch: Sequence[bytes]) -> int:
        self.synced = False
        self.story.append("write")
        return REAL.writev(descriptor, batch)

    def fdatasync(self, descriptor: int) -> None:
        REAL.fdatasync(descriptor)
        self.synced = True
        self.story.append("sync file")

    def rename(self, old: Path, new: Path) -> None:
        assert self.synced, "a file got its name before its bytes were safe"
        REAL.rename(old, new)
        self._name(new)
        self.story.append("rename")

    def fsync_dir(self, folder: Path) -> None:
        REAL.fsync_dir(folder)
        self.lasting |= {folder / name for name in self.named.pop(folder, set())}
        self.story.append(f"sync {folder.relative_to(self.root.parent)}")

    def survives(self, path: Path) -> bool:
        below = [path, *path.parents]
        return all(one in self.lasting for one in below[: below.index(self.root)])

    def _name(self, path: Path) -> None:
        self.named.setdefault(path.parent, set()).add(path.name)


class TestDurability:
    async def test_bytes_then_name_then_directory_are_synced_before_put_returns(self, root: Path) -> None:
        power = PowerCut(root)
        await DiskObjects(root, power.calls()).put("a/b/c", chunks_of(*[pattern(4 * MIB)] * 3))
        assert power.story[-8:] == [
            *["write"] * 3,
            *["sync file", "sync objects", "sync objects/a", "rename", "sync objects/a/b"],
        ]
        assert power.survives(root / "a/b/c")

    async def test_every_parent_directory_survives_even_when_somebody_else_just_made_it(self, root: Path) -> None:
        (root / "a/b").mkdir(parents=True)
        power = PowerCut(root)
        power.named = {root: {"a"}, root / "a": {"b"}}
        await DiskObjects(root, power.calls()).put("a/b/c", chunks_of(b"1"))
        assert power.survives(root / "a/b/c")

    async def test_directories_known_to_last_are_not_synced_again(self, root: Path) -> None:
        power = PowerCut(root)
        store = DiskObjects(root, power.calls())
        await store.put("a/b/c", chunks_of(b"1"))
        power.story.clear()
        await store.put("a/b/d", chunks_of(b"2"))
        assert power.story == ["write", "sync file", "rename", "sync objects/a/b"]

    async def test_a_directory_removed_and_made_again_survives(self, root: Path) -> None:
        power = PowerCut(root)
        store = DiskObjects(root, power.calls())
        await store.put("a/b/c", chunks_of(b"1"))
        await store.delete("a/b/c")
        power.lasting.clear()
        await store.put("a/b/c", chunks_of(b"2"))
        assert power.survives(root / "a/b/c")

    async def test_a_disk_that_writes_less_than_asked_is_asked_again(self, root: Path) -> None:
        def short(descriptor: int, batch: Sequence[bytes]) -> int:
            return os.write(descriptor, b"".join(batch)[:300_001])

        store = DiskObjects(root, FileCalls(writev=short))
        sent = pattern(2 * MIB + 5)
        await store.put("a", chunks_of(*(sent[i : i + 100_000] for i in range(0, len(sent), 100_000))))
        assert await content(store, "a") == sent


class TestTrouble:
    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    @pytest.mark.parametrize("call", ["mkdir", "writev", "fdatasync", "rename", "fsync_dir"])
    async def test_a_full_disk_is_said_and_leaves_nothing(self, root: Path, call: str, number: int) -> None:
        (root / ".incoming").mkdir(parents=True)
        store = DiskObjects(root, replace(REAL, **{call: failing(number)}))
        with pytest.raises(StoreFull):
            await store.put("a/b", chunks_of(pattern(3 * MIB)))
        assert files_below(root) == set()

    @pytest.mark.parametrize("call", ["mkdir", "writev", "fdatasync", "rename", "fsync_dir"])
    async def test_a_broken_disk_is_said_and_leaves_nothing(self, root: Path, call: str) -> None:
        store = DiskObjects(root, replace(REAL, **{call: failing(errno.EIO)}))
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            await store.put("a/b", chunks_of(pattern(3 * MIB)))
        assert files_below(root) == set()

    async def test_a_root_that_cannot_be_made_is_unavailable(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        with pytest.raises(StoreUnavailable):
            await DiskObjects(tmp_path / "file" / "objects").put("a", chunks_of(b"1"))

    async def test_when_both_ends_fail_the_senders_error_is_raised(self, root: Path) -> None:
        store = DiskObjects(root, FileCalls(writev=failing(errno.EIO)))
        with pytest.raises(UploadInterrupted):
            await store.put("a", breaking_off(pattern(MIB), error=UploadInterrupted()))

    async def test_a_key_below_an_object_is_refused(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a", chunks_of(b"1"))
        with pytest.raises(InvalidRequest):
            await store.put("a/b", chunks_of(b"2"))
        await store.put("c/d", chunks_of(b"1"))
        with pytest.raises(InvalidRequest):
            await store.put("c", chunks_of(b"2"))
        assert files_below(root) == {"a", "c/d"}

    async def test_a_symbolic_link_is_no_object(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "secret").write_bytes(b"secret")
        store = DiskObjects(root)
        await store.put("a", chunks_of(b"1"))
        (root / "link").symlink_to(tmp_path / "secret")
        with pytest.raises(ObjectMissing):
            await store.stat("link")
        with pytest.raises(ObjectMissing):
            await content(store, "link")
        assert [stored.key async for stored in store.list("")] == ["a"]

    async def test_an_object_cut_short_while_it_is_read_is_an_error(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a", chunks_of(pattern(3 * MIB)))
        reading = store.read("a")
        await anext(reading)
        os.truncate(root / "a", MIB)
        with pytest.raises(StoreUnavailable):
            await anext(reading)

    async def test_a_folder_emptied_under_a_put_is_made_again(self, root: Path) -> None:
        removed: list[Path] = []

        def rename(old: Path, new: Path) -> None:
            if not removed:
                new.parent.rmdir()
                removed.append(new.parent)
            REAL.rename(old, new)

        store = DiskObjects(root, FileCalls(rename=rename))
        await store.put("a/b/c", chunks_of(b"1"))
        assert removed
        assert await content(store, "a/b/c") == b"1"

    async def test_puts_and_deletes_in_one_folder_do_not_disturb_each_other(self, root: Path) -> None:
        store = DiskObjects(root)

        async def come_and_go(key: str) -> None:
            for _ in range(20):
                await store.put(key, chunks_of(b"1"))
                await store.delete(key)

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(come_and_go, f"a/b/{number}")
        assert folders_below(root) == {".incoming"}


class Gate:
    """A call that stands still in its thread until the test lets it go on."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.reached = asyncio.Event()
        self.open = threading.Event()

    def wait(self) -> None:
        self.loop.call_soon_threadsafe(self.reached.set)
        assert self.open.wait(30)


class TestCancellation:
    @pytest.mark.parametrize("cancels", [1, 2])
    async def test_a_write_under_way_ends_before_its_file_is_taken_away(self, root: Path, cancels: int) -> None:
        gate = Gate()
        sizes: list[int] = []

        def writev(descriptor: int, batch: Sequence[bytes]) -> int:
            gate.wait()
            sizes.append(os.fstat(descriptor).st_size)  # raises if somebody closed it
            return REAL.writev(descriptor, batch)

        store = DiskObjects(root, FileCalls(writev=writev))
        putting = asyncio.create_task(store.put("a", stalling(bytes(4 * MIB), stalled=anyio.Event())))
        await gate.reached.wait()
        for _ in range(cancels):
            putting.cancel()
            await asyncio.sleep(0)
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await putting
        assert sizes == [0]
        assert files_below(root) == set()

    async def test_a_scope_cancelled_before_the_name_is_given_leaves_nothing(self, root: Path) -> None:
        gate = Gate()

        def fdatasync(descriptor: int) -> None:
            gate.wait()
            REAL.fdatasync(descriptor)

        store = DiskObjects(root, FileCalls(fdatasync=fdatasync))
        async with anyio.create_task_group() as group:
            group.start_soon(store.put, "a", chunks_of(b"1"))
            await gate.reached.wait()
            group.cancel_scope.cancel()
            gate.open.set()
        assert files_below(root) == set()

    async def test_a_reader_that_goes_away_leaves_no_file_open(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a", chunks_of(pattern(3 * MIB)))
        before = open_files()
        reading = store.read("a")
        await anext(reading)
        await reading.aclose()
        assert open_files() == before


class TestTheFolder:
    async def test_only_the_owner_may_look_inside(self, root: Path) -> None:
        await DiskObjects(root).put("a/b", chunks_of(b"1"))
        modes = {path.stat().st_mode & 0o777 for path in (root, root / ".incoming", root / "a")}
        assert modes == {0o700}
        assert (root / "a/b").stat().st_mode & 0o777 == 0o600

    async def test_empty_folders_go_with_their_last_object(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a/b/c", chunks_of(b"1"))
        await store.put("a/d", chunks_of(b"1"))
        await store.delete("a/b/c")
        assert folders_below(root) == {".incoming", "a"}
        await store.delete("a/d")
        assert folders_below(root) == {".incoming"}

    async def test_what_is_not_ours_is_not_listed(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a", chunks_of(b"1"))
        (root / "lost+found").mkdir()
        (root / "lost+found" / "x").touch()
        (root / ".DS_Store").touch()
        os.mkfifo(root / "pipe")
        assert [stored.key async for stored in store.list("")] == ["a"]

    async def test_leftovers_of_a_killed_process_are_removed_by_age(self, root: Path) -> None:
        store = DiskObjects(root)
        await store.put("a", chunks_of(b"1"))
        now = datetime.now(UTC)
        for name, age in (("old", 7200), ("new", 60)):
            left = root / ".incoming" / name
            left.write_bytes(b"half")
            os.utime(left, times=(now.timestamp() - age,) * 2)
        found = await store.leftovers(now - timedelta(hours=1))
        assert found == Pile(1, 4)
        assert files_below(root) == {"a", ".incoming/old", ".incoming/new"}
        assert await store.remove_leftovers(now - timedelta(hours=1)) == found
        assert files_below(root) == {"a", ".incoming/new"}

    async def test_a_store_never_used_has_no_leftovers(self, root: Path) -> None:
        assert (await DiskObjects(root).remove_leftovers(datetime.now(UTC))).count == 0
        assert files_below(root.parent) == set()

    async def test_a_store_never_used_lists_nothing(self, root: Path) -> None:
        assert [stored async for stored in DiskObjects(root).list("")] == []
