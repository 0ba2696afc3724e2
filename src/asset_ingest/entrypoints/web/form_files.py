"""The files of a form: small ones are taken in while those behind them are still being read."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import anyio

from asset_ingest.core.errors import Cancelled, EmptyFile, IngestError, InvalidFilename, InvalidRequest
from asset_ingest.core.model.access import Principal
from asset_ingest.core.services.jobs import JobView
from asset_ingest.core.services.landing import SMALL
from asset_ingest.core.services.uploads import IncomingFile, Uploads
from asset_ingest.entrypoints.web.acknowledging import Refusal
from asset_ingest.entrypoints.web.disposition import form_filename_in
from asset_ingest.entrypoints.web.errors import problem_of
from asset_ingest.entrypoints.web.form import FormReader

FIELDS_TOGETHER: Final = 1 << 20
"""Bytes of a form's fields that are no files; they are ignored, but not for ever."""
MOST_AHEAD: Final = 100
BYTES_AHEAD: Final = 1 << 20
"""Of files whose end is still to be told: what lands together costs less, and many forms hold this much each."""

ONE_FILE_ONLY = (Cancelled, EmptyFile, InvalidFilename)
"""Refusals after which the next file of a form is worth reading."""

Outcome = JobView | Refusal
Receive = Callable[[], Awaitable[list[Outcome]]]


@dataclass(frozen=True, slots=True)
class _Receiving:
    """Files on their way together, how many, and the bytes that they hold meanwhile."""

    task: asyncio.Task[list[Outcome]]
    scope: anyio.CancelScope
    files: int
    held: int


class Ahead:
    """Files being received while the next ones are read, in their order: at most MOST_AHEAD and BYTES_AHEAD."""

    def __init__(self) -> None:
        self._line: deque[_Receiving] = deque()
        self._files = self._held = 0
        self._room, self._news = asyncio.Event(), asyncio.Event()
        self._is_all = False

    async def begin(self, receive: Receive, files: int, held: int) -> asyncio.Task[list[Outcome]]:
        """Receive so many more, which hold so many bytes; waits while there are many."""
        while self._files >= MOST_AHEAD or self._held > BYTES_AHEAD:
            self._room.clear()
            await self._room.wait()
        scope = anyio.CancelScope()
        receiving = _Receiving(asyncio.create_task(_within(scope, receive)), scope, files, held)
        self._line.append(receiving)
        self._files += files
        self._held += held
        self._news.set()
        return receiving.task

    def close(self) -> None:
        """Say that there will be no more."""
        self._is_all = True
        self._news.set()

    async def ended(self) -> list[Outcome]:
        """Wait for the first file; return its outcome and those of all behind it that have ended, none at the end."""
        while not self._line and not self._is_all:
            self._news.clear()
            await self._news.wait()
        outcomes: list[Outcome] = []
        while self._line and (not outcomes or self._line[0].task.done()):
            first = self._line[0]
            if not first.task.done():  # else more could begin while we wait, and the telling never would
                await asyncio.wait([first.task])  # whoever stops waiting does not end it
            outcomes += first.task.result()
            self._line.popleft()
            self._files -= first.files
            self._held -= first.held
            self._room.set()
        return outcomes

    async def stop(self) -> None:
        """Leave nothing running: nobody will hear of what is still under way.

        By their scopes, since one of them may just be writing the files of other clients, which is shielded.
        """
        for receiving in self._line:
            receiving.scope.cancel()
        await asyncio.gather(*(receiving.task for receiving in self._line), return_exceptions=True)


async def _within(scope: anyio.CancelScope, receive: Receive) -> list[Outcome]:
    with scope:
        return await receive()
    return []


@dataclass(frozen=True, slots=True)
class FormFiles:
    """Takes in the files of a form for somebody; each is received like `pattern`, under its own name."""

    uploads: Uploads
    who: Principal
    pattern: IncomingFile

    async def received(self, form: FormReader) -> AsyncGenerator[list[Outcome]]:
        """Yield how the files ended, in their order, and together those that have ended by then.

        Where the form breaks, what landed before stays acknowledged.
        """
        ahead = Ahead()
        reading = asyncio.create_task(self._read(form, ahead))
        landed = 0
        try:
            while outcomes := await ahead.ended():
                landed += len(outcomes)
                yield outcomes
                if any(isinstance(each, Refusal) and not isinstance(each.reason, ONE_FILE_ONLY) for each in outcomes):
                    return
            if broken := await reading:
                if not landed:
                    raise broken
                yield [self._refusal(None, broken)]
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            await ahead.stop()

    async def _read(self, form: FormReader, ahead: Ahead) -> IngestError | None:
        """Begin to receive each file as it comes; return what is wrong with the form, if anything is."""
        files = ignored = 0
        try:
            while (head := await form.next_part()) is not None:
                filename = form_filename_in(head.get("content-disposition", ""))
                if filename is None:
                    ignored += await _skipped(form, FIELDS_TOGETHER - ignored)
                    continue
                files += 1
                content = await form.small_body(SMALL)
                if content is None:
                    receiving = await ahead.begin(partial(self._receive, filename, form), 1, 0)
                    await asyncio.wait([receiving])  # it reads the form itself
                else:
                    await self._begin_small(form, ahead, [(filename, content)])
        except IngestError as error:
            return error
        else:
            return None if files else InvalidRequest("the form holds no file")
        finally:
            ahead.close()

    async def _begin_small(self, form: FormReader, ahead: Ahead, small: list[tuple[str, bytes]]) -> None:
        """Begin to receive a small file, together with those behind it that the same reading has brought."""
        try:
            for head, content in form.parts_here(SMALL):
                filename = form_filename_in(head.get("content-disposition", ""))
                if filename is None or len(small) == MOST_AHEAD:
                    break
                small.append((filename, content))
        finally:  # what is wrong behind them is no fault of theirs
            held = sum(len(content) for _, content in small)
            _ = await ahead.begin(partial(self._receive_small, small), len(small), held)

    async def _receive_small(self, small: list[tuple[str, bytes]]) -> list[Outcome]:
        files = [(replace(self.pattern, filename=filename), content) for filename, content in small]
        landed = await self.uploads.receive_together(self.who, files)
        return [self._outcome(filename, each) for (filename, _), each in zip(small, landed, strict=True)]

    async def _receive(self, filename: str, form: FormReader) -> list[Outcome]:
        try:
            return [await self.uploads.receive(self.who, replace(self.pattern, filename=filename), form.body())]
        except IngestError as error:
            return [self._refusal(filename, error)]

    def _outcome(self, filename: str, landed: JobView | Exception) -> Outcome:
        if isinstance(landed, IngestError):
            return self._refusal(filename, landed)
        if isinstance(landed, Exception):
            raise landed
        return landed

    def _refusal(self, filename: str | None, error: IngestError) -> Refusal:
        return Refusal(filename, problem_of(error, self.who.correlation_id), error)


async def _skipped(form: FormReader, most: int) -> int:
    size = 0
    async for chunk in form.body():
        size += len(chunk)
        if size > most:
            raise InvalidRequest("the form's fields that are no files are too long")
    return size
