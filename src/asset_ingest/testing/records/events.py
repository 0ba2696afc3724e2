from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.model.events import Fact
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import ANY_ORDER, AddStudio, InStudios, settled
from asset_ingest.testing.records.samples import Samples

DOING = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("abort"), st.integers(0, 2), st.integers(1, 4)),
        st.tuples(st.just("number"), st.just(0), st.integers(1, 5)),
    ),
    max_size=20,
)


class EventsContract(InStudios):
    async def test_a_fact_is_read_once_it_has_a_number(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        fact = ours.fact(data={"status": "ERROR", "progress": 40, "asset_id": None})
        await _commit(records, ours, fact)
        async with records.transaction(ours.id) as tx:
            assert await tx.events.after(0, 9) == []
            assert await tx.events.watermark() == 0
        assert await system.relay.number(9) == [replace(fact, seq=1)]
        async with records.transaction(ours.id) as tx:
            assert await tx.events.after(0, 9) == [replace(fact, seq=1)]
            assert await tx.events.watermark() == 1

    async def test_nobody_brings_a_number_along(self, records: Records, ours: Samples) -> None:
        await _commit(records, ours, ours.fact(seq=7))
        async with records.transaction(ours.id) as tx:
            assert await tx.events.after(0, 9) == []

    async def test_readers_go_on_where_they_were(self, records: Records, system: SystemRecords, ours: Samples) -> None:
        facts = [ours.fact() for _ in range(5)]
        await _commit(records, ours, *facts)
        await system.relay.number(9)
        async with records.transaction(ours.id) as tx:
            assert [fact.id for fact in await tx.events.after(1, 2)] == [facts[1].id, facts[2].id]
            assert [fact.seq for fact in await tx.events.after(3, 9)] == [4, 5]

    async def test_the_trail_is_read_backwards_of_one_subject_or_of_all(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        subject = ours.fact().subject_id
        facts = [
            ours.fact(remote="192.0.2.7", agent="curl/8", **({"subject_id": subject} if n % 2 else {}))
            for n in range(5)
        ]
        await _commit(records, theirs, theirs.fact(subject_id=subject))
        await _commit(records, ours, *facts)
        await system.relay.number(9)
        await _commit(records, ours, ours.fact(subject_id=subject))
        told = [replace(fact, seq=seq) for seq, fact in enumerate(facts, start=1)]
        async with records.transaction(ours.id) as tx:
            assert await tx.events.before(99, 9) == told[::-1]
            assert await tx.events.before(4, 2) == [told[2], told[1]]
            assert await tx.events.before(99, 9, subject) == [told[3], told[1]]
            assert await tx.events.before(4, 9, subject) == [told[1]]
            kind = told[0].type.partition(".")[0]
            assert await tx.events.before(99, 9, subject, kind) == [told[3], told[1]]
            assert await tx.events.before(99, 9, None, kind) == told[::-1]
            assert await tx.events.before(99, 9, subject, kind[:-1]) == []

    async def test_each_studio_counts_for_itself_and_sees_its_own(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        first, second, own = theirs.fact(), theirs.fact(), ours.fact()
        await _commit(records, theirs, first, second)
        await _commit(records, ours, own)
        numbered = await system.relay.number(9)
        assert [fact for fact in numbered if fact.studio_id == theirs.id] == [
            replace(first, seq=1),
            replace(second, seq=2),
        ]
        assert [fact for fact in numbered if fact.studio_id == ours.id] == [replace(own, seq=1)]
        async with records.transaction(ours.id) as tx:
            assert len(await tx.events.after(0, 9)) == 1
        assert await system.relay.number(9) == []

    async def test_a_batch_is_no_larger_than_asked_for(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        await _commit(records, ours, *(ours.fact() for _ in range(5)))
        batches = [await system.relay.number(2) for _ in range(4)]
        assert [[fact.seq for fact in batch] for batch in batches] == [[1, 2], [3, 4], [5], []]

    async def test_many_relays_and_writers_at_once_leave_no_gap_and_no_double(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        async def write(samples: Samples) -> None:
            for _ in range(5):
                await _commit(records, samples, samples.fact(), samples.fact())

        async def relay() -> None:
            for _ in range(8):
                await system.relay.number(3)

        await asyncio.gather(*(write(samples) for samples in (ours, theirs) * 2), *(relay() for _ in range(8)))
        while await system.relay.number(100):
            pass
        for samples in (ours, theirs):
            assert [fact.seq for fact in await _told(records, samples)] == list(range(1, 21))

    @ANY_ORDER
    @given(doing=DOING)
    async def test_whatever_the_order_numbers_are_gapless_and_keep_each_subjects_order(
        self,
        records: Records,
        system: SystemRecords,
        add_studio: AddStudio,
        doing: list[tuple[Literal["commit", "abort", "number"], int, int]],
    ) -> None:
        studios = [await settled(add_studio) for _ in range(3)]
        wanted: dict[int, list[Fact]] = {0: [], 1: [], 2: []}
        for what, who, many in doing:
            facts = [studios[who].fact() for _ in range(many)]
            if what == "commit":
                await _commit(records, studios[who], *facts)
                wanted[who] += facts
            elif what == "abort":
                await _abort(records, studios[who], *facts)
            else:
                await system.relay.number(many)
        while await system.relay.number(100):
            pass
        for who, facts in wanted.items():
            assert await _told(records, studios[who]) == [
                replace(fact, seq=seq) for seq, fact in enumerate(facts, start=1)
            ]


async def _commit(records: Records, of: Samples, *facts: Fact) -> None:
    async with records.transaction(of.id) as tx:
        for fact in facts:
            await tx.events.add(fact)


async def _abort(records: Records, of: Samples, *facts: Fact) -> None:
    with suppress(ZeroDivisionError):
        async with records.transaction(of.id) as tx:
            for fact in facts:
                await tx.events.add(fact)
            raise ZeroDivisionError


async def _told(records: Records, of: Samples) -> list[Fact]:
    async with records.transaction(of.id) as tx:
        facts = await tx.events.after(0, 1000)
        assert await tx.events.watermark() == len(facts)
        return facts
