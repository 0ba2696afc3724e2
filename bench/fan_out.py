"""What telling 2,000 sockets of everything that happens costs, beside the bare `ws` package on Node, in the same run.

    python bench/fan_out.py [seconds [sockets]]

Ours is one process of `asset-ingest serve` over the PostgreSQL it brings, as it is deployed: this process commits facts
as a worker would and announces them by NOTIFY; there they are numbered and told to every seat of the studio, each
socket with its permissions, its place in the replay, its heartbeat and the room of an asset that it looks at. The
rival is a Node process that `send`s to each socket what this process posts to it over one connection that stays open.

Both run at once and are measured in turns, so that what else the machine does falls on both. Both have the same client
in a process of its own. Latency is from the announcement to the reading of the message by the client: from the moment
before the NOTIFY here, when the fact is committed, and from the moment before the POST there. What the commit itself
takes, which the rival has none of, is a line by itself. Messages that are due at the same time go in one commit, and
in one POST.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
from anyio.from_thread import BlockingPortal, start_blocking_portal
from parts.rivals import ws_node
from parts.servers import Postgres, Server, emptied, ours, postgres, told

from asset_ingest.adapters.notifier.postgres import PostgresNotifier
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.core.model.events import AssetReady, Fact, SubjectKind
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import WorkCommitted

HERE = Path(__file__).parent
WORK, CLIENT = HERE / ".work" / "fan_out", HERE / "parts" / "many_sockets.py"
SIZE, RATE, TURNS = 300, 10, 3
DOUBLINGS, HALVINGS = 5, 2
TOO_LATE = 1000.0
SETTLED = 2.0
ROOMS = 50
CPU, P99, HIGHEST, IDLE = 1.3, 2.0, 0.8, 40.0

MAKE_ROOMS = f"""
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version, metadata,
    provenance)
SELECT gen_random_uuid(), member.studio_id, 'room ' || n, 'photo', member.id, now(), now(), 1, 1, '{{}}', '{{}}'
FROM (SELECT * FROM member LIMIT 1) AS member, generate_series(1, {ROOMS}) AS n RETURNING 'asset:' || id"""


@dataclass(slots=True)
class Sent:
    """When each message was announced, and what came before it: seconds that its commit took."""

    announced: list[int] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)


Announce = Callable[[Sequence[int], Sent], None]
"""Makes the messages of these numbers known, all at once."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one rate came to: processor seconds a second, milliseconds, and the share of messages that arrived."""

    rate: float
    processor: float
    client: float
    commit: float
    p50: float
    p99: float
    arrived: float
    sent: float  # the share that the producer came to

    @property
    def is_sustained(self) -> bool:
        return self.sent > 0.97 and self.arrived > 0.99 and self.p99 < TOO_LATE

    def __str__(self) -> str:
        late = f"p50 {self.p50:6.0f} ms, p99 {self.p99:6.0f} ms"
        spent = f"processor {self.processor:.2f}, its client {self.client:.2f}"
        return f"{self.rate:5.0f} a second: {late}, {spent}, sent {self.sent:.0%}, arrived {self.arrived:.0%}"


NONE = Told(0, 0, 0, 0, 0, 0, 0, 0)


# --- where messages come from ---------------------------------------------------------------------------------------


@contextmanager
def by_post(server: Server) -> Iterator[Announce]:
    place = urlsplit(server.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)

    def announce(numbers: Sequence[int], sent: Sent) -> None:
        texts = (json.dumps({"kind": "fact", "stamp": f"@{number}@", "rest": ""}) for number in numbers)
        lines = "\n".join(text[:-2] + "x" * (SIZE - len(text)) + text[-2:] for text in texts).encode()
        sent.announced += [time.monotonic_ns()] * len(numbers)
        connection.request("POST", "/", lines)
        connection.getresponse().read()

    try:
        yield announce
    finally:
        connection.close()


@contextmanager
def by_commit(database: Postgres) -> Iterator[Announce]:
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(open_pool(database.dsn, max_size=2)) as it,
    ):
        yield _committing(portal, it, database.dsn)


