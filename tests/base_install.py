"""Run in an environment with the base install alone: the library loads fast and loads no driver.

A script and not a test, for pytest itself brings half of the world along.
"""

import subprocess
import sys

DRIVERS = {"aiohttp", "asyncpg", "httpx", "PIL", "pydantic", "typer"}

CHECK = """
import sys
import asset_ingest, asset_ingest.bootstrap
print(*sorted({name.partition(".")[0] for name in sys.modules} & set(%r)))
"""

loaded = subprocess.run([sys.executable, "-c", CHECK % sorted(DRIVERS)], check=True, capture_output=True, text=True)
if loaded.stdout.strip():
    sys.exit(f"importing the library loaded {loaded.stdout.strip()}")
subprocess.run([sys.executable, "tests/own_adapter.py"], check=True)
print("the base install loads no driver and runs an ingest with a CMS of one's own")
