"""The database cluster on disk: made whole or not at all, refused when it is not ours to open."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import IO

from anyio import to_thread

from asset_ingest.adapters.postgres_server.binaries import Binaries
from asset_ingest.adapters.postgres_server.child import running_child
from asset_ingest.adapters.postgres_server.demote import RunAs
from asset_ingest.adapters.postgres_server.folders import SOCKET, ServerFolder
from asset_ingest.adapters.postgres_server.passwords import ADMIN, Passwords, read_or_make_passwords, sync_folder
from asset_ingest.core.errors import DatabaseUnavailable, Misconfigured


async def ensure_cluster(
    folder: ServerFolder, binaries: Binaries, run_as: RunAs, *, log: IO[bytes], children_fd: int, sync: bool
) -> Passwords:
    """Return the passwords of a cluster that these binaries can open, made now if there is none.

    A cluster that was half made when the power went is thrown away. Only with `sync` does a new one survive that.
    """
    is_there = await to_thread.run_sync(_is_there, folder, binaries)
    passwords = await to_thread.run_sync(read_or_make_passwords, folder.passwords)
    if not is_there:
        await _initdb(folder, binaries, run_as, passwords.admin, log=log, children_fd=children_fd, sync=sync)
        await to_thread.run_sync(_adopt, folder)
    return passwords


def _is_there(folder: ServerFolder, binaries: Binaries) -> bool:
    """Tell whether there is a cluster; raise Misconfigured if it is one that we cannot or must not open."""
    if not folder.cluster.exists():
        return False
    version = folder.cluster / "PG_VERSION"
    if not version.exists():
        raise Misconfigured(f"{folder.cluster} is damaged (no PG_VERSION): restore it from a backup, or move it away")
    if not folder.passwords.exists():
        raise Misconfigured(f"{folder.passwords} is gone: restore it beside the database, or move {folder.home} away")
    made_by = version.read_text().strip()
    if made_by != str(binaries.major):
        raise Misconfigured(
            f"the database in {folder.cluster} was made by PostgreSQL {made_by}, and this is {binaries.version}:"
            f" point ASSET_INGEST_PG_BIN at the bin folder of PostgreSQL {made_by}; to move on, dump the database with"
            f" that version (pg_dump), move {folder.home} away, start again and restore the dump"
        )
    return True


async def _initdb(
    folder: ServerFolder,
    binaries: Binaries,
    run_as: RunAs,
    password: str,
    *,
    log: IO[bytes],
    children_fd: int,
    sync: bool,
) -> None:
    await to_thread.run_sync(lambda: shutil.rmtree(folder.unfinished) if folder.unfinished.exists() else None)
    with await to_thread.run_sync(_in_memory, password) as secret:
        command = [
            str(binaries.initdb),
            f"--pgdata={folder.unfinished}",
            f"--username={ADMIN}",
            f"--pwfile=/proc/self/fd/{secret.fileno()}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            *_locale(binaries.major),
            "--data-checksums",
            "--no-instructions",
            *([] if sync else ["--no-sync"]),
        ]
        async with running_child(command, run_as=run_as, output=log, pass_fds=[children_fd, secret.fileno()]) as child:
            code = await child.wait()
    if code:
        raise DatabaseUnavailable(f"initdb failed ({code}): {await to_thread.run_sync(folder.log_tail)}")


def _in_memory(password: str) -> IO[bytes]:
    """Return a file that is on no disk, and that the user nobody may open by /proc though root made it."""
    secret = os.fdopen(os.memfd_create("password"), "wb")
    secret.write(password.encode())
    secret.flush()
    return secret


def _locale(major: int) -> list[str]:
    """Sort by code point, the same on every machine; before 17 only the C library could do so in UTF-8."""
    if major >= 17:
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _adopt(folder: ServerFolder) -> None:
    folder.unfinished.rename(folder.cluster)
    sync_folder(folder.home)


def clear_stale(folder: ServerFolder, run: Path) -> None:
    """Remove the pid and socket files of a killed server.

    PostgreSQL trusts a pid that is alive, though it may be another program's by now. We hold the data folder's lock,
    so no server of ours is alive; one that somebody started by hand is recognised by where it works, and refused.
    """
    pid_file = folder.cluster / "postmaster.pid"
    if pid_file.exists():
        pid = (pid_file.read_text().splitlines() or [""])[0]
        if pid.isdigit() and _works_in(pid, folder.cluster):
            raise Misconfigured(f"a PostgreSQL that we did not start (pid {pid}) uses {folder.cluster}: stop it first")
        pid_file.unlink()
    for name in (SOCKET, SOCKET + ".lock"):
        (run / name).unlink(missing_ok=True)


def _works_in(pid: str, cluster: Path) -> bool:
    try:
        return Path("/proc", pid, "cwd").samefile(cluster)
    except OSError:
        return False  # gone, a zombie, or a stranger's
