"""The files of a form: small ones are taken in while those behind them are still being read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from dataclasses import dataclass, replace
from typing import Final

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
MOST_AHEAD: Final = 64
"""Files whose end is still to be told: 4 MiB of small ones."""

ONE_FILE_ONLY = (Cancelled, EmptyFile, InvalidFilename)
"""Refusals after which the next file of a form is worth reading."""

Outcome = JobView | Refusal


@dataclass(frozen=True, slots=True)
class FormFiles:
    """Takes in the files of a form for somebody; each is received like `pattern`, under its own name."""

    uploads: Uploads
    who: Principal
    pattern: IncomingFile

    async def received(self, form: FormReader) -> AsyncGenerator[Outcome]:
        """Yield how each file ended, in their order. Where the form breaks, what landed before stays acknowledged."""
        ahead: asyncio.Queue[asyncio.Task[Outcome] | None] = asyncio.Queue(MOST_AHEAD)
        reading = asyncio.create_task(self._read(form, ahead))
        landed = 0
        try:
            while (receiving := await ahead.get()) is not None:
                outcome = await receiving
                landed += 1
                yield outcome
                if isinstance(outcome, Refusal) and not isinstance(outcome.reason, ONE_FILE_ONLY):
                    return
            if broken := await reading:
                if not landed:
                    raise broken
                yield self._refusal(None, broken)
        finally:
            await _ended(reading, ahead)

    async def _read(self, form: FormReader, ahead: asyncio.Queue[asyncio.Task[Outcome] | None]) -> IngestError | None:
        """Begin to receive each file as it comes; return what is wrong with the form, if anything is."""
        files = ignored = 0
        broken: IngestError | None = None
        try:
            while (head := await form.next_part()) is not None:
                filename = form_filename_in(head.get("content-disposition", ""))
                if filename is None:
                    ignored += await _skipped(form, FIELDS_TOGETHER - ignored)
                    continue
                files += 1
                content = await form.small_body(SMALL)
                receiving = asyncio.create_task(self._receive(filename, form, content))
                await ahead.put(receiving)
                if content is None:  # it reads the form itself
                    await asyncio.wait([receiving])
            if not files:
                broken = InvalidRequest("the form holds no file")
        except IngestError as error:
            broken = error
        await ahead.put(None)
        return broken

    async def _receive(self, filename: str, form: FormReader, content: bytes | None) -> Outcome:
        file = replace(self.pattern, filename=filename)
        receiving: Awaitable[JobView] = (
            self.uploads.receive(self.who, file, form.body())
            if content is None
            else self.uploads.receive_whole(self.who, file, content)
        )
        try:
            return await receiving
        except IngestError as error:
            return self._refusal(filename, error)

    def _refusal(self, filename: str | None, error: IngestError) -> Refusal:
        return Refusal(filename, problem_of(error, self.who.correlation_id), error)


async def _skipped(form: FormReader, most: int) -> int:
    size = 0
    async for chunk in form.body():
        size += len(chunk)
        if size > most:
            raise InvalidRequest("the form's fields that are no files are too long")
    return size


async def _ended(reading: asyncio.Task[IngestError | None], ahead: asyncio.Queue[asyncio.Task[Outcome] | None]) -> None:
    """Leave nothing running: nobody will hear of what is still under way."""
    running: list[asyncio.Task[object]] = [reading]
    reading.cancel()
    while not ahead.empty():
        if task := ahead.get_nowait():
            task.cancel()
            running.append(task)
    await asyncio.gather(*running, return_exceptions=True)
