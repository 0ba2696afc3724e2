"""What a sweep finds, says and removes, over any ports: subclasses bring them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest
from tests.harness import Later, Program, chunks_of
from tests.transfer_suite import PACKAGE

from asset_ingest.bootstrap import Ports
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.object_store import PartToSign, Pile
from asset_ingest.core.services.transfers import NewUpload
from asset_ingest.core.services.transfers.views import UploadView

ORPHAN, PART, SENT = b"lost", b"a part", PACKAGE[:700]
OURS, ANOTHERS = "studios/nobody/uploads/dead/original", "films/theirs"


@dataclass(frozen=True, slots=True)
class Shop:
    """An orphan, an upload that has expired and one that goes on, multipart uploads of nobody's and of another's."""

    program: Program
    who: Principal
    expired: UploadView
    live: UploadView

    async def objects(self) -> set[str]:
        return {stored.key async for stored in self.program.ports.store.list("")}

    async def under_way(self) -> list[str]:
        """Return the keys of the store's unfinished uploads."""
        resumable = self.program.ports.resumable
        return sorted([upload.key for each in ("studios/", ANOTHERS) async for upload in resumable.unfinished(each)])

    async def statuses(self) -> list[JobStatus]:
        return [(await self.program.app.jobs.get(self.who, each.job_id)).status for each in (self.expired, self.live)]


class SweepingSuite:
    """Fixtures of subclasses: `ports`, and `later`, which lets time pass for the program and its records."""

    untold: ClassVar[int] = 0
    """How many of the bytes that an upload had sent the store does not count: those behind its last whole part."""

    @pytest.fixture
    async def shop(self, ports: Ports, later: Later) -> Shop:
        program = Program(ports)
        who = await program.found()
        await ports.store.put("studios/nobody/uploads/lost/original", chunks_of(ORPHAN))
        for key in (OURS, ANOTHERS):
            upload_id = await ports.resumable.begin(key)
            await ports.resumable.put_part(key, upload_id, PartToSign(1, len(PART)), chunks_of(PART))
        expired = await _begun(program, who)
        await later(timedelta(hours=25))
        return Shop(program, who, expired, await _begun(program, who))

    async def test_a_dry_run_says_what_a_sweep_then_does_and_changes_nothing(self, shop: Shop) -> None:
        sweeper, before = shop.program.app.upkeep.sweeper, (await shop.objects(), await shop.under_way())
        named: dict[str, int] = {}
        told = await sweeper.would(named.__setitem__)
        assert (await shop.objects(), await shop.under_way()) == before
        assert await shop.statuses() == [JobStatus.UPLOADING, JobStatus.UPLOADING]
        assert await sweeper.once() == told
        assert (told.expired, told.bytes) == (1, len(ORPHAN + PART + SENT) - self.untold)
        assert sum(named.values()) == told.bytes
        assert OURS in named
        assert ANOTHERS not in named

    async def test_a_sweep_leaves_what_goes_on_and_what_is_anothers(self, shop: Shop) -> None:
        swept = await shop.program.app.upkeep.sweeper.once()
        assert swept.unfinished.count >= 1
        assert swept.orphans.count >= 1
        assert await shop.statuses() == [JobStatus.ERROR, JobStatus.UPLOADING]
        assert ANOTHERS in await shop.under_way()
        transfers = shop.program.app.transfers
        done = await transfers.append(shop.who, shop.live.id, len(SENT), chunks_of(PACKAGE[len(SENT) :]))
        assert done.offset == len(PACKAGE)
        again = await shop.program.app.upkeep.sweeper.once()
        assert (again.expired, again.unfinished) == (0, Pile())


async def _begun(program: Program, who: Principal) -> UploadView:
    upload = await program.app.transfers.open_resumable(who, NewUpload("crates.unitypackage", len(PACKAGE)))
    await program.app.transfers.append(who, upload.id, 0, chunks_of(SENT))
    return upload
