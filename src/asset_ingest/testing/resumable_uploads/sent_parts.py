"""Parts that are sent by themselves."""

from __future__ import annotations

import anyio
import pytest

from asset_ingest.core.errors import LengthMismatch, UploadInterrupted
from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.core.ports.object_store import (
    Collected,
    ObjectStore,
    PartToSign,
    ResumableUploads,
)
from asset_ingest.testing.flaky import breaking_off, stalling
from asset_ingest.testing.object_store import chunks_of, content, pattern
from asset_ingest.testing.resumable_uploads.ledger import (
    Reopen,
    append,
    begun,
    complete,
    cut,
    parts_of,
)


class SentPartsContract:
    """Parts that are sent by themselves."""

    async def test_parts_come_in_any_order(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        bodies = {number: bytes([number]) * part_size for number in (3, 1, 2)} | {4: b"end"}
        ledger = await begun(reopen(), part_size)
        told = [
            await reopen().put_part("a/b", ledger.upload_id, PartToSign(number, len(body)), chunks_of(*cut(body, 2)))
            for number, body in bodies.items()
        ]
        assert sorted(told, key=lambda part: part.number) == await parts_of(reopen(), ledger)
        await reopen().complete("a/b", ledger.upload_id, told)
        assert await content(store, "a/b") == b"".join(bodies[number] for number in (1, 2, 3, 4))

    async def test_a_part_says_the_checksum_of_its_bytes(self, resumable: ResumableUploads, part_size: int) -> None:
        sent = pattern(part_size)
        ledger = await begun(resumable, part_size)
        told = await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, part_size), chunks_of(*cut(sent, 3)))
        assert told.crc64nvme == as_text(crc64nvme(sent))

    async def test_parts_arrive_side_by_side(self, reopen: Reopen, store: ObjectStore, part_size: int) -> None:
        ledger = await begun(reopen(), part_size)

        async def send(number: int) -> None:
            body = bytes([number]) * part_size
            await reopen().put_part("a/b", ledger.upload_id, PartToSign(number, part_size), chunks_of(body))

        async with anyio.create_task_group() as group:
            for number in range(1, 6):
                group.start_soon(send, number)
        await reopen().complete("a/b", ledger.upload_id, await parts_of(reopen(), ledger))
        assert await content(store, "a/b") == b"".join(bytes([number]) * part_size for number in range(1, 6))

    @pytest.mark.parametrize("body", [b"", b"1234", b"123456"])
    async def test_a_part_of_another_length_keeps_nothing(
        self, resumable: ResumableUploads, part_size: int, body: bytes
    ) -> None:
        ledger = await begun(resumable, part_size)
        kept = await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, 5), chunks_of(b"first"))
        with pytest.raises(LengthMismatch):
            await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, 5), chunks_of(*cut(body, 2)))
        with pytest.raises(LengthMismatch):
            await resumable.put_part("a/b", ledger.upload_id, PartToSign(2, 5), chunks_of(body))
        assert await parts_of(resumable, ledger) == [kept]

    async def test_a_part_that_breaks_off_keeps_nothing(self, resumable: ResumableUploads, part_size: int) -> None:
        ledger = await begun(resumable, part_size)
        with pytest.raises(UploadInterrupted):
            await resumable.put_part(
                "a/b", ledger.upload_id, PartToSign(1, 5), breaking_off(b"123", error=UploadInterrupted())
            )
        stalled = anyio.Event()
        async with anyio.create_task_group() as group:
            group.start_soon(
                resumable.put_part, "a/b", ledger.upload_id, PartToSign(1, 5), stalling(b"123", stalled=stalled)
            )
            await stalled.wait()
            group.cancel_scope.cancel()
        assert await parts_of(resumable, ledger) == []

    async def test_a_part_sent_again_replaces_itself(
        self, resumable: ResumableUploads, store: ObjectStore, part_size: int
    ) -> None:
        ledger = await begun(resumable, part_size)
        for body in (b"old", b"newer"):
            await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, len(body)), chunks_of(body))
        await resumable.complete("a/b", ledger.upload_id, await parts_of(resumable, ledger))
        assert await content(store, "a/b") == b"newer"

    async def test_the_same_part_sent_again_has_the_same_etag(
        self, resumable: ResumableUploads, part_size: int
    ) -> None:
        ledger = await begun(resumable, part_size)
        first, again = [
            await resumable.put_part("a/b", ledger.upload_id, PartToSign(1, 4), chunks_of(b"same")) for _ in range(2)
        ]
        assert first == again
        await resumable.complete("a/b", ledger.upload_id, [first])

    async def test_sent_parts_and_appends_take_turns_at_part_boundaries(
        self, reopen: Reopen, store: ObjectStore, part_size: int
    ) -> None:
        sent = pattern(part_size * 5 + 11)
        pieces = cut(sent, *range(part_size, len(sent), part_size))
        ledger = await begun(reopen(), part_size, len(sent))
        for number in (1, 4):
            told = await reopen().put_part(
                "a/b", ledger.upload_id, PartToSign(number, part_size), chunks_of(pieces[number - 1])
            )
            ledger.write(Collected((told,), None))
            rest = pieces[number : number + 2] if number == 1 else pieces[number:]
            await append(reopen(), ledger, chunks_of(*rest))
        await complete(reopen(), ledger)
        assert await content(store, "a/b") == sent
