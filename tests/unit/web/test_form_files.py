"""The files of a form, beside those of other clients."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import anyio
from tests.harness import Program
from tests.slow_objects import SlowObjects

from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.services.uploads import IncomingFile
from asset_ingest.entrypoints.web.form import FormReader
from asset_ingest.entrypoints.web.form_files import FormFiles


async def _never_ending_form() -> AsyncIterator[bytes]:
    yield b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\none\r\n--x\r\n'
    await anyio.sleep_forever()


async def test_a_form_that_ends_while_it_writes_for_others_takes_none_of_them_along() -> None:
    store = SlowObjects()
    program = Program(replace(memory_ports(), store=store))
    who, uploads = await program.found(), program.app.uploads
    received = FormFiles(uploads, who, IncomingFile("")).received(FormReader(_never_ending_form(), b"x"))
    with anyio.fail_after(10):
        first = asyncio.create_task(uploads.receive_whole(who, IncomingFile("first"), b"zero"))
        await anyio.wait_all_tasks_blocked()
        outcome = asyncio.ensure_future(anext(received))
        await anyio.wait_all_tasks_blocked()
        other = asyncio.create_task(uploads.receive_whole(who, IncomingFile("other"), b"two"))
        await anyio.wait_all_tasks_blocked()
        store.let_in()
        await first
        await anyio.wait_all_tasks_blocked()
        assert store.came == [1, 2]  # the form's file and the other, by the form's hand
        outcome.cancel()
        await anyio.wait_all_tasks_blocked()
        store.let_in()
        job = await other
    assert (await program.app.jobs.get(who, job.id)).status is JobStatus.QUEUED
