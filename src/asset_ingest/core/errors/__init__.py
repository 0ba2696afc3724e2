"""Everything that can go wrong, said so that a person knows what, why and what to do.

Each error has a stable `code` from a closed set, a message, and a `remedy`. Doors turn the code into a status with one
table; the runner turns the `family` into a decision to retry.
"""

from asset_ingest.core.errors.codes import Code, Family, IngestError
from asset_ingest.core.errors.files import (
    Cancelled,
    ContentMismatch,
    DecoderFailed,
    EmptyFile,
    FileRefused,
    InvalidFilename,
    LengthMismatch,
    NotWhatItsNameSays,
    PackageBomb,
    PackageCorrupt,
    PackageOverLimit,
    PackageTruncated,
    PackageUnreadable,
    TooLarge,
    UploadInterrupted,
    UploadRefused,
)
from asset_ingest.core.errors.outside import (
    BrokerUnavailable,
    DatabaseUnavailable,
    Misconfigured,
    ObjectMissing,
    ServiceUnavailable,
    StoreFull,
    StoreUnavailable,
    TimedOut,
    WorkerLost,
)
from asset_ingest.core.errors.requests import (
    Conflict,
    Forbidden,
    InvalidRequest,
    NotFound,
    NotPossibleNow,
    RangeNotSatisfiable,
    Unauthenticated,
)
from asset_ingest.core.errors.steering import Defer, GiveUp, LeaseLost

__all__ = [
    "BrokerUnavailable",
    "Cancelled",
    "Code",
    "Conflict",
    "ContentMismatch",
    "DatabaseUnavailable",
    "DecoderFailed",
    "Defer",
    "EmptyFile",
    "Family",
    "FileRefused",
    "Forbidden",
    "GiveUp",
    "IngestError",
    "InvalidFilename",
    "InvalidRequest",
    "LeaseLost",
    "LengthMismatch",
    "Misconfigured",
    "NotFound",
    "NotPossibleNow",
    "NotWhatItsNameSays",
    "ObjectMissing",
    "PackageBomb",
    "PackageCorrupt",
    "PackageOverLimit",
    "PackageTruncated",
    "PackageUnreadable",
    "RangeNotSatisfiable",
    "ServiceUnavailable",
    "StoreFull",
    "StoreUnavailable",
    "TimedOut",
    "TooLarge",
    "Unauthenticated",
    "UploadInterrupted",
    "UploadRefused",
    "WorkerLost",
]
