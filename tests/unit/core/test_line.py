"""The short way and the long one together: each fact once and in order, however the two take turns."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness import Program

from asset_ingest.adapters.notifier.websockets import Hub
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.model.access import Action, Principal, Role
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.notifier import Frame, Told
from asset_ingest.core.services.frames import rights_frame
from asset_ingest.core.services.line import Line
from asset_ingest.core.services.listening import Listener


def told(*numbers: int | None) -> Told:
    return Told([Frame(number, "progress" if number is None else "fact", str(number)) for number in numbers])


WHO = Principal(StudioId(UUID(int=1)), MemberId(UUID(int=2)), "somebody", Role.ARTIST, "test")


async def ask() -> Principal:
    return WHO


def an_artist() -> Listener:
    return Listener(WHO, ask)


@pytest.mark.parametrize("numbers", [(4,), (4, 5), (4, None, 5), (None, 4)])
def test_what_is_next_goes_the_short_way(numbers: Sequence[int | None]) -> None:
    line = Line(an_artist(), lambda _: True, seen=3)
    assert line.take(told(*numbers))
    assert line.seen == max(number for number in numbers if number)


@pytest.mark.parametrize("numbers", [(5,), (3,), (4, 6), (4, 5, 4, 5), (5, 4), (4, 4)])
def test_what_is_not_goes_the_long_one(numbers: Sequence[int]) -> None:
    line = Line(an_artist(), lambda _: True, seen=3)
    assert not line.take(told(*numbers))
    assert line.seen == 3


def test_what_was_refused_has_not_been_heard() -> None:
    line = Line(an_artist(), lambda _: False, seen=3)
    assert not line.take(told(4))
    assert not line.take(told(None))
    assert line.seen == 3


def test_what_may_not_be_heard_is_not_even_offered() -> None:
    offered: list[Told] = []

    def short(batch: Told) -> bool:
        offered.append(batch)
        return True

    open_to_all, for_admins = Frame(4, "fact", "4"), Frame(5, "fact", "5", Action.MANAGE_KEYS)
    about_me = Frame(5, "fact", "5", rights_of=WHO.member_id)
    line = Line(an_artist(), short, seen=3)
    for frames in [for_admins], [open_to_all, for_admins], [open_to_all, about_me], [about_me]:
        assert not line.take(Told(frames))
    assert (offered, line.seen) == ([], 3)


async def test_one_too_slow_to_be_told_to_ask_again_hears_nothing_until_it_does() -> None:
    listener, fact = an_artist(), Frame(1, "fact", "1")
    async with Hub(most=1).seat(WHO.studio_id) as seat:
        listener.sit(seat)
        listener.hear(Frame(None, "presence", "{}"))
        assert listener.may_hear(fact)
        listener.hear(rights_frame(WHO.member_id))
        assert not listener.may_hear(fact)
        await listener.ask_again()
        assert listener.may_hear(fact)


def test_without_a_short_way_all_go_the_long_one() -> None:
    assert not Line(an_artist(), None).take(told(1))


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=4)), st.lists(st.booleans(), min_size=9))
def test_the_short_way_never_skips_or_repeats(batches: list[list[int]], answers: list[bool]) -> None:
    heard: list[int | None] = []
    willing = iter(answers)

    def short(batch: Told) -> bool:
        if not next(willing, False):
            return False
        heard.extend(frame.seq for frame in batch.frames)
        return True

    line = Line(an_artist(), short)
    for batch in batches:
        line.take(told(*batch))
    assert heard == list(range(1, line.seen + 1))


def test_frames_are_encoded_once_for_all_who_ask_alike() -> None:
    batch = told(1, 2)

    def encode(frame: Frame) -> bytes:
        return frame.text.encode()

    assert batch.encoded(encode) == b"12"
    assert batch.encoded(encode) is batch.encoded(encode)
    assert batch.encoded(lambda frame: frame.text.encode() * 2) == b"1122"


@pytest.mark.parametrize("pattern", [[True], [False], [True, False], [False, True, True]])
async def test_a_listener_hears_each_fact_once_by_either_way(pattern: list[bool]) -> None:
    program = Program(memory_ports())
    who = await program.found()
    heard: list[int] = []
    offered = 0

    def short(batch: Told) -> bool:
        nonlocal offered
        offered += 1
        if pattern[offered % len(pattern)]:
            heard.extend(frame.seq for frame in batch.frames if frame.seq is not None)
            return True
        return False

    async def listen() -> None:
        async with aclosing(program.app.events.listen(Listener(who, ask), 0, short)) as frames:
            async for frame in frames:
                heard.extend([frame.seq] if frame.seq is not None else [])

    async def ask() -> Principal:
        return who

    listening = asyncio.create_task(listen())
    for name in ("a.txt", "b.txt", "c.txt"):
        await program.upload(who, name, name.encode())
        await program.app.upkeep.relay.once()
        async with program.ports.records.transaction(who.studio_id) as tx:
            upto = await tx.events.watermark()
        while len(heard) < upto:  # noqa: ASYNC110  the test has a time limit
            await asyncio.sleep(0)
    listening.cancel()
    await asyncio.wait([listening])
    assert heard == list(range(1, upto + 1))
    assert offered
