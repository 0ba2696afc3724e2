"""The files of a form, while its next ones are still on their way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace

import pytest
from anyio import wait_all_tasks_blocked
from tests.harness import Program

from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import IngestError, StoreFull
from asset_ingest.core.model.access import Principal
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.jobs import JobView
from asset_ingest.core.services.landing import SMALL
from asset_ingest.core.services.uploads import IncomingFile
from asset_ingest.entrypoints.web.acknowledging import Refusal
from asset_ingest.entrypoints.web.form import FormReader
from asset_ingest.entrypoints.web.form_files import FIELDS_TOGETHER, MOST_AHEAD, FormFiles, Outcome

END = b"\r\n--x--"
LARGE = bytes(3 * SMALL)


def head(name: str) -> bytes:
    return b'\r\n--x\r\nContent-Disposition: form-data; name=f; filename="%s"\r\n\r\n' % name.encode()


def part(name: str, content: bytes = b"x") -> bytes:
    return head(name) + content


class Objects(MemoryObjects):
    """Takes small files when it may, and none while something is `wrong`."""

    def __init__(self) -> None:
        super().__init__(SystemClock())
        self.may = asyncio.Event()
        self.may.set()
        self.wrong: IngestError | None = None

    async def put_all(self, objects: Mapping[str, bytes]) -> None:
        await self.may.wait()
        if self.wrong:
            raise self.wrong
        await super().put_all(objects)


class Sender:
    """A client that sends a form piece by piece; it waits where a piece is an event."""

    def __init__(self, *pieces: bytes | asyncio.Event) -> None:
        self._pieces = pieces
        self.sent = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.sent += 1
            if isinstance(piece, bytes):
                yield piece
            else:
                await piece.wait()


@dataclass(frozen=True, slots=True)
class Place:
    """A program that takes in forms, and whoever sends them."""

    program: Program
    store: Objects
    who: Principal

    def received(self, sender: Sender) -> AsyncGenerator[list[Outcome]]:
        form = FormReader(sender.chunks(), b"x")
        return FormFiles(self.program.app.uploads, self.who, IncomingFile("")).received(form)

    async def told(self, sender: Sender) -> list[str | None]:
        """Return what the client hears of each file, in order: its name, or what is wrong."""
        outcomes = [outcome async for together in self.received(sender) for outcome in together]
        return [each.problem.code if isinstance(each, Refusal) else each.original_filename for each in outcomes]

    async def jobs(self) -> dict[str, str]:
        page = await self.program.app.jobs.page(self.who, JobQuery(limit=1000))
        return {job.original_filename: job.status for job in page.items}


@pytest.fixture
async def place() -> Place:
    store = Objects()
    program = Program(replace(memory_ports(), store=store))
    return Place(program, store, await program.found())


def names(outcomes: list[Outcome]) -> list[str]:
    assert all(isinstance(each, JobView) for each in outcomes), outcomes
    return [each.original_filename for each in outcomes if isinstance(each, JobView)]


async def test_each_is_told_of_in_the_order_it_was_sent(place: Place) -> None:
    files = [part("a"), part("large", LARGE), part("b"), part(".."), part("empty", b""), part("c"), part("l", LARGE)]
    told = ["a", "large", "b", "invalid_filename", "empty_file", "c", "l"]
    assert await place.told(Sender(*files, END)) == told
    assert await place.told(Sender(b"".join(files) + END)) == told


async def test_fields_and_wrong_parts_between_them_change_nothing_for_those_before(place: Place) -> None:
    field, wrong = b"\r\n--x\r\nContent-Disposition: form-data; name=f\r\n\r\nvalue", b"\r\n--x\r\nno header\r\n\r\n"
    files = part("a") + field + part("b") + part("c") + field + wrong + part("never")
    assert await place.told(Sender(files, END)) == ["a", "b", "c", "invalid_request"]


async def test_fields_are_not_ignored_for_ever(place: Place) -> None:
    field = b"\r\n--x\r\nContent-Disposition: form-data; name=f\r\n\r\n" + bytes(FIELDS_TOGETHER // 8)
    told = await place.told(Sender(*([part("a") + field + part("b")] * 10), END))
    assert told == ["a", "b"] * 8 + ["a", "invalid_request"]


@pytest.mark.parametrize("size", [SMALL - 1, SMALL, SMALL + 1])
async def test_one_about_as_large_as_a_small_one_may_be_arrives_whole(place: Place, size: int) -> None:
    assert await place.told(Sender(part("a"), part("b", bytes(size)), part("c"), END)) == ["a", "b", "c"]
    sizes = [found.size async for found in place.store.list("studios/")]
    assert sorted(sizes) == [1, 1, size]


@pytest.mark.parametrize("behind", [b"", b"the first bytes of it", LARGE])
async def test_the_first_is_acknowledged_while_the_next_one_is_sent(place: Place, behind: bytes) -> None:
    go_on = asyncio.Event()
    async with aclosing(place.received(Sender(part("a"), part("b", behind), go_on, b"!", END))) as told:
        assert names(await anext(told)) == ["a"]
        assert (await place.jobs())["a"] == "QUEUED"
        go_on.set()
        assert names(await anext(told)) == ["b"]


async def test_those_that_have_landed_together_are_told_of_together(place: Place) -> None:
    sent = [str(number) for number in range(MOST_AHEAD)]
    place.store.may.clear()
    async with aclosing(place.received(Sender(b"".join(map(part, sent)), END))) as told:
        first = asyncio.ensure_future(anext(told))
        await wait_all_tasks_blocked()
        place.store.may.set()
        assert len(names(await first)) > 1


async def test_reading_ahead_has_an_end(place: Place) -> None:
    sender = Sender(*(part(str(number)) for number in range(5 * MOST_AHEAD)), END)
    place.store.may.clear()
    reading = asyncio.create_task(place.told(sender))
    await wait_all_tasks_blocked()
    assert MOST_AHEAD <= sender.sent <= MOST_AHEAD + 3
    place.store.may.set()
    assert await reading == [str(number) for number in range(5 * MOST_AHEAD)]


async def test_what_no_other_file_would_survive_ends_the_reading(place: Place) -> None:
    place.store.wrong = StoreFull()
    sender = Sender(part("a"), *(part(str(number)) for number in range(10 * MOST_AHEAD)), END)
    told = await place.told(sender)
    assert set(told) == {"store_full"}
    assert len(told) <= MOST_AHEAD + 1
    assert sender.sent <= MOST_AHEAD + 3
    assert await place.jobs() == {}


async def test_nothing_is_left_running_when_the_client_hangs_up_in_a_large_file(place: Place) -> None:
    sender = Sender(part("a"), part("large", LARGE), asyncio.Event())
    told = place.received(sender)
    assert names(await anext(told)) == ["a"]
    await wait_all_tasks_blocked()
    await told.aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert await place.jobs() == {"a": "QUEUED", "large": "ERROR"}
    assert [found.size async for found in place.store.list("studios/")] == [1]


async def test_small_files_that_are_being_stored_when_the_client_hangs_up_are_kept_or_gone(place: Place) -> None:
    go_on = asyncio.Event()
    told = place.received(Sender(part("a"), head("b"), go_on, b"x" + part("c") + head("cut off"), asyncio.Event()))
    assert names(await anext(told)) == ["a"]
    place.store.may.clear()
    go_on.set()
    await wait_all_tasks_blocked()
    hanging_up = asyncio.create_task(told.aclose())
    await wait_all_tasks_blocked()
    assert not hanging_up.done()  # others may wait for the same call
    place.store.may.set()
    await hanging_up
    assert asyncio.all_tasks() == {asyncio.current_task()}
    kept = await place.jobs()
    assert kept.pop("a") == "QUEUED"
    assert "cut off" not in kept
    await place.program.app.upkeep.sweeper.once()
    assert len([found async for found in place.store.list("studios/")]) == 1 + len(kept)
