"""What every DirectUploads promises.

Subclasses bring `direct`, listing in pages of two; `store`, the same place, empty; and `http`, a client for its URLs.
"""

from asset_ingest.testing.direct_uploads.endings import (
    CompletionContract,
    UnfinishedByPrefixContract,
    UnfinishedContract,
)
from asset_ingest.testing.direct_uploads.in_parts import SignedPartsContract, SmallestPartContract
from asset_ingest.testing.direct_uploads.sending import (
    AN_HOUR,
    flipped,
    md5_of,
    parts_of,
    send,
    send_other_length,
    send_parts,
    unfinished,
)
from asset_ingest.testing.direct_uploads.whole import SignedPutContract

__all__ = [
    "AN_HOUR",
    "DirectUploadsContract",
    "SmallestPartContract",
    "UnfinishedByPrefixContract",
    "flipped",
    "md5_of",
    "parts_of",
    "send",
    "send_other_length",
    "send_parts",
    "unfinished",
]


class DirectUploadsContract(SignedPutContract, SignedPartsContract, CompletionContract, UnfinishedContract):
    """What all of them promise; there is a suite of its own for what some can and for what some must."""
