"""Which pages may send bytes straight to the bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from botocore.exceptions import ClientError

from asset_ingest.adapters.object_store.s3.client import S3Place, opened_client
from asset_ingest.adapters.object_store.s3.errors import S3Refused, code_of, our_errors

OUR_RULE: Final = "asset-ingest"
"""The name under which we find our own rule again."""

METHODS: Final = ("PUT", "GET", "HEAD")
"""What a page asks of the bucket: parts are sent, results are read."""

EXPOSED: Final = ("ETag",)
"""A page that sends parts must read their ETags, or nobody can put them together."""

_NO_RULES_YET: Final = "NoSuchCORSConfiguration"
# MinIO's community edition answers 501 (minio/minio #20995, #21332) or, before, MalformedXML (#15874).
_NO_RULES_EVER: Final = frozenset({"NotImplemented", "MalformedXML", "MethodNotAllowed"})


class CorsNotSettable(S3Refused):
    """The server decides for all buckets at once who may ask."""

    remedy = "Set it for the whole server, with MinIO by MINIO_API_CORS_ALLOW_ORIGIN, and run the doctor again."


async def set_cors(place: S3Place, origins: Sequence[str]) -> None:
    """Let pages of these origins send and read; rules of other people stay as they are."""
    async with opened_client(place, place.endpoint) as client:
        others = [rule for rule in await _rules(client, place.bucket) if rule.get("ID") != OUR_RULE]
        rules = {"CORSRules": [*others, _our_rule(origins)]}
        with our_errors(), _settable():
            await client.put_bucket_cors(Bucket=place.bucket, CORSConfiguration=rules)


@contextmanager
def _settable() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if code_of(error) in _NO_RULES_EVER:
            raise CorsNotSettable("the S3 server has no CORS rules for single buckets") from error
        raise


async def _rules(client: Any, bucket: str) -> list[dict[str, Any]]:
    with our_errors(), _settable():
        try:
            return list((await client.get_bucket_cors(Bucket=bucket)).get("CORSRules", ()))
        except ClientError as error:
            if code_of(error) == _NO_RULES_YET:
                return []
            raise


def _our_rule(origins: Sequence[str]) -> dict[str, Any]:
    """Return the rule. What is exposed is named: no provider promises a `*` there."""
    return {
        "ID": OUR_RULE,
        "AllowedOrigins": list(origins),
        "AllowedMethods": list(METHODS),
        "AllowedHeaders": ["*"],
        "ExposeHeaders": list(EXPOSED),
        "MaxAgeSeconds": 3600,
    }