def _committing(portal: BlockingPortal, pool: asyncpg.Pool, dsn: str) -> Announce:
    studio_id = StudioId(portal.call(pool.fetchval, "SELECT id FROM studio"))
    records, notifier = PostgresRecords(pool), PostgresNotifier(pool, dsn)

    async def commit(numbers: Sequence[int], sent: Sent) -> None:
        begun = time.monotonic()
        async with records.transaction(studio_id) as tx:
            await tx.events.add(*(_fact(studio_id, number) for number in numbers))
        sent.commits.append(time.monotonic() - begun)
        sent.announced += [time.monotonic_ns()] * len(numbers)
        await notifier.publish(WorkCommitted())

    return lambda numbers, sent: portal.call(commit, numbers, sent)


def _fact(studio_id: StudioId, number: int) -> Fact:
    ready = AssetReady(f"@{number}@".ljust(24, "."))
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


def send(announce: Announce, first: int, rate: float, seconds: float) -> Sent:
    """Announce what is due until the time is over, whether or not all of it was."""
    begun, sent = time.monotonic(), Sent()
    while (past := time.monotonic() - begun) < seconds:
        done = len(sent.announced)
        due = min(int(past * rate) + 1, int(seconds * rate)) - done
        if due > 0:
            announce(range(first + done, first + done + due), sent)
        next_due = (len(sent.announced) + 0.01) / rate
        time.sleep(max(0.0, min(next_due, seconds) - (time.monotonic() - begun)))
    return sent


# --- the measurement ------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Contestant:
    """A server, its sockets in a client of its own, and what was found so far."""

    name: str
    server: Server
    announce: Announce
    client: subprocess.Popen[str]
    count: int
    idle: float  # KB for each socket
    said: int = 0  # messages so far, which are numbered throughout

    def at(self, rate: float, seconds: float) -> Told:
        assert self.client.stdin
        assert self.client.stdout
        events, before, begun = int(rate * seconds), self.server.processor(), time.monotonic()
        print(seconds, events, self.said, file=self.client.stdin, flush=True)
        self.client.stdout.readline()  # it listens
        sent = send(self.announce, self.said, rate, seconds)
        self.said += len(sent.announced)
        print(json.dumps(sent.announced), file=self.client.stdin, flush=True)
        heard = json.loads(self.client.stdout.readline())
        took = (self.server.processor() - before) / (time.monotonic() - begun)
        found = Told(
            rate,
            took,
            heard["processor"],
            1000 * median(sent.commits or [0.0]),
            heard["p50"],
            heard["p99"],
            heard["messages"] / self.count / max(1, len(sent.announced)),
            len(sent.announced) / events,
        )
        print(f"    {self.name:5} {found}", file=sys.stderr, flush=True)
        return found


@contextmanager
def contestant(
    name: str, server: Server, path: str, announcing: AbstractContextManager[Announce], rooms: list[str], count: int
) -> Iterator[Contestant]:
    with sockets(server, path, rooms, min(20, count)):
        pass  # what a first socket loads, it loads for all
    time.sleep(SETTLED)
    before = server.memory("VmRSS")
    with sockets(server, path, rooms, count) as client, announcing as announce:
        time.sleep(SETTLED)
        idle = 1024 * (server.memory("VmRSS") - before) / count
        yield Contestant(name, server, announce, client, count, idle)


