"""Many jobs kept fresh over one stream of events, with asking as the safety net."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio

from asset_ingest.client.errors import PASSING, ClientError, Unreachable
from asset_ingest.client.live import Frame
from asset_ingest.client.record import Record
from asset_ingest.client.views import Job

PATIENT_ROUNDS = 6
"""Rounds of asking that may find no server before those who wait are told; a restart takes fewer."""


def _quiet(_: Job) -> None:
    return


@dataclass(slots=True)
class _Wanted:
    on_change: Callable[[Job], None]
    done: anyio.Event = field(default_factory=anyio.Event)
    job: Job | None = None
    error: ClientError | None = None

    def learn(self, job: Job) -> None:
        if self.job is not None and (job == self.job or job.revision < self.job.revision):
            return
        self.job = job
        self.on_change(job)
        if job.ended:
            self.done.set()

    def fail(self, error: ClientError) -> None:
        self.error = error
        self.done.set()


class Following:
    """Waits for jobs. One stream and one asking task serve them all, so a thousand jobs cost one connection."""

    def __init__(
        self,
        fetch: Callable[[str], Awaitable[Job]],
        listen: Callable[[], AsyncGenerator[dict[str, Any], None]],
        pause: Callable[[], Awaitable[None]],
    ) -> None:
        self._fetch = fetch
        self._listen = listen
        self._pause = pause
        self._wanted: dict[str, _Wanted] = {}

    async def ended(self, job_id: str, on_change: Callable[[Job], None] = _quiet) -> Job:
        """Return the job once it has ended; `on_change` hears of every state on the way. One call per job at a time."""
        wanted = self._wanted[job_id] = _Wanted(on_change)
        try:
            await self._ask(job_id)
            await wanted.done.wait()
        finally:
            del self._wanted[job_id]
        if wanted.error is not None:
            raise wanted.error
        assert wanted.job is not None  # noqa: S101  done is set by a job or an error
        return wanted.job

    async def _ask(self, job_id: str) -> bool:
        """Fetch one job for who waits for it; return False when the server was out of reach, which may pass."""
        try:
            job = await self._fetch(job_id)
        except PASSING:
            return False
        except ClientError as error:
            if wanted := self._wanted.get(job_id):
                wanted.fail(error)
            return True
        if wanted := self._wanted.get(job_id):
            wanted.learn(job)
        return True

    async def ask_in_turn(self) -> None:
        """Ask for every job after each pause, one at a time; run until cancelled."""
        unmet = 0
        while True:
            await self._pause()
            unmet = 0 if await self._ask_all() else unmet + 1
            if unmet >= PATIENT_ROUNDS:
                for wanted in self._wanted.values():
                    wanted.fail(Unreachable("the server has been out of reach for too long"))

    async def _ask_all(self) -> bool:
        for job_id in list(self._wanted):
            if job_id in self._wanted and not await self._ask(job_id):
                return False
        return True

    async def listen(self) -> None:
        """Ask for a job as soon as the stream tells of it; end when there is no stream, for asking goes on."""
        try:
            async with aclosing(self._listen()) as frames:
                async for frame in frames:
                    await self._heard(frame)
        except ClientError:
            return  # whatever it was, whoever waits hears it from the next answer

    async def _heard(self, frame: Frame) -> None:
        record = Record("frame", frame)
        match frame["kind"]:
            case "hello" | "reset":  # anything may have happened before
                await self._ask_all()
            case "fact":
                subject = Record.of("subject", frame.get("subject"))
                if subject.get("kind", str) == "job" and subject.need("id", str) in self._wanted:
                    await self._ask(subject.need("id", str))
            case "progress":
                wanted = self._wanted.get(record.need("job_id", str))
                if wanted and wanted.job and not wanted.job.ended:
                    wanted.learn(wanted.job.progressed(record.need("progress", int), record.get("step", str)))


@asynccontextmanager
async def running(following: Following) -> AsyncIterator[Following]:
    """Run both tasks around the block; what the block raises comes out as it is, not in a group."""
    try:
        async with anyio.create_task_group() as group:
            group.start_soon(following.listen)
            group.start_soon(following.ask_in_turn)
            yield following
            group.cancel_scope.cancel()
    except BaseExceptionGroup as errors:
        if len(errors.exceptions) == 1:
            raise errors.exceptions[0] from None
        raise
