"""`asset-ingest watch`: jobs as they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import anyio
from rich.console import Console

from asset_ingest.client import Client, ClientError, Following, Job, Missing
from asset_ingest.client.record import Record
from asset_ingest.entrypoints.cli.screen import NEWEST, Screen, screen_for
from asset_ingest.entrypoints.cli.sign_in import Door
from asset_ingest.entrypoints.cli.wording import INTERRUPTED, finished


def command(door: Callable[[], Door], jobs: Sequence[str], *, as_json: bool) -> int:
    """Show `jobs` until they have ended; return 0 if all are COMPLETE. Without any, show all until interrupted."""

    async def work() -> int:
        async with door().client() as client:
            with screen_for(Console(), as_json=as_json) as screen:
                if not jobs:
                    return await Everything(client, screen).run()
                async with client.following() as following:
                    return await until_ended(following, screen, list(dict.fromkeys(jobs)))

    return finished(work, "Stopped watching.", INTERRUPTED if jobs else 0)


async def until_ended(following: Following, screen: Screen, job_ids: Sequence[str]) -> int:
    """Show these jobs until they have ended; return 0 if all are COMPLETE."""
    complete: set[str] = set()

    async def one(job_id: str) -> None:
        try:
            if (await following.ended(job_id, screen.show)).complete:
                complete.add(job_id)
        except ClientError as error:
            screen.failed(job_id, error)

    async with anyio.create_task_group() as group:
        for job_id in job_ids:
            group.start_soon(one, job_id)
    return 0 if len(complete) == len(job_ids) else 1


@dataclass
class Everything:
    """Every job of the studio, from the newest ones on."""

    client: Client
    screen: Screen
    moving: dict[str, Job] = field(default_factory=dict)

    async def run(self) -> int:
        """Show until the server refuses, which is raised."""
        async with aclosing(self.client.events()) as frames:
            async for frame in frames:
                await self._hear(frame)
        return 1

    async def _hear(self, frame: dict[str, Any]) -> None:
        record = Record("frame", frame)
        match frame["kind"]:
            case "offline":
                self.screen.note(f"The connection is lost; trying again. {frame['detail']}")
            case "hello" | "reset":
                await self._show_newest()
            case "fact":
                subject = Record.of("subject", frame.get("subject"))
                if subject.get("kind", str) == "job" and record.need("type", str).startswith("job."):
                    await self._show(subject.need("id", str))
            case "progress":
                if job := self.moving.get(record.need("job_id", str)):
                    self._learn(job.progressed(record.need("progress", int), record.get("step", str)))

    async def _show_newest(self) -> None:
        newest: list[Job] = []
        async with aclosing(self.client.jobs()) as jobs:
            async for job in jobs:
                newest.append(job)
                if len(newest) == NEWEST:
                    break
        for job in reversed(newest):
            self._learn(job)

    async def _show(self, job_id: str) -> None:
        try:
            self._learn(await self.client.job(job_id))
        except Missing:
            self.moving.pop(job_id, None)
            self.screen.gone(job_id)

    def _learn(self, job: Job) -> None:
        if job.ended:
            self.moving.pop(job.id, None)
        else:
            self.moving[job.id] = job
        self.screen.show(job)
