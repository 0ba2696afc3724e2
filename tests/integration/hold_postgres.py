"""A program that holds an embedded server until its input ends, or until a test kills it.

Usage: hold_postgres.py DATA BIN_DIR UID, where "-" stands for the default. Prints one line of JSON when it is ready.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from anyio import to_thread

from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock


async def hold(data: Path, bin_dir: Path | None) -> None:
    async with DataFolderLock(data) as lock, embedded_postgres(data, lock, bin_dir=bin_dir) as server:
        sys.stdout.write(json.dumps({"dsn": server.dsn, "pid": server.pid, "uid": os.geteuid()}) + "\n")
        sys.stdout.flush()
        await to_thread.run_sync(sys.stdin.read)


def become(uid: int) -> None:
    # Modules are loaded while we may still read them: the interpreter may lie where only root can go.
    asyncio.run(to_thread.run_sync(os.getpid))
    os.setgroups([])
    os.setgid(uid)
    os.setuid(uid)


if __name__ == "__main__":
    data, bin_dir, uid = sys.argv[1:]
    if uid != "-":
        become(int(uid))
    asyncio.run(hold(Path(data), None if bin_dir == "-" else Path(bin_dir)))
