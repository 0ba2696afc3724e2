"""What it costs to import the library, told by what comes with it: a time would depend on the machine."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("aiobotocore", "aiohttp", "anyio._core", "asyncpg", "awscrt", "botocore", "pydantic", "typing_extensions")
LOADED = "import sys, asset_ingest; print(*sys.modules)"


def test_importing_the_library_loads_no_driver_and_no_part_of_anyio_before_it_is_used() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True, text=True, timeout=60)  # noqa: S603  our own
    assert [name for name in said.stdout.split() if name.startswith(HEAVY)] == []
