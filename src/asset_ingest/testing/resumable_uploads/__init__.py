"""What every ResumableUploads promises.

Subclasses bring `store` and `resumable` over the same place, empty; `reopen`, which makes another adapter over it, as
another process would; and `part_size`, the smallest that the store takes.
"""

from __future__ import annotations

from asset_ingest.testing.resumable_uploads.appends import AppendContract
from asset_ingest.testing.resumable_uploads.broken import BrokenAppendContract
from asset_ingest.testing.resumable_uploads.ledger import Ledger, Reopen, append, begun, complete
from asset_ingest.testing.resumable_uploads.made import MadeObjectContract
from asset_ingest.testing.resumable_uploads.sent_parts import SentPartsContract
from asset_ingest.testing.resumable_uploads.writers import AnyCutsContract, WritersContract

__all__ = [
    "AnyCutsContract",
    "AppendContract",
    "BrokenAppendContract",
    "Ledger",
    "MadeObjectContract",
    "Reopen",
    "ResumableUploadsContract",
    "SentPartsContract",
    "WritersContract",
    "append",
    "begun",
    "complete",
]


class ResumableUploadsContract(
    AppendContract,
    BrokenAppendContract,
    WritersContract,
    SentPartsContract,
    MadeObjectContract,
    AnyCutsContract,
):
    """All of it."""
