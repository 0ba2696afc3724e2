"""Fixture: tus-js-client, unmodified.

It is installed once per lock file, outside the checkout, before the first test and its clock.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from tests.integration.npm_packages import install

PROJECT: Final = Path(__file__).with_name("tus_client")
RUN_SECONDS: Final = 40

_MISSING = pytest.StashKey[str | None]()


@dataclass(frozen=True, slots=True)
class TusJs:
    """tus-js-client in Node; each call is a process of its own."""

    folder: Path

    async def upload(self, file: Path, endpoint: str, *, more: dict[str, Any], **options: Any) -> dict[str, Any]:
        """Upload the file with these options of the client; `more` is what our script does besides."""
        (told,) = await self.upload_all([{"file": str(file), "endpoint": endpoint, "options": options, **more}])
        return told

    async def upload_all(self, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Upload several files at once, as our script is asked to, in one process."""
        with anyio.fail_after(RUN_SECONDS):
            done = await anyio.run_process(["node", str(self.folder / "client.js"), json.dumps(asked)], check=False)
        assert done.returncode == 0, done.stderr.decode()[-2000:]
        told: list[dict[str, Any]] = json.loads(done.stdout)
        return told


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install before the first test, if any needs it."""
    wanted = any("tus_js" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        session.config.stash[_MISSING] = _what_is_missing()


def _what_is_missing() -> str | None:
    """Install what can be installed; return what a person has to do."""
    if not shutil.which("node") or not shutil.which("npm"):
        return "tus-js-client needs Node.js 20 or newer with npm: apt-get install nodejs npm, or see nodejs.org"
    try:
        install(PROJECT)
    except subprocess.SubprocessError as error:
        return f"tus-js-client could not be installed from npm: {error}"
    return None


@pytest.fixture(scope="session")
def tus_js(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TusJs:
    """Return the client, beside our script that drives it."""
    if missing := request.config.stash[_MISSING]:
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("tus-js")
    shutil.copy(PROJECT / "client.js", folder)
    (folder / "node_modules").symlink_to(install(PROJECT) / "node_modules")
    return TusJs(folder)
