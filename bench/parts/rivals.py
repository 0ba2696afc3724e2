"""The servers that people use today, installed once outside the checkout, each with a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from parts.servers import Server, started

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asset-ingest-bench"
NPM = ("@tus/server@2.4.5", "@tus/file-store@2.1.1")
WS = "ws@8.23.0"
PYPI = ("tuspyserver==4.4.3", "fastapi==0.165.0", "uvicorn==0.54.0", "uvloop==0.23.0", "httptools==0.9.0")
TUS = {"Tus-Resumable": "1.0.0"}
_QUIET = ("--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")


@contextmanager
def tus_node(folder: Path, *, sync: bool) -> Iterator[Server]:
    """Run `@tus/server` with `@tus/file-store`."""
    with _serving(["node", str(_node("node", "tus_server.mjs", *NPM))], folder, sync=sync) as server:
        yield server


@contextmanager
def ws_node(folder: Path) -> Iterator[Server]:
    """Run the bare `ws`."""
    with started(["node", str(_node("ws", "ws_server.mjs", WS))], folder / "ws.log") as (process, url):
        yield Server(url, process.pid)


def _node(name: str, script: str, *packages: str) -> Path:
    if not shutil.which("npm"):
        sys.exit(f"no npm here, so no {packages[0]} to compare with: install Node 20 or newer")
    home = _installed(name, lambda fresh: subprocess.run(["npm", "install", *_QUIET, *packages], cwd=fresh, check=True))
    return Path(shutil.copy(HERE / script, home))  # Node looks for packages beside the script


@contextmanager
def tus_python(folder: Path, *, sync: bool) -> Iterator[Server]:
    """Run `tuspyserver` under uvicorn with uvloop."""
    home = _installed("python", _make_environment)
    with _serving([str(home / "bin" / "python"), str(HERE / "tuspy_server.py")], folder, sync=sync) as server:
        yield server


def _make_environment(fresh: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(fresh)], check=True)
    subprocess.run([str(fresh / "bin" / "python"), "-m", "pip", "install", "-q", *PYPI], check=True)


def _installed(name: str, install: Callable[[Path], object]) -> Path:
    home = CACHE / name
    if not (home / "whole").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        install(home)
        (home / "whole").touch()
    return home


@contextmanager
def _serving(command: list[str], folder: Path, *, sync: bool) -> Iterator[Server]:
    settings = {"FOLDER": str(folder), "SYNC": "1" if sync else "0"}
    with started(command, folder.parent / "rival.log", **settings) as (process, url):
        yield Server(url, process.pid, TUS)
