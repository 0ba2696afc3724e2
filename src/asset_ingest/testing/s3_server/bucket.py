"""One bucket in memory."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme
from asset_ingest.testing.s3_server.answers import Refusal, no_such_key, no_such_upload


@dataclass(frozen=True, slots=True)
class Bytes:
    """Some bytes as the store holds them; `body` is empty in a store that discards, which reads back zeros."""

    size: int
    md5: bytes
    etag: str
    stored_at: datetime
    body: bytes | None = field(repr=False, default=None)
    content_type: str = "binary/octet-stream"

    @property
    def crc64nvme(self) -> str | None:
        return None if self.body is None else as_text(crc64nvme(self.body))

    def between(self, start: int, end: int) -> bytes:
        return bytes(end - start) if self.body is None else self.body[start:end]


@dataclass(slots=True)
class Unfinished:
    """A multipart upload under way."""

    key: str
    upload_id: str
    begun_at: datetime
    parts: dict[int, Bytes] = field(default_factory=dict)


@dataclass(slots=True)
class Bucket:
    """Everything that is kept, open for a test to look at."""

    name: str
    now: Callable[[], datetime]
    discards: bool = False
    etag_is_md5: bool = True
    objects: dict[str, Bytes] = field(default_factory=dict)
    uploads: dict[str, Unfinished] = field(default_factory=dict)
    completed: dict[str, str] = field(default_factory=dict)
    """Key by upload id, for those whose Complete was done."""
    cors: bytes | None = None
    received: int = 0
    """Bytes of all bodies of objects and parts."""
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def object(self, key: str) -> Bytes:
        if key not in self.objects:
            raise no_such_key(key)
        return self.objects[key]

    def upload(self, key: str, upload_id: str) -> Unfinished:
        upload = self.uploads.get(upload_id)
        if upload is None or upload.key != key:
            raise no_such_upload()
        return upload

    def begin(self, key: str) -> Unfinished:
        upload_id = base64.urlsafe_b64encode(f"{next(self._numbers)}~{key}".encode()).decode().rstrip("=")
        self.uploads[upload_id] = Unfinished(key, upload_id, self.now())
        return self.uploads[upload_id]

    def keep(self, body: bytes | None, size: int, md5: bytes, content_type: str = "") -> Bytes:
        etag = md5.hex() if self.etag_is_md5 else hashlib.sha256(md5).hexdigest()[:32]
        return Bytes(size, md5, etag, self.now(), body, content_type or "binary/octet-stream")

    def join(self, parts: Mapping[int, Bytes]) -> Bytes:
        """Make one object of parts; its ETag is the digest of their digests and their number."""
        bodies = [part.body for part in parts.values()]
        body = None if None in bodies else b"".join(body for body in bodies if body is not None)
        md5 = hashlib.md5(b"".join(part.md5 for part in parts.values()), usedforsecurity=False).digest()
        made = self.keep(body, sum(part.size for part in parts.values()), md5)
        return Bytes(made.size, md5, f"{made.etag}-{len(parts)}", made.stored_at, body)


def bounds(asked: str | None, size: int) -> tuple[int, int] | None:
    """Read a Range of one piece; None for the whole, as for every Range that S3 does not understand."""
    unit, _, piece = (asked or "").partition("=")
    first, dash, last = piece.partition("-")
    if unit != "bytes" or not dash or not (first + last).isdigit():
        return None
    if not first:
        return max(0, size - int(last)), size
    if int(first) >= size:
        raise Refusal(416, "InvalidRange", "The requested range is not satisfiable", ActualObjectSize=str(size))
    return int(first), min(size, int(last) + 1) if last else size
