"""kill -9 of the server or its worker at random moments: after a restart every job reaches its end once."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import anyio
import httpx
import pytest
from tests.integration.server import QUICK, Server, ended, run_cli, serving, start

from asset_ingest.testing.unity_packages import PackageItem, build_package, picture

ROUNDS = int(os.environ.get("KILLING_ROUNDS", "50"))
"""Moments at which something is killed; 200 before a release."""
LONGEST_LIFE = 1.2
"""Seconds: about as long as an upload and its whole pipeline take."""


def package(number: int) -> bytes:
    """Return content that no other round has."""
    item = PackageItem(f"Assets/Round{number}.prefab", str(number).encode(), preview=picture(64, 64, seed=number))
    return build_package([item])


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


async def live_and_die(server: Server, number: int, acknowledged: dict[int, str], chance: random.Random) -> bool:
    """Upload, and at a random moment kill the server or its worker; say whether the server is still there."""
    with anyio.move_on_after(chance.uniform(0, LONGEST_LIFE)):
        await upload(server, number, acknowledged)
        await anyio.sleep_forever()
    victim = server.worker_pid()
    if chance.random() < 0.5 and victim is not None:
        os.kill(victim, signal.SIGKILL)
        return True
    await server.kill()
    return False


@pytest.mark.timeout(900)
async def test_every_acknowledged_upload_becomes_one_asset(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    chance = random.Random(seed)  # noqa: S311  chance is wanted, secrecy is not
    data = tmp_path / "data"
    acknowledged: dict[int, str] = {}
    server = await start(data, **QUICK)
    for number in range(ROUNDS):
        if not await live_and_die(server, number, acknowledged, chance):
            server = await start(data, **QUICK)
    async with server.client() as client:
        for job_id in acknowledged.values():
            job = await ended(client, job_id)
            assert (job["status"], job["code"]) == ("COMPLETE", None)
        await all_have_ended(client)
        await one_asset_each(client, acknowledged)
    assert await server.stop() == 0
    nothing_is_left_over(data)


async def all_have_ended(client: httpx.AsyncClient) -> None:
    """Uploads that were cut off end too, with a sentence."""
    for job in await everything(client, "/jobs"):
        last = await ended(client, job["id"])
        assert last["status"] in {"COMPLETE", "ERROR"}
        assert last["status"] == "COMPLETE" or last["code"] == "upload_interrupted"


async def one_asset_each(client: httpx.AsyncClient, acknowledged: dict[int, str]) -> None:
    assets = await everything(client, "/assets")
    details = [(await client.get(f"/assets/{asset['id']}")).json() for asset in assets]
    assert len({asset["sha256"] for asset in details}) == len(details) >= len(acknowledged)
    assert all(len(asset["publications"]) == 1 for asset in details)
    assert all(asset["entry_count"] == 1 for asset in details)


async def everything(client: httpx.AsyncClient, path: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await client.get(path, params={"limit": "200", **cursor})).json()
        items += page["items"]
        if page["next_cursor"] is None:
            return items
        cursor = {"cursor": page["next_cursor"]}


def nothing_is_left_over(data: Path) -> None:
    """After a sweep every object in the folder is one that some row refers to."""
    swept = run_cli(data, "sweep", ASSET_INGEST_ORPHAN_GRACE_SECONDS="0")
    assert swept.returncode == 0, swept.stderr
    again = run_cli(data, "sweep", "--dry-run", ASSET_INGEST_ORPHAN_GRACE_SECONDS="0")
    assert again.stdout.startswith("0 objects"), again.stdout


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
