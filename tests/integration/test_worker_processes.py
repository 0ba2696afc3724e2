"""`asset-ingest work` as an operator runs it: several processes, some killed, over Redis and over PostgreSQL alone."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from tests.integration.redis_fixture import RedisServer
from tests.integration.server import QUICK, Running, Server, ended, run_cli, serving, start_workers, working
from tests.integration.test_journeys import passing
from tests.packages import RECORD, small_package

Environment = dict[str, str]
WAIT_SECONDS = 30
_HALF_A_MINUTE = timedelta(seconds=31)


@pytest.fixture
def over_postgres(database_url: str) -> Environment:
    return {**QUICK, "ASSET_INGEST_DATABASE_URL": database_url, "ASSET_INGEST_DATABASE_CONNECTIONS": "4"}


@pytest.fixture
def over_redis(over_postgres: Environment, redis_server: RedisServer) -> Environment:
    return {**over_postgres, "ASSET_INGEST_REDIS_URL": redis_server.url, "ASSET_INGEST_NOTICES": "redis"}


@pytest.fixture(params=["over_postgres", "over_redis"])
def either(request: pytest.FixtureRequest) -> Environment:
    chosen: Environment = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
async def server(tmp_path: Path, over_redis: Environment) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data", **over_redis) as server:
        yield server


async def upload(client: httpx.AsyncClient, number: int) -> str:
    content = small_package(record={**RECORD, "title": f"Crates {number}"})
    answer = await client.post("/assets", files={"file": (f"{number}.unitypackage", content)})
    assert answer.status_code == httpx.codes.ACCEPTED, answer.text
    return str(answer.json()["jobs"][0]["id"])


async def all_complete(client: httpx.AsyncClient, ids: list[str]) -> list[dict[str, Any]]:
    jobs = [await ended(client, job_id) for job_id in ids]
    assert {(job["status"], job["error_message"]) for job in jobs} == {("COMPLETE", None)}
    assert len({job["asset_id"] for job in jobs}) == len(jobs)
    return jobs


async def until_processes(workers: Running, count: int, *, not_these: frozenset[int] = frozenset()) -> list[int]:
    with anyio.fail_after(WAIT_SECONDS):
        while len(pids := workers.worker_pids()) < count or not_these & set(pids):  # noqa: ASYNC110  a poll
            await anyio.sleep(0.01)
    return pids


async def until_gone(pids: list[int]) -> None:
    with anyio.fail_after(WAIT_SECONDS):
        while any(_is_alive(pid) for pid in pids):  # noqa: ASYNC110  a poll
            await anyio.sleep(0.01)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.timeout(120)
async def test_killed_workers_are_started_again_and_every_job_ends_once(
    server: Server, over_redis: Environment
) -> None:
    async with working(server.data, 2, **over_redis) as workers, server.client() as client:
        ids = [await upload(client, number) for number in range(6)]
        killed = await until_processes(workers, 2)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        jobs = await all_complete(client, ids)
        await until_processes(workers, 2, not_these=frozenset(killed))
        for job in jobs:
            asset = (await client.get(f"/assets/{job['asset_id']}")).json()
            assert len(asset["publications"]) == 1


@pytest.mark.timeout(120)
async def test_nothing_outlives_a_killed_parent(tmp_path: Path, either: Environment) -> None:
    async with serving(tmp_path / "data", **either):
        workers = await start_workers(tmp_path / "data", 2, **either)
        children = await until_processes(workers, 2)
        await workers.kill()
        await until_gone(children)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("processes", [1, 2])
async def test_a_stop_is_clean_and_quiet(tmp_path: Path, either: Environment, processes: int) -> None:
    async with serving(tmp_path / "data", **either) as server, server.client() as client:
        workers = await start_workers(server.data, processes, **either)
        await all_complete(client, [await upload(client, 1)])
        children = workers.worker_pids()
        assert await workers.stop() == 0
        assert not [pid for pid in children if _is_alive(pid)]
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert [line for line in log.splitlines() if not line.startswith(("{", "Programs use"))] == []


@pytest.mark.timeout(120)
async def test_a_worker_for_some_queues_leaves_the_others_alone(tmp_path: Path, either: Environment) -> None:
    async with serving(tmp_path / "data", **either) as server, server.client() as client:
        job_id = await upload(client, 1)
        async with working(server.data, 1, "ingest", **either):
            await until_unpacked(client, job_id)
            later = await upload(client, 2)
            await until_unpacked(client, later)
            assert await statuses(client, job_id) == ["DONE", "DONE", "READY", "WAITING", "WAITING"]
        async with working(server.data, 1, "publish", "media", **either):
            await all_complete(client, [job_id])


async def statuses(client: httpx.AsyncClient, job_id: str) -> list[str]:
    return [step["status"] for step in (await client.get(f"/jobs/{job_id}")).json()["steps"]]


async def until_unpacked(client: httpx.AsyncClient, job_id: str) -> None:
    with anyio.fail_after(WAIT_SECONDS):
        while (await statuses(client, job_id))[:2] != ["DONE", "DONE"]:  # noqa: ASYNC110  a poll
            await anyio.sleep(0.01)


@pytest.mark.timeout(120)
async def test_redis_may_be_restarted_and_flushed_under_everything(
    server: Server, over_redis: Environment, redis_server: RedisServer, database_url: str
) -> None:
    async with working(server.data, 2, **over_redis), server.client() as client:
        ids = [await upload(client, number) for number in range(2)]
        redis_server.kill()
        ids += [await upload(client, number) for number in range(2, 4)]
        redis_server.start()
        ids += [await upload(client, number) for number in range(4, 6)]
        redis_server.flush()
        async with anyio.create_task_group() as group:
            group.start_soon(hurrying, database_url)
            await all_complete(client, ids)
            group.cancel_scope.cancel()


async def hurrying(database_url: str) -> None:
    """Let half a minute pass in the database each second: then what got lost is offered again."""
    while True:
        await anyio.sleep(1)
        await passing(database_url)(_HALF_A_MINUTE)


def test_a_queue_that_does_not_exist_is_refused_in_a_sentence(tmp_path: Path, over_postgres: Environment) -> None:
    refused = run_cli(tmp_path, "work", "--queue", "medai", **over_postgres)
    assert refused.returncode == 1
    assert "there is no queue medai; --queue takes ingest, media, publish" in refused.stderr
