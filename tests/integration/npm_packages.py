"""Packages from npm that tests run, installed once for each lock file, outside the checkout."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

INSTALL_SECONDS = 900
_NPM = (
    "install",
    "--silent",
    "--no-save",
    "--ignore-scripts",
    "--legacy-peer-deps",
    "--no-audit",
    "--no-fund",
    "--prefer-offline",
)


def installed_in(project: Path) -> Path:
    """Return where the packages of the project are, or will be."""
    wanted = hashlib.sha256((project / "package.json").read_bytes() + (project / "package-lock.json").read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "asset-ingest-tests" / f"{project.name}-{wanted.hexdigest()[:16]}"


def install(project: Path) -> Path:
    """Have the packages that the lock file names, whichever session comes first."""
    folder = installed_in(project)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            fresh = folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir()
            for name in ("package.json", "package-lock.json"):
                shutil.copy(project / name, fresh)
            subprocess.run(["npm", *_NPM], cwd=fresh, check=True, timeout=INSTALL_SECONDS)  # noqa: S603, S607  named by us
            fresh.rename(folder)
    return folder
