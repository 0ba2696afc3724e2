"""How much memory the server needs for many slow clients, on disk and into S3, and for one huge file.

    python bench/memory_clients.py [--clients 200] [--seconds 120] [--gib 20]

Each client sends one tus PATCH at 64 KiB a second for so long: what is there is in the hands of the server's process,
whose peak is compared with what it had when idle. The S3 server is the strict one of our tests, in a process of its
own. Then one PATCH of 20 GiB onto the disk, which must have room for it, and a worker that reads it. Peaks are the
kernel's own (VmHWM), so none falls between two looks.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.rivals import TUS
from parts.servers import PATIENCE, Server, emptied, ours, postgres, started, told, worker
from plain_upload import SOURCE, make_source

from asset_ingest.testing.s3_server import BUCKET, KEYS

HERE = Path(__file__).parent
WORK = HERE / ".work" / "memory"
CLIENTS, SENDER, DOUBLE = (HERE / "parts" / name for name in ("slow_clients.py", "send_file.py", "s3_double.py"))
RATE, GIB = 64 << 10, 1 << 30
FOR_MANY, FOR_ONE, SPARE = 256, 64, 10 * GIB


@contextmanager
def on_disk() -> Iterator[tuple[tuple[Path, str], Server]]:
    with (
        emptied(WORK) as folder,
        postgres(folder / "database") as database,
        ours(folder / "data", database.dsn) as server,
    ):
        yield (folder / "data", database.dsn), server


@contextmanager
def into_s3() -> Iterator[Server]:
    with (
        emptied(WORK) as folder,
        postgres(folder / "database") as database,
        bucket(folder / "double.log") as s3,
        ours(folder / "data", database.dsn, **s3) as server,
    ):
        yield server


@contextmanager
def bucket(log: Path) -> Iterator[dict[str, str]]:
    """Run an S3 server, and say how ours reaches it."""
    with started([sys.executable, str(DOUBLE)], log) as (_, endpoint):
        yield {
            "ASSET_INGEST_S3_ENDPOINT": endpoint,
            "ASSET_INGEST_S3_BUCKET": BUCKET,
            "ASSET_INGEST_S3_ACCESS_KEY": KEYS.access_key,
            "ASSET_INGEST_S3_SECRET_KEY": KEYS.secret_key,
            "ASSET_INGEST_S3_PROFILE": "aws",
        }


def crowd(name: str, server: Server, clients: int, seconds: int) -> None:
    idle = warmed(server)
    crawl(server, clients, seconds)
    grown = server.memory("VmHWM") - idle
    told(
        f"{clients} clients for {seconds} s, {name}: MiB over {idle:.0f} when idle",
        grown,
        f"< {FOR_MANY}",
        lambda it: it < FOR_MANY,
    )


def crawl(server: Server, clients: int, seconds: int) -> None:
    arguments = [f"{server.url}/api/v1/files", str(clients), str(RATE), str(seconds), json.dumps(server.headers | TUS)]
    ended = int(run([sys.executable, str(CLIENTS), *arguments], seconds + PATIENCE))
    if ended != clients:
        sys.exit(f"only {ended} of {clients} uploads ended well")


def huge(server: Server, beside: Server, gib: int) -> None:
    make_source(2048)
    idle, its_idle = warmed(server), beside.memory("VmRSS")
    beside.forget_peak()
    arguments = ["tus", f"{server.url}/api/v1/files", str(SOURCE), json.dumps(server.headers | TUS), str(gib // 2)]
    seconds, _ = json.loads(run([sys.executable, str(SENDER), *arguments], 60 + 10 * gib))
    grown = server.memory("VmHWM") - idle
    print(f"{gib // 2 * 2} GiB in {seconds:.1f} s, {gib // 2 * 2048 / seconds:.0f} MiB/s")
    told(f"MiB over {idle:.0f} when idle", grown, f"< {FOR_ONE}", lambda it: it < FOR_ONE)
    until_digested(server, 60 + 10 * gib)
    print(f"the worker that read it: {beside.memory('VmHWM') - its_idle:.1f} MiB over {its_idle:.0f} when idle")


def warmed(server: Server) -> float:
    """Have the server do everything once, and return its memory in MiB."""
    run(
        [
            sys.executable,
            str(CLIENTS),
            f"{server.url}/api/v1/files",
            "2",
            "65536",
            "1",
            json.dumps(server.headers | TUS),
        ]
    )
    server.forget_peak()
    return server.memory("VmRSS")


def until_digested(server: Server, seconds: float) -> None:
    end = time.monotonic() + seconds
    asked = urllib.request.Request(f"{server.url}/api/v1/jobs?limit=50", headers=server.headers)
    while any(job["status"] != "COMPLETE" for job in json.load(urllib.request.urlopen(asked, timeout=10))["items"]):
        if time.monotonic() > end:
            sys.exit("a job did not complete")
        time.sleep(0.5)


def run(command: list[str], seconds: float = PATIENCE) -> str:
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    if said.returncode or said.stderr:
        sys.exit(f"a client failed: {said.stderr[-2000:]}")
    return said.stdout


def main() -> None:
    ask = argparse.ArgumentParser()
    for name, usual in (("clients", 200), ("seconds", 120), ("gib", 20)):
        ask.add_argument(f"--{name}", type=int, default=usual)
    asked = ask.parse_args()
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    if asked.clients:
        with on_disk() as (_, server):
            crowd("on disk", server, asked.clients, asked.seconds)
        with into_s3() as server:
            crowd("into S3", server, asked.clients, asked.seconds)
    if asked.gib:
        with on_disk() as (settings, server), worker(*settings) as beside:
            if shutil.disk_usage(WORK).free < asked.gib * GIB + SPARE:
                sys.exit(f"no room for a file of {asked.gib} GiB and {SPARE // GIB} more")
            huge(server, beside, asked.gib)


if __name__ == "__main__":
    main()
