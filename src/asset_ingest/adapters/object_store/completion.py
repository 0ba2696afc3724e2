"""An upload becomes an object. Everything here blocks."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from asset_ingest.adapters.object_store.disk_errors import disk_errors, found
from asset_ingest.adapters.object_store.joining import Joining, made_of
from asset_ingest.adapters.object_store.upload_folders import UploadFolders
from asset_ingest.adapters.object_store.upload_log import HeldPart
from asset_ingest.core.errors import Conflict, ObjectMissing
from asset_ingest.core.ports.object_store import StoredObject


@dataclass(slots=True)
class Completion:
    """Makes an object under `root` of an upload, or finds out that this was done before."""

    root: Path
    uploads: UploadFolders
    key: str
    upload_id: str
    parts: Sequence[HeldPart]
    stored: StoredObject = field(init=False)

    def steps(self) -> Generator[int, None, None]:
        """Do it bit by bit; `stored` says at last what was made."""
        folder, log = self.uploads.at(self.key, self.upload_id)
        final = self.root / self.key
        with disk_errors():
            try:
                yield from Joining(folder, log, final, self.parts, self.uploads.folders, self.uploads.calls).steps()
            except FileNotFoundError:
                if not (yield from made_of(final, self.parts)):
                    self._refuse()
            with found(self.key):
                facts = final.stat()
            self.stored = StoredObject(self.key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
            self.uploads.discard(self.key, self.upload_id)

    def _refuse(self) -> None:
        with suppress(FileNotFoundError):
            self.uploads.at(self.key, self.upload_id)[1].check()
            raise Conflict("bytes of the upload are not there any more")
        raise ObjectMissing(self.key)
