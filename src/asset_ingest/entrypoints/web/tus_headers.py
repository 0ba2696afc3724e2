"""What the headers of tus 1.0 say: read strictly, so that a client's mistake is told and never guessed at."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.model.ids import AssetId, UploadId

CONCAT: Final = "Upload-Concat"
CHECKSUM: Final = "Upload-Checksum"
DEFER_LENGTH: Final = "Upload-Defer-Length"
LENGTH: Final = "Upload-Length"
METADATA: Final = "Upload-Metadata"
OFFSET: Final = "Upload-Offset"

DIGEST_SIZES: Final[Mapping[str, int]] = {"crc32": 4, "crc64nvme": 8, "md5": 16, "sha1": 20, "sha256": 32}
"""The bytes of each checksum we know."""

_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)  # 18 digits fit into every database's idea of a big number
_KEY = re.compile(r"[!-+\--~]+", re.ASCII)  # printable ASCII without space and comma
_ADDRESS = re.compile(r"(?:[^?#,;]*/)?files/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.ASCII | re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)


def byte_count(header: str | None, field: str) -> int | None:
    """Return the number of bytes a header says, None where it is not sent."""
    if header is None:
        return None
    if not _COUNT.fullmatch(header):
        raise InvalidRequest("should be a number of bytes in digits", field)
    return int(header)


def promised_length(length: str | None, deferred: str | None) -> int | None:
    """Return the size of a new upload, None where its client will tell later; exactly one of the two must be said."""
    if deferred is not None and deferred != "1":
        raise InvalidRequest("the only value is 1", DEFER_LENGTH)
    if (length is None) == (deferred is None):
        raise InvalidRequest(f"send either this or {DEFER_LENGTH}: 1", LENGTH)
    return byte_count(length, LENGTH)


@dataclass(frozen=True, slots=True)
class Piece:
    """A partial upload: it is to be joined with others."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A final upload: joined from these, in this order."""

    pieces: tuple[UploadId, ...]


def concatenation(header: str | None) -> Piece | Whole | None:
    """Say which part an upload has in a concatenation, None where it stands by itself.

    Whatever host or path clients know us by, our addresses end in the same way.
    """
    if header is None:
        return None
    if header == "partial":
        return Piece()
    kind, separator, addresses = header.partition(";")
    if kind != "final" or not separator:
        raise InvalidRequest("should be 'partial', or 'final;' and the addresses of partial uploads", CONCAT)
    pieces = tuple(_upload_id(address) for address in addresses.split())
    if not pieces:
        raise InvalidRequest("names no partial upload", CONCAT)
    return Whole(pieces)


def _upload_id(address: str) -> UploadId:
    if found := _ADDRESS.fullmatch(address):
        return UploadId(UUID(found[1]))
    raise InvalidRequest("holds what is no address of an upload here", CONCAT)


@dataclass(frozen=True, slots=True)
class PromisedChecksum:
    """What the bytes of one request must add up to."""

    algorithm: str
    digest: bytes


def checksum(header: str) -> PromisedChecksum:
    """Read `algorithm base64`; a digest of another length than its algorithm's is a mistake."""
    algorithm, separator, encoded = header.partition(" ")
    algorithm = algorithm.lower()
    if algorithm not in DIGEST_SIZES:
        raise InvalidRequest(f"knows only {', '.join(DIGEST_SIZES)}", CHECKSUM)
    digest = _decoded(encoded, CHECKSUM)
    if not separator or len(digest) != DIGEST_SIZES[algorithm]:
        raise InvalidRequest(f"should be '{algorithm}' and {DIGEST_SIZES[algorithm]} bytes in base64", CHECKSUM)
    return PromisedChecksum(algorithm, digest)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a client says of its file, in pairs that mean something to clients; we look for a few names."""

    pairs: Mapping[str, bytes]

    @property
    def filename(self) -> str | None:
        return self._first("filename", "name")

    @property
    def content_type(self) -> str | None:
        return self._first("filetype", "type")

    @property
    def sha256(self) -> str | None:
        """Return what the whole file must hash to, if the client promises it."""
        promised = self._first("sha256")
        if promised is not None and not _SHA256.fullmatch(promised):
            raise InvalidRequest("its sha256 should be 64 hexadecimal digits", METADATA)
        return promised and promised.lower()

    @property
    def asset_id(self) -> AssetId | None:
        """Return the asset that the file is to be a version of, if it is to be one."""
        said = self._first("asset_id")
        try:
            return AssetId(UUID(said)) if said else None
        except ValueError:
            raise InvalidRequest("its asset_id is no id", METADATA) from None

    @property
    def change_note(self) -> str | None:
        return self._first("change_note")

    def _first(self, *keys: str) -> str | None:
        for key in keys:
            if value := self.pairs.get(key):
                return _text(value, key)
        return None


def metadata(header: str) -> Metadata:
    """Read `key base64, key base64, key`: keys are unique, a value may be absent."""
    pairs: dict[str, bytes] = {}
    for pair in header.split(",") if header.strip(" \t") else ():
        key, _, encoded = pair.strip(" \t").partition(" ")
        if not _KEY.fullmatch(key):
            raise InvalidRequest("each pair needs a key of printable ASCII characters", METADATA)
        if key in pairs:
            raise InvalidRequest(f"says '{key}' twice", METADATA)
        pairs[key] = _decoded(encoded.strip(" \t"), METADATA)
    return Metadata(pairs)


def _decoded(encoded: str, field: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):  # ValueError: characters that are no ASCII
        raise InvalidRequest("holds a value that is not base64", field) from None


def _text(value: bytes, key: str) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise InvalidRequest(f"its '{key}' is not UTF-8", METADATA) from None
