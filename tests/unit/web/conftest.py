"""The whole program over memory ports, behind its web door, on a loopback socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient
from tests.harness import TUNING, Program
from tests.packages import small_package
from tests.unit.web.door import Door, Server

from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import Ports, Tuning, memory_ports
from asset_ingest.core.model.access import ApiKey, Member, Role, Studio
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.services.access import digest_of
from asset_ingest.entrypoints.web.app import make_app
from asset_ingest.entrypoints.web.options import WebOptions


@dataclass(slots=True)
class Site:
    """A program, its server and whoever comes by."""

    program: Program
    client: TestClient
    admin_key: str
    observer: MemoryObserver
    strangers: int = field(default=0)

    @property
    def anybody(self) -> Door:
        return Door(self.client)

    @property
    def admin(self) -> Door:
        return Door(self.client, key=self.admin_key)

    async def browser(self) -> Door:
        """Return a browser that signed in with a link."""
        token = await self.program.app.access.sign_in_link()
        answer = await self.anybody.post("/auth/exchange", json={"token": token})
        cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
        return Door(self.client, cookie=cookie, csrf=answer.json["csrf_token"])

    async def join(self, role: Role, *, same_studio: bool) -> Door:
        """Return a new member: of the admin's studio, or of one of their own."""
        self.strangers += 1
        number, now = 1000 + self.strangers, datetime.now(UTC)
        admin = await self.program.ports.system.access.first_admin()
        assert admin
        studio_id = admin.studio_id if same_studio else StudioId(UUID(int=number))
        member = Member(MemberId(UUID(int=number)), studio_id, f"member {number}", role, now)
        records = self.program.ports.records
        assert isinstance(records, MemoryRecords)
        async with records._store.transaction() as tables:
            tables.studios.setdefault(studio_id, Studio(studio_id, f"studio {number}", now))
            tables.members[member.id] = member
        secret = f"a-secret-of-member-{number}"
        await self.program.ports.system.access.add_key(
            ApiKey(UUID(int=number), studio_id, member.id, "key", digest_of(secret), now)
        )
        return Door(self.client, key=secret)

    async def package(self, **changes: object) -> UUID:
        """Return the asset that a small package became."""
        answer = await self.admin.upload("props.unitypackage", small_package(**changes))
        await self.program.work()
        job = await self.admin.get(f"/jobs/{answer.json['jobs'][0]['id']}")
        assert job.json["status"] == "COMPLETE", job.json
        return UUID(job.json["asset_id"])


@pytest.fixture
async def open_site(tmp_path: Path) -> AsyncIterator[Callable]:
    """Opens sites with other options or ports, and closes them."""
    async with AsyncExitStack() as stack:

        async def opened(
            options: WebOptions | None = None, ports: Ports | None = None, tuning: Tuning = TUNING
        ) -> Site:
            observer = MemoryObserver()
            program = Program(replace(ports or memory_ports(), observer=observer), tuning)
            key = await program.app.access.found_local_studio()
            assert key
            served = make_app(program.app, options or WebOptions(static=tmp_path / "not-built"))
            client = TestClient(Server(served), cookie_jar=DummyCookieJar())  # each Door brings its own
            await client.start_server()
            stack.push_async_callback(client.close)
            following = asyncio.create_task(program.app.events.fan_out())
            stack.push_async_callback(_ended, following)
            return Site(program, client, key, observer)

        yield opened


async def _ended(task: asyncio.Task) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def site(open_site: Callable) -> Site:
    return await open_site()
