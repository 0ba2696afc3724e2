"""What telling 2,000 sockets of everything that happens costs, beside the bare `ws` package on Node, in the same run.

    python bench/fan_out.py [seconds [sockets]]

Ours is one process of `asset-ingest serve` over the PostgreSQL it brings, as it is deployed: facts are committed by
another process (this one, as a worker would), rung in by NOTIFY, numbered by the relay, read, and told to every seat
of the studio, each socket with its permissions, its place in the replay and its heartbeat. The rival is a Node process
that makes the same number of bytes out of nothing and calls `send` for each socket. Both have the same client in
another process. A message holds the reading of a clock that all processes share, taken before the commit here and
before the first `send` there, so our latency has the whole way through the database in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import Request, urlopen
from uuid import uuid4

from parts.rivals import ws_node
from parts.servers import PATIENCE, Postgres, Server, emptied, ours, postgres, told

from asset_ingest.adapters.notifier.postgres import PostgresNotifier
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.core.model.events import AssetReady, Fact, SubjectKind
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import WorkCommitted

HERE = Path(__file__).parent
WORK, CLIENT = HERE / ".work" / "fan_out", HERE / "parts" / "many_sockets.py"
SIZE, RATE = 300, 10
FIRST, STEP, STEPS = 20, 1.25, 14
TOO_LATE = 1000.0
SETTLED = 2.0
CPU, P99, HIGHEST, IDLE = 1.3, 2.0, 0.8, 40.0

Source = Callable[[float, float], int]


class Client:
    """The process that holds the sockets."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def begin(self, seconds: float, events: int) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{seconds} {events}\n")
        self._process.stdin.flush()

    def heard(self) -> dict[str, float]:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())


@dataclass(frozen=True, slots=True)
class Told:
    """What one rate came to: processor seconds a second, milliseconds, and the share of messages that arrived."""

    rate: float
    processor: float
    client: float
    p50: float
    p99: float
    arrived: float

    @property
    def is_sustained(self) -> bool:
        return self.arrived > 0.99 and self.p99 < TOO_LATE


@dataclass(frozen=True, slots=True)
class Contestant:
    server: Server
    path: str
    source: Source


@dataclass(frozen=True, slots=True)
class Found:
    at_rate: Told
    highest: Told
    idle: float  # KB for each socket


# --- where messages come from ---------------------------------------------------------------------------------------


def of_node(server: Server) -> Source:
    """Have the rival make them itself."""

    def tell(rate: float, seconds: float) -> int:
        wanted = Request(f"{server.url}/tell/{rate}/{round(rate * seconds)}", method="POST")
        urlopen(wanted, timeout=PATIENCE).close()  # answers when all are sent
        return round(rate * seconds)

    return tell


def of_database(dsn: str) -> Source:
    """Commit facts as a worker does; those that are due at the same time are committed together."""

    async def commit(rate: float, seconds: float) -> int:
        async with open_pool(dsn, max_size=2) as pool:
            studio_id = StudioId(await pool.fetchval("SELECT id FROM studio"))
            records, notifier = PostgresRecords(pool), PostgresNotifier(pool, dsn)
            begun, sent = time.monotonic(), 0
            while (past := time.monotonic() - begun) < seconds:
                due = min(int(past * rate) + 1, int(seconds * rate)) - sent
                if due:
                    async with records.transaction(studio_id) as tx:
                        await tx.events.add(*(_fact(studio_id) for _ in range(due)))
                    await notifier.publish(WorkCommitted())
                    sent += due
                await asyncio.sleep(max(0.0, (sent + 0.01) / rate - (time.monotonic() - begun)))
            return sent

    return lambda rate, seconds: asyncio.run(commit(rate, seconds))


def _fact(studio_id: StudioId) -> Fact:
    ready = AssetReady(f"@{time.monotonic_ns()}@".ljust(24, "."))
    return Fact(
        id=uuid4(),
        studio_id=studio_id,
        type=ready.type,
        at=datetime.now(UTC),
        actor="worker",
        subject_kind=SubjectKind.ASSET,
        subject_id=uuid4(),
        revision=1,
        correlation_id="bench",
        data=ready.data(),
    )


# --- the measurement ------------------------------------------------------------------------------------------------


