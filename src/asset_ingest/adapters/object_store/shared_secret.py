"""A secret that all processes over one folder share."""

from __future__ import annotations

import fcntl
import os
import secrets
from pathlib import Path
from typing import Final

from asset_ingest.adapters.object_store.disk_errors import disk_errors
from asset_ingest.core.errors import Misconfigured

_SIZE: Final = 32


def shared_secret(file: Path) -> bytes:
    """Return the secret in `file`, made at random by whoever asks first; only we can read it. Blocks."""
    with disk_errors():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # held for two system calls
            return _read(descriptor, file) or _made(descriptor)
        finally:
            os.close(descriptor)


def _read(descriptor: int, file: Path) -> bytes | None:
    """Return what is there; None if that is nothing, or what a power cut left of it."""
    found = os.pread(descriptor, _SIZE + 1, 0)
    if len(found) > _SIZE:
        raise Misconfigured(f"{file} is not what we made; remove it, and a new one is made")
    return found if len(found) == _SIZE and any(found) else None


def _made(descriptor: int) -> bytes:
    secret = secrets.token_bytes(_SIZE)
    os.pwrite(descriptor, secret, 0)
    os.fsync(descriptor)
    return secret
