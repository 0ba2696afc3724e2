"""A line that drops again and again loses nothing and hears nothing twice, while facts are being made."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.test_live_rights import invite
from tests.unit.web.watching import watching

from asset_ingest.core.model.access import Action, Role
from asset_ingest.core.model.hearing import needed_for

CHANGES = 12


async def make(site: Site, chance: Random) -> None:
    """Make facts that everybody hears and others, numbered now and then; the very last one tells of `last.bin`."""
    for number in range(CHANGES):
        if chance.random() < 0.3:
            await invite(site)
        else:
            await site.admin.upload(f"{number}.bin", str(number).encode())
        if chance.random() < 0.6:
            await site.program.app.upkeep.relay.once()
    await site.program.work()
    await site.admin.upload("last.bin", b"last")
    await site.program.work()


async def readable(site: Site) -> list[int]:
    admin = await site.program.ports.system.access.first_admin()
    assert admin
    async with site.program.ports.records.transaction(admin.studio_id) as tx:
        found = await tx.events.after(0, 10_000)
    return [fact.seq or 0 for fact in found if needed_for(fact.type) is Action.READ]


@pytest.mark.parametrize("seed", range(6))
async def test_who_comes_back_hears_the_rest_once_and_in_order(site: Site, seed: int) -> None:
    chance = Random(seed)  # noqa: S311  chance that can be repeated
    artist = await site.join(Role.ARTIST, same_studio=True)
    making = asyncio.create_task(make(site, Random(seed + 100)))  # noqa: S311
    heard, after, is_over = [], 0, False
    while not is_over:
        async with watching(artist, after) as socket:
            for _ in range(chance.randint(1, 12)):
                frame = await socket.until(lambda frame: frame["kind"] in {"fact", "watermark"})
                if frame["kind"] == "fact":
                    heard.append(frame["seq"])
                    data = frame["data"]
                    is_over = (data.get("filename"), data.get("status")) == ("last.bin", "COMPLETE")
                after = frame["seq"] if frame["kind"] == "fact" else frame["upto"]
                if is_over:
                    break
    await making
    assert heard == [seq for seq in await readable(site) if seq <= after]
