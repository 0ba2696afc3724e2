"""What is known of the bytes of an upload once the last one is stored: never more than somebody has looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from asset_ingest.core.errors import ContentMismatch, StoredBytesChanged
from asset_ingest.core.formats.crc64nvme import as_text, combined, of_text
from asset_ingest.core.model.checks import By, Check
from asset_ingest.core.model.uploads import FilePart, UploadSession
from asset_ingest.core.ports.object_store import StoredObject


@dataclass(frozen=True, slots=True)
class Found:
    """The checksum of the whole, if anybody knows it, and which checks it and the size have passed."""

    crc64nvme: str | None
    checks: dict[Check, By]


def counted(parts: Sequence[FilePart]) -> str | None:
    """Return the checksum of these parts in a row; None where one of them did not come through us."""
    whole = 0
    for part in parts:
        if part.crc64nvme is None:
            return None
        whole = combined(whole, of_text(part.crc64nvme), part.size)
    return as_text(whole) if parts else None


def refuse_broken_promise(session: UploadSession, crc: str | None) -> None:
    """Raise ContentMismatch if the client promised another checksum than this one."""
    if crc is not None and session.promised_crc64nvme not in {None, crc}:
        raise ContentMismatch("CRC64NVME")


def found(session: UploadSession, ours: str | None, stored: StoredObject) -> Found:
    """Compare what we counted, what the store says and what the client promised; `stored` has the promised size.

    Raises ContentMismatch, and StoredBytesChanged where the store has summed up other bytes than came in.
    """
    checks = {Check.SIZE: By.STORE}
    if ours is not None:
        checks[Check.SERVER_CRC] = By.SERVER
    if stored.crc64nvme is not None:
        if ours not in {None, stored.crc64nvme}:
            raise StoredBytesChanged
        checks[Check.PROVIDER_CRC] = By.STORE
    crc = ours or stored.crc64nvme
    refuse_broken_promise(session, crc)
    if crc is not None and session.promised_crc64nvme is not None:
        checks[Check.PROMISED_CRC] = By.SERVER if ours is not None else By.STORE
    return Found(crc, checks)