@contextmanager
def sockets(to: Contestant, count: int) -> Iterator[Client]:
    address = to.server.url.replace("http:", "ws:") + to.path
    command = [sys.executable, str(CLIENT), address, str(count), json.dumps(to.server.headers)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        if not process.stdout.readline().startswith("READY"):
            sys.exit("the client did not get its sockets")
        try:
            yield Client(process)
        finally:
            process.terminate()


def measured(to: Contestant, seconds: float, count: int) -> Found:
    with sockets(to, min(20, count)) as few:  # what a first socket loads, it loads for all
        at(to, few, RATE, 2, 20)
    time.sleep(SETTLED)
    before = to.server.memory("VmRSS")
    with sockets(to, count) as client:
        time.sleep(SETTLED)
        idle = 1024 * (to.server.memory("VmRSS") - before) / count
        at(to, client, RATE, 2, count)
        at_rate = at(to, client, RATE, seconds, count)
        return Found(at_rate, highest(to, client, at_rate, seconds, count), idle)


def highest(to: Contestant, client: Client, found: Told, seconds: float, count: int) -> Told:
    """Raise the rate until it is too much."""
    for step in range(STEPS):
        more = at(to, client, round(FIRST * STEP**step), seconds, count)
        print(f"    {more}", file=sys.stderr, flush=True)
        if not more.is_sustained:
            break
        found = more
    return found


def at(to: Contestant, client: Client, rate: float, seconds: float, count: int) -> Told:
    before = to.server.processor()
    begun = time.monotonic()
    client.begin(seconds, int(rate * seconds))
    sent = to.source(rate, seconds)
    heard = client.heard()
    took = to.server.processor() - before
    arrived = heard["messages"] / count / (rate * seconds)
    if sent < 0.97 * rate * seconds:
        print(f"    the source came to {sent / seconds:.0f} of {rate} a second", file=sys.stderr, flush=True)
    return Told(rate, took / (time.monotonic() - begun), heard["processor"], heard["p50"], heard["p99"], arrived)


# --- the two --------------------------------------------------------------------------------------------------------


def rival(folder: Path, seconds: float, count: int) -> Found:
    with ws_node(folder, SIZE) as server:
        return measured(Contestant(server, "", of_node(server)), seconds, count)


def our_road(folder: Path, seconds: float, count: int) -> Found:
    unlimited = {"ASSET_INGEST_REQUESTS_PER_ADDRESS": "0", "ASSET_INGEST_REQUESTS_PER_STUDIO": "0"}
    with postgres(folder / "database") as database, ours(folder / "data", database.dsn, **unlimited) as server:
        return measured(_ours(server, database), seconds, count)


def _ours(server: Server, database: Postgres) -> Contestant:
    return Contestant(server, "/api/v1/ws?after=0", of_database(database.dsn))


def report(mine: Found, theirs: Found, count: int) -> None:
    print(f"\n{count} sockets, messages of {SIZE} bytes{'':6}{'ours':>10}{'ws':>10}{'ratio':>10}")
    rows = {
        f"processor s/s at {RATE} a second": (mine.at_rate.processor, theirs.at_rate.processor),
        "latency p50, ms": (mine.at_rate.p50, theirs.at_rate.p50),
        "latency p99, ms": (mine.at_rate.p99, theirs.at_rate.p99),
        "highest rate sustained": (mine.highest.rate, theirs.highest.rate),
        "… its processor s/s": (mine.highest.processor, theirs.highest.processor),
        "… its p99, ms": (mine.highest.p99, theirs.highest.p99),
        "memory of an idle socket, KB": (mine.idle, theirs.idle),
        f"the client's processor at {RATE}": (mine.at_rate.client, theirs.at_rate.client),
        "… at the highest": (mine.highest.client, theirs.highest.client),
    }
    for name, (our, their) in rows.items():
        print(f"{name:42}{our:10.3g}{their:10.3g}{our / their:10.2f}")
    told("processor, of ws", mine.at_rate.processor / theirs.at_rate.processor, f"≤ {CPU}", lambda it: it <= CPU)
    told("p99, of ws", mine.at_rate.p99 / theirs.at_rate.p99, f"≤ {P99}", lambda it: it <= P99)
    told("highest rate, of ws", mine.highest.rate / theirs.highest.rate, f"≥ {HIGHEST}", lambda it: it >= HIGHEST)
    told("KB of an idle socket", mine.idle, f"< {IDLE:.0f}", lambda it: it < IDLE)


def main(seconds: float = 10.0, count: int = 2000) -> None:
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # inherited by all
    with emptied(WORK) as folder:
        theirs = rival(folder, seconds, count)
        mine = our_road(folder, seconds, count)
    report(mine, theirs, count)


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 10.0, *map(int, sys.argv[2:3]))
