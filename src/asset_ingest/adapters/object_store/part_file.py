"""A part that was sent by itself, on a disk. Everything here blocks."""

from __future__ import annotations

import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from asset_ingest.adapters.object_store.durable_files import FileCalls, WrittenFile, made
from asset_ingest.adapters.object_store.upload_log import HeldPart, UploadLog
from asset_ingest.core.errors import LengthMismatch
from asset_ingest.core.formats.crc64nvme import crc64nvme
from asset_ingest.core.ports.object_store import PartToSign, StoredPart

_KIND: Final = "part-"


class PartFile:
    """The file of one part."""

    def __init__(self, folder: Path, log: UploadLog, part: PartToSign, calls: FileCalls) -> None:
        self._part = part
        self._size = 0
        self._crc = 0
        self._folder = folder
        self._log = log
        self._calls = calls
        self._path = folder / f"{_KIND}{part.number}-{secrets.token_hex(8)}"
        self._file = WrittenFile(-1, calls)

    def open(self) -> None:
        """Raise FileNotFoundError where the upload is gone."""
        self._log.check()
        self._file = WrittenFile(made(self._path), self._calls)

    def write(self, batch: list[bytes]) -> None:
        self._file.write(batch)
        for piece in batch:
            self._crc = crc64nvme(piece, self._crc)
            self._size += len(piece)

    def keep(self) -> StoredPart:
        """Make the part durable and return it; raises LengthMismatch if not all of it has come.

        One that was sent before with the same bytes stays as it is: whoever was told of it may have written that down.
        """
        if self._size < self._part.size:
            raise LengthMismatch(self._part.size, self._size)
        self._file.sync()
        self._calls.fsync_dir(self._folder)
        part = HeldPart(self._part.number, self._size, self._crc, self._path.name, 0)
        with self._log.held() as log:
            earlier = [p for p in log.parts().values() if p.number == part.number and p.file.startswith(_KIND)]
            for same in earlier:
                if (same.size, same.crc) == (part.size, part.crc):
                    self.discard()
                    return same.stored
            log.note(added=[part], dropped=earlier)
        self._file.close()
        for old in earlier:
            (self._folder / old.file).unlink(missing_ok=True)
        return part.stored

    def discard(self) -> None:
        """Leave nothing behind."""
        self._file.close()
        with suppress(FileNotFoundError, NotADirectoryError):
            self._path.unlink()
