"""Seeded fault runs: uploads by every road while connections break, processes die and stores fail.

    python bench/fault_runs.py [--seeds 1000] [--first 0] [--where disk|postgres|s3|process|ceph] [--at-once 2]

Prints the seeds, and at last how many runs there were and how many of them bent bytes, lost acknowledged ones, told a
success that was none, or left something over: none may. A seed decides by itself where it runs; one that fails says
how to run it alone. Ceph is used where it is asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from anyio.from_thread import BlockingPortal, start_blocking_portal

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fault_runs.runs import Where, Worlds, run, where_of
from tests.integration.ceph import running_ceph
from tests.integration.ceph_fixture import ceph_place_of
from tests.integration.postgres_fixture import _create, _database, _served, _url

from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.adapters.repos.postgres.migrate import migrate


@dataclass
class Tally:
    """What has run so far."""

    seeds: Iterator[int]
    where: Where | None
    done: Counter[Where] = field(default_factory=Counter)
    uploads: int = 0
    processes: int = 0
    failed: list[int] = field(default_factory=list)


async def work(tally: Tally, worlds: Worlds) -> None:
    for seed in tally.seeds:
        where, begun = tally.where or where_of(seed), time.perf_counter()
        try:
            done = await run(seed, worlds, where)
        except Exception:  # noqa: BLE001  the other seeds run on
            traceback.print_exc()
            tally.failed.append(seed)
            print(f"seed {seed} {where}: FAILED", flush=True)
        else:
            tally.done[where] += 1
            tally.uploads += len(done.uploads)
            tally.processes += done.processes
            seconds = time.perf_counter() - begun
            print(
                f"seed {seed} {where}: {len(done.uploads)} uploads, {done.processes} processes, {seconds:.1f} s",
                flush=True,
            )


async def all_runs(tally: Tally, worlds: Worlds, at_once: int) -> None:
    await asyncio.gather(*(work(tally, worlds) for _ in range(at_once)))


@contextmanager
def databases(room: Path, portal: BlockingPortal, stack: ExitStack) -> Iterator[Callable[[], str]]:
    """Yield what makes a migrated database at each call."""
    with portal.wrap_async_context_manager(_served(room / "postgres")) as server:
        portal.call(_create, server, "migrated", "template0")
        portal.call(migrate, _url(server, "migrated"))

        def make() -> str:
            return stack.enter_context(portal.wrap_async_context_manager(_database(server, "migrated")))

        with stack:
            yield make


def bucket(room: Path, stack: ExitStack) -> S3Place:
    place = ceph_place_of(ceph := stack.enter_context(running_ceph(room / "ceph")), "fault-runs", ceph.http)

    async def create() -> None:
        async with open_s3(place) as s3:
            await s3.bucket.client.create_bucket(Bucket=place.bucket)

    asyncio.run(create())
    return place


def main(asked: argparse.Namespace) -> int:
    logging.disable()  # what breaks here breaks on purpose
    begun = time.perf_counter()
    tally = Tally(iter(range(asked.first, asked.first + asked.seeds)), asked.where)
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fault-runs-")))

        def folder() -> Path:
            path = room / uuid4().hex
            path.mkdir()
            return path

        place = bucket(room, stack) if asked.where is Where.CEPH else None
        portal = stack.enter_context(start_blocking_portal())
        make = stack.enter_context(databases(room, portal, ExitStack()))
        asyncio.run(all_runs(tally, Worlds(folder, make, place), 1 if place else asked.at_once))
    done = ", ".join(f"{count} {where}" for where, count in tally.done.items())
    print(f"seeds {asked.first} to {asked.first + asked.seeds - 1} in {time.perf_counter() - begun:.0f} s: {done}")
    print(
        f"{tally.uploads} uploads, {tally.processes} server processes; runs that broke a promise: {len(tally.failed)}"
    )
    print(*tally.failed)
    return len(tally.failed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--where", type=Where, choices=list(Where))
    parser.add_argument("--at-once", type=int, default=2)
    sys.exit(main(parser.parse_args()) != 0)
