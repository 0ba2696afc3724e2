"""Facts reach everybody who listens: each once, in order, also after something failed in between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from tests.harness import Program

from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import DatabaseUnavailable
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import FactsNumbered, Frame
from asset_ingest.core.ports.repos import EventRepo, Records, Transaction
from asset_ingest.core.services import events
from asset_ingest.core.services.listening import Listener
from asset_ingest.core.services.upkeep import Relay

FACTS_OF_AN_UPLOAD = 3


class Stumbling(Records):
    """Fails as many transactions as `stumbles` says."""

    def __init__(self, inner: Records) -> None:
        self.inner = inner
        self.stumbles = 0

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        if self.stumbles:
            self.stumbles -= 1
            raise DatabaseUnavailable("the database does not answer")
        async with self.inner.transaction(studio_id) as tx:
            yield tx


async def facts_until_complete(program: Program, who: Principal, after: int | None) -> list[int]:
    seen: list[int] = []
    async with aclosing(program.app.events.listen(listener_of(who), after)) as frames:
        async for frame in frames:
            if frame.seq is not None:
                seen.append(frame.seq)
                if said(frame).get("status") == "COMPLETE":
                    return seen
    return seen


def listener_of(who: Principal) -> Listener:
    async def ask() -> Principal:
        return who

    return Listener(who, ask)


def said(frame: Frame) -> dict[str, str]:
    data: dict[str, str] = json.loads(frame.text).get("data", {})
    return data


async def test_a_listener_hears_what_was_and_what_comes_without_a_gap() -> None:
    program = Program(memory_ports())
    who = await program.found()
    await program.upload(who, "a.txt", b"content")
    await program.app.upkeep.relay.once()
    heard: list[list[int]] = []

    async def listen() -> None:
        heard.append(await facts_until_complete(program, who, after=0))

    async with anyio.create_task_group() as group:
        group.start_soon(program.app.events.fan_out)
        async with anyio.create_task_group() as listening:
            listening.start_soon(listen)
            await program.work()
        group.cancel_scope.cancel()
    assert heard[0] == list(range(1, len(heard[0]) + 1))


async def test_a_read_that_failed_is_made_good_and_nobody_is_sent_home() -> None:
    ports = memory_ports()
    records = Stumbling(ports.records)
    program = Program(replace(ports, records=records))
    who = await program.found()
    heard: list[list[int]] = []
    seated = anyio.Event()

    async def listen() -> None:
        async with aclosing(program.app.events.listen(listener_of(who), 0)) as frames:
            await anext(frames)
            seated.set()
            seen = [frame.seq async for frame in until_complete(frames) if frame.seq is not None]
            heard.append(seen)

    async with anyio.create_task_group() as group:
        group.start_soon(program.app.events.fan_out)
        async with anyio.create_task_group() as listening:
            listening.start_soon(listen)
            await seated.wait()
            await program.upload(who, "a.txt", b"content")
            await program.app.upkeep.dispatcher.once()
            while program.inbox.ids:
                await program.app.runner.run(program.inbox.ids.pop(0))
                await program.app.upkeep.dispatcher.once()
            records.stumbles = 1
            await program.app.upkeep.relay.once()
        group.cancel_scope.cancel()
    assert heard[0] == list(range(1, len(heard[0]) + 1))


async def test_the_process_that_numbers_tells_its_own_people_without_a_notice_or_a_reading() -> None:
    ports = memory_ports()
    records = Stumbling(ports.records)
    program = Program(replace(ports, records=records))
    who = await program.found()
    async with aclosing(program.app.events.listen(listener_of(who), 0)) as frames:
        await anext(frames)
        for name in ("a.txt", "b.txt"):
            await program.upload(who, name, b"content")
            records.stumbles = 10**6
            await program.app.upkeep.relay.once()
            seen = [(await anext(frames)).seq for _ in range(FACTS_OF_AN_UPLOAD)]
            records.stumbles = 0
            assert seen == list(range(seen[0] or 0, (seen[0] or 0) + FACTS_OF_AN_UPLOAD))
    assert seen[-1] == 2 * FACTS_OF_AN_UPLOAD


async def test_what_another_process_numbered_is_told_before_what_this_one_did() -> None:
    ports = memory_ports()
    program, other = Program(ports), Relay(ports.system.relay, ports.notifier, nobody_here)
    who = await program.found()
    async with aclosing(program.app.events.listen(listener_of(who), 0)) as frames:
        await anext(frames)
        heard: list[int | None] = []
        for relay in (program.app.upkeep.relay, other, program.app.upkeep.relay):
            await program.upload(who, "a.txt", b"content")
            await relay.once()
        await program.app.events.tell_numbered(who.studio_id, await facts_of(ports.records, who))
        while len(heard) < FACTS_OF_AN_UPLOAD * 3:
            heard.append((await anext(frames)).seq)
    assert heard == list(range(1, len(heard) + 1))


async def nobody_here(_studio_id: StudioId, _facts: Sequence[Fact]) -> None:
    """Stand for a process to which nobody is connected."""


async def facts_of(records: Records, who: Principal) -> list[Fact]:
    async with records.transaction(who.studio_id) as tx:
        return await tx.events.after(0, 100)


async def until_complete(frames: AsyncIterator[Frame]) -> AsyncIterator[Frame]:
    async for frame in frames:
        yield frame
        if said(frame).get("status") == "COMPLETE":
            return


async def test_one_who_missed_too_much_is_told_to_read_anew() -> None:
    program = Program(memory_ports())
    who = await program.found()
    async with aclosing(program.app.events.listen(listener_of(who), 10**6)) as frames:
        assert (await anext(frames)).kind == "hello"
        assert (await anext(frames)).kind == "reset"


class Halting(Records):
    """Stands still once, when `halts`, with facts that were just read, until `go` is set."""

    def __init__(self, inner: Records) -> None:
        self.inner = inner
        self.halts, self.halted, self.go = False, anyio.Event(), anyio.Event()

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with self.inner.transaction(studio_id) as tx:
            whole: Any = tx
            whole.events = _HaltingFacts(self, tx.events)
            yield tx


class _HaltingFacts:
    def __init__(self, records: Halting, inner: EventRepo) -> None:
        self.records, self.inner = records, inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    async def after(self, seq: int, limit: int) -> list[Fact]:
        found = await self.inner.after(seq, limit)
        if found and self.records.halts:
            self.records.halts = False
            self.records.halted.set()
            await self.records.go.wait()
        return found


async def test_the_last_one_may_leave_while_facts_are_read_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever closes a page at that moment must not end the fan-out, and with it the server, for everybody."""
    monkeypatch.setattr(events, "SAFETY_NET_SECONDS", 0)
    ports = memory_ports()
    records = Halting(ports.records)
    program = Program(replace(ports, records=records))
    who = await program.found()
    async with anyio.create_task_group() as group:
        group.start_soon(program.app.events.fan_out)
        with anyio.fail_after(10):
            async with aclosing(program.app.events.listen(listener_of(who), None)) as frames:
                await anext(frames)
                await program.upload(who, "a.txt", b"content")
                records.halts = True
                await ports.records.system.relay.number(100)  # without a notice: the safety net finds it
                await records.halted.wait()
            await ports.notifier.publish(FactsNumbered(who.studio_id, 1))  # nobody is there any more to be told
            await anyio.wait_all_tasks_blocked()
            records.go.set()
            async with aclosing(program.app.events.listen(listener_of(who), None)) as frames:
                await anext(frames)
                await program.upload(who, "b.txt", b"more")
                await program.app.upkeep.relay.once()
                assert (await anext(frames)).kind == "fact"
        group.cancel_scope.cancel()


class Counting(Records):
    """Knows how many transactions were wanted at once."""

    def __init__(self, inner: Records) -> None:
        self.inner = inner
        self.now, self.most = 0, 0

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._transaction(studio_id)

    @asynccontextmanager
    async def _transaction(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        self.now += 1
        self.most = max(self.most, self.now)
        await anyio.lowlevel.checkpoint()
        async with self.inner.transaction(studio_id) as tx:
            yield tx
        self.now -= 1


async def test_a_crowd_that_comes_back_leaves_connections_for_others() -> None:
    """After a restart thousands ask at once for what they have missed; people's requests need the database, too."""
    ports = memory_ports()
    records = Counting(ports.records)
    program = Program(replace(ports, records=records))
    who = await program.found()
    await program.upload(who, "a.txt", b"content")
    await program.work()
    records.most = 0
    async with anyio.create_task_group() as crowd:
        for _ in range(50):
            crowd.start_soon(facts_until_complete, program, who, 0)
    assert records.most == events.CATCHING_UP_AT_ONCE
