"""PostgreSQL refuses to run as root. As root we start it in a private user namespace, or else as nobody."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import anyio
from anyio import to_thread

from asset_ingest.adapters.postgres_server.binaries import Binaries
from asset_ingest.adapters.postgres_server.folders import ServerFolder
from asset_ingest.core.errors import Misconfigured

NOBODY = 65534
_UNSHARE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


class RootMode(StrEnum):
    """Pinned in the data folder, because the two leave files of different owners."""

    NAMESPACE = "namespace"  # files stay root's; nothing is made or changed outside the data folder
    NOBODY = "nobody"  # where the kernel or a container forbids user namespaces


@dataclass(frozen=True, slots=True)
class RunAs:
    """How to start a server process: a command to put in front, and a user to become (None: stay)."""

    prefix: tuple[str, ...] = ()
    uid: int | None = None

    @property
    def owner(self) -> int:
        """Who must own the server's files, as we see it."""
        return os.geteuid() if self.uid is None else self.uid


async def choose_user(folder: ServerFolder, binaries: Binaries) -> RunAs:
    """Return how to run the server in `folder`, the way it ran before; raise Misconfigured if that is impossible now.

    Never changes a mode outside the data folder and never creates a user.
    """
    if os.geteuid() != 0:
        return RunAs()
    await to_thread.run_sync(_refuse_a_users_files, folder)
    mode = await to_thread.run_sync(_pinned, folder.root_mode)
    namespaces = mode is not RootMode.NOBODY and await _namespace_works(folder.home, binaries.postgres)
    if mode is RootMode.NAMESPACE and not namespaces:
        raise Misconfigured(
            f"the database in {folder.home} belongs to root and ran in a user namespace, which is not allowed here now:"
            " allow user namespaces again, or give the data folder to a normal user (chown -R) and start as that user"
        )
    mode = RootMode.NAMESPACE if namespaces else RootMode.NOBODY
    if mode is RootMode.NOBODY:
        await to_thread.run_sync(_let_nobody_in, folder, binaries.postgres)
    await to_thread.run_sync(folder.root_mode.write_text, mode)
    return RunAs(prefix=_UNSHARE) if namespaces else RunAs(uid=NOBODY)


def _refuse_a_users_files(folder: ServerFolder) -> None:
    owner = folder.cluster.stat().st_uid if folder.cluster.exists() else 0
    if owner not in (0, NOBODY):
        raise Misconfigured(f"the database in {folder.home} belongs to uid {owner}: start as that user, not as root")


def _pinned(file: Path) -> RootMode | None:
    said = file.read_text().strip() if file.exists() else ""
    if not said:
        return None
    try:
        return RootMode(said)
    except ValueError as error:
        raise Misconfigured(f"{file} must say 'namespace' or 'nobody'") from error


async def _namespace_works(home: Path, postgres: Path) -> bool:
    """Try it with the real paths: a namespace may be allowed and yet not reach a folder that another user owns."""
    reach = ("sh", "-c", 'test -w "$1" && test -x "$2"', "sh", str(home), str(postgres))
    try:
        with anyio.fail_after(10):
            return (await anyio.run_process([*_UNSHARE, *reach], check=False)).returncode == 0
    except (OSError, TimeoutError):
        return False  # no such command here


def _let_nobody_in(folder: ServerFolder, postgres: Path) -> None:
    for path in (*folder.data.parents, *postgres.resolve().parents):
        if not _open_to_nobody(path):
            raise Misconfigured(
                f"PostgreSQL cannot run as root, and the user nobody cannot enter {path}: start as a normal user,"
                " or put the data folder and the installation where everybody may pass, such as /var/lib and /opt"
            )
    # By group, not for everybody: what else lies in the data folder stays closed to other users.
    os.chown(folder.data, -1, NOBODY)
    folder.data.chmod(folder.data.stat().st_mode & 0o7777 | 0o010)
    os.chown(folder.home, NOBODY, NOBODY)


def _open_to_nobody(path: Path) -> bool:
    found = path.stat()
    mine = 0o100 if found.st_uid == NOBODY else 0o010 if found.st_gid == NOBODY else 0o001
    return bool(found.st_mode & mine)
