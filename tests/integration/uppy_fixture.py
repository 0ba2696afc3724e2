"""Fixture: a page of another site with an unmodified Uppy.

Uppy is installed once per lock file, outside the checkout, before the first test and its clock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest
from tests.integration.client_server_fixture import OtherSite
from tests.integration.npm_packages import install

PROJECT: Final = Path(__file__).with_name("uppy_client")

_MISSING = pytest.StashKey[str | None]()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install before the first test, if any needs it."""
    wanted = any("uppy_site" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        session.config.stash[_MISSING] = _what_is_missing()


def _what_is_missing() -> str | None:
    if not shutil.which("node") or not shutil.which("npm"):
        return "Uppy needs Node.js 20 or newer with npm: apt-get install nodejs npm, or see nodejs.org"
    try:
        install(PROJECT)
    except subprocess.SubprocessError as error:
        return f"Uppy could not be installed from npm: {error}"
    return None


@pytest.fixture(scope="session")
def uppy_site(request: pytest.FixtureRequest, other_site: OtherSite) -> str:
    """Return the address of a page of another site that has Uppy, bundled as its readers do."""
    if missing := request.config.stash[_MISSING]:
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    folder = other_site.folder
    for name in ("ingest.js", "page.js"):
        shutil.copy(PROJECT / name, folder)
    packages = install(PROJECT) / "node_modules"
    (folder / "node_modules").symlink_to(packages)
    bundle = [packages / ".bin" / "esbuild", "page.js", "--bundle", "--format=iife", "--outfile=bundle.js"]
    subprocess.run(bundle, cwd=folder, check=True, capture_output=True, timeout=60)  # noqa: S603  named by us
    (folder / "index.html").write_text('<!doctype html><input type="file"><script src="bundle.js"></script>')
    return other_site.origin
