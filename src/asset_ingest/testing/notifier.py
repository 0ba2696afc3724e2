"""What every Notifier and Audience promises.

Subclasses bring the fixture `notifier`, or `audience` whose seats hold less than `PLENTY` frames.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

import anyio

from asset_ingest.core.model.ids import AssetId, JobId, MemberId, StudioId
from asset_ingest.core.model.presence import NAME_AT_MOST, PEOPLE_AT_MOST, Person
from asset_ingest.core.ports.notifier import (
    Audience,
    FactsNumbered,
    Frame,
    Looking,
    Notice,
    Notifier,
    Progressed,
    RightsChanged,
    Told,
    WorkCommitted,
)

STUDIO, OTHER = StudioId(UUID(int=1)), StudioId(UUID(int=2))
JOB = JobId(UUID(int=3))
ASSET, MEMBER, PROCESS = AssetId(UUID(int=4)), MemberId(UUID(int=5)), UUID(int=6)
PLENTY = 5000


class NotifierContract:
    async def test_every_kind_of_notice_arrives_as_it_was_sent(self, notifier: Notifier) -> None:
        sent: list[Notice] = [
            WorkCommitted(),
            FactsNumbered(STUDIO, 7),
            Progressed(STUDIO, JOB, 40, "unity.unpack"),
            RightsChanged(STUDIO, MEMBER),
            Looking(STUDIO, ASSET, PROCESS, (Person(MEMBER, 'Žofie "Zed" \\ O\'Hara'),)),
            Looking(STUDIO, ASSET, PROCESS, ()),
        ]
        async with notifier.follow() as notices:
            for notice in sent:
                await notifier.publish(notice)
            assert [await anext(notices) for _ in sent] == sent

    async def test_a_step_may_be_left_unsaid(self, notifier: Notifier) -> None:
        async with notifier.follow() as notices:
            await notifier.publish(Progressed(STUDIO, JOB, 100))
            assert await anext(notices) == Progressed(STUDIO, JOB, 100, None)

    async def test_a_crowd_with_long_names_fits_into_one_notice(self, notifier: Notifier) -> None:
        name = "\U0001f3a8" * NAME_AT_MOST
        crowd = tuple(Person(MemberId(UUID(int=2**127 + n)), name) for n in range(PEOPLE_AT_MOST))
        async with notifier.follow() as notices:
            await notifier.publish(Looking(STUDIO, ASSET, PROCESS, crowd))
            assert await anext(notices) == Looking(STUDIO, ASSET, PROCESS, crowd)

    async def test_every_follower_hears_every_notice(self, notifier: Notifier) -> None:
        async with notifier.follow() as one, notifier.follow() as two:
            await notifier.publish(FactsNumbered(STUDIO, 1))
            assert await anext(one) == await anext(two) == FactsNumbered(STUDIO, 1)

    async def test_what_was_published_before_entering_is_not_heard(self, notifier: Notifier) -> None:
        await notifier.publish(FactsNumbered(STUDIO, 1))
        async with notifier.follow() as notices:
            await notifier.publish(FactsNumbered(STUDIO, 2))
            assert await anext(notices) == FactsNumbered(STUDIO, 2)

    async def test_publishing_to_nobody_is_no_error(self, notifier: Notifier) -> None:
        await notifier.publish(WorkCommitted())

    async def test_a_follower_that_leaves_does_not_disturb_the_others(self, notifier: Notifier) -> None:
        async with notifier.follow() as stays:
            async with notifier.follow():
                pass
            await notifier.publish(WorkCommitted())
            assert await anext(stays) == WorkCommitted()

    async def test_one_who_falls_behind_never_misses_the_newest(self, notifier: Notifier) -> None:
        async with notifier.follow() as notices:
            for number in range(1, PLENTY + 1):
                await notifier.publish(FactsNumbered(STUDIO, number))
            heard = [await anext(notices)]
            while heard[-1] != FactsNumbered(STUDIO, PLENTY):
                heard.append(await anext(notices))
        numbers = [notice.upto for notice in heard if isinstance(notice, FactsNumbered)]
        assert numbers == sorted(set(numbers))

    async def test_waiting_can_be_cancelled_and_begun_again(self, notifier: Notifier) -> None:
        async with notifier.follow() as notices:
            with anyio.move_on_after(0):
                await anext(notices)
            await notifier.publish(WorkCommitted())
            assert await anext(notices) == WorkCommitted()


class Taken(list[Told]):
    """A short way that takes everything."""

    def __call__(self, told: Told) -> bool:
        self.append(told)
        return True


class AudienceContract:
    async def test_a_seat_takes_a_frame_that_is_for_it_alone(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as mine, audience.seat(STUDIO) as theirs:
            assert mine.hear(Frame(None, "presence", "mine"))
            audience.tell(STUDIO, Frame(1, "fact", "ours"))
            assert [(await anext(mine)).text for _ in range(2)] == ["mine", "ours"]
            assert (await anext(theirs)).text == "ours"

    async def test_a_seat_hears_its_studio_in_order(self, audience: Audience) -> None:
        sent = [Frame(1, "fact", "one"), Frame(2, "fact", "two"), Frame(None, "progress", "{}")]
        async with audience.seat(STUDIO) as frames:
            for frame in sent:
                audience.tell(STUDIO, frame)
            assert [await anext(frames) for _ in sent] == sent

    async def test_a_waiting_seat_wakes(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as frames:
            waiting = asyncio.ensure_future(anext(frames))
            await asyncio.sleep(0)
            audience.tell(STUDIO, Frame(1, "fact", "one"))
            assert await waiting == Frame(1, "fact", "one")

    async def test_all_seats_of_a_studio_hear_the_same(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as one, audience.seat(STUDIO) as two:
            audience.tell(STUDIO, Frame(1, "fact", "one"))
            assert await anext(one) is await anext(two)

    async def test_no_studio_hears_another(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as mine, audience.seat(OTHER) as theirs:
            audience.tell(OTHER, Frame(1, "fact", "secret"))
            audience.tell(STUDIO, Frame(1, "fact", "mine"))
            assert (await anext(mine)).text == "mine"
            assert (await anext(theirs)).text == "secret"

    async def test_what_was_told_before_is_not_heard(self, audience: Audience) -> None:
        audience.tell(STUDIO, Frame(1, "fact", "before"))
        async with audience.seat(STUDIO) as frames:
            audience.tell(STUDIO, Frame(2, "fact", "after"))
            assert (await anext(frames)).text == "after"

    async def test_one_too_slow_to_keep_up_is_dropped(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as slow:
            for number in range(PLENTY):
                audience.tell(STUDIO, Frame(number, "fact", "x"))
            heard = [frame async for frame in slow]
            assert len(heard) < PLENTY

    async def test_a_slow_one_does_not_harm_a_quick_one(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as slow, audience.seat(STUDIO) as quick:
            for number in range(PLENTY):
                audience.tell(STUDIO, Frame(number, "fact", "x"))
                assert (await anext(quick)).seq == number
            assert len([frame async for frame in slow]) < PLENTY

    async def test_a_dropped_seat_leaves_the_room(self, audience: Audience) -> None:
        async with audience.seat(STUDIO):
            for number in range(PLENTY):
                audience.tell(STUDIO, Frame(number, "fact", "x"))
            assert audience.studios() == frozenset()

    async def test_what_comes_while_one_waits_goes_the_short_way_together(self, audience: Audience) -> None:
        sent, taken = [Frame(1, "fact", "one"), Frame(2, "fact", "two")], Taken()
        async with audience.seat(STUDIO, taken) as frames:
            waiting = asyncio.ensure_future(anext(frames))
            await asyncio.sleep(0)
            for frame in sent:
                audience.tell(STUDIO, frame)
            await asyncio.sleep(0)
            assert [list(told.frames) for told in taken] == [sent]
            waiting.cancel()

    async def test_nothing_overtakes_what_the_short_way_did_not_take(self, audience: Audience) -> None:
        refusals, taken = [True, False], Taken()
        async with audience.seat(STUDIO, lambda told: not refusals.pop() and taken(told)) as frames:
            waiting = asyncio.ensure_future(anext(frames))
            await asyncio.sleep(0)
            for number in (1, 2, 3):
                audience.tell(STUDIO, Frame(number, "fact", "x"))
                await asyncio.sleep(0)
            assert [told.upto for told in taken] == [1]
            assert [(await waiting).seq, (await anext(frames)).seq] == [2, 3]

    async def test_one_who_does_not_wait_is_offered_no_short_way(self, audience: Audience) -> None:
        taken = Taken()
        async with audience.seat(STUDIO, taken) as frames:
            audience.tell(STUDIO, Frame(1, "fact", "one"))
            await asyncio.sleep(0)
            assert (await anext(frames)).seq == 1
        assert taken == []

    async def test_studios_are_those_with_somebody_seated(self, audience: Audience) -> None:
        assert audience.studios() == frozenset()
        async with audience.seat(STUDIO):
            async with audience.seat(OTHER), audience.seat(OTHER):
                assert audience.studios() == {STUDIO, OTHER}
            assert audience.studios() == {STUDIO}
        assert audience.studios() == frozenset()

    async def test_a_seat_that_was_left_has_nothing_more(self, audience: Audience) -> None:
        async with audience.seat(STUDIO) as frames:
            audience.tell(STUDIO, Frame(1, "fact", "one"))
        audience.tell(STUDIO, Frame(2, "fact", "two"))
        assert [frame async for frame in frames] == []
