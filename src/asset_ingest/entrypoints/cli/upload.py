"""`asset-ingest upload`: files and folders into the server, a few at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

import anyio
from anyio import to_thread
from rich.console import Console

from asset_ingest.client import Client, ClientError, Following, Job, KeyRefused, Memory, Unreachable
from asset_ingest.entrypoints.cli.dropped import Found, LeftOut, dropped
from asset_ingest.entrypoints.cli.report import Report, report_for
from asset_ingest.entrypoints.cli.sign_in import Door
from asset_ingest.entrypoints.cli.state import state_folder
from asset_ingest.entrypoints.cli.wording import finished, print_error

Lane = Literal["interactive", "bulk"]

REST = {True: "run the same command again to go on with the rest", False: "the rest begins anew next time"}


@dataclass(frozen=True, slots=True)
class Version:
    """Of which asset the files are to be versions, if of one, and what is new in them."""

    asset_id: str | None = None
    change_note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to go about it; `group` is a name. With an `asset` the files become its next versions, however often."""

    at_once: int
    wait: bool
    lane: Lane
    group: str | None
    resume: bool
    asset: str | None = None
    note: str = ""


def command(door: Callable[[], Door], paths: Sequence[Path], plan: Plan, *, as_json: bool) -> int:
    """Upload everything behind `paths`; return 0 if all of it got in, 1 if not, 2 if there was nothing."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(door().client())
            following = await stack.enter_async_context(client.following()) if plan.wait else None
            report = stack.enter_context(report_for(Console(), as_json=as_json))
            tally = Tally()
            memory = await _memory(report) if plan.resume and plan.asset is None else None
            group_id = (await client.group(plan.group)).id if plan.group is not None else None
            version = Version(plan.asset, plan.note)
            uploading = Uploading(client, following, report, plan.lane, tally, memory, group_id, version)
            await uploading.run(_in_thread(dropped(paths)), plan.at_once)
            report.summary(str(tally))
        return _exit_code(tally)

    return finished(work, f"Stopped. What had arrived whole goes on in the server; {REST[plan.resume]}.")


async def _memory(report: Report) -> Memory | None:
    try:
        folder = state_folder()
    except RuntimeError:  # a user without a home, as in many containers
        return None
    memory = Memory(folder / "uploads", report.forgetful)
    await memory.tidy()
    return memory


@dataclass(slots=True)
class Tally:
    """What became of the files."""

    sent: int = 0
    complete: int = 0
    known: int = 0
    before: int = 0
    failed: int = 0

    def count(self, job: Job, *, before: bool = False) -> None:
        self.sent += not job.ended
        self.complete += job.complete
        self.known += job.complete and job.duplicate and not before
        self.before += job.complete and before
        self.failed += job.ended and not job.complete

    def __str__(self) -> str:
        counted = ((self.known, "already known"), (self.before, "sent before"))
        of_these = ", ".join(f"{count} {what}" for count, what in counted if count)
        sent = f"{self.sent} sent, " if self.sent else ""
        return f"{sent}{self.complete} complete{f' ({of_these})' if of_these else ''}, {self.failed} failed"


def _exit_code(tally: Tally) -> int:
    if tally.failed:
        return 1
    if not tally.sent + tally.complete:
        print_error("There is nothing to upload.")
        return 2
    return 0


@dataclass
class Uploading:
    """Sends files and, where `following` is given, waits for their jobs while the next ones are sent.

    With a `memory` it goes on where an earlier run stopped, and leaves out what that has sent.
    """

    client: Client
    following: Following | None
    report: Report
    lane: Lane
    tally: Tally
    memory: Memory | None = None
    group_id: str | None = None
    version: Version = Version()
    _scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def run(self, files: AsyncIterator[Found | LeftOut], at_once: int) -> None:
        """Send `files`, at most `at_once` at a time; stop early when no file can get in."""
        room = anyio.Semaphore(at_once)
        with self._scope:
            async with anyio.create_task_group() as group:
                async for file in files:
                    if isinstance(file, LeftOut):
                        self.tally.failed += file.wrong
                        self.report.left_out(file)
                    else:
                        await room.acquire()
                        group.start_soon(self._one, file, room)

    async def _one(self, file: Found, room: anyio.Semaphore) -> None:
        try:
            job, before = await self._sent(file, room)
            if self.following and not job.ended:
                job = await self.following.ended(job.id, partial(self.report.changed, file))
        except ClientError as error:
            self.tally.failed += 1
            self.report.refused(file, error)
            if isinstance(error, (Unreachable, KeyRefused)):
                self._scope.cancel()  # the other files would only say the same
        else:
            self.tally.count(job, before=before)
            self._tell_end(file, job, before=before)

    async def _sent(self, file: Found, room: anyio.Semaphore) -> tuple[Job, bool]:
        """Return the file's job, and whether an earlier run had sent it."""
        try:
            if job := await self._sent_before(file):
                return job, True
            job = await self.client.upload(
                file.path,
                on_progress=Heard(file, self.report),
                on_trouble=partial(self.report.trouble, file),
                lane=self.lane,
                group_id=self.group_id,
                memory=self.memory,
                asset_id=self.version.asset_id,
                change_note=self.version.change_note,
            )
        finally:
            room.release()
        self.report.taken(file, job)
        return job, False

    async def _sent_before(self, file: Found) -> Job | None:
        if self.memory is None:
            return None
        return await self.client.sent_before(file.path, self.memory, self.group_id)

    def _tell_end(self, file: Found, job: Job, *, before: bool) -> None:
        if before and job.ended:
            self.report.sent_before(file, job)
        elif job.ended:
            self.report.ended(file, job)
        else:
            self.report.let_go(file, job)


@dataclass(slots=True)
class Heard:
    """Tells the report of bytes, and first of those that an earlier run has sent."""

    file: Found
    report: Report
    begun: bool = False

    def __call__(self, sent: int) -> None:
        if sent and not self.begun:
            self.report.resumed(self.file, sent)
        self.begun = True
        self.report.sent(self.file, sent)


async def _in_thread(found: Iterator[Found | LeftOut]) -> AsyncIterator[Found | LeftOut]:
    while (file := await to_thread.run_sync(next, found, None)) is not None:
        yield file
