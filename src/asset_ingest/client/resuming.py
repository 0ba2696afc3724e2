"""A large file into the server, slice after slice, through whatever happens to the connection."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, Protocol

import anyio
from anyio import to_thread

from asset_ingest.client.backoff import may_pass
from asset_ingest.client.connection import Connection
from asset_ingest.client.errors import ClientError, FileChanged, Missing, NotUnderstood, Refused
from asset_ingest.client.record import Record
from asset_ingest.client.sending import MIB
from asset_ingest.client.slices import Slices
from asset_ingest.client.sources import Source
from asset_ingest.client.tus import STILL_FINISHING, Mark, Tus
from asset_ingest.client.views import Job
from asset_ingest.core.model.jobs import JobStatus

PATIENCE: Final = 2
"""Failures in a row are borne so many times as often as elsewhere: a server's restart has to pass by."""
FINISHING_LOOKS: Final = 100
"""How often we ask for an upload that the server still finishes; with its own waiting that is a quarter of an hour."""

CHECKSUM_DIFFERS: Final = 460

_PASSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, STILL_FINISHING, CHECKSUM_DIFFERS})
_STAYS = frozenset({HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, HTTPStatus.INSUFFICIENT_STORAGE})


class Checkpoint(Protocol):
    """Where one file's mark is kept between runs of a program."""

    @abstractmethod
    async def load(self) -> Mark | None:
        """Return the mark that an earlier run left."""

    @abstractmethod
    async def save(self, mark: Mark) -> None:
        """Keep the mark, in place of an older one."""

    @abstractmethod
    async def forget(self) -> None:
        """Keep none."""


class Nowhere(Checkpoint):
    """Keeps nothing."""

    async def load(self) -> Mark | None:
        return None

    async def save(self, mark: Mark) -> None:  # noqa: ARG002  it is the port's
        return

    async def forget(self) -> None:
        return


@dataclass(slots=True)
class Resuming:
    """One file on its way.

    `on_progress` hears how many bytes the server has for good, `on_trouble` of each first failure in a row.
    """

    connection: Connection
    source: Source
    params: Mapping[str, str]
    on_progress: Callable[[int], None]
    on_trouble: Callable[[ClientError], None]
    checkpoint: Checkpoint
    _slices: Slices = field(init=False)
    _failures: int = 0
    _looks: int = 0
    _reached: int = 0

    def __post_init__(self) -> None:
        self._slices = Slices(self.source.largest_slice)

    async def job_id(self) -> str:
        """Send what is missing and return the id of the file's job.

        Where the server no longer knows the upload it is begun anew, once; not if a person stopped it meanwhile.
        """
        mark = await self.checkpoint.load()
        if mark is not None and mark.upload_id is not None:
            with suppress(Missing):
                return await self._sent(mark, None)
            return await self._sent(await self._open(), 0)
        mark = await self._open()
        try:
            return await self._sent(mark, 0)
        except Missing as gone:
            await self._refuse_if_stopped(mark.job_id, gone)
        return await self._sent(await self._open(), 0)

    async def _open(self) -> Mark:
        async def once() -> Mark:
            return await Tus(self.connection).open(self.source.name, self.source.size, self.params)

        mark = await self.connection.backoff.persist(once)
        await self.checkpoint.save(mark)
        self._reached = 0
        return mark

    async def _sent(self, mark: Mark, offset: int | None) -> str:
        upload_id = mark.upload_id or ""
        try:
            await self._send(upload_id, offset)
        except FileChanged:
            await self._give_up(upload_id)
            raise
        await self.checkpoint.save(Mark(mark.job_id))
        return mark.job_id

    async def _send(self, upload_id: str, offset: int | None) -> None:
        """Send slices until the server has all; after each failure ask where to go on, for only it knows."""
        size = self.source.size
        if offset is not None:
            self._acknowledged(offset)
        while offset is None or offset < size:
            try:
                if offset is None:
                    offset = await Tus(self.connection).stands(upload_id, size)
                else:
                    offset = await self._append(upload_id, offset)
            except ClientError as error:
                await self._bear(error)
                offset = None
            else:
                self._acknowledged(offset)

    async def _append(self, upload_id: str, offset: int) -> int:
        began = anyio.current_time()
        end = self._slices.end(offset, self.source.size)
        sha256 = await self._sha256(offset, end)
        reached = await Tus(self.connection).append(
            upload_id, self.source.size, offset, end - offset, sha256, self._chunks(offset, end)
        )
        if reached != end:
            raise NotUnderstood("the server took another number of bytes than it was sent")
        self._slices.passed(anyio.current_time() - began)
        return reached

    async def _sha256(self, start: int, end: int) -> bytes:
        digest = hashlib.sha256()
        while start < end:
            chunk = await self.source.read(start, min(MIB, end - start))
            await to_thread.run_sync(digest.update, chunk)
            start += len(chunk)
        return digest.digest()

    async def _chunks(self, start: int, end: int) -> AsyncIterator[bytes]:
        """Yield a slice; its last chunk is withheld if the file has changed, and then none of it counts."""
        while start < end:
            chunk = await self.source.read(start, min(MIB, end - start))
            start += len(chunk)
            if start == end:
                await self.source.check()
            yield chunk

    def _acknowledged(self, offset: int) -> None:
        if offset > self._reached:
            self._failures = self._looks = 0
        self._reached = offset
        self.source.release(offset)
        self.on_progress(offset)

    async def _bear(self, error: ClientError) -> None:
        """Wait after a failure that may pass; raise any other, and those that do not pass."""
        if error.status == STILL_FINISHING and self._looks < FINISHING_LOOKS:
            self._looks += 1
            await self.connection.backoff.rest(1, error.retry_after)
            return
        self._failures += 1
        if not _passes(error) or self._failures >= PATIENCE * self.connection.backoff.attempts:
            raise error
        self._slices.broke()
        if self._failures == 1:
            self.on_trouble(error)
        await self.connection.backoff.rest(self._failures, error.retry_after)

    async def _refuse_if_stopped(self, job_id: str, gone: Missing) -> None:
        try:
            job = Job.of(Record("job", await self.connection.get(f"/jobs/{job_id}")))
        except Missing:
            return
        if job.status == JobStatus.CANCELLED:
            await self.checkpoint.forget()
            raise Refused("the upload was stopped at the server", code="cancelled", status=gone.status) from gone

    async def _give_up(self, upload_id: str) -> None:
        await self.checkpoint.forget()
        with suppress(ClientError):  # then it expires by itself
            await Tus(self.connection).give_up(upload_id)


def _passes(error: ClientError) -> bool:
    status = error.status or 0
    return may_pass(error) or status in _PASSES or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _STAYS)
