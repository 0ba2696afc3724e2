"""A process that fetches imports and does nothing else, to be killed: over a database and a folder that are given.

The one address that stands for the public internet is given too: a server of the program has no setting for that.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

import anyio

from asset_ingest.adapters.remote.http import HttpRemoteFiles
from asset_ingest.adapters.safe_fetch import Reach, SafeFetch
from asset_ingest.bootstrap import server_ports, wire
from asset_ingest.settings import Settings


async def fetch(database_url: str, data: str, outside: str, port: str) -> None:
    reach = Reach(("http",), (int(port),), inside=[ip_address(outside)])
    remote = HttpRemoteFiles(SafeFetch("asset-ingest/1", reach=reach), largest=64 << 20)
    async with AsyncExitStack() as stack:
        ports = await server_ports(Settings(data=Path(data), log_level="error"), database_url, stack)
        await wire(replace(ports, remote=remote)).imports.run()


if __name__ == "__main__":
    anyio.run(fetch, *sys.argv[1:])
