"""Fifty seeds of fault runs; one that fails says how to run it alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fault_runs.runs import Worlds, run

SEEDS = 50
AT_ONCE = 5

pytestmark = pytest.mark.timeout(180)


@pytest.mark.parametrize("first", range(0, SEEDS, AT_ONCE))
async def test_no_byte_is_lost_bent_or_praised_too_early(
    first: int, tmp_path: Path, new_database: Callable[[], str]
) -> None:
    async with asyncio.TaskGroup() as group:
        for seed in range(first, first + AT_ONCE):
            folder = tmp_path / str(seed)
            folder.mkdir()
            group.create_task(run(seed, Worlds(lambda folder=folder: folder, new_database)))
