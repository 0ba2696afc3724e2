"""Several people who do the same thing at the same moment, over a database that lets them."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from tests.harness import TUNING, Program
from tests.integration.server import QUICK, ended, serving

from asset_ingest.bootstrap import server_ports
from asset_ingest.core.errors import ChangedMeanwhile, NotFound
from asset_ingest.core.model.access import Member, Principal, Role
from asset_ingest.core.model.ids import AssetId, MemberId
from asset_ingest.core.model.reviews import Verdict
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.services.assets import AssetDetail
from asset_ingest.core.services.members import LastAdmin
from asset_ingest.settings import Settings
from asset_ingest.testing.records.samples import new_id

AT_ONCE = 6


async def all_of(*doing: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*doing, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Studio:
    """The program over PostgreSQL, its admin, and an asset with two versions."""

    program: Program
    who: Principal
    asset_id: AssetId

    async def join(self, role: Role) -> Principal:
        member = MemberId(new_id())
        async with self.program.ports.records.transaction(self.who.studio_id) as tx:
            now = self.program.ports.clock.now()
            await tx.members.add(Member(member, self.who.studio_id, f"member {member}", role, now))
        return replace(self.who, member_id=member, role=role)

    async def asset(self) -> AssetDetail:
        return await self.program.app.assets.get(self.who, self.asset_id)


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        settings = Settings(data=tmp_path, database_connections=8, log_level="error")
        program = Program(await server_ports(settings, database_url, stack), TUNING)
        who = await program.found()
        await program.upload(who, "a.bin", b"first")
        await program.work()
        [card] = (await program.app.assets.page(who, AssetQuery(9))).items
        await program.upload(who, "a.bin", b"second", asset_id=card.id)
        await program.work()
        yield Studio(program, who, card.id)


async def test_admins_who_demote_each_other_leave_one(studio: Studio) -> None:
    members = studio.program.app.members
    admins = [studio.who, *[await studio.join(Role.ADMIN) for _ in range(AT_ONCE - 1)]]
    found = await all_of(
        *(members.change(studio.who, each.member_id, role=Role.ARTIST, active=None) for each in admins)
    )
    refused = [each for each in found if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [LastAdmin]
    roles = [each.role for each in (await members.page(studio.who, 50, None)).items]
    assert roles.count(Role.ADMIN) == 1


async def test_approvals_at_once_all_count(studio: Studio) -> None:
    policies, give = studio.program.app.policies, studio.program.app.approvals.give
    usual = await policies.get(studio.who)
    people = [await studio.join(Role.DIRECTOR) for _ in range(AT_ONCE)]
    await policies.set(studio.who, usual.approvers, {"any": AT_ONCE}, None, not_own=usual.not_own)
    found = await all_of(*(give(each, studio.asset_id, 2, Verdict.APPROVED, "") for each in people))
    assert sorted(review.state for review in found) == ["APPROVED"] + ["PENDING"] * (AT_ONCE - 1)
    told = await studio.program.app.approvals.of_version(studio.who, studio.asset_id, 2, 99, None)
    assert (told.state, sum(each.replaced_at is None for each in told.items)) == ("APPROVED", AT_ONCE)


async def test_a_rollback_and_a_new_version_at_once_are_one_after_the_other(studio: Studio) -> None:
    program = studio.program
    await program.upload(studio.who, "a.bin", b"third", asset_id=studio.asset_id)
    await program.app.upkeep.dispatcher.once()
    [step] = program.inbox.ids
    back = program.app.versions.roll_back(studio.who, studio.asset_id, 1)
    rolled, _ = await all_of(back, program.app.runner.run(step))
    assert isinstance(rolled, AssetDetail)
    asset = await studio.asset()
    assert (asset.latest_version, asset.current_version) in {(3, 1), (3, 3)}  # whichever came last
    shown = next(each for each in asset.versions if each.number == asset.current_version)
    assert asset.sha256 == shown.sha256


async def test_of_rollbacks_of_one_revision_one_wins_and_the_others_see_it(studio: Studio) -> None:
    read = frozenset({(await studio.asset()).revision})
    back = studio.program.app.versions.roll_back
    found = await all_of(*(back(studio.who, studio.asset_id, 1, f"{n}", read) for n in range(AT_ONCE)))
    [won] = [each for each in found if isinstance(each, AssetDetail)]
    lost = [each.current for each in found if isinstance(each, ChangedMeanwhile)]
    assert len(lost) == AT_ONCE - 1
    assert {each.revision for each in lost if isinstance(each, AssetDetail)} == {won.revision}


async def test_a_rollback_to_a_version_that_is_not_there_yet_finds_nothing_or_it(studio: Studio) -> None:
    program = studio.program
    await program.upload(studio.who, "a.bin", b"third", asset_id=studio.asset_id)
    await program.app.upkeep.dispatcher.once()
    back = program.app.versions.roll_back(studio.who, studio.asset_id, 3)
    rolled, _ = await all_of(back, program.app.runner.run(program.inbox.ids[0]))
    assert isinstance(rolled, (NotFound, AssetDetail))
    assert (await studio.asset()).current_version == 3
    with pytest.raises(NotFound):
        await program.app.versions.roll_back(studio.who, studio.asset_id, 4)


async def test_a_step_goes_on_for_the_studio_whoever_began_it(studio: Studio) -> None:
    """Its sender was asked for leave when they sent it; that they left meanwhile loses nobody's work."""
    program = studio.program
    artist = await studio.join(Role.ARTIST)
    job = await program.upload(artist, "a.bin", b"theirs")
    await program.app.members.remove(studio.who, artist.member_id)
    await program.work()
    assert (await program.app.jobs.get(studio.who, job.id)).status == "COMPLETE"


