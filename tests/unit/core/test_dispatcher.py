"""A broker that is away costs time, never a step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.harness import TUNING, Inbox, Program
from tests.packages import small_package

from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import BrokerUnavailable
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import JobStatus, StepStatus
from asset_ingest.core.services.upkeep import Dispatcher


class Away(Inbox):
    """Takes the first `good` ids, and then none."""

    def __init__(self, good: int) -> None:
        super().__init__()
        self.good = good

    async def put(self, queue: str, step_id: StepId) -> None:
        if len(self.ids) >= self.good:
            raise BrokerUnavailable("the message broker does not answer")
        await super().put(queue, step_id)


async def test_what_a_broker_did_not_take_is_offered_as_soon_as_it_is_back() -> None:
    program = Program(memory_ports())
    who = await program.found()
    jobs = [await program.upload(who, f"{n}.txt", str(n).encode()) for n in range(3)]
    upkeep = program.app.upkeep.dispatcher
    away = Away(good=1)
    broken = Dispatcher(upkeep.work, away, upkeep.bury, upkeep.room, upkeep.observer)
    with pytest.raises(BrokerUnavailable):
        await broken.once()
    assert len(away.ids) == 1
    await upkeep.once()
    assert len(program.inbox.ids) == 2
    assert not set(away.ids) & set(program.inbox.ids)
    program.inbox.ids += away.ids
    await program.work()
    assert {(await program.app.jobs.get(who, job.id)).status for job in jobs} == {JobStatus.COMPLETE}


async def test_vanished_workers_are_noticed_while_the_broker_is_away() -> None:
    long_gone = replace(TUNING, patience=replace(TUNING.patience, lease=-1.0))
    program = Program(memory_ports(), long_gone)
    who = await program.found()
    job = await program.upload(who, "crates.unitypackage", small_package())
    await program.app.upkeep.dispatcher.once()
    due = await program.ports.system.work.locate(program.inbox.ids[0])
    assert due
    assert await program.app.runner._claim(due)  # by a worker of which nobody hears again
    await program.upload(who, "notes.txt", b"for the broker to refuse")
    upkeep = program.app.upkeep.dispatcher
    broken = Dispatcher(upkeep.work, Away(good=0), upkeep.bury, upkeep.room, upkeep.observer)
    with pytest.raises(BrokerUnavailable):
        await broken.once()
    await broken.bury_lapsed()
    assert [step.status for step in (await program.app.jobs.get(who, job.id)).steps] == [StepStatus.READY]
