"""Guesses at a link's password are counted before they are looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import anyio
from tests.harness import Program

from asset_ingest.adapters.identity.memory import QuickPasswords
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import PasswordNeeded, TooManyRequests
from asset_ingest.core.ports.identity import Passwords
from asset_ingest.core.services.attempts import Patience
from asset_ingest.core.services.shares import NewShare

GUESSES_OF_ONE = Patience().visitor.tries


@dataclass(slots=True)
class SlowPasswords(Passwords):
    """Counts what it is asked, and answers once everybody has asked."""

    everybody: anyio.Event
    inner: Passwords
    asked: int = 0

    async def hash(self, password: str) -> str:
        return await self.inner.hash(password)

    async def verify(self, held: str | None, password: str) -> bool:
        self.asked += 1
        await self.everybody.wait()
        return await self.inner.verify(held, password)

    def is_stale(self, held: str) -> bool:
        return self.inner.is_stale(held)


async def test_many_guesses_at_once_are_no_more_than_many_in_a_row() -> None:
    slow = SlowPasswords(anyio.Event(), QuickPasswords())
    program = Program(replace(memory_ports(), passwords=slow))
    who = await program.found()
    job = await program.upload(who, "notes.txt", b"remember")
    await program.work()
    asset_id = (await program.app.jobs.get(who, job.id)).asset_id
    assert asset_id
    _, token = await program.app.shares.create(who, asset_id, NewShare(password="correct horse"))
    ends: list[type[Exception]] = []

    async def guess(number: int) -> None:
        try:
            await program.app.shared.open(token, f"wrong {number}", "192.0.2.1", "test")
        except (PasswordNeeded, TooManyRequests) as refused:
            ends.append(type(refused))
        if len(ends) == 20 - GUESSES_OF_ONE:
            slow.everybody.set()  # the others wait for their answer

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(guess, number)
    assert slow.asked == GUESSES_OF_ONE
    assert ends == [TooManyRequests] * (20 - GUESSES_OF_ONE) + [PasswordNeeded] * GUESSES_OF_ONE
