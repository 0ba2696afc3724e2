"""What is verified, and by whom: recorded as it was, never more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from tests.harness import Program, chunks_of
from tests.packages import small_package

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.adapters.object_store.memory_parts import MemoryResumable
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.bootstrap import Ports, memory_ports
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.model.access import Principal
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.model.jobs import JobStatus, Stage
from asset_ingest.core.model.uploads import SessionStatus
from asset_ingest.core.ports.object_store import StoredObject
from asset_ingest.core.services.checked import CheckView
from asset_ingest.core.services.transfers import Checksum, NewUpload
from asset_ingest.core.services.transfers.views import UploadView

PACKAGE = small_package()
CRC = as_text(crc64nvme(PACKAGE))
WRONG = as_text(1)


def told(verified: list[CheckView]) -> set[tuple[str, str]]:
    return {(check.what, check.by) for check in verified}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ports(clock: ManualClock) -> Ports:
    records, store = MemoryRecords(clock), MemoryObjects(clock)
    return replace(
        memory_ports(),
        clock=clock,
        records=records,
        system=records.system,
        store=store,
        resumable=MemoryResumable(store, clock),
    )


@pytest.fixture
def program(ports: Ports) -> Program:
    return Program(ports)


@pytest.fixture
async def who(program: Program) -> Principal:
    return await program.found()


async def sent(program: Program, who: Principal, **promise: str) -> UploadView:
    """Send the package in two pieces, of which the first ends in the middle of a part."""
    opened = await program.app.transfers.open_resumable(who, NewUpload("crates.unitypackage", len(PACKAGE), **promise))
    half = len(PACKAGE) // 3
    await program.app.transfers.append(who, opened.id, 0, chunks_of(PACKAGE[:half]))
    return await program.app.transfers.append(who, opened.id, half, chunks_of(PACKAGE[half:]))


async def test_what_comes_through_us_is_counted_and_read_back(program: Program, who: Principal) -> None:
    upload = await sent(program, who)
    assert upload.crc64nvme == CRC
    assert told(upload.verified) == {("size", "store"), ("server_crc", "server")}
    await program.work()
    job = await program.app.jobs.get(who, upload.job_id)
    assert (job.status, job.stage, job.stored, job.crc64nvme) == (JobStatus.COMPLETE, Stage.READY, len(PACKAGE), CRC)
    assert told(job.verified) == {("size", "store"), ("server_crc", "server"), ("read_back", "worker")}
    assert job.asset_id is not None
    [version] = (await program.app.assets.get(who, job.asset_id)).versions
    assert (version.crc64nvme, version.verified) == (CRC, job.verified)


async def test_a_plain_upload_is_counted_too(program: Program, who: Principal) -> None:
    job = await program.upload(who, "crates.unitypackage", PACKAGE)
    detail = await program.app.jobs.get(who, job.id)
    assert detail.crc64nvme == CRC
    assert told(detail.verified) == {("size", "server"), ("server_crc", "server")}


async def test_promises_that_are_kept_are_said_to_be(program: Program, who: Principal) -> None:
    upload = await sent(program, who, crc64nvme=CRC)
    assert ("promised_crc", "server") in told(upload.verified)


async def test_a_wrong_checksum_of_the_whole_ends_the_upload_visibly(program: Program, who: Principal) -> None:
    upload = await sent(program, who, crc64nvme=WRONG)
    assert (upload.status, upload.verified) == (SessionStatus.FAILED, [])
    job = await program.app.jobs.get(who, upload.job_id)
    assert (job.status, job.stage, job.code) == (JobStatus.ERROR, Stage.FAILED, "content_mismatch")
    assert "CRC64NVME" in (job.error_message or "")


async def spoil(ports: Ports, who: Principal, upload_id: UploadId, spoiled: bytes) -> None:
    """Put other bytes where the object lies, as a bad disk would."""
    await ports.store.put(f"studios/{who.studio_id}/uploads/{upload_id}/original", chunks_of(spoiled))


@pytest.mark.parametrize("place", [0, len(PACKAGE) // 2, len(PACKAGE) - 1])
async def test_a_store_that_changes_a_bit_is_named(ports: Ports, program: Program, who: Principal, place: int) -> None:
    upload = await sent(program, who)
    spoiled = bytearray(PACKAGE)
    spoiled[place] ^= 1
    await spoil(ports, who, upload.id, bytes(spoiled))
    await program.work()
    job = await program.app.jobs.get(who, upload.job_id)
    assert (job.status, job.code, job.asset_id) == (JobStatus.ERROR, "stored_bytes_changed", None)
    assert told(job.verified) == {("size", "store"), ("server_crc", "server")}


async def test_a_file_that_is_refused_for_itself_is_not_the_stores_fault(program: Program, who: Principal) -> None:
    job = await program.upload(who, "crates.unitypackage", PACKAGE[:-20])
    await program.work()
    assert (await program.app.jobs.get(who, job.id)).code == "package_truncated"


class SumsUp(MemoryResumable):
    """A store that tells its own checksum of what it makes."""

    says = CRC

    async def complete(self, *args: object) -> StoredObject:
        return replace(await super().complete(*args), crc64nvme=self.says)  # type: ignore[arg-type]


class SumsUpOtherBytes(SumsUp):
    says = WRONG


async def test_a_store_that_says_the_same_is_a_witness(ports: Ports, clock: ManualClock) -> None:
    program = Program(replace(ports, resumable=SumsUp(ports.store, clock)))  # type: ignore[arg-type]
    upload = await sent(program, await program.found())
    assert ("provider_crc", "store") in told(upload.verified)


async def test_a_store_that_says_otherwise_is_not_believed_to_hold_the_file(ports: Ports, clock: ManualClock) -> None:
    program = Program(replace(ports, resumable=SumsUpOtherBytes(ports.store, clock)))  # type: ignore[arg-type]
    who = await program.found()
    upload = await sent(program, who)
    assert upload.status is SessionStatus.FAILED
    assert (await program.app.jobs.get(who, upload.job_id)).code == "stored_bytes_changed"


async def test_what_has_come_and_what_is_stored_are_told_apart(program: Program, who: Principal) -> None:
    transfers = program.app.transfers
    opened = await transfers.open_resumable(who, NewUpload("crates.unitypackage", len(PACKAGE)))
    meanwhile: list[UploadView] = []

    async def chunks() -> AsyncIterator[bytes]:
        yield PACKAGE[:10]
        meanwhile.append(await transfers.get(who, opened.id))

    sum_of_ten = crc64nvme(PACKAGE[:10]).to_bytes(8, "big")  # until it is compared, nothing counts as stored
    stored = await transfers.append(who, opened.id, 0, chunks(), checksum=Checksum("crc64nvme", lambda: sum_of_ten))
    assert [(view.offset, view.received) for view in (*meanwhile, stored)] == [(0, 10), (10, 10)]
