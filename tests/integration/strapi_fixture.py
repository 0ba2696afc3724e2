"""Fixtures: a real Strapi 5 from npm with the project that we ship, over a database of its own.

Its packages are installed once per lock file, outside the checkout. This takes minutes, so it happens before the first
test and its clock.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx
import pytest
from anyio.from_thread import BlockingPortal
from tests.integration.npm_packages import install, installed_in
from tests.integration.postgres_fixture import _create, _url

from asset_ingest.adapters.postgres_server.embedded import EmbeddedServer

PROJECT: Final = Path(__file__).parents[2] / "strapi"
START_SECONDS: Final = 50

OLDEST_NODE: Final = 20
_MISSING = pytest.StashKey[str | None]()

_SECRETS = {"APP_KEYS": "a,b", "API_TOKEN_SALT": "salt", "ENCRYPTION_KEY": "k" * 32}
_SECRETS |= dict.fromkeys(("ADMIN_JWT_SECRET", "TRANSFER_TOKEN_SALT", "JWT_SECRET"), "made-up")

FULL, INGEST, READ_ONLY, NO_SEARCH, NO_UPDATE = "full-token", "ingest-token", "read-token", "blind-token", "first-token"


def _rights(*types: str, but: tuple[str, ...] = ()) -> list[str]:
    ours = [f"api::{each}.{each}.{action}" for each in types for action in ("find", "findOne", "create", "update")]
    ours += ["plugin::upload.content-api.find", "plugin::upload.content-api.upload"]
    return [action for action in ours if not action.endswith(but)] if but else ours


TOKENS = {
    FULL: {"type": "full-access"},
    READ_ONLY: {"type": "read-only"},
    INGEST: {"type": "custom", "actions": _rights("asset", "publisher", "product", "maker")},
    NO_SEARCH: {"type": "custom", "actions": _rights("asset", "publisher", but=("upload.content-api.find",))},
    NO_UPDATE: {"type": "custom", "actions": _rights("asset", "publisher", but=(".update", "content-api.upload"))},
}
"""What each token says, and what it may."""

# Somebody else's content types: other names, no drafts, publishers without an address.
_OTHER_TYPES: dict[str, dict[str, Any]] = {
    "maker": {"label": {"type": "string"}, "code": {"type": "string"}},
    "product": {
        "code": {"type": "string"},
        "heading": {"type": "string"},
        "size": {"type": "biginteger"},
        "released": {"type": "datetime"},
        "more": {"type": "json"},
        "by": {"type": "relation", "relation": "manyToOne", "target": "api::maker.maker"},
    },
}


@dataclass(frozen=True, slots=True)
class StrapiServer:
    """A running Strapi; what each token says is its name."""

    url: str
    database_url: str = field(repr=False)

    def editing(self) -> httpx.AsyncClient:
        """Return a client that may do everything."""
        return httpx.AsyncClient(base_url=f"{self.url}/api", headers=_bearer(FULL), timeout=30)

    async def sql(self, statement: str, *arguments: object) -> list[Any]:
        connection = await asyncpg.connect(self.database_url, timeout=10, command_timeout=20)
        try:
            return list(await connection.fetch(statement, *arguments))
        finally:
            await connection.close()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Install before the first test, if any needs it."""
    wanted = any("strapi_server" in getattr(item, "fixturenames", ()) for item in session.items)
    if wanted and not session.config.option.collectonly:
        session.config.stash[_MISSING] = _what_is_missing()


