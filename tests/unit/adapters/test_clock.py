from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from threading import Thread
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.clock.memory import CountingIds, ManualClock
from asset_ingest.adapters.clock.system import SystemClock, Uuid7
from asset_ingest.testing.clock import ClockContract, NewIdContract


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()


class TestManualClock(ClockContract):
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    def test_it_moves_when_it_is_told_to(self) -> None:
        clock = ManualClock(datetime(2030, 1, 1, tzinfo=UTC))
        clock.advance(timedelta(hours=2))
        assert clock.now() == datetime(2030, 1, 1, 2, tzinfo=UTC)


class TestUuid7(NewIdContract):
    @pytest.fixture
    def new_id(self) -> Uuid7:
        return Uuid7()

    def test_the_first_48_bits_are_unix_milliseconds(self) -> None:
        assert Uuid7(lambda: 0x017F22E279B0)().int >> 80 == 0x017F22E279B0

    @given(st.lists(st.integers(0, 1 << 47), min_size=2, max_size=50))
    def test_order_holds_whatever_the_machines_clock_does(self, moments: list[int]) -> None:
        ticks: Iterator[int] = chain(moments, repeat(0))
        new_id = Uuid7(lambda: next(ticks))
        made = [new_id() for _ in moments]
        assert made == sorted(set(made))

    def test_a_used_up_millisecond_borrows_from_the_next(self) -> None:
        new_id = Uuid7(lambda: 1)
        new_id()
        new_id._random = (1 << 74) - 1
        made = new_id()
        assert (made.int >> 80, made.version) == (2, 7)

    def test_threads_get_different_ones(self) -> None:
        new_id = Uuid7()
        made: list[UUID] = []
        threads = [Thread(target=lambda: made.extend([new_id() for _ in range(2000)])) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(made)) == 8000


class TestCountingIds(NewIdContract):
    @pytest.fixture
    def new_id(self) -> CountingIds:
        return CountingIds()

    def test_the_same_program_gets_the_same_ones(self) -> None:
        assert CountingIds()() == CountingIds()()
