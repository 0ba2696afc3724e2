"""The passwords of the embedded server: made once, at random, readable by us alone."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from asset_ingest.core.errors import Misconfigured

ADMIN = "postgres"
OWNER = "ingest"


@dataclass(frozen=True, slots=True)
class Passwords:
    admin: str = field(repr=False)
    owner: str = field(repr=False)


def read_or_make_passwords(file: Path) -> Passwords:
    """Read the passwords, or make them. The file is a PGPASSFILE, so that psql can use it too."""
    if not file.exists():
        lines = (f"*:*:*:{role}:{secrets.token_urlsafe(32)}\n" for role in (ADMIN, OWNER))
        _write_private(file, "".join(lines))
    found = dict(line.rsplit(":", 2)[1:] for line in file.read_text().splitlines() if line.count(":") == 4)
    try:
        return Passwords(found[ADMIN], found[OWNER])
    except KeyError as error:
        raise Misconfigured(f"{file} is damaged: it has no password for {error}") from error


def _write_private(file: Path, text: str) -> None:
    """Write so that no reader, and no power failure, ever sees half of it."""
    draft = file.with_name(file.name + ".new")
    draft.unlink(missing_ok=True)
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(fd)
    draft.rename(file)
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power failure."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
