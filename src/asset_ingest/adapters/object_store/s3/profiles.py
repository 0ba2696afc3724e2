"""Whose S3 it is: where providers differ. A rule cites its source, and a test fails when the rule is removed."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.ports.object_store import PartLimits

_MIB: Final = 1 << 20
_GIB: Final = 1 << 30

# "5 MiB to 5 GiB. There is no minimum on the last part"; "10,000 parts": AWS, "Amazon S3 multipart upload limits"
# (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). Ceph and MinIO keep to it.
_AWS: Final = PartLimits(smallest=5 * _MIB, largest=5 * _GIB, most=10_000)
# "Large file parts … from 5 MB to 5 GB": decimal, so a little less than AWS's (backblaze.com/docs, "Large files").
_B2: Final = PartLimits(smallest=5 * _MIB, largest=5_000_000_000, most=10_000)
# "All parts except the last one must be the same size": developers.cloudflare.com/r2/objects/multipart-objects; tusd
# #1278. "The max upload size is 5 MiB less than 5 GiB": developers.cloudflare.com/r2/platform/limits.
_R2: Final = PartLimits(smallest=5 * _MIB, largest=5 * _GIB - 5 * _MIB, most=10_000, equal=True)
# What the strictest known takes: "Part number must be an integer between 1 and 1000" (Scaleway; tus-node-server #711,
# rclone #4159), and B2's decimal 5 GB.
_STRICTEST: Final = PartLimits(smallest=5 * _MIB, largest=5_000_000_000, most=1_000)


@dataclass(frozen=True, slots=True)
class Profile:
    """What one provider takes.

    Only what differs is here. Everything else is done for all in the way that all of them take: paths, SigV4, no
    checksum headers, Content-MD5 where a checksum is a must, one DELETE per object.
    """

    name: str
    parts: PartLimits


_ALL: Final = (
    Profile("aws", _AWS),
    Profile("b2", _B2),
    Profile("minio", _AWS),
    Profile("r2", _R2),
    Profile("ceph", _AWS),
    Profile("generic", _STRICTEST),
)
PROFILES: Final = MappingProxyType({profile.name: profile for profile in _ALL})


def profile_named(name: str) -> Profile:
    """Return the profile, or raise Misconfigured with the names there are."""
    try:
        return PROFILES[name]
    except KeyError:
        raise Misconfigured(f"there is no S3 profile {name!r}; choose one of {', '.join(PROFILES)}") from None