@contextmanager
def sockets(server: Server, path: str, rooms: list[str], count: int) -> Iterator[subprocess.Popen[str]]:
    address = server.url.replace("http:", "ws:") + path
    command = [sys.executable, str(CLIENT), address, str(count), json.dumps(server.headers), json.dumps(rooms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            if not process.stdout.readline().startswith("READY"):
                sys.exit("the client did not get its sockets")
            yield process
        finally:
            process.terminate()


class Search:
    """Doubles a rate until it is too much, then halves the distance; `rate` is what to try next, None at the end."""

    def __init__(self) -> None:
        self.rate: float | None = 2.0 * RATE
        self.best: Told | None = None
        self._too_much: float | None = None
        self._left = DOUBLINGS

    def found(self, now: Told) -> None:
        if now.is_sustained:
            self.best = now
        elif self._too_much is None:
            self._too_much, self._left = now.rate, HALVINGS + 1
        else:
            self._too_much = now.rate
        self._left -= 1
        self.rate = self._next(now.rate) if self._left > 0 else None

    def _next(self, rate: float) -> float:
        if self._too_much is None:
            return 2 * rate
        return round(math.sqrt((self.best.rate if self.best else RATE) * self._too_much))


def in_turns(both: Sequence[Contestant], seconds: float) -> list[list[Told]]:
    """Measure each at the wanted rate, one after the other, some times over."""
    for each in both:
        each.at(RATE, 2)
    turns = [[each.at(RATE, seconds) for each in both] for _ in range(TURNS)]
    return [list(of_one) for of_one in zip(*turns, strict=True)]


def highest(both: Sequence[Contestant], seconds: float) -> list[Told | None]:
    searches = [Search() for _ in both]
    while any(search.rate for search in searches):
        for each, search in zip(both, searches, strict=True):
            if search.rate:
                search.found(each.at(search.rate, seconds))
    return [search.best for search in searches]


# --- the two --------------------------------------------------------------------------------------------------------


async def _rooms(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [record[0] for record in await connection.fetch(MAKE_ROOMS)]
    finally:
        await connection.close()


@contextmanager
def contestants(folder: Path, count: int) -> Iterator[tuple[list[Contestant], Postgres]]:
    unlimited = {"ASSET_INGEST_REQUESTS_PER_ADDRESS": "0", "ASSET_INGEST_REQUESTS_PER_STUDIO": "0"}
    with ExitStack() as stack:
        database = stack.enter_context(postgres(folder / "database"))
        own = stack.enter_context(ours(folder / "data", database.dsn, **unlimited))
        rooms = asyncio.run(_rooms(database.dsn))
        mine = stack.enter_context(contestant("ours", own, "/api/v1/ws", by_commit(database), rooms, count))
        rival = stack.enter_context(ws_node(folder))
        theirs = stack.enter_context(contestant("ws", rival, "", by_post(rival), [], count))
        yield [mine, theirs], database


def middle(of: Sequence[Told], what: str) -> float:
    return float(median(getattr(each, what) for each in of))


def report(both: Sequence[Contestant], at_rate: list[list[Told]], best: list[Told | None], database: float) -> None:
    ours_, ws = at_rate
    print(f"\n{both[0].count} sockets, {SIZE} bytes, medians of {TURNS} turns{'':2}{'ours':>10}{'ws':>10}{'ratio':>10}")
    rows = {f"{what} at {RATE} a second": (middle(ours_, name), middle(ws, name)) for what, name in SHOWN.items()}
    shown = [each or NONE for each in best]
    rows["highest rate sustained"] = (shown[0].rate, shown[1].rate)
    rows["… its processor s/s"] = (shown[0].processor, shown[1].processor)
    rows["… its p99, ms"] = (shown[0].p99, shown[1].p99)
    rows["… its client's processor s/s"] = (shown[0].client, shown[1].client)
    rows["memory of an idle socket, KB"] = (both[0].idle, both[1].idle)
    for name, (our, their) in rows.items():
        print(f"{name:42}{our:10.3g}{their:10.3g}{our / their if their else 0.0:10.2f}")
    print(f"before the announcement, ours took {middle(ours_, 'commit'):.1f} ms to commit")
    print(f"our database's processor s/s, of all turns: {database:.2f}")
    wanted = [
        ("processor, of ws", middle(ours_, "processor") / middle(ws, "processor"), f"≤ {CPU}", lambda it: it <= CPU),
        ("p99, of ws", middle(ours_, "p99") / middle(ws, "p99"), f"≤ {P99}", lambda it: it <= P99),
        ("KB of an idle socket", both[0].idle, f"< {IDLE:.0f}", lambda it: it < IDLE),
    ]
    if best[0] and best[1]:
        ratio = best[0].rate / best[1].rate
        wanted.append(("highest rate, of ws", ratio, f"≥ {HIGHEST}", lambda it: it >= HIGHEST))
    for each in wanted:
        told(*each)


SHOWN = {"processor s/s": "processor", "p50, ms": "p50", "p99, ms": "p99", "the client's processor": "client"}


def main(seconds: float = 5.0, count: int = 2000) -> None:
    begun = time.monotonic()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # inherited by all
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    with emptied(WORK) as folder, contestants(folder, count) as (both, database):
        before, since = database.processor(), time.monotonic()
        at_rate = in_turns(both, seconds)
        spent = (database.processor() - before) / (time.monotonic() - since)
        best = highest(both, min(seconds, 3.0))
    report(both, at_rate, best, spent)
    print(f"load after: {os.getloadavg()[0]:.1f}; took {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main(float(sys.argv[1]) if sys.argv[1:] else 5.0, *map(int, sys.argv[2:3]))
