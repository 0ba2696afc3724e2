"""How fast one large file gets in through the plain road, next to the least that any server could do, in the same run.

    python bench/plain_upload.py [rounds [MiB]]

curl sends the same file of 2 GiB over loopback to each server in turns: to ours (`asset-ingest serve` with its own
PostgreSQL) as the raw body and as a form, to a bare aiohttp handler that writes what arrives and ends with fdatasync,
to the same without the sync, and to nginx, if there is one, which never syncs. Each upload gets a new process and a new
folder under bench/.work; the clock is curl's. Prints medians, and the ratio of each round's neighbours.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

WORK = Path(__file__).parent / ".work"
ROOM, SOURCE = WORK / "upload", WORK / "noise.bin"
ENOUGH, MOST_GROWTH = 0.85, 32
PATIENCE = 120
MIB = 1 << 20

OURS, FORM, BARE, UNSYNCED, NGINX = "ours", "ours, as a form", "bare aiohttp", "  … unsynced", "nginx, unsynced"
NGINX_MISSING = """no nginx here, so no figure of it. On Debian, as root: apt-get install nginx-light
(its binary holds the dav module; this bench starts its own, the service of the package is not needed)"""
NGINX_CONFIG = """
daemon off; master_process off; pid nginx.pid; error_log stderr; events {{}}
http {{
  access_log off; client_max_body_size 0; client_body_buffer_size 1m; client_body_temp_path body;
  proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; root files; location / {{ dav_methods PUT; create_full_put_path on; }} }}
}}
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes what `curl *how` sends; `settle` waits for the work that an upload leaves behind."""

    pid: int
    how: list[str]
    settle: Callable[[str], None] = field(default=lambda _answer: None)


@dataclass(frozen=True, slots=True)
class Sent:
    """Seconds by curl's clock, processor seconds of the server, and MiB that its memory grew by at its peak."""

    seconds: float
    processor: float
    grown: float


Road = Callable[[Path], AbstractContextManager[Running]]

# --- the servers ------------------------------------------------------------------------------------------------


@contextmanager
def started(command: list[str], **more: str) -> Iterator[subprocess.Popen[str]]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
    with (ROOM / "server.log").open("a") as log:
        server = subprocess.Popen(command, env=settings | more, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


def address(server: subprocess.Popen[str]) -> str:
    """Read the server's first line: READY and where."""
    assert server.stdout
    line = server.stdout.readline()
    if not line.startswith("READY "):
        sys.exit(f"a server did not start:\n{(ROOM / 'server.log').read_text()[-2000:]}")
    return line.split()[1]


@contextmanager
def ours(folder: Path) -> Iterator[tuple[int, str, list[str], Callable[[str], None]]]:
    command = [sys.executable, "-m", "asset_ingest.entrypoints.cli", "serve"]
    with started(command, ASSET_INGEST_DATA=str(folder), ASSET_INGEST_PORT="0") as server:
        url = address(server)
        leave = {"Authorization": f"Bearer {(folder / 'admin.key').read_text().strip()}"}

        def settle(answer: str) -> None:
            (job,) = json.loads(answer)["jobs"]
            until_complete(urllib.request.Request(f"{url}/api/v1/jobs/{job['id']}", headers=leave))

        yield server.pid, f"{url}/api/v1/assets", ["-H", f"Authorization: {leave['Authorization']}"], settle


def until_complete(job: urllib.request.Request) -> None:
    end = time.monotonic() + PATIENCE
    while (found := json.load(urllib.request.urlopen(job, timeout=10)))["status"] != "COMPLETE":
        if found["status"] in {"ERROR", "CANCELLED"} or time.monotonic() > end:
            sys.exit(f"the upload's job did not complete: {found}")
        time.sleep(0.1)


@contextmanager
def ours_raw(folder: Path) -> Iterator[Running]:
    with ours(folder) as (pid, url, leave, settle):
        yield Running(pid, [*leave, "-X", "POST", "-T", str(SOURCE), f"{url}?filename=plain.bin"], settle)


@contextmanager
def ours_form(folder: Path) -> Iterator[Running]:
    with ours(folder) as (pid, url, leave, settle):
        yield Running(pid, [*leave, "-F", f"file=@{SOURCE};filename=plain.bin", url], settle)


def bare(how: str) -> Road:
    @contextmanager
    def road(folder: Path) -> Iterator[Running]:
        with started([sys.executable, __file__, how, str(folder)]) as server:
            yield Running(server.pid, ["-X", "POST", "-T", str(SOURCE), address(server)])

    return road


async def bare_handler(folder: Path, *, sync: bool) -> None:
    """Serve the simplest fast upload: each piece is written as it comes, no check, no name, no record."""

    async def take(request: web.Request) -> web.Response:
        with (folder / "plain.bin").open("wb", buffering=0) as file:
            async for chunk in request.content.iter_any():
                file.write(chunk)
            if sync:
                await asyncio.to_thread(os.fdatasync, file.fileno())
        return web.Response(status=202)

    served = web.Application()
    served.router.add_post("/plain", take)
    runner = web.AppRunner(served, access_log=None, handle_signals=True)
    await runner.setup()
    listener = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listener).start()
    print(f"READY http://127.0.0.1:{listener.getsockname()[1]}/plain", flush=True)
    await asyncio.Event().wait()


