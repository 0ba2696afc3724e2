"""Signing the many parts of one upload: botocore takes a third of a millisecond for each, in the event loop.

Query parameters as in "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", docs.aws.amazon.com,
Amazon S3 API Reference. Where the upload is, botocore still says: addresses have rules of their own.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import SplitResult, quote, urlsplit

from asset_ingest.core.ports.object_store import PartToSign

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class PartSigner:
    """Signs parts of the upload at `url`, for a time; what no part changes is made once."""

    url: str
    _place: SplitResult
    _query: str
    _upload_id: str
    _scope: str
    _stamp: str
    _key: bytes = field(repr=False)

    def address(self, part: PartToSign) -> str:
        """Return where a client may put this part, and only if it has this size, and this MD5 where one was said."""
        # in the order of the signature: by name, capitals first
        md5 = {"content-md5": part.content_md5} if part.content_md5 else {}
        headers = {"content-length": str(part.size), **md5, "host": _host(self._place)}
        names, lines = ";".join(headers), "".join(f"{name}:{value}\n" for name, value in headers.items())
        signed = f"X-Amz-SignedHeaders={_encoded(names)}"
        query = f"{self._query}&{signed}&partNumber={part.number}&uploadId={self._upload_id}"
        asked = f"PUT\n{self._place.path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        digest = hashlib.sha256(asked.encode()).hexdigest()
        text = f"{_ALGORITHM}\n{self._stamp}\n{self._scope}\n{digest}"
        return f"{self.url}?{query}&X-Amz-Signature={hmac.digest(self._key, text.encode(), 'sha256').hex()}"


async def part_signer(client: Any, upload: dict[str, Any], now: datetime, lifetime: timedelta) -> PartSigner:
    """Return who signs parts of `upload`, named as `client` names it, from now on for so long."""
    example = await client.generate_presigned_url("upload_part", Params={**upload, "PartNumber": 1})
    # the only way to the keys, wherever the client has them from, that renews them when it is time
    keys = (await client._request_signer.get_auth_instance("s3", client.meta.region_name, "s3v4")).credentials  # noqa: SLF001
    place, stamp = urlsplit(example), now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{stamp[:8]}/{client.meta.region_name}/s3/aws4_request"
    said = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Credential": f"{keys.access_key}/{scope}",
        "X-Amz-Date": stamp,
        "X-Amz-Expires": str(int(lifetime.total_seconds())),
        **({"X-Amz-Security-Token": keys.token} if keys.token else {}),
    }
    return PartSigner(
        url=example.partition("?")[0],
        _place=place,
        _query="&".join(f"{name}={_encoded(value)}" for name, value in said.items()),
        _upload_id=_encoded(upload["UploadId"]),
        _scope=scope,
        _stamp=stamp,
        _key=_signing_key(keys.secret_key, scope),
    )


def _signing_key(secret: str, scope: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in scope.split("/"):
        key = hmac.digest(key, step.encode(), "sha256")
    return key


def _host(place: SplitResult) -> str:
    """Return the Host that clients send: without a port that goes without saying."""
    host = place.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if place.port in {None, _DEFAULT_PORTS.get(place.scheme)} else f"{host}:{place.port}"


def _encoded(value: str) -> str:
    return quote(value, safe="-_.~")
