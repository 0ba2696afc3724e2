"""The production shape: the same journeys over Ceph, Redis and Strapi, and processes that share one installation."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from anyio import to_thread
from tests.harness import Later
from tests.integration.ceph_fixture import emptied
from tests.integration.production_fixture import Environment
from tests.integration.server import Server, ended, run_cli, serving, working
from tests.integration.strapi_fixture import StrapiServer
from tests.integration.strapi_shelf import StrapiShelf
from tests.integration.test_journeys import passing
from tests.journey_suite import JourneySuite
from tests.killing_suite import KillingSuite
from tests.packages import RECORD, small_package

from asset_ingest.adapters.media.memory import MemoryImages
from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.bootstrap import Ports, server_ports
from asset_ingest.settings import Settings

NODE_SECONDS = 60


def settings_of(environment: Environment, data: Path) -> Settings:
    chosen: dict[str, Any] = {name.removeprefix("ASSET_INGEST_").lower(): said for name, said in environment.items()}
    return Settings(data=data, log_level="error", **chosen)


def package(number: int) -> bytes:
    """Return content that no other number has."""
    return small_package(record={**RECORD, "title": f"Crates {number}"})


class TestJourneys(JourneySuite):
    """Everything real but the store page: the suite that the embedded shape passes, unchanged."""

    @pytest.fixture
    async def ports(self, production: Environment, database_url: str, tmp_path: Path) -> AsyncIterator[Ports]:
        async with AsyncExitStack() as stack:
            yield await server_ports(settings_of(production, tmp_path), database_url, stack)

    @pytest.fixture
    def later(self, database_url: str) -> Later:
        return passing(database_url)


class TestKilling(KillingSuite):
    """Dies between calls of real services; each time over a database and a bucket of its own."""

    every = 2

    @pytest.fixture
    async def new_world(
        self,
        production: Environment,
        new_database: Callable[[], str],
        ceph_place: S3Place,
        strapi: StrapiServer,
        tmp_path: Path,
    ) -> AsyncIterator[Callable[[], Awaitable[tuple[Ports, Later]]]]:
        async with AsyncExitStack() as stack, open_s3(ceph_place) as s3:
            self._strapi = strapi

            async def world() -> tuple[Ports, Later]:
                await stack.aclose()  # the world before
                await emptied(s3)
                await strapi.sql("TRUNCATE assets, publishers, files CASCADE")
                url = new_database()
                ports = await server_ports(settings_of(production, tmp_path), url, stack)
                return replace(ports, images=MemoryImages()), passing(url)

            yield world

    async def published(self, ports: Ports) -> list[str]:
        async with self._strapi.editing() as editor:
            publishers = await StrapiShelf(editor).publishers()
            assert len(publishers) == len(set(publishers))
            return [row["ingestKey"] for row in await StrapiShelf(editor).rows("assets")]

    test_killed_at_any_call_the_job_ends_once = pytest.mark.timeout(400)(
        KillingSuite.test_killed_at_any_call_the_job_ends_once
    )


async def upload(server: Server, name: str, content: bytes) -> str:
    async with server.client() as client:
        answer = await client.post("/assets", files={"file": (name, content)})
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        return str(answer.json()["jobs"][0]["id"])


@pytest.mark.timeout(120)
async def test_two_workers_publish_what_a_node_received(
    tmp_path: Path, production: Environment, strapi: StrapiServer
) -> None:
    data = tmp_path / "data"
    async with serving(data, **production) as server, working(data, 2, **production), server.client() as client:
        ids = [await upload(server, f"{n}.unitypackage", package(n)) for n in range(4)]
        jobs = [await ended(client, job_id) for job_id in ids]
        assert {(job["status"], job["error_message"]) for job in jobs} == {("COMPLETE", None)}
        asset = (await client.get(f"/assets/{jobs[0]['asset_id']}")).json()
        picture = await client.get(asset["thumbnail_url"].removeprefix("/api/v1"))
        assert picture.status_code == httpx.codes.OK
        original = await client.get(asset["versions"][0]["content_url"].removeprefix("/api/v1"))
        assert original.content == package(0)
    async with strapi.editing() as editor:
        shown = await StrapiShelf(editor).assets()
        assert set(shown) == {job["cms_id"] for job in jobs}
        assert {each.publisher for each in shown.values()} == {"Tiny Studio"}
        assert await StrapiShelf(editor).publishers() == ["Tiny Studio"]


@pytest.mark.timeout(120)
async def test_an_operator_finds_and_repairs_drift(
    tmp_path: Path, production: Environment, strapi: StrapiServer
) -> None:
    data = tmp_path / "data"
    async with serving(data, **production) as server, working(data, 2, **production), server.client() as client:
        ids = [await upload(server, f"{n}.unitypackage", package(n)) for n in range(3)]
        changed, deleted, _ = [(await ended(client, job_id))["cms_id"] for job_id in ids]
    assert run_cli(data, "drift", **production).stdout == "3 published, 0 drifted\n"
    async with strapi.editing() as editor:
        await StrapiShelf(editor).rename(changed, "Renamed by an editor")
        await StrapiShelf(editor).delete(deleted)
    seen = run_cli(data, "drift", **production)
    assert seen.returncode == 1
    assert "title: 'Crates 0' became 'Renamed by an editor'" in seen.stdout
    assert "is gone from strapi" in seen.stdout
    assert seen.stdout.endswith("3 published, 2 drifted\n")
    repaired = run_cli(data, "drift", "--repair", **production)
    assert (repaired.returncode, repaired.stderr) == (0, "")
    assert run_cli(data, "drift", **production).stdout == "3 published, 0 drifted\n"
    async with strapi.editing() as editor:
        names = [each.name for each in (await StrapiShelf(editor).assets()).values()]
    assert sorted(names) == ["Crates 0", "Crates 1", "Crates 2"]


@pytest.mark.timeout(120)
async def test_the_doctor_finds_nothing_wrong_and_changes_nothing(tmp_path: Path, production: Environment) -> None:
    data = tmp_path / "data"
    async with serving(data, **production) as server:
        page = {**production, "ASSET_INGEST_PUBLIC_URL": server.url}
        before = run_cli(data, "doctor", **page)
        assert before.returncode == 1, before.stdout
        assert "CORS" in before.stdout
        after = run_cli(data, "doctor", "--set-cors", **page)
        assert after.returncode == 0, after.stdout + after.stderr
        assert "wrong" not in after.stdout
        for secret in ("ASSET_INGEST_S3_SECRET_KEY", "ASSET_INGEST_STRAPI_TOKEN"):
            assert production[secret] not in after.stdout + after.stderr


@pytest.mark.timeout(120)
async def test_the_doctor_names_everything_that_is_wrong(tmp_path: Path, production: Environment) -> None:
    wrong = {
        "ASSET_INGEST_S3_SECRET_KEY": "not the secret",
        "ASSET_INGEST_REDIS_URL": "redis://127.0.0.1:1",
        "ASSET_INGEST_STRAPI_TOKEN": "not-the-token",
        "ASSET_INGEST_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
    }
    looked = run_cli(tmp_path / "data", "doctor", **{**production, **wrong})
    assert looked.returncode == 1
    assert "Traceback" not in looked.stderr
    said = looked.stdout.lower()
    assert [word for word in ("secret", "redis", "token", "database") if word not in said] == [], (
        looked.stdout + looked.stderr
    )


@pytest.mark.timeout(120)
async def test_the_doctor_does_not_wait_for_the_silent(tmp_path: Path, production: Environment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        looked = await to_thread.run_sync(
            lambda: run_cli(tmp_path / "data", "doctor", **{**production, "ASSET_INGEST_S3_ENDPOINT": url})
        )
    assert looked.returncode == 1
    assert "answer" in looked.stdout
    assert "Traceback" not in looked.stderr


@pytest.mark.timeout(120)
async def test_a_server_that_starts_without_redis_serves(tmp_path: Path, production: Environment) -> None:
    away = {**production, "ASSET_INGEST_REDIS_URL": "redis://127.0.0.1:1"}
    async with serving(tmp_path / "data", **away) as server, server.client() as client:
        job_id = await upload(server, "notes.txt", b"remember")
        assert (await client.get(f"/jobs/{job_id}")).json()["status"] == "QUEUED"
        async with working(server.data, 2, **production):  # theirs is the right address
            assert (await client.get("/jobs")).status_code == httpx.codes.OK
        assert await server.stop() == 0


@pytest.mark.timeout(120)
async def test_every_node_tells_of_every_job(tmp_path: Path, production: Environment) -> None:
    """What is dropped at one node is seen, live, by who is connected to the other."""
    async with (
        serving(tmp_path / "one", **production) as one,
        serving(tmp_path / "two", **production) as two,
        working(one.data, 2, **production),
        one.client() as client,
        client.stream("GET", f"{two.url}/api/v1/events") as events,
    ):
        assert events.status_code == httpx.codes.OK
        lines = events.aiter_lines()
        async for line in lines:
            if '"hello"' in line:
                break
        job_id = await upload(one, "crates.unitypackage", small_package())
        with anyio.fail_after(NODE_SECONDS):
            async for line in lines:
                said = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                if said.get("type") == "job.status_changed" and said["data"]["status"] == "COMPLETE":
                    assert said["subject"]["id"] == job_id
                    break
