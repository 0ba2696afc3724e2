"""One program per data folder. The kernel frees these locks on every kind of death, so there is no pid to mistrust."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
from anyio import to_thread

from asset_ingest.core.errors import Misconfigured


class DataFolderLock:
    """Hold a data folder for one supervisor and its children.

    `serve.lock` is the supervisor's alone: if it is taken, a second instance is refused at once. `children.lock` is
    taken through a descriptor that every child inherits (`pass_fds=[lock.children_fd]`), so after a kill -9 the next
    supervisor waits up to `patience` seconds until the last server and worker of the dead one are really gone.
    """

    def __init__(self, data: Path, *, patience: float = 15.0) -> None:
        self._data = data
        self._patience = patience
        self._serve_fd = -1
        self._children_fd = -1

    @property
    def children_fd(self) -> int:
        """The descriptor that each long-lived child must inherit."""
        return self._children_fd

    async def __aenter__(self) -> Self:
        try:
            await to_thread.run_sync(self._open)
            self._refuse_a_second_instance()
            await self._outlast_earlier_children()
        except BaseException:
            self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self) -> None:
        try:
            self._data.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._serve_fd = os.open(self._data / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
            self._children_fd = os.open(self._data / "children.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise Misconfigured(f"cannot write into the data folder {self._data}: {error.strerror}") from error

    def _refuse_a_second_instance(self) -> None:
        if not _take(self._serve_fd):
            pid = os.pread(self._serve_fd, 20, 0).decode("ascii", "replace") or "unknown"
            raise Misconfigured(
                f"another instance (pid {pid}) already uses the data folder {self._data}:"
                " stop it, or choose another folder with --data"
            )
        os.ftruncate(self._serve_fd, 0)
        os.pwrite(self._serve_fd, str(os.getpid()).encode(), 0)

    async def _outlast_earlier_children(self) -> None:
        # Polled, because a thread blocked in flock() could be neither cancelled nor bounded in time.
        with anyio.move_on_after(self._patience):
            while not _take(self._children_fd):  # noqa: ASYNC110  the event is in another process
                await anyio.sleep(0.02)
            return
        raise Misconfigured(
            f"processes of an earlier run still use the data folder {self._data}:"
            " find them with 'fuser -v children.lock' in that folder and end them"
        )

    def _close(self) -> None:
        for fd in (self._children_fd, self._serve_fd):
            if fd >= 0:
                os.close(fd)  # never LOCK_UN: that would also free what a child still holds
        self._serve_fd = self._children_fd = -1


def holder(data: Path) -> str | None:
    """Return the pid of the supervisor that holds the folder just now; None when nobody does."""
    try:
        fd = os.open(data / "serve.lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _take(fd) else os.pread(fd, 20, 0).decode("ascii", "replace") or "unknown"
    finally:
        os.close(fd)


def _take(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
