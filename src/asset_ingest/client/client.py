"""The server as an object."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Collection
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Self
from urllib.parse import quote

import anyio
from anyio import to_thread

from asset_ingest.client.backoff import Backoff
from asset_ingest.client.connection import Connection, json_object
from asset_ingest.client.downloading import Download
from asset_ingest.client.errors import ClientError, Missing, NotUnderstood, StillRunning, Unavailable, Unreachable
from asset_ingest.client.following import Following, running
from asset_ingest.client.live import Frame, frames
from asset_ingest.client.memory import Memory
from asset_ingest.client.record import Record
from asset_ingest.client.resuming import Checkpoint, Nowhere, Resuming
from asset_ingest.client.sending import opened
from asset_ingest.client.sources import Source, source_of
from asset_ingest.client.tus import Mark
from asset_ingest.client.views import Asset, Entry, Group, Job, Version
from asset_ingest.client.whole import send_whole
from asset_ingest.core.errors import InvalidFilename
from asset_ingest.core.model.uploads import clean_filename

Lane = Literal["interactive", "bulk"]

ONE_REQUEST = 8 << 20
"""Bytes up to which a file is sent in one request: sending it again costs less than asking how it stands."""


def _ignore(_: object) -> None:
    return


class Client:
    """Everything a program asks of the server. Use it as an async context manager.

    Reading is tried again while failures may pass, as `backoff` says. `timeout` is the seconds without a sign of life
    that end a request; `poll` is the pause between two rounds of asking for jobs whose events may have been missed.
    """

    def __init__(
        self, url: str, api_key: str, *, timeout: float = 30.0, poll: float = 5.0, backoff: Backoff | None = None
    ) -> None:
        self._connection = Connection(url, api_key, timeout, backoff or Backoff())
        self._poll = poll

    @property
    def origin(self) -> str:
        """The address of the server."""
        return self._connection.origin

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._connection.close()

    async def upload(
        self,
        path: Path,
        *,
        on_progress: Callable[[int], None] | None = None,
        on_trouble: Callable[[ClientError], None] | None = None,
        lane: Lane = "interactive",
        group_id: str | None = None,
        memory: Memory | None = None,
        asset_id: str | None = None,
        change_note: str = "",
    ) -> Job:
        """Send one file and return its job: in one request, or as `upload_resumable` does if it is large or of a group.

        With an `asset_id` it becomes the next version of that asset, and `change_note` says what is new.

        `on_progress` hears how many bytes the server has for good; of a file of one request, how many are on their way.
        With a `memory` a large file goes on where an earlier run stopped, and what is sent is remembered.

        One request starts anew, from 0, only where the server has seen nothing of it or asks for it; a connection that
        breaks in its middle is raised as BrokenOff, for whoever has the file decides whether to send it again.
        """
        async with opened(path) as file:
            checkpoint = await memory.checkpoint(self.origin, file, group_id) if memory else Nowhere()
            if file.size > ONE_REQUEST or group_id is not None or asset_id is not None:
                params = _params(lane, group_id, asset_id, change_note)
                return await self._resume(file, params, on_progress, on_trouble, checkpoint)
            send = partial(send_whole, self._connection, file, on_progress or _ignore, lane)
            job = await self._connection.backoff.persist(send, _nothing_was_taken)
            await checkpoint.save(Mark(job.id))
            return job

    async def upload_resumable(
        self,
        content: Path | BinaryIO | AsyncIterable[bytes],
        *,
        filename: str | None = None,
        size: int | None = None,
        on_progress: Callable[[int], None] | None = None,
        on_trouble: Callable[[ClientError], None] | None = None,
        lane: Lane = "interactive",
        group_id: str | None = None,
        checkpoint: Checkpoint | None = None,
        asset_id: str | None = None,
        change_note: str = "",
    ) -> Job:
        """Send a file, the rest of an open file, or chunks of `size` bytes in all, and return the job.

        Slices of up to 64 MiB go in by tus, each with its SHA-256. Whatever may pass is waited for, and the upload goes
        on where the server says that it stands. `on_progress` hears how many bytes it has for good, `on_trouble` of
        each first failure in a row. A `checkpoint` lets another run of the program go on; the content must be the same.
        """
        async with source_of(content, filename, size) as source:
            params = _params(lane, group_id, asset_id, change_note)
            return await self._resume(source, params, on_progress, on_trouble, checkpoint or Nowhere())

    async def _resume(
        self,
        source: Source,
        params: dict[str, str],
        on_progress: Callable[[int], None] | None,
        on_trouble: Callable[[ClientError], None] | None,
        checkpoint: Checkpoint,
    ) -> Job:
        resuming = Resuming(self._connection, source, params, on_progress or _ignore, on_trouble or _ignore, checkpoint)
        return await self.job(await resuming.job_id())

    async def import_url(
        self,
        url: str,
        *,
        filename: str | None = None,
        sha256: str | None = None,
        lane: Lane = "interactive",
        group_id: str | None = None,
    ) -> Job:
        """Have the server fetch a file from a web address and return its job at once; `wait` for it as for any.

        The server goes on by itself, also when it is restarted in the middle. Without a `filename` the file is called
        as its own server says.
        """
        told = {"url": url, "filename": filename, "sha256": sha256, "lane": lane, "group_id": group_id}
        begin = partial(self._begin_import, {name: value for name, value in told.items() if value is not None})
        return await self.job(await self._connection.backoff.persist(begin, _nothing_was_taken))

    async def _begin_import(self, told: dict[str, str]) -> str:
        headers = {"Content-Type": "application/json"}
        content = json.dumps(told).encode()
        async with self._connection.answer("POST", "/uploads", headers=headers, content=content) as response:
            return Record("import", await json_object(response)).need("job_id", str)

    async def sent_before(self, path: Path, memory: Memory, group_id: str | None = None) -> Job | None:
        """Return the job of a file that an earlier run sent, if the server is at work on it or has its asset."""
        async with opened(path) as file:
            mark = await (await memory.checkpoint(self.origin, file, group_id)).load()
        if mark is None or mark.upload_id is not None:
            return None
        try:
            job = await self.job(mark.job_id)
            if job.complete and job.asset_id is not None and (await self.asset(job.asset_id)).trashed_at is not None:
                return None  # to send it again brings it back
        except Missing:
            return None
        return job if job.complete or not job.ended else None

    async def group(self, name: str) -> Group:
        """Return the newest group of this name, opened if there is none."""
        name = " ".join(name.split())
        async for record in self._items("/groups", "group", {}, 200):
            if (group := Group.of(record)).name == name:
                return group
        return await self._connection.backoff.persist(partial(self._open_group, name), _nothing_was_taken)

    async def _open_group(self, name: str) -> Group:
        headers = {"Content-Type": "application/json"}
        content = json.dumps({"name": name}).encode()
        async with self._connection.answer("POST", "/groups", headers=headers, content=content) as response:
            return Group.of(Record("group", await json_object(response)))

    async def job(self, job_id: str) -> Job:
        """Return one job with its steps."""
        return Job.of(Record("job", await self._connection.get(f"/jobs/{_segment(job_id)}")))

    async def jobs(self, *, statuses: Collection[str] = (), text: str = "") -> AsyncGenerator[Job, None]:
        """Yield the jobs, newest first, page after page."""
        async for record in self._items("/jobs", "job", {"status": ",".join(statuses), "q": text}, 100):
            yield Job.of(record)

    async def wait(self, job_id: str, timeout: float | None = None) -> Job:  # noqa: ASYNC109  part of the promise
        """Return the job once it has ended, well or not; raises StillRunning after `timeout` seconds.

        Follows the events and asks from time to time as well, so a lost stream costs seconds and not the answer.
        """
        with anyio.move_on_after(timeout):
            async with self.following() as following:
                return await following.ended(job_id)
        raise StillRunning(f"job {job_id} has not ended within {timeout:g} seconds")

    def following(self) -> AbstractAsyncContextManager[Following]:
        """Wait for many jobs at the cost of one stream."""
        return running(Following(self.job, self.events, partial(self._connection.backoff.sleep, self._poll)))

    def events(self, after: int | None = None) -> AsyncGenerator[Frame, None]:
        """Yield the live frames from behind `after` on, or from now on, through every reconnection.

        A gap shows as `{"kind": "offline", "detail": …}`; the frames behind it start with a "hello". Raises Unreachable
        if it never came to a connection, and what the server refuses with.
        """
        return frames(self._connection, after)

    async def asset(self, asset_id: str) -> Asset:
        """Return one asset with its versions."""
        return Asset.of(Record("asset", await self._connection.get(f"/assets/{_segment(asset_id)}")))

    async def entries(self, asset_id: str, text: str = "") -> AsyncGenerator[Entry, None]:
        """Yield what is inside a package."""
        async for record in self._items(f"/assets/{_segment(asset_id)}/entries", "entry", {"q": text}, 1000):
            yield Entry.of(record)

    async def download(
        self, asset_id: str, number: int, to: Path, on_progress: Callable[[int], None] | None = None
    ) -> Path:
        """Fetch the original bytes of a version into `to`, replacing it, and return the file.

        If `to` is a folder, the file in it gets the version's own name. Bytes wait in `<name>.part` until their SHA-256
        is proved; an interrupted download goes on from there.
        """
        version = _version(await self.asset(asset_id), number)
        if await to_thread.run_sync(to.is_dir):
            to /= _safe_name(version)
        path = f"/assets/{_segment(asset_id)}/versions/{number}/content"
        await Download(self._connection, path, version, on_progress or _ignore).into(to)
        return to

    async def _items(self, path: str, what: str, query: dict[str, str], limit: int) -> AsyncIterator[Record]:
        params = {key: value for key, value in query.items() if value} | {"limit": str(limit)}
        while True:
            page = Record("page", await self._connection.get(path, params))
            for record in page.records("items", what):
                yield record
            cursor = page.get("next_cursor", str)
            if not cursor:
                return
            if cursor == params.get("cursor"):
                raise NotUnderstood("the server's list goes round in a circle")
            params["cursor"] = cursor


def _nothing_was_taken(error: ClientError) -> bool:
    return isinstance(error, Unreachable) or (isinstance(error, Unavailable) and error.retry_after is not None)


def _params(lane: Lane, group_id: str | None, asset_id: str | None, change_note: str) -> dict[str, str]:
    told = {"group_id": group_id, "asset_id": asset_id, "change_note": change_note if asset_id else None}
    return {"lane": lane, **{name: value for name, value in told.items() if value}}


def _segment(ident: str) -> str:
    return quote(ident, safe="")


def _version(asset: Asset, number: int) -> Version:
    for version in asset.versions:
        if version.number == number:
            return version
    raise Missing(f"the asset has no version {number}", code="not_found", remedy="Ask for one that it has.")


def _safe_name(version: Version) -> str:
    try:
        return clean_filename(version.filename)
    except InvalidFilename as error:
        raise NotUnderstood(f"the server names the file so that it cannot be kept: {error}") from None