@pytest.mark.timeout(120)
async def test_versions_by_all_roads_at_once_get_numbers_in_a_row(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", **QUICK) as server, server.client() as client:
        first = await client.post("/assets?filename=a.bin", content=b"0")
        asset_id = (await ended(client, first.json()["jobs"][0]["id"]))["asset_id"]
        roads = (_raw, _form, _tus, _ietf, _signed)
        sent = await asyncio.gather(*(roads[n % 5](client, asset_id, f"{n}".encode()) for n in range(1, 11)))
        for job_id in sent:
            assert (await ended(client, job_id))["status"] == "COMPLETE"
        versions = (await client.get(f"/assets/{asset_id}/versions")).json()["items"]
        assert [each["number"] for each in versions] == list(range(11, 0, -1))
        bodies = [await client.get(f"/assets/{asset_id}/versions/{n}/content") for n in range(1, 12)]
        assert sorted(each.content for each in bodies) == sorted(f"{n}".encode() for n in range(11))


async def _raw(client: httpx.AsyncClient, asset_id: str, content: bytes) -> str:
    answer = await client.post(f"/assets/{asset_id}/versions?filename=a.bin", content=content)
    return str(answer.json()["jobs"][0]["id"])


async def _form(client: httpx.AsyncClient, asset_id: str, content: bytes) -> str:
    answer = await client.post(f"/assets/{asset_id}/versions", files={"file": ("a.bin", content)})
    return str(answer.json()["jobs"][0]["id"])


async def _tus(client: httpx.AsyncClient, asset_id: str, content: bytes) -> str:
    metadata = ",".join(
        f"{key} {b64encode(value.encode()).decode()}"
        for key, value in {"filename": "a.bin", "asset_id": asset_id}.items()
    )
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content)), "Upload-Metadata": metadata}
    opened = await client.post("/files", headers=headers)
    assert opened.status_code == 201, opened.text
    at, piece = opened.headers["Location"], {"Content-Type": "application/offset+octet-stream"}
    sent = await client.patch(at, content=content, headers={"Tus-Resumable": "1.0.0", "Upload-Offset": "0", **piece})
    assert sent.status_code == 204, sent.text
    return await _job_of(client, at)


async def _ietf(client: httpx.AsyncClient, asset_id: str, content: bytes) -> str:
    headers = {"Upload-Complete": "?1", "Content-Type": "application/partial-upload"}
    answer = await client.post(f"/files?filename=a.bin&asset_id={asset_id}", content=content, headers=headers)
    assert answer.is_success, answer.text
    return str(answer.json()["job_id"])


async def _signed(client: httpx.AsyncClient, asset_id: str, content: bytes) -> str:
    wanted = {"filename": "a.bin", "size": len(content), "asset_id": asset_id, "method": "single"}
    plan = (await client.post("/uploads", json=wanted)).json()
    async with httpx.AsyncClient(timeout=30) as anybody:
        put = await anybody.put(httpx.URL(str(client.base_url)).join(plan["url"]), content=content)
    assert put.status_code == 200, put.text
    done = await client.post(f"/uploads/{plan['upload_id']}/complete")
    assert done.is_success, done.text
    return str(plan["job_id"])


async def _job_of(client: httpx.AsyncClient, at: str) -> str:
    upload_id = urlsplit(at).path.rpartition("/")[2]
    return str((await client.get(f"/uploads/{upload_id}")).json()["job_id"])
