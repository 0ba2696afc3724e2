"""The folders of uploads that are put together bit by bit, beside the objects. Everything here blocks.

A folder gets its name when it is whole and loses it before it is emptied, so under its name it is never half-made.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import time
from typing import Final

from asset_ingest.adapters.object_store.durable_files import FileCalls, Folders
from asset_ingest.adapters.object_store.upload_log import UploadLog, key_and_beginning
from asset_ingest.core.errors import ObjectMissing
from asset_ingest.core.ports.object_store import UnfinishedUpload

_NAME: Final = re.compile(r"[0-9a-f]{32}")
_NEW: Final = "new-"
_GONE: Final = "gone-"
_LOG: Final = "log"
_PAGE: Final = 256


@dataclass(frozen=True, slots=True)
class UploadFolders:
    """What lies in `.incoming`."""

    aside: Path
    folders: Folders
    calls: FileCalls

    def begin(self, key: str) -> str:
        """Make the folder of a new upload, durably, and return its name."""
        self.folders.make(self.aside)
        name = secrets.token_hex(16)
        new = self.aside / f"{_NEW}{name}"
        try:
            self.calls.mkdir(new, 0o700)
            UploadLog(new / _LOG, key, self.calls).create(int(time()))
            self.calls.fsync_dir(new)
            self.calls.rename(new, self.aside / name)
        except BaseException:
            remove_leftover(new)
            raise
        self.calls.fsync_dir(self.aside)
        return name

    def at(self, key: str, name: str) -> tuple[Path, UploadLog]:
        """Return where the upload is, if it is there; raises ObjectMissing for what cannot be one."""
        if not _NAME.fullmatch(name):
            raise ObjectMissing(key)
        folder = self.aside / name
        return folder, UploadLog(folder / _LOG, key, self.calls)

    def discard(self, key: str, name: str) -> None:
        """Free all that is stored for an upload, if it is there."""
        folder, log = self.at(key, name)
        gone = self.aside / f"{_GONE}{name}"
        with suppress(FileNotFoundError):
            log.check()
            self.calls.rename(folder, gone)
        remove_leftover(gone)

    def bytes_held(self, key: str, name: str) -> int:
        """Return how many bytes have come for an upload, in parts or not; raises ObjectMissing."""
        folder, log = self.at(key, name)
        log.check()
        return bytes_in(folder)

    def unfinished(self, prefix: str) -> Generator[list[UnfinishedUpload], None, None]:
        """Yield, in pages, the uploads whose key starts so."""
        with suppress(FileNotFoundError), os.scandir(self.aside) as entries:
            uploads = (upload for entry in entries if (upload := self._upload(entry.name)))
            while page := list(islice(uploads, _PAGE)):
                yield [upload for upload in page if upload.key.startswith(prefix)]

    def _upload(self, name: str) -> UnfinishedUpload | None:
        if _NAME.fullmatch(name):
            with suppress(FileNotFoundError, NotADirectoryError):  # ended meanwhile, or a file of a plain upload
                key, begun = key_and_beginning(self.aside / name / _LOG)
                return UnfinishedUpload(key, name, datetime.fromtimestamp(begun, UTC))
        return None


def is_leftover(path: Path) -> bool:
    """Say whether what lies in `.incoming`, once it is old, belongs to nobody; uploads are their owners' to end."""
    return path.name.startswith((_NEW, _GONE)) or not path.is_dir()


def bytes_in(path: Path) -> int:
    """Return the size of a file, or of all that was sent into a folder; what vanishes meanwhile has none."""
    with suppress(FileNotFoundError):
        if not path.is_dir():
            return path.lstat().st_size
        with os.scandir(path) as entries:
            return sum(_size(entry) for entry in entries if entry.name != _LOG)
    return 0


def _size(entry: os.DirEntry[str]) -> int:
    with suppress(FileNotFoundError):
        return entry.stat(follow_symlinks=False).st_size
    return 0


def remove_leftover(path: Path) -> None:
    """Remove a file, or a folder with what is in it as far as that goes now."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
