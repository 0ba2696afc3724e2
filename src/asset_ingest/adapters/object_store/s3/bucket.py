"""The bucket, as the verbs of this package share it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from asset_ingest.adapters.object_store.s3.errors import our_errors, status_of, told
from asset_ingest.adapters.object_store.s3.profiles import Profile
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.formats.crc64nvme import as_text, of_text
from asset_ingest.core.ports.object_store import StoredObject

_UNEXPLAINED: Final = frozenset({301, 400, 403, 404})


@dataclass(frozen=True, slots=True)
class Head:
    """What the store says of one object, with the name of its content."""

    stored: StoredObject
    etag: str


@dataclass(frozen=True, slots=True)
class Bucket:
    """An open client and the bucket it works in."""

    client: Any
    name: str
    profile: Profile

    def at(self, key: str) -> dict[str, str]:
        """Return the arguments that name one object."""
        return {"Bucket": self.name, "Key": key}

    async def head(self, key: str) -> Head:
        """Ask for size, age and ETag, or raise ObjectMissing."""
        with our_errors(key):
            try:
                said = await self.client.head_object(**self.at(key))
            except ClientError as error:
                if status_of(error) in _UNEXPLAINED:
                    await self._explain(key)
                raise
        age = age_of(told(said, "LastModified"))
        stored = StoredObject(key, told(said, "ContentLength"), age, said.get("ContentType"))
        return Head(stored, told(said, "ETag"))

    async def pages(
        self, call: str, proof: str, markers: Mapping[str, str], key: str = "", **asked: Any
    ) -> AsyncGenerator[dict[str, Any], None]:
        """Yield every page of a listing; `markers` says which answer becomes which argument for the next one.

        `proof` is what no page of such a listing lacks.
        """
        while True:
            with our_errors(key):
                said = await getattr(self.client, call)(**asked)
            told(said, proof)
            yield said
            if not said.get("IsTruncated"):
                return
            following = {argument: said.get(marker) for argument, marker in markers.items()}
            if following.items() <= asked.items() or None in following.values():
                raise StoreUnavailable("the S3 server gives a listing that leads nowhere")
            asked.update(following)

    async def _explain(self, key: str) -> None:
        """Raise what a GET answers: an answer to HEAD has no body, so it tells a missing bucket from nothing."""
        said = await self.client.get_object(**self.at(key), Range="bytes=0-0")
        said["Body"].close()


def age_of(said: datetime) -> datetime:
    """Return what HEAD and a listing say alike: a header has whole seconds, a listing may have parts of them."""
    return said.astimezone(UTC).replace(microsecond=0)


def crc_said(said: Mapping[str, Any]) -> str | None:
    """Return the server's own CRC64NVME of the whole object it has just made; a COMPOSITE one sums up parts' sums.

    AWS tells it unasked: it "is present if the object was uploaded without a checksum (and Amazon S3 added the default
    checksum, CRC64NVME)" (API Checksum; PutObject, CompleteMultipartUpload). Others would refuse to be asked.
    """
    if said.get("ChecksumType") != "FULL_OBJECT":
        return None
    try:
        return as_text(of_text(str(said.get("ChecksumCRC64NVME"))))
    except ValueError:  # what is no checksum says nothing
        return None


def answered_at(said: dict[str, Any]) -> datetime:
    """Return the server's own clock at the answer `said`: to the second the age of what it has just stored."""
    with suppress(KeyError, ValueError):
        return parsedate_to_datetime(said["ResponseMetadata"]["HTTPHeaders"]["date"])
    return datetime.now(UTC)
