"""Objects that are put together bit by bit, in one folder of a local disk."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

from anyio.lowlevel import checkpoint_if_cancelled

from asset_ingest.adapters.object_store.appending import Appending
from asset_ingest.adapters.object_store.completion import Completion
from asset_ingest.adapters.object_store.disk_errors import disk_errors, translated, translated_for
from asset_ingest.adapters.object_store.durable_files import FileCalls, Folders
from asset_ingest.adapters.object_store.intake import Intake
from asset_ingest.adapters.object_store.joining import in_order
from asset_ingest.adapters.object_store.keys import checked_key, checked_prefix
from asset_ingest.adapters.object_store.part_file import PartFile
from asset_ingest.adapters.object_store.positions import offset_of
from asset_ingest.adapters.object_store.segment import Segment
from asset_ingest.adapters.object_store.threads import begun, ended, finished, pulled
from asset_ingest.adapters.object_store.upload_folders import UploadFolders
from asset_ingest.core.errors import ObjectMissing
from asset_ingest.core.ports.object_store import (
    Collected,
    PartLimits,
    PartToSign,
    Position,
    ResumableUploads,
    StoredObject,
    StoredPart,
    UnfinishedUpload,
)


class DiskResumable(ResumableUploads):
    """A ResumableUploads beside the DiskObjects of the same `root`.

    Each upload has a folder in `.incoming`. What comes in order goes into one file, which becomes the object by a
    rename; bytes are copied only where parts were sent by themselves, or a writer was replaced while it was alive.
    """

    part_limits = PartLimits(smallest=1, largest=1 << 40, most=10_000)

    def __init__(self, root: Path, calls: FileCalls | None = None) -> None:
        self._root = root
        self._calls = calls or FileCalls()
        self._uploads = UploadFolders(root / ".incoming", Folders(root, self._calls), self._calls)

    async def begin(self, key: str) -> str:
        return await finished(begun(translated, self._uploads.begin, checked_key(key)))

    async def append(
        self, key: str, upload_id: str, at: Position, chunks: AsyncIterable[bytes]
    ) -> AsyncGenerator[Collected, None]:
        offset = offset_of(at)
        folder, log = self._uploads.at(key, upload_id)
        appending = Appending(key, Intake(chunks, offset, at.size), Segment(folder, log, at, self._calls))
        try:
            async with aclosing(appending.told()) as told:
                async for collected in told:
                    yield collected
        finally:
            await appending.end()

    async def put_part(self, key: str, upload_id: str, part: PartToSign, chunks: AsyncIterable[bytes]) -> StoredPart:
        folder, log = self._uploads.at(key, upload_id)
        file = PartFile(folder, log, part, self._calls)
        intake = Intake(chunks, 0, part.size)
        under_way = begun(translated_for, key, file.open)
        try:
            while (batch := await intake.batch()) is not None:
                await intake.over(under_way)
                under_way = begun(translated_for, key, file.write, batch)
            await intake.over(under_way)
            intake.check()
            await checkpoint_if_cancelled()
            return await finished(begun(translated_for, key, file.keep))
        except BaseException:
            await intake.stop()
            await ended(under_way)
            await ended(begun(file.discard))  # what even this cannot remove goes with the upload
            raise

    async def parts(self, key: str, upload_id: str) -> AsyncIterator[StoredPart]:
        log = self._uploads.at(key, upload_id)[1]
        held = await finished(begun(translated_for, key, log.parts))
        latest = {part.number: part for part in held.values()}
        for number in sorted(latest):
            yield latest[number].stored

    async def bytes_held(self, key: str, upload_id: str) -> int:
        return await finished(begun(translated_for, key, self._uploads.bytes_held, key, upload_id))

    async def complete(self, key: str, upload_id: str, parts: Sequence[StoredPart]) -> StoredObject:
        completion = Completion(self._root, self._uploads, checked_key(key), upload_id, in_order(parts))
        async with aclosing(pulled(completion.steps())) as steps:
            async for _ in steps:
                await checkpoint_if_cancelled()
        return completion.stored

    async def abort(self, key: str, upload_id: str) -> None:
        with suppress(ObjectMissing):
            await finished(begun(translated, self._uploads.discard, key, upload_id))

    async def unfinished(self, prefix: str) -> AsyncIterator[UnfinishedUpload]:
        checked_prefix(prefix)
        async with aclosing(pulled(self._unfinished(prefix))) as pages:
            async for page in pages:
                for upload in page:
                    yield upload

    def _unfinished(self, prefix: str) -> Generator[list[UnfinishedUpload], None, None]:
        with disk_errors():
            yield from self._uploads.unfinished(prefix)
