"""The walls between studios where no door is: a step works for its own. Subclasses bring `ports` and `kept`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from tests.harness import Program
from tests.packages import small_package

from asset_ingest.bootstrap import Ports
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import StepId, StudioId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.model.sign_in import Password
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.core.services.access import principal_of
from asset_ingest.testing.records.samples import Samples

Rows = dict[str, list[Any]]
Kept = Callable[[StudioId], Awaitable[Rows]]
"""Returns all rows of a studio, by table."""


@dataclass
class Watched(Records):
    """Remembers whose rows were asked for."""

    records: Records
    asked: set[StudioId] = field(default_factory=set)

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        self.asked.add(studio_id)
        return self.records.transaction(studio_id)

    def reading(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        self.asked.add(studio_id)
        return self.records.reading(studio_id)


class WorkerWallsSuite:
    @pytest.fixture
    def watched(self, ports: Ports) -> Watched:
        return Watched(ports.records)

    @pytest.fixture
    def program(self, ports: Ports, watched: Watched) -> Program:
        return Program(replace(ports, records=watched))

    @pytest.mark.parametrize(
        ("content", "ends"), [(small_package(), JobStatus.COMPLETE), (small_package()[:-300], JobStatus.ERROR)]
    )
    async def test_a_step_asks_for_rows_of_its_own_studio_and_leaves_all_others_as_they_are(
        self, program: Program, watched: Watched, kept: Kept, content: bytes, ends: JobStatus
    ) -> None:
        """Both send the same bytes at the same time, so whatever could be taken for the other's is there."""
        people = [await program.found(), await founded(program)]
        jobs = [(who, await program.upload(who, "crates.unitypackage", content)) for who in people]
        steps = 0
        while (step_id := await next_step(program)) is not None:
            due = await program.ports.system.work.locate(step_id)
            assert due is not None
            [other] = [who.studio_id for who in people if who.studio_id != due.studio_id]
            before = await kept(other)
            assert any(before.values())
            watched.asked.clear()
            await program.app.runner.run(step_id)
            assert watched.asked == {due.studio_id}
            assert await kept(other) == before
            steps += 1
        done = [await program.app.jobs.get(who, job.id) for who, job in jobs]
        assert [(job.status, job.duplicate) for job in done] == [(ends, False)] * 2
        assert len({job.asset_id for job in done}) == (2 if ends is JobStatus.COMPLETE else 1)
        assert steps >= 2


async def founded(program: Program) -> Principal:
    """Return the admin of one more studio."""
    of = Samples.fresh()
    proof = Password(of.id, of.member.id, "a hash", of.studio.created_at)
    assert await program.ports.system.access.register(of.studio, of.member, proof, (), only_first=False)
    return principal_of(of.member, "test")


async def next_step(program: Program) -> StepId | None:
    """Dispatch what is due and return the step that a worker takes first."""
    await program.app.upkeep.dispatcher.once()
    return program.inbox.ids.pop(0) if program.inbox.ids else None
