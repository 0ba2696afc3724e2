"""Two web processes over one PostgreSQL: their people see and hear each other as if there were one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiohttp import DummyCookieJar
from aiohttp.test_utils import TestClient
from tests.harness import Program
from tests.unit.web.door import API, Door, Server
from tests.unit.web.watching import is_fact, watching

from asset_ingest.adapters.notifier.postgres import PostgresNotifier
from asset_ingest.adapters.notifier.websockets import Hub
from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.access import ApiKey, Member, Principal, Role
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.services.access import digest_of
from asset_ingest.entrypoints.web.app import make_app
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.testing.records.samples import Samples, keep_asset

pytestmark = pytest.mark.timeout(60)

SIGNED_OUT = 4401


@dataclass(frozen=True, slots=True)
class Process:
    """A web process: its program and its address."""

    program: Program
    client: TestClient

    def door(self, key: str) -> Door:
        return Door(self.client, key=key)


@dataclass(frozen=True, slots=True)
class Two:
    """Two processes, and an asset of the studio that both serve."""

    one: Process
    two: Process
    admin: Principal
    admin_key: str
    asset_id: UUID

    async def join(self, role: Role) -> tuple[MemberId, str]:
        """Return a new member and a key of theirs."""
        ports, secret = self.one.program.ports, f"a-secret-{uuid4()}"
        now = ports.clock.now()
        member = Member(MemberId(uuid4()), self.admin.studio_id, f"the {role.lower()}", role, now)
        async with ports.records.transaction(self.admin.studio_id) as tx:
            await tx.members.add(member)
            await tx.keys.add(ApiKey(uuid4(), member.studio_id, member.id, "key", digest_of(secret), now))
        return member.id, secret


async def opened(stack: AsyncExitStack, database_url: str, static: Path) -> Process:
    pool = await stack.enter_async_context(open_pool(database_url, max_size=4))
    records = PostgresRecords(pool)
    ports = replace(memory_ports(), records=records, system=records.system, audience=Hub())
    program = Program(replace(ports, notifier=PostgresNotifier(pool, database_url)))
    client = TestClient(Server(make_app(program.app, WebOptions(static=static))), cookie_jar=DummyCookieJar())
    await client.start_server()
    stack.push_async_callback(client.close)
    following = asyncio.create_task(program.app.events.fan_out())
    stack.push_async_callback(ended, following)
    return Process(program, client)


async def ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@pytest.fixture
async def both(database_url: str, tmp_path: Path) -> AsyncIterator[Two]:
    async with AsyncExitStack() as stack:
        one, two = [await opened(stack, database_url, tmp_path) for _ in range(2)]
        key = await one.program.app.access.found_local_studio()
        assert key
        admin = await one.program.app.access.by_key(key, "test")
        samples = replace(Samples.fresh(), studio=replace(Samples.fresh().studio, id=admin.studio_id))
        async with one.program.ports.records.transaction(admin.studio_id) as tx:
            asset, _version = await keep_asset(tx, samples)
        yield Two(one, two, admin, key, asset.id)


async def test_people_of_both_processes_see_each_other_and_hear_the_same(both: Two) -> None:
    (ann, ann_key), (ben, ben_key) = await both.join(Role.ARTIST), await both.join(Role.DIRECTOR)
    room = f"asset:{both.asset_id}"
    async with watching(both.one.door(ann_key)) as here, watching(both.two.door(ben_key)) as there:
        await here.say(join=room)
        await there.say(join=room)
        await here.sees(room, str(ann), str(ben))
        await there.sees(room, str(ann), str(ben))
        said = await both.one.door(ann_key).post(
            f"/assets/{both.asset_id}/comments", json={"text": "Too dark", "version": 1}
        )
        assert said.status == 201
        await both.two.program.app.upkeep.relay.once()
        told = [await socket.until(is_fact("comment.created")) for socket in (here, there)]
        assert told[0] == told[1]
        assert told[0]["data"]["comment_id"] == said.json["id"]
        await there.say(leave=room)
        await here.sees(room, str(ann))


async def test_whoever_is_shut_out_at_one_is_sent_away_at_the_other(both: Two) -> None:
    member, key = await both.join(Role.ADMIN)
    admin = both.one.door(both.admin_key)
    async with watching(both.two.door(key)) as socket:
        await admin("PATCH", f"{API}/members/{member}", json={"role": "ARTIST"})
        await admin.post("/invitations", json={"email": "new@example.com", "role": "ARTIST"})
        await both.one.program.app.upkeep.relay.once()
        heard = await socket.heard_until(lambda frame: frame["kind"] == "watermark")
        assert [frame.get("type") for frame in heard] == ["member.role_changed", None]
        await admin("PATCH", f"{API}/members/{member}", json={"active": False})
        await both.one.program.app.upkeep.relay.once()
        assert await socket.closed_with() == SIGNED_OUT


async def test_a_browser_that_signs_out_at_one_is_sent_away_at_the_other(both: Two) -> None:
    token = await both.one.program.app.access.sign_in_link()
    answer = await Door(both.one.client).post("/auth/exchange", json={"token": token})
    cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    at_one = Door(both.one.client, cookie=cookie, csrf=answer.json["csrf_token"])
    async with watching(replace(at_one, client=both.two.client)) as socket:
        await at_one.post("/auth/logout")
        assert await socket.closed_with() == SIGNED_OUT
