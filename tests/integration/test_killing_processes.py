"""kill -9 of the server or its worker at random moments: after a restart every job reaches its end once."""

from __future__ import annotations

import os
import random
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import httpx
import pytest
from tests.integration.server import QUICK, Running, Server, ended, run_cli, serving, start, start_workers
from tests.integration.strapi_fixture import StrapiServer
from tests.integration.strapi_shelf import StrapiShelf

from asset_ingest.testing.unity_packages import PackageItem, build_package, picture

ROUNDS = int(os.environ.get("KILLING_ROUNDS", "50"))
"""Moments at which something is killed; 200 before a release."""
LONGEST_LIFE = 1.2
"""Seconds: about as long as an upload and its whole pipeline take."""


def package(number: int) -> bytes:
    """Return content that no other round has."""
    item = PackageItem(f"Assets/Round{number}.prefab", str(number).encode(), preview=picture(64, 64, seed=number))
    return build_package([item])


@dataclass(slots=True)
class Installation:
    """A server that starts its worker itself; something of it can be killed at any moment, and is started again."""

    data: Path
    environment: dict[str, str]
    server: Server = field(init=False)

    async def start(self) -> None:
        self.server = await start(self.data, **self.environment)

    async def stop(self) -> None:
        assert await self.server.stop() == 0

    async def kill_something(self, chance: random.Random) -> None:
        if chance.random() < 0.5 and kill_one(self.server.worker_pids(), chance):
            return
        await self.server.kill()
        self.server = await start(self.data, **self.environment)


@dataclass(slots=True)
class InProduction(Installation):
    """A server, and workers that are started by themselves."""

    workers: Running = field(init=False)

    async def start(self) -> None:
        await Installation.start(self)
        self.workers = await start_workers(self.data, 2, **self.environment)

    async def stop(self) -> None:
        assert await self.workers.stop() == 0
        await Installation.stop(self)

    async def kill_something(self, chance: random.Random) -> None:
        if chance.random() < 0.4 and kill_one(self.workers.worker_pids(), chance):
            return
        if chance.random() < 0.3:
            await self.workers.kill()
            self.workers = await start_workers(self.data, 2, **self.environment)
            return
        await Installation.kill_something(self, chance)


def kill_one(pids: list[int], chance: random.Random) -> bool:
    """Kill one of these processes; say whether there was one."""
    if pids:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(pids), signal.SIGKILL)
    return bool(pids)


async def upload(server: Server, number: int, acknowledged: dict[int, str]) -> None:
    """Send one package; remember its job once the server has said that it is safe."""
    files = {"file": (f"round-{number}.unitypackage", package(number))}
    try:
        async with server.client() as client:
            answer = await client.post("/assets", files=files)
    except httpx.HTTPError:
        return  # killed before it could answer: nothing was promised
    if answer.status_code == httpx.codes.ACCEPTED:
        acknowledged[number] = answer.json()["jobs"][0]["id"]


async def storm(installation: Installation, rounds: int) -> int:
    """Upload and kill, over and over; then every acknowledged upload is one asset. Return how many assets there are."""
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    chance = random.Random(seed)  # noqa: S311  chance is wanted, secrecy is not
    acknowledged: dict[int, str] = {}
    await installation.start()
    for number in range(rounds):
        with anyio.move_on_after(chance.uniform(0, LONGEST_LIFE)):
            await upload(installation.server, number, acknowledged)
            await anyio.sleep_forever()
        await installation.kill_something(chance)
    async with installation.server.client() as client:
        for job_id in acknowledged.values():
            job = await ended(client, job_id)
            assert (job["status"], job["code"]) == ("COMPLETE", None)
        await all_have_ended(client)
        assets = await one_asset_each(client, acknowledged)
    await installation.stop()
    nothing_is_left_over(installation)
    return assets


@pytest.mark.timeout(900)
async def test_every_acknowledged_upload_becomes_one_asset(tmp_path: Path) -> None:
    await storm(Installation(tmp_path / "data", QUICK), ROUNDS)


@pytest.mark.timeout(900)
async def test_in_production_too_every_acknowledged_upload_becomes_one_asset(
    tmp_path: Path, production: dict[str, str], strapi: StrapiServer
) -> None:
    assets = await storm(InProduction(tmp_path / "data", {**QUICK, **production}), ROUNDS)
    async with strapi.editing() as editor:
        keys = [row["ingestKey"] for row in await StrapiShelf(editor).rows("assets")]
    assert len(keys) == len(set(keys)) >= assets


async def all_have_ended(client: httpx.AsyncClient) -> None:
    """Uploads that were cut off end too, with a sentence."""
    for job in await everything(client, "/jobs"):
        last = await ended(client, job["id"])
        assert last["status"] in {"COMPLETE", "ERROR"}
        assert last["status"] == "COMPLETE" or last["code"] == "upload_interrupted"


async def one_asset_each(client: httpx.AsyncClient, acknowledged: dict[int, str]) -> int:
    assets = await everything(client, "/assets")
    details = [(await client.get(f"/assets/{asset['id']}")).json() for asset in assets]
    assert len({asset["sha256"] for asset in details}) == len(details) >= len(acknowledged)
    assert all(len(asset["publications"]) == 1 for asset in details)
    assert all(asset["entry_count"] == 1 for asset in details)
    return len(assets)


async def everything(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(path, params={"limit": "200", **cursor})).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


def nothing_is_left_over(installation: Installation) -> None:
    """After a sweep every object is one that some row refers to."""
    swept = run_cli(installation.data, "sweep", **installation.environment, ASSET_INGEST_ORPHAN_GRACE_SECONDS="0")
    assert swept.returncode == 0, swept.stderr
    more = {**installation.environment, "ASSET_INGEST_ORPHAN_GRACE_SECONDS": "0"}
    again = run_cli(installation.data, "sweep", "--dry-run", **more)
    assert again.stdout.endswith("\n0 bytes would be reclaimed\n"), again.stdout
    assert "\n0 orphan objects with" in again.stdout, again.stdout


async def test_a_second_instance_is_refused_in_a_sentence(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        second = run_cli(server.data, "serve")
        assert second.returncode != 0
        assert f"another instance (pid {server.process.pid})" in second.stderr
        assert "Traceback" not in second.stderr


async def test_nothing_outlives_a_killed_server(tmp_path: Path) -> None:
    server = await start(tmp_path / "data")
    with anyio.fail_after(10):
        while len(children := server.children()) < 2:  # noqa: ASYNC110  PostgreSQL, and the worker, started after READY
            await anyio.sleep(0.01)
    await server.kill()
    async with serving(tmp_path / "data"):  # which waits until they are gone
        assert not [pid for pid in children if _is_alive(pid)]


def _is_alive(pid: int) -> bool:
    if not Path(f"/proc/{pid}").exists():
        return False
    state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    return state != "Z"


async def test_a_stop_is_clean(tmp_path: Path) -> None:
    server = await start(tmp_path / "data")
    assert await server.stop() == 0
    assert "Traceback" not in (tmp_path / "server.log").read_text()
