"""Where the server's things lie under a data folder, and the short way to its socket."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from asset_ingest.core.errors import Misconfigured

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107  # sockaddr_un.sun_path, less its closing NUL
_PLAIN = re.compile(r"[\w./~+-]+", re.ASCII)  # drivers take a comma for the next host, and escape differently


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """Paths under one data folder; `home` and all in it belong to the user that the server runs as."""

    data: Path

    @property
    def home(self) -> Path:
        return self.data / "postgres"

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def unfinished(self) -> Path:
        """Where initdb works; only a complete cluster is renamed to `cluster`."""
        return self.home / "unfinished"

    @property
    def log(self) -> Path:
        return self.data / "postgres.log"

    @property
    def passwords(self) -> Path:
        return self.data / "postgres.pgpass"

    @property
    def root_mode(self) -> Path:
        return self.data / "postgres.root-mode"

    def log_tail(self) -> str:
        """Return the last lines of the server's log, for a message."""
        with self.log.open("rb") as log:
            log.seek(max(0, self.log.stat().st_size - 2000))
            return " | ".join(log.read().decode(errors="replace").splitlines()[-3:])


@asynccontextmanager
async def socket_folder(folder: ServerFolder, owner: int) -> AsyncIterator[Path]:
    """Give a folder private to `owner` whose socket path suits the kernel and the drivers, under `data` if it can."""
    run = await to_thread.run_sync(_make_socket_folder, folder, owner)
    try:
        yield run
    finally:
        if not run.is_relative_to(folder.home):
            with anyio.CancelScope(shield=True), suppress(OSError):  # not empty: the server was killed; used again
                await to_thread.run_sync(run.rmdir)


def _make_socket_folder(folder: ServerFolder, owner: int) -> Path:
    run = folder.home / "run"
    if _too_long(run) or not _PLAIN.fullmatch(str(run)):
        name = hashlib.sha256(os.fsencode(folder.data)).hexdigest()[:16]
        run = Path(tempfile.gettempdir()) / f"asset-ingest-{name}"
    if _too_long(run):
        raise Misconfigured(f"{run} is too long for a socket: choose a shorter data folder or TMPDIR")
    with suppress(FileExistsError):
        run.mkdir(mode=0o700)
    _be_private(run, owner)
    return run


def _too_long(run: Path) -> bool:
    return len(os.fsencode(run / SOCKET)) > LONGEST_SOCKET_PATH


def _be_private(run: Path, owner: int) -> None:
    """Refuse a folder that somebody else put there first: its name in the shared temporary folder can be guessed."""
    found = run.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (owner, os.geteuid()) or found.st_mode & 0o077:
        raise Misconfigured(f"{run} is not a private folder of ours: look at who made it, and remove it")
    if found.st_uid != owner:
        os.chown(run, owner, -1)