@contextmanager
def nginx(folder: Path) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (folder / "files").mkdir()
    (folder / "nginx.conf").write_text(NGINX_CONFIG.format(port=port))
    with started(["nginx", "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]) as server:
        until_open(port)
        yield Running(server.pid, ["-T", str(SOURCE), f"http://127.0.0.1:{port}/plain.bin"])


def until_open(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


# --- the measurement --------------------------------------------------------------------------------------------


def measured(road: Road) -> Sent:
    folder = ROOM / "data"
    folder.mkdir(mode=0o700)
    try:
        with road(folder) as server:
            os.sync()  # what came before is no longer the disk's business
            Path(f"/proc/{server.pid}/clear_refs").write_text("5")  # the peak counts from here
            memory, processor = status(server.pid, "VmRSS"), processor_seconds(server.pid)
            seconds, answer = curl(server.how)
            sent = Sent(
                seconds,
                processor_seconds(server.pid) - processor,
                status(server.pid, "VmHWM") - memory,
            )
            server.settle(answer)
            return sent
    finally:
        shutil.rmtree(folder)


def curl(how: list[str]) -> tuple[float, str]:
    command = ["curl", "-sS", "--fail-with-body", "-H", "Expect:", "-w", "\n%{time_total}", *how]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if said.returncode:
        sys.exit(f"curl failed: {said.stdout} {said.stderr}")
    answer, _, seconds = said.stdout.rpartition("\n")
    return float(seconds), answer


def status(pid: int, name: str) -> float:
    """Return a line of the process's memory in MiB."""
    return int(Path(f"/proc/{pid}/status").read_text().split(f"{name}:")[1].split()[0]) / 1024


def processor_seconds(pid: int) -> float:
    user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def make_source(mebibytes: int) -> None:
    """Have a file of noise, read once so that curl finds it in memory."""
    if not SOURCE.exists() or SOURCE.stat().st_size != mebibytes * MIB:
        print(f"making {SOURCE.name} …", flush=True)
        dice = random.Random(7)
        with SOURCE.open("wb") as out:
            for _ in range(mebibytes):
                out.write(dice.randbytes(MIB))
    with SOURCE.open("rb", buffering=0) as file:
        while file.read(MIB):
            pass


def all_rounds(roads: dict[str, Road], rounds: int) -> dict[str, list[Sent]]:
    """Measure in turns; each round begins with another server, so that none always follows the same one."""
    found: dict[str, list[Sent]] = {name: [] for name in roads}
    names = list(roads)
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            found[name].append(measured(roads[name]))
            print(f"  round {number + 1}  {name:16} {found[name][-1].seconds:6.2f} s", file=sys.stderr, flush=True)
    return found


def report(found: dict[str, list[Sent]], mebibytes: int) -> None:
    print(f"\n{mebibytes} MiB over loopback, median of {len(found[OURS])}")
    print(f"{'':18}{'seconds':>8} {'MiB/s':>7} {'of bare':>8} {'processor s':>12} {'memory MiB':>11}")
    for name, sent in found.items():
        seconds = statistics.median(one.seconds for one in sent)
        processor = statistics.median(one.processor for one in sent)
        print(
            f"{name:18}{seconds:8.2f} {mebibytes / seconds:7.0f} {speed(found, name, BARE):8.2f} {processor:12.2f}"
            f" {max(one.grown for one in sent):+11.1f}"
        )
    ratio, grown = speed(found, OURS, BARE), max(one.grown for one in found[OURS] + found[FORM])
    print(f"our speed to bare aiohttp: {ratio:.2f}, wanted ≥ {ENOUGH}  {'ok' if ratio >= ENOUGH else 'MISSED'}")
    print(f"our memory's growth: {grown:.1f} MiB, wanted < {MOST_GROWTH}  {'ok' if grown < MOST_GROWTH else 'MISSED'}")


def speed(found: dict[str, list[Sent]], name: str, other: str) -> float:
    """Return the median over the rounds of how fast `name` was to `other`: neighbours in time share their noise."""
    pairs = zip(found[name], found[other], strict=True)
    return statistics.median(theirs.seconds / mine.seconds for mine, theirs in pairs)


def main(rounds: int = 3, mebibytes: int = 2048) -> None:
    shutil.rmtree(ROOM, ignore_errors=True)
    ROOM.mkdir(parents=True)
    make_source(mebibytes)
    roads = {OURS: ours_raw, BARE: bare("synced"), UNSYNCED: bare("unsynced"), FORM: ours_form}
    if shutil.which("nginx"):
        roads[NGINX] = nginx
    else:
        print(NGINX_MISSING)
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    report(all_rounds(roads, rounds), mebibytes)


if __name__ == "__main__":
    if sys.argv[1:2] in (["synced"], ["unsynced"]):
        asyncio.run(bare_handler(Path(sys.argv[2]), sync=sys.argv[1] == "synced"))
    else:
        main(*map(int, sys.argv[1:3]))
