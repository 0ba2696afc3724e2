"""What was found out about the bytes of an upload, and by whom. Nothing is here that nobody looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Check(StrEnum):
    """What somebody did with the bytes. A name is kept with the upload: never rename."""

    SIZE = "size"  # there are as many bytes as were promised, or as came
    SERVER_CRC = "server_crc"  # every byte was counted on its way in; what later reads say must agree
    PROVIDER_CRC = "provider_crc"  # the store has summed up the object for itself and says the same
    PROMISED_CRC = "promised_crc"  # the client's CRC64NVME is that of the bytes
    PROMISED_SHA256 = "promised_sha256"  # the client's SHA-256 is that of the bytes
    READ_BACK = "read_back"  # what the store gives back has the checksum of what came in


class By(StrEnum):
    """Who looked."""

    SERVER = "server"  # we, while the bytes passed
    STORE = "store"  # where the bytes live
    WORKER = "worker"  # we, reading the stored object from its first byte to its last


Verified: TypeAlias = dict[str, dict[str, str]]
"""For each check that was made, by whom and when: `{"size": {"by": "store", "at": "2026-01-01T00:00:00+00:00"}}`."""


def made(checks: Mapping[Check, By], at: datetime) -> Verified:
    """Return these checks as the upload remembers them."""
    return {str(check): {"by": str(by), "at": at.isoformat()} for check, by in checks.items()}
