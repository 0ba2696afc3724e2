"""Presence over several processes: each tells the others, a new one is told, a killed one lapses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import anyio
import pytest
from tests.harness import Program

from asset_ingest.adapters.notifier.memory import MemoryNotifier
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.errors import BrokerUnavailable, NotFound
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.ids import AssetId, MemberId, StudioId
from asset_ingest.core.model.presence import PEOPLE_AT_MOST, Person
from asset_ingest.core.ports.notifier import Frame, Looking, Notice, Seat
from asset_ingest.core.services.listening import Listener
from asset_ingest.core.services.presence import LAPSE_SECONDS

PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody at a seat of a process."""

    listener: Listener
    seat: Seat

    async def sees(self, *names: str) -> None:
        """Return once exactly these people look."""
        with anyio.fail_after(PATIENCE):
            async for frame in self.seat:
                if sorted(person["name"] for person in said(frame)["people"]) == sorted(names):
                    return

    def has_heard(self) -> list[Frame]:
        """Return what has arrived and was not read."""
        return list(self.seat._frames)  # type: ignore[attr-defined]


def said(frame: Frame) -> Any:
    return json.loads(frame.text)


@dataclass(slots=True)
class Studio:
    """A studio with one asset, seen through as many processes as a test wants."""

    ports: Ports
    who: Principal
    asset_id: AssetId
    stack: AsyncExitStack

    def process(self) -> Program:
        return Program(self.ports)

    async def look(self, program: Program, name: str) -> Looker:
        who = replace(self.who, member_id=MemberId(UUID(int=sum(name.encode()))), name=name, role=Role.ARTIST)

        async def ask() -> Principal:
            return who

        listener = Listener(who, ask)
        seat = await self.stack.enter_async_context(self.ports.audience.seat(who.studio_id))
        listener.sit(seat)
        await program.app.presence.join(listener, self.asset_id)
        return Looker(listener, seat)


@pytest.fixture
async def studio() -> AsyncIterator[Studio]:
    async with AsyncExitStack() as stack:
        program = Program(memory_ports())
        who = await program.found()
        job = await program.upload(who, "a.bin", b"a")
        await program.work()
        asset_id = (await program.app.jobs.get(who, job.id)).asset_id
        assert asset_id
        yield Studio(program.ports, who, asset_id, stack)


@asynccontextmanager
async def running(*programs: Program) -> AsyncIterator[None]:
    async with anyio.create_task_group() as group:
        for program in programs:
            group.start_soon(program.app.events.fan_out)
        await anyio.wait_all_tasks_blocked()
        yield
        group.cancel_scope.cancel()


async def test_people_of_all_processes_see_each_other(studio: Studio) -> None:
    one, two = studio.process(), studio.process()
    async with running(one, two):
        ann, ben = await studio.look(one, "Ann"), await studio.look(two, "Ben")
        await ann.sees("Ann", "Ben")
        await ben.sees("Ann", "Ben")
        two.app.presence.drop(ben.listener)
        await ann.sees("Ann")


async def test_a_process_that_comes_later_is_told_who_was_there(studio: Studio) -> None:
    one, two = studio.process(), studio.process()
    async with running(one):
        ann = await studio.look(one, "Ann")
        await ann.sees("Ann")
        async with running(two):
            ben = await studio.look(two, "Ben")
            await ben.sees("Ann", "Ben")


async def test_a_process_that_stops_takes_its_people_along(studio: Studio) -> None:
    one, two = studio.process(), studio.process()
    async with running(one):
        ann = await studio.look(one, "Ann")
        async with running(two):
            await studio.look(two, "Ben")
            await ann.sees("Ann", "Ben")
        await ann.sees("Ann")


async def test_the_people_of_a_killed_process_lapse(studio: Studio) -> None:
    one = studio.process()
    notice = Looking(studio.who.studio_id, studio.asset_id, UUID(int=1), (Person(MemberId(UUID(int=2)), "Ghost"),))
    async with running(one):
        ann = await studio.look(one, "Ann")
        await studio.ports.notifier.publish(notice)
        await ann.sees("Ann", "Ghost")
        gone = one.app.presence.lookers.lapse(anyio.current_time() + LAPSE_SECONDS)
        one.app.presence._changed |= gone
        one.app.presence.repeat()
        await ann.sees("Ann")


async def test_nothing_is_told_twice(studio: Studio) -> None:
    one = studio.process()
    ann = await studio.look(one, "Ann")
    await one.app.presence.tell()
    again = await studio.look(one, "Ann")
    one.app.presence.repeat()
    await one.app.presence.tell()
    await one.app.presence.tell()
    assert [len(each.has_heard()) for each in (ann, again)] == [1, 1]


async def test_another_studio_has_no_such_room(studio: Studio) -> None:
    one = studio.process()
    stranger = replace(studio, who=replace(studio.who, studio_id=StudioId(UUID(int=8))))
    with pytest.raises(NotFound):
        await stranger.look(one, "Mallory")
    assert not one.app.presence.lookers.rooms()


class Away(MemoryNotifier):
    """Carries nothing while it is away."""

    is_away = False

    async def publish(self, notice: Notice) -> None:
        if self.is_away:
            raise BrokerUnavailable("nobody carries notices")
        await super().publish(notice)


async def test_a_notice_that_was_not_carried_is_made_good(studio: Studio) -> None:
    notifier = Away()
    studio.ports = replace(studio.ports, notifier=notifier)
    one, two = studio.process(), studio.process()
    async with running(two):
        ben = await studio.look(two, "Ben")
        await ben.sees("Ben")
        notifier.is_away = True
        ann = await studio.look(one, "Ann")
        await one.app.presence.tell()
        assert said(ann.has_heard()[0])["people"][0]["name"] == "Ann", "those here are told all the same"
        notifier.is_away = False
        one.app.presence.repeat()
        await one.app.presence.tell()
        await ben.sees("Ann", "Ben")


async def test_a_goodbye_that_was_not_carried_is_made_good(studio: Studio) -> None:
    notifier = Away()
    studio.ports = replace(studio.ports, notifier=notifier)
    one, two = studio.process(), studio.process()
    async with running(two):
        ben, ann = await studio.look(two, "Ben"), await studio.look(one, "Ann")
        await one.app.presence.tell()
        await ben.sees("Ann", "Ben")
        notifier.is_away = True
        one.app.presence.drop(ann.listener)
        await one.app.presence.tell()
        notifier.is_away = False
        one.app.presence.repeat()
        await one.app.presence.tell()
        await ben.sees("Ben")


async def test_a_crowd_is_told_of_those_who_are_shown_and_of_nobody_else(studio: Studio) -> None:
    one = studio.process()
    crowd = [await studio.look(one, chr(65 + n)) for n in range(PEOPLE_AT_MOST + 8)]
    assert await one.app.presence.tell() == len(crowd)
    late = await studio.look(one, "~~")  # comes after all who are shown
    assert await one.app.presence.tell() == 1
    assert [len(said(frame)["people"]) for frame in late.has_heard()] == [PEOPLE_AT_MOST]
    assert [len(each.has_heard()) for each in crowd] == [1] * len(crowd)
    assert await one.app.presence.tell() == 0
