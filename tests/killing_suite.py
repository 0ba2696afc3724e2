"""Killed before and after every call outside, the main job still ends once: subclasses bring the ports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

from tests.harness import Later, Program
from tests.packages import small_package

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.bootstrap import Ports
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.jobs import ENDED, JobStatus
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.asset_views import AssetDetail
from asset_ingest.testing.mortal import Killed, Mortal, MortalCMS, MortalObjects, MortalRecords

PACKAGE = small_package()


def mortal(ports: Ports, life: Mortal) -> Ports:
    assert ports.cms is not None
    return replace(
        ports,
        store=MortalObjects(life, ports.store),
        records=MortalRecords(life, ports.records),
        cms=MortalCMS(life, ports.cms),
    )


async def live(ports: Ports, who: Principal, life: Mortal) -> bool:
    """Upload and work until done or dead; say whether the upload was acknowledged."""
    program = Program(mortal(ports, life))
    acknowledged = False
    try:
        await program.upload(who, "crates.unitypackage", PACKAGE)
        acknowledged = True
        await program.work()
    except* Killed:  # alone, or in a group
        pass
    return acknowledged


async def ends_once(ports: Ports, who: Principal, later: Later, *, acknowledged: bool) -> Program:
    """Restart, let the job end, sweep."""
    program = Program(ports)
    await later(timedelta(seconds=31))
    await program.app.upkeep.sweeper.once()
    for row in (await program.app.jobs.page(who, JobQuery(limit=10))).items:
        await program.work_until_ended(who, row.id, later)
    jobs = (await program.app.jobs.page(who, JobQuery(limit=10))).items
    if acknowledged:
        assert [job.status for job in jobs] == [JobStatus.COMPLETE]
    elif not jobs or jobs[0].status is not JobStatus.COMPLETE:
        assert {job.code for job in jobs} <= {"upload_interrupted"}
        again = await program.upload(who, "crates.unitypackage", PACKAGE)
        await program.work_until_ended(who, again.id, later)
    assert {job.status for job in jobs} <= ENDED
    await program.app.upkeep.sweeper.once()
    return program


async def the_one_asset(program: Program, who: Principal) -> AssetDetail:
    """Return the only asset, once everything around it is as it must be."""
    (asset,) = (await program.app.assets.page(who, AssetQuery(limit=10))).items
    detail = await program.app.assets.get(who, asset.id)
    assert len(detail.publications) == 1
    assert detail.entry_count == 4
    stored = [each.key async for each in program.ports.store.list("studios/")]
    kept = await program.ports.system.work.referenced(stored)
    assert set(stored) == kept
    assert len(stored) == 4  # the package, its previews, thumbnail and sheet: nothing lost and nothing left over
    if program.ports.direct:
        assert [each async for each in program.ports.direct.unfinished("studios/")] == []
    return detail


class KillingSuite:
    """Fixtures of subclasses: `new_world` makes fresh ports and a way to let time pass."""

    every = 1
    """Dies at each `every`-th call."""

    async def published(self, ports: Ports) -> list[str]:
        """Return the key of every asset over there, with repetitions."""
        assert isinstance(ports.cms, MemoryCMS)
        return list(ports.cms.entries)

    async def _all_is_there_once(self, ports: Ports, who: Principal, later: Later, *, acknowledged: bool) -> None:
        asset = await the_one_asset(await ends_once(ports, who, later, acknowledged=acknowledged), who)
        assert await self.published(ports) == [str(asset.id)]

    async def test_killed_at_any_call_the_job_ends_once(
        self, new_world: Callable[[], Awaitable[tuple[Ports, Later]]]
    ) -> None:
        ports, later = await new_world()
        life = Mortal()
        who = await Program(ports).found()
        assert await live(ports, who, life)
        await self._all_is_there_once(ports, who, later, acknowledged=True)
        calls = life.calls
        assert calls > 40
        for dies_at in range(1, calls + 1, self.every):
            ports, later = await new_world()
            who = await Program(ports).found()
            acknowledged = await live(ports, who, Mortal(dies_at))
            print(f"killed at call {dies_at} of {calls}")  # noqa: T201  pytest shows it when what follows fails
            await self._all_is_there_once(ports, who, later, acknowledged=acknowledged)
