"""One place that opens a client: how every request is addressed, signed, bounded in time and repeated."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession
from botocore.loaders import Loader, create_loader

from asset_ingest.adapters.object_store.s3.errors import our_errors
from asset_ingest.adapters.object_store.s3.http_session import BoundedSession
from asset_ingest.adapters.object_store.s3.retries import Patience, RetryPolicy
from asset_ingest.adapters.object_store.s3.signing import sign_with_known_digest

# Reads hold a connection for as long as their reader is slow, so there are many; sends are few by themselves.
_CONNECTIONS: Final = 256
# What an environment prepared for other AWS programs must not change for a bucket whose key we were given.
_NO_FILES: Final[Mapping[str, tuple[None, None, str | None, None]]] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
# The calls for which botocore insists on a checksum even with `when_required`.
_CHECKED_CALLS: Final = ("DeleteObjects", "PutBucketCors", "PutBucketLifecycleConfiguration")


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where the bucket is and how we get in. Without a key the usual AWS chain finds one."""

    bucket: str
    endpoint: str | None = None
    public_endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    profile: str = "generic"
    ca_file: Path | None = None
    patience: Patience = Patience()


@asynccontextmanager
async def opened_client(place: S3Place, endpoint: str | None) -> AsyncIterator[Any]:
    """Yield a client of the S3 API at `endpoint`; nothing is sent yet."""
    session = await asyncio.to_thread(_session, place)
    with our_errors():
        opening = session.create_client(
            "s3",
            region_name=place.region,
            endpoint_url=endpoint,
            aws_access_key_id=place.access_key,
            aws_secret_access_key=place.secret_key,
            verify=str(place.ca_file) if place.ca_file else None,
            config=_config(place.patience),
        )
        client = await opening.__aenter__()
    try:
        _hook(client, place.patience)
        yield client
    finally:
        await client.__aexit__(None, None, None)


def _session(place: S3Place) -> AioSession:
    """Return a session that has read what it will ever read from files; a session reads when it is first asked."""
    session = AioSession(session_vars=dict(_NO_FILES) if place.access_key else None)
    session.register_component("data_loader", _descriptions())
    session.warm_up_loader_caches("s3")
    with our_errors():
        _ = session.full_config
    return session


@cache
def _descriptions() -> Loader:
    """Return botocore's description of S3: megabytes of JSON, read once for all clients."""
    return create_loader()


def _config(patience: Patience) -> AioConfig:
    """Return what works everywhere.

    Without `s3v4` botocore signs URLs for endpoints other than AWS's in the old way, which B2 refuses. Its default
    checksums travel as trailers over TLS, which Ceph, B2, R2 and older MinIO refuse (aws-sdk-js-v3 #6810, boto3 #4392).
    """
    return AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.read_seconds,
        max_pool_connections=_CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
        ignore_configured_endpoint_urls=True,
        user_agent_appid="asset-ingest",
        http_session_cls=BoundedSession,
    )


def _hook(client: Any, patience: Patience) -> None:
    events = client.meta.events
    events.unregister("needs-retry.s3", unique_id="retry-config-s3")
    events.register("needs-retry.s3", RetryPolicy(patience).answer, unique_id="retry-policy")
    for operation in _CHECKED_CALLS:
        events.register(f"before-sign.s3.{operation}", _md5_instead_of_checksum)
    sign_with_known_digest(client)


def _md5_instead_of_checksum(request: Any, **_: object) -> None:
    """Say the body's MD5, which every provider takes, where botocore put a CRC, which B2 refuses.

    "Unsupported header 'x-amz-checksum-crc32' received for this API call": cyberduck #15841, home-assistant #143995.
    """
    for name in [
        name for name in request.headers if name.lower().startswith(("x-amz-checksum-", "x-amz-sdk-checksum"))
    ]:
        del request.headers[name]
    body = request.body.encode() if isinstance(request.body, str) else request.body
    digest = hashlib.md5(body, usedforsecurity=False).digest()
    request.headers["Content-MD5"] = base64.b64encode(digest).decode()