def _what_is_missing() -> str | None:
    """Install what can be installed; return what a person has to do."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm or _version(node) < OLDEST_NODE:
        return f"Strapi needs Node.js {OLDEST_NODE} or newer with npm: apt-get install nodejs npm, or see nodejs.org"
    if not installed_in(PROJECT).exists():
        print("\ninstalling Strapi for the tests: this takes a minute or two, once …", flush=True)  # noqa: T201
    try:
        install(PROJECT)
    except subprocess.SubprocessError as error:
        return f"Strapi could not be installed from npm: {error}"
    return None


def _version(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=20).stdout  # noqa: S603
    return int(said.lstrip("v").partition(".")[0] or 0)


@pytest.fixture(scope="session")
def strapi_server(
    request: pytest.FixtureRequest,
    postgres_portal: BlockingPortal,
    postgres_server: EmbeddedServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StrapiServer]:
    """Yield the one Strapi of the session."""
    if missing := request.config.stash[_MISSING]:
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    app = an_app(tmp_path_factory.mktemp("strapi") / "app")
    postgres_portal.call(_create, postgres_server, "strapi", "template0")
    database_url = _url(postgres_server, "strapi")
    with running(app, database_url) as port:
        yield StrapiServer(f"http://127.0.0.1:{port}", database_url)


@pytest.fixture
async def strapi(strapi_server: StrapiServer) -> StrapiServer:
    """Return Strapi with no entry and no file in it."""
    await strapi_server.sql("TRUNCATE assets, publishers, products, makers, files CASCADE")
    return strapi_server


@pytest.fixture
async def without_unique_keys(strapi: StrapiServer) -> AsyncIterator[None]:
    """Have a Strapi without the indexes that our project adds, like one set up by somebody else."""
    made = await strapi.sql("SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%_ingest_key%'")
    assert len(made) == 3
    for name, _ in made:
        await strapi.sql(f"DROP INDEX {name}")
    yield
    await strapi.sql("TRUNCATE assets, publishers CASCADE")
    for _, definition in made:
        await strapi.sql(definition)


# --- its packages -----------------------------------------------------------------------------------------------


def an_app(app: Path) -> Path:
    """Copy the project as it is in the checkout, with content types of somebody else beside ours."""
    shutil.copytree(PROJECT, app, ignore=shutil.ignore_patterns("node_modules", "build", "dist", ".cache"))
    (app / "node_modules").symlink_to(install(PROJECT) / "node_modules")
    for name, attributes in _OTHER_TYPES.items():
        _add_type(app / "src" / "api", name, attributes)
    return app


def _add_type(api: Path, name: str, attributes: dict[str, Any]) -> None:
    shutil.copytree(api / "publisher", api / name)
    for path in [each for each in (api / name).rglob("publisher.js") if each.is_file()]:
        path.write_text(path.read_text().replace("publisher", name))
        path.rename(path.with_stem(name))
    old = api / name / "content-types" / "publisher"
    schema = json.loads((old / "schema.json").read_text())
    schema["info"] = {"singularName": name, "pluralName": f"{name}s", "displayName": name}
    schema |= {"collectionName": f"{name}s", "attributes": attributes}
    (old / "schema.json").write_text(json.dumps(schema))
    old.rename(old.with_name(name))


# --- the process ------------------------------------------------------------------------------------------------


@contextmanager
def running(app: Path, database_url: str) -> Iterator[int]:
    """Run Strapi and yield its port; it ends with us, whatever ends us."""
    ready, tell = os.pipe()
    environment = {**os.environ, **_SECRETS, "NODE_ENV": "production", "STRAPI_TELEMETRY_DISABLED": "true"}
    environment |= {"HOST": "127.0.0.1", "PORT": "0", "SERVE_ADMIN_PANEL": "false", "DATABASE_URL": database_url}
    environment |= {"TEST_TOKENS": json.dumps(TOKENS), "READY_FD": str(tell)}
    with (app / "strapi.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  our own script
            ["node", str(Path(__file__).with_name("strapi_server.js"))],  # noqa: S607  whichever the machine has
            cwd=app,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            pass_fds=[tell],
            start_new_session=True,  # Ctrl-C in the terminal is ours to pass on
        )
    os.close(tell)
    try:
        yield _port(ready, app / "strapi.log")
    finally:
        os.close(ready)
        _stop(process)


def _port(ready: int, log: Path) -> int:
    said = os.read(ready, 64) if select.select([ready], [], [], START_SECONDS)[0] else b""
    if not said:  # it has ended, or taken too long
        raise AssertionError(f"Strapi did not start:\n{log.read_text(errors='replace')[-4000:]}")
    return int(said)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)
    finally:
        if process.stdin:
            process.stdin.close()


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
