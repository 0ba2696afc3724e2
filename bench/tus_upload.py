"""How fast one large tus PATCH gets in, next to the tus servers that people use today, in the same run.

    python bench/tus_upload.py [rounds [MiB]]

One client sends the same 2 GiB over loopback to each server in turns: to ours (`asset-ingest serve`), to `@tus/server`
with its file store, to `tuspyserver`, both as they come and made to sync at the end; to a bare aiohttp handler that
writes what arrives, with fdatasync at the end and without; and, as a PUT, to nginx, if there is one, which never syncs.
Each upload gets a new process and a new folder under bench/.work, and the disk is synced before it.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from parts.rivals import TUS, tus_node, tus_python
from parts.servers import PATIENCE, Server, emptied, ours, postgres, running, started, told
from plain_upload import NGINX_CONFIG, NGINX_MISSING, SOURCE, make_source, until_open

HERE = Path(__file__).parent
WORK = HERE / ".work" / "tus"
CLIENT, BARE_SERVER = HERE / "parts" / "send_file.py", HERE / "plain_upload.py"
OURS, NODE, NODE_UNSYNCED = "ours", "@tus/server", "  … unsynced"
PYTHON, PYTHON_UNSYNCED = "tuspyserver", "  … unsynced "
BARE, BARE_UNSYNCED, NGINX = "bare aiohttp", "  … unsynced  ", "nginx, unsynced"
WANTED = {NODE: 1.8, PYTHON: 1.5, BARE: 0.85}


@dataclass(frozen=True, slots=True)
class Sent:
    """Seconds by the client's clock; processor seconds for each GB of server and client; MiB of memory more."""

    seconds: float
    processor: float
    client: float
    grown: float


@dataclass(frozen=True, slots=True)
class Contestant:
    server: Server
    how: str = "tus"


Road = Callable[[Path], AbstractContextManager[Contestant]]

# --- the servers ------------------------------------------------------------------------------------------------


@contextmanager
def our_road(folder: Path) -> Iterator[Contestant]:
    with postgres(folder / "database") as database, ours(folder / "data", database.dsn) as server:
        yield Contestant(Server(f"{server.url}/api/v1/files", server.pid, server.headers | TUS))


def rival(run: Callable[..., AbstractContextManager[Server]], *, sync: bool) -> Road:
    @contextmanager
    def road(folder: Path) -> Iterator[Contestant]:
        (folder / "files").mkdir()
        with run(folder / "files", sync=sync) as server:
            yield Contestant(server)

    return road


@contextmanager
def bare(how: str, folder: Path) -> Iterator[Contestant]:
    with started([sys.executable, str(BARE_SERVER), how, str(folder)], folder / "log") as (process, url):
        yield Contestant(Server(url, process.pid), "POST")


@contextmanager
def nginx(folder: Path) -> Iterator[Contestant]:
    port = 18000 + os.getpid() % 1000
    (folder / "files").mkdir()
    (folder / "nginx.conf").write_text(NGINX_CONFIG.format(port=port))
    with running(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"], folder / "log") as process:
        until_open(port)
        yield Contestant(Server(f"http://127.0.0.1:{port}/large.bin", process.pid), "PUT")


ROADS: dict[str, Road] = {
    OURS: our_road,
    NODE: rival(tus_node, sync=True),
    PYTHON: rival(tus_python, sync=True),
    BARE: partial(bare, "synced"),
    NODE_UNSYNCED: rival(tus_node, sync=False),
    PYTHON_UNSYNCED: rival(tus_python, sync=False),
    BARE_UNSYNCED: partial(bare, "unsynced"),
}
SHOWN = (OURS, NODE, NODE_UNSYNCED, PYTHON, PYTHON_UNSYNCED, BARE, BARE_UNSYNCED, NGINX)

# --- the measurement --------------------------------------------------------------------------------------------


def measured(road: Road) -> Sent:
    with emptied(WORK) as folder, road(folder) as contestant:
        os.sync()
        server, size = contestant.server, SOURCE.stat().st_size / 1e9
        server.forget_peak()
        memory, processor = server.memory("VmRSS"), server.processor()
        command = [sys.executable, str(CLIENT), contestant.how, server.url, str(SOURCE), json.dumps(server.headers)]
        said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
        if said.returncode:
            sys.exit(f"the client failed: {said.stderr[-2000:]}")
        seconds, client = json.loads(said.stdout)
        return Sent(seconds, (server.processor() - processor) / size, client / size, server.memory("VmHWM") - memory)


def report(found: dict[str, list[Sent]], mebibytes: int) -> None:
    print(f"\n{mebibytes} MiB in one PATCH over loopback, median of {len(found[OURS])}; processor in s per GB")
    print(f"{'':18}{'seconds':>9}{'MiB/s':>8}{'ours to it':>12}{'processor':>11}{'client':>8}{'memory MiB':>12}")
    for name in (name for name in SHOWN if name in found):
        seconds, processor, client = (
            statistics.median(getattr(each, what) for each in found[name])
            for what in ("seconds", "processor", "client")
        )
        print(
            f"{name:18}{seconds:9.2f}{mebibytes / seconds:8.0f}{ours_to(found, name):12.2f}{processor:11.2f}"
            f"{client:8.2f}{max(each.grown for each in found[name]):+12.1f}"
        )
    for name, least in WANTED.items():
        told(f"our speed to {name}", ours_to(found, name), f"≥ {least}", lambda it, least=least: it >= least)


def ours_to(found: dict[str, list[Sent]], name: str) -> float:
    """Return the median over the rounds of how fast ours was to `name`: neighbours in time share their noise."""
    return statistics.median(
        theirs.seconds / mine.seconds for mine, theirs in zip(found[OURS], found[name], strict=True)
    )


def main(rounds: int = 5, mebibytes: int = 2048) -> None:
    make_source(mebibytes)
    roads = dict(ROADS)
    if shutil.which("nginx"):
        roads[NGINX] = nginx
    else:
        print(NGINX_MISSING)
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    found: dict[str, list[Sent]] = {name: [] for name in roads}
    names = list(roads)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(measured(roads[name]))
            print(f"  round {number + 1}  {name:16} {found[name][-1]}", file=sys.stderr, flush=True)
    report(found, mebibytes)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
