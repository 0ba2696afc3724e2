"""Which server, with which key."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from asset_ingest.client import Client
from asset_ingest.client.connection import is_this_machine
from asset_ingest.client.errors import Misused

LONGEST_KEY_FILE = 4096


@dataclass(frozen=True, slots=True)
class Door:
    """The server's address and what opens it."""

    url: str
    api_key: str = field(repr=False)

    def client(self) -> Client:
        """Open it."""
        return Client(self.url, self.api_key)


def door(url: str, api_key: str | None, key_file: Path | None, data: Path) -> Door:
    """Choose the key: from `key_file`, else `api_key`, else `<data>/admin.key`; raises Misused without one.

    The admin key goes to servers on this machine only: a wrong address must not get the key to everything.
    """
    if key_file is not None:
        return Door(url, _read(key_file))
    if api_key:
        return Door(url, api_key)
    if not is_this_machine(url):
        raise Misused(
            f"there is no API key for {url}",
            remedy="Set ASSET_INGEST_API_KEY or give --key-file; admin.key is sent to servers on this machine only.",
        )
    return Door(url, _read(data / "admin.key"))


def _read(path: Path) -> str:
    try:
        with path.open("r", encoding="ascii") as file:
            return file.read(LONGEST_KEY_FILE).strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Misused(
            f"the API key in {path} cannot be read: {why}",
            remedy="Set ASSET_INGEST_API_KEY, give --key-file, or name the server's data folder with --data.",
        ) from None
