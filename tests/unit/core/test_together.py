"""What many ask for at once is done at once, for each of them exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio
import pytest
from anyio import wait_all_tasks_blocked
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidRequest, StoreFull
from asset_ingest.core.services.together import MOST_TOGETHER, Together


@dataclass
class Work:
    """Does what it `may`; what is `wrong` with one item is so whenever that is among them."""

    wrong: frozenset[int] = frozenset()
    may: anyio.Event = field(default_factory=anyio.Event)
    done: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)

    async def __call__(self, items: Sequence[int]) -> None:
        await self.may.wait()
        self.calls.append(len(items))
        if self.wrong & set(items):
            raise InvalidRequest("not this one")
        self.done += items


@given(sizes=st.lists(st.integers(0, 2 * MOST_TOGETHER), max_size=8), wrong=st.frozensets(st.integers(0, 40)))
async def test_each_is_done_once_and_whoever_asked_hears_of_its_own(sizes: list[int], wrong: frozenset[int]) -> None:
    work = Work(wrong)
    together, at = Together(work), 0
    asked = []
    for size in sizes:
        items = range(at, at + size)
        asked.append((items, asyncio.create_task(together.do(*items))))
        at += size
    work.may.set()
    for items, task in asked:
        with anyio.fail_after(10):
            told = await task
        assert [error is not None for error in told] == [item in wrong for item in items]
    assert sorted(work.done) == [item for item in range(at) if item not in wrong]
    assert max(work.calls, default=0) <= MOST_TOGETHER
    assert together.is_idle


@pytest.mark.parametrize("gone", [0, 1, 2])
async def test_one_that_goes_away_takes_with_it_only_what_has_not_begun(gone: int) -> None:
    work = Work()
    together = Together(work)
    many = [range(n * MOST_TOGETHER, (n + 1) * MOST_TOGETHER) for n in range(3)]
    tasks = [asyncio.create_task(together.do(*items)) for items in many]
    await wait_all_tasks_blocked()
    tasks[gone].cancel()
    await wait_all_tasks_blocked()
    work.may.set()
    with anyio.fail_after(10):
        await asyncio.wait(tasks)
    kept = [items for n, items in enumerate(many) if n != gone or n == 0]  # the first had begun
    assert sorted(work.done) == [item for items in kept for item in items]
    assert together.is_idle


async def test_what_is_wrong_with_the_place_is_told_to_all_of_one_call() -> None:
    calls = []

    async def full(items: Sequence[int]) -> None:
        calls.append(len(items))
        raise StoreFull

    told = await Together(full).do(1, 2, 3)
    assert [type(error) for error in told] == [StoreFull] * 3
    assert calls == [3]
