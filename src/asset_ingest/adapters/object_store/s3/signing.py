"""Signing a body whose SHA-256 is known already: botocore would read and hash it in the event loop.

The signature covers the SHA-256 of every body, over TLS too: the server compares it with what arrived, so a byte that
changed anywhere between our memory and its disk is noticed, with every provider. MD5 of parts against their ETags would
cost more (SHA-256 runs in hardware), and an ETag is no MD5 where the bucket is encrypted.
"""

from __future__ import annotations

from typing import Any, Final, Protocol, runtime_checkable

import botocore.auth

_NAME: Final = "s3v4-known-digest"


@runtime_checkable
class KnownDigest(Protocol):
    """A body that knows the SHA-256 of its bytes, in hex."""

    sha256: str


class KnownDigestAuth(botocore.auth.S3SigV4Auth):  # type: ignore[misc]  # botocore has no types
    """AWS Signature Version 4, as botocore makes it, for bodies that know their digest."""

    def payload(self, request: Any) -> str:
        """Return what the signature says of the body."""
        body = request.body
        return body.sha256 if isinstance(body, KnownDigest) else str(super().payload(request))


def sign_with_known_digest(client: Any) -> None:
    """Let `client` sign the calls that carry bytes so."""
    botocore.auth.AUTH_TYPE_MAPS[_NAME] = KnownDigestAuth
    for operation in ("PutObject", "UploadPart"):
        client.meta.events.register(f"choose-signer.s3.{operation}", _choose)


def _choose(signature_version: str, **_: object) -> str | None:
    return _NAME if signature_version == "s3v4" else None  # a presigned URL says nothing of its body
