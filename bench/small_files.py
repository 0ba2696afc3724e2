"""How many small files get in a second, next to a tus server that keeps no records and syncs nothing, in the same run.

    python bench/small_files.py [rounds [files]]

Files of 10 KiB, 32 at once over connections that stay, each made and sent by one tus request (creation-with-upload).
Ours commits session and job and syncs the bytes before it answers, over the PostgreSQL that `asset-ingest serve`
brings, with its real settings; `@tus/server` with its file store does none of it. Then the batch road of ours: forms of
100 files, four at once and one at a time, each file acknowledged by its line. *with worker* is the same while a worker
digests what has landed, as it does in the program as shipped. Each turn has new processes, database and folder.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from parts.rivals import TUS, tus_node
from parts.servers import PATIENCE, Postgres, Server, emptied, ours, postgres, told, worker

HERE = Path(__file__).parent
WORK = HERE / ".work" / "small"
CLIENT = HERE / "parts" / "many_requests.py"
TOGETHER, WARM = 100, 100
ENOUGH, BATCH_ENOUGH = 0.6, 2.0
RIVAL = "@tus/server, unsynced"
TUS_ROAD, TUS_WORKED = "ours, tus", "  … with worker"
BATCH, BATCH_ONE, BATCH_WORKED = "ours, batch", "  … one form at a time", "  … with worker "


@dataclass(frozen=True, slots=True)
class Contestant:
    """What takes the files: by tus or as forms, so many requests at once. Only ours has the last three."""

    server: Server
    kind: str
    path: str
    at_once: int
    postgres: Postgres | None = None
    worker: Server | None = None

    def spent(self) -> tuple[float, float, float]:
        return tuple(each.processor() if each else 0.0 for each in (self.server, self.postgres, self.worker))


@dataclass(frozen=True, slots=True)
class Sent:
    """Files per second; and per file, in milliseconds of the processor, what each process took; transactions too."""

    rate: float
    server: float
    postgres: float
    worker: float
    client: float
    transactions: float


Road = Callable[[Path], AbstractContextManager[Contestant]]


@contextmanager
def rival(folder: Path) -> Iterator[Contestant]:
    (folder / "files").mkdir()
    with tus_node(folder / "files", sync=False) as server:
        yield Contestant(server, "tus", "", 32)


def our_road(kind: str, at_once: int, *, worked: bool) -> Road:
    @contextmanager
    def road(folder: Path) -> Iterator[Contestant]:
        with ExitStack() as stack:
            database = stack.enter_context(postgres(folder / "database"))
            server = stack.enter_context(ours(folder / "data", database.dsn))
            beside = stack.enter_context(worker(folder / "data", database.dsn)) if worked else None
            path = "/api/v1/files" if kind == "tus" else "/api/v1/assets"
            yield Contestant(server, kind, path, at_once, database, beside)

    return road


ROADS: dict[str, Road] = {
    RIVAL: rival,
    TUS_ROAD: our_road("tus", 32, worked=False),
    TUS_WORKED: our_road("tus", 32, worked=True),
    BATCH: our_road("form", 4, worked=False),
    BATCH_ONE: our_road("form", 1, worked=False),
    BATCH_WORKED: our_road("form", 4, worked=True),
}


# --- the measurement ------------------------------------------------------------------------------------------------


def measured(road: Road, files: int, folder: Path) -> Sent:
    folder.mkdir()
    with road(folder) as contestant:
        send(contestant, WARM)
        os.sync()
        before, begun = contestant.spent(), transactions(contestant.postgres)
        seconds, client, acknowledged = send(contestant, files)
        ended = transactions(contestant.postgres)
        if acknowledged != files:
            sys.exit(f"{acknowledged} of {files} files were acknowledged")
        server, database, beside = (
            1000 * (now - then) / files for now, then in zip(contestant.spent(), before, strict=True)
        )
        return Sent(files / seconds, server, database, beside, 1000 * client / files, (ended - begun) / files)


def send(to: Contestant, files: int) -> tuple[float, float, int]:
    headers = to.server.headers | (TUS if to.kind == "tus" else {})
    command = [sys.executable, str(CLIENT), to.kind, to.server.url + to.path, *map(str, (files, to.at_once, TOGETHER))]
    said = subprocess.run(
        [*command, json.dumps(headers)], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    if said.returncode:
        sys.exit(f"the client failed: {said.stderr[-2000:]}")
    seconds, processor, acknowledged = json.loads(said.stdout)
    return seconds, processor, acknowledged


def transactions(server: Postgres | None) -> int:
    """Return how many have been committed; the server counts them a second late at most."""
    if server is None:
        return 0
    time.sleep(1.2)
    return asyncio.run(_committed(server.dsn))


async def _committed(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
    finally:
        await connection.close()


def report(found: dict[str, list[Sent]], files: int) -> None:
    print(f"\n{files} files of 10 KiB, median of {len(found[RIVAL])}; processor in ms per file")
    columns = ("files/s", "of theirs", "server", "database", "worker", "client", "commits")
    print(f"{'':24}" + "".join(f"{name:>10}" for name in columns))
    for name, sent in found.items():
        rate, *rest = (statistics.median(getattr(each, what) for each in sent) for what in Sent.__slots__)
        print(f"{name:24}{rate:10.0f}{ratio(found, name):10.2f}" + "".join(f"{each:10.2f}" for each in rest))
    told("tus, of theirs", ratio(found, TUS_ROAD), f"≥ {ENOUGH}", lambda it: it >= ENOUGH)
    told("batch, of theirs", ratio(found, BATCH), f"≥ {BATCH_ENOUGH}", lambda it: it >= BATCH_ENOUGH)


def ratio(found: dict[str, list[Sent]], name: str) -> float:
    return statistics.median(mine.rate / theirs.rate for mine, theirs in zip(found[name], found[RIVAL], strict=True))


def main(rounds: int = 3, files: int = 2000) -> None:
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    found: dict[str, list[Sent]] = {name: [] for name in ROADS}
    names = list(ROADS)
    with emptied(WORK) as work:  # all at the end: after a removal ext4 takes 0.2 ms to make a file, for seconds
        for number in range(rounds):
            for name in names[number % len(names) :] + names[: number % len(names)]:
                found[name].append(measured(ROADS[name], files, work / f"{number}-{names.index(name)}"))
                print(f"  round {number + 1}  {name:24} {found[name][-1]}", file=sys.stderr, flush=True)
    report(found, files)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
