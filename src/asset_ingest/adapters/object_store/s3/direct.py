"""Bytes that go straight from whoever has them into the bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from asset_ingest.adapters.object_store.keys import checked_key
from asset_ingest.adapters.object_store.s3.bucket import Bucket
from asset_ingest.adapters.object_store.s3.errors import our_errors
from asset_ingest.adapters.object_store.s3.multipart_uploads import S3Multipart
from asset_ingest.adapters.object_store.s3.presigning import part_signer
from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.ports.object_store import DirectUploads, PartToSign, SignedRequest

# "The expiration cannot be longer than 7 days": every provider keeps to this limit of AWS Signature Version 4.
_LONGEST_LIFE: Final = timedelta(days=7)


class S3DirectUploads(S3Multipart, DirectUploads):
    """Presigned requests against the bucket; `signer` is a client of the endpoint that senders can reach.

    The signature covers the host, the length and, where the sender said it, the MD5: every provider holds it against
    the bytes, while B2 and R2 refuse all `x-amz-checksum-*`.
    """

    def __init__(self, bucket: Bucket, signer: Any, page: int = 1000) -> None:
        super().__init__(bucket, page)
        self._signer = signer
        reached = urlsplit(signer.meta.endpoint_url)  # the bucket is a part of the path, never of the host
        self.origin = f"{reached.scheme}://{reached.netloc}"

    async def sign_put(
        self,
        key: str,
        size: int,
        lifetime: timedelta,
        content_type: str | None = None,
        content_md5: str | None = None,
    ) -> SignedRequest:
        now, told = _beginning(lifetime), {"Content-Type": content_type, "Content-MD5": content_md5}
        headers = {name: value for name, value in told.items() if value}
        with our_errors():
            url = await self._signer.generate_presigned_url(
                "put_object",
                Params={
                    **self._bucket.at(checked_key(key)),
                    "ContentLength": size,
                    **{name.replace("-", ""): value for name, value in headers.items()},
                },
                ExpiresIn=int(lifetime.total_seconds()),
            )
        return _request(url, size, now + lifetime, headers)

    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        now = _beginning(lifetime)
        with our_errors():
            signer = await part_signer(self._signer, self._upload(key, upload_id).at(), now, lifetime)
        return [_request(signer.address(part), part.size, now + lifetime, _md5_of(part)) for part in parts]


def _beginning(lifetime: timedelta) -> datetime:
    if not timedelta(seconds=1) <= lifetime <= _LONGEST_LIFE:
        raise InvalidRequest("a signed request lives between one second and seven days")
    return datetime.now(UTC)


def _request(url: str, size: int, until: datetime, headers: Mapping[str, str]) -> SignedRequest:
    return SignedRequest("PUT", url, {"Content-Length": str(size), **headers}, until)


def _md5_of(part: PartToSign) -> dict[str, str]:
    return {"Content-MD5": part.content_md5} if part.content_md5 else {}
