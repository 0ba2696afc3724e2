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

from asset_ingest.client import Client, ClientError, Following, Job, KeyRefused, Unreachable
from asset_ingest.entrypoints.cli.dropped import Found, LeftOut, dropped
from asset_ingest.entrypoints.cli.report import Report, report_for
from asset_ingest.entrypoints.cli.sign_in import Door
from asset_ingest.entrypoints.cli.wording import finished, print_error

Lane = Literal["interactive", "bulk"]


def command(
    door: Callable[[], Door], paths: Sequence[Path], *, at_once: int, wait: bool, lane: Lane, as_json: bool
) -> int:
    """Upload everything behind `paths`; return 0 if all of it got in, 1 if not, 2 if there was nothing."""

    async def work() -> int:
        async with AsyncExitStack() as stack:
            client = await stack.enter_async_context(door().client())
            following = await stack.enter_async_context(client.following()) if wait else None
            report = stack.enter_context(report_for(Console(), as_json=as_json))
            tally = Tally()
            await Uploading(client, following, report, lane, tally).run(_in_thread(dropped(paths)), at_once)
            report.summary(str(tally))
        return _exit_code(tally)

    return finished(work, "Stopped. What had arrived whole goes on in the server; the rest was not kept.")


@dataclass(slots=True)
class Tally:
    """What became of the files."""

    sent: int = 0
    complete: int = 0
    known: int = 0
    failed: int = 0

    def count(self, job: Job) -> None:
        self.sent += not job.ended
        self.complete += job.complete
        self.known += job.complete and job.duplicate
        self.failed += job.ended and not job.complete

    def __str__(self) -> str:
        known = f" ({self.known} already known)" if self.known else ""
        sent = f"{self.sent} sent, " if self.sent else ""
        return f"{sent}{self.complete} complete{known}, {self.failed} failed"


def _exit_code(tally: Tally) -> int:
    if tally.failed:
        return 1
    if not tally.sent + tally.complete:
        print_error("There is nothing to upload.")
        return 2
    return 0


@dataclass
class Uploading:
    """Sends files and, where `following` is given, waits for their jobs while the next ones are sent."""

    client: Client
    following: Following | None
    report: Report
    lane: Lane
    tally: Tally
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
            job = await self._send(file, room)
            self.report.taken(file, job)
            if self.following and not job.ended:
                job = await self.following.ended(job.id, partial(self.report.changed, file))
        except ClientError as error:
            self.tally.failed += 1
            self.report.refused(file, error)
            if isinstance(error, (Unreachable, KeyRefused)):
                self._scope.cancel()  # the other files would only say the same
        else:
            self.tally.count(job)
            (self.report.ended if job.ended else self.report.let_go)(file, job)

    async def _send(self, file: Found, room: anyio.Semaphore) -> Job:
        try:
            return await self.client.upload(file.path, on_progress=partial(self.report.sent, file), lane=self.lane)
        finally:
            room.release()


async def _in_thread(found: Iterator[Found | LeftOut]) -> AsyncIterator[Found | LeftOut]:
    while (file := await to_thread.run_sync(next, found, None)) is not None:
        yield file
