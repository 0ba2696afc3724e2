"""What providers of S3 insist on, one switch per rule, each with where it is said or was seen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Checksums(Enum):
    """What becomes of `x-amz-checksum-*`, `x-amz-sdk-checksum-algorithm` and `x-amz-trailer`."""

    VERIFIED = auto()  # AWS: "Checking object integrity", user guide
    IGNORED = auto()  # Ceph RGW 16: a wrong sum is answered 200 (measured)
    REFUSED = auto()  # B2: 400 InvalidArgument "Unsupported header" (iterate-ch/cyberduck#15841, home-assistant#143995)
    NOT_IMPLEMENTED = auto()  # R2: 501 NotImplemented (aws/aws-sdk-js-v3#6810, cloudflare/cloudflare-docs#13132)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One provider's S3; without arguments that of AWS as its API reference has it."""

    checksums: Checksums = Checksums.VERIFIED
    sums_up: bool = True
    """Whether the answer to a new object tells its CRC64NVME unasked: AWS alone does (API Checksum)."""

    refuses_tagging: bool = False
    """B2 and R2 have no `x-amz-tagging` (tus/tus-node-server#538, gaul/s3proxy#34)."""

    needs_length: bool = False
    """Ceph 16 answers 411 to a body in `aws-chunked` (measured over TLS); B2 and R2 have no such signatures either."""

    equal_parts: bool = False
    """R2: "All parts except the last one must be the same size" (R2 docs, Multipart upload); said at Complete."""

    numbers_without_gaps: bool = False
    """B2: "The parts uploaded for one file must have contiguous numbers, starting with 1" (b2_upload_part)."""

    names_every_part: bool = False
    """Ceph completes an upload only if every part in it is named: "total parts mismatch" (rgw_sal_rados; measured)."""

    lists_uploads_by_exact_key: bool = False
    """MinIO finds unfinished uploads only where the prefix is the whole key (minio/docs#1216)."""

    smallest_part: int = 5 << 20
    """5 MiB but for the last part (AWS, "Multipart upload limits"); B2, R2, MinIO and Ceph keep the same."""

    most_parts: int = 10_000
    """10,000 (AWS, "Multipart upload limits"); Scaleway stops at 1,000 (tus/tus-node-server#711)."""

    largest_put: int = 5 << 30
    """5 GiB in one request, also in one copy (AWS, "Uploading objects", API CopyObject)."""

    keeps_completed_uploads: bool = False
    """A second Complete says 200 on Ceph and Swift (measured), NoSuchUpload on others, AWS after a while among them.

    Ceph 16 then leaves out the quotes around the ETag (measured).
    """

    etag_is_md5: bool = True
    """Not with SSE-KMS or SSE-C (AWS, API Object, ETag)."""

    ranges: bool = True
    """rclone's `serve s3` answers a Range on a presigned GET with the whole (measured)."""

    if_match: bool = True
    """Whether a read under a condition is held to it."""

    copies: bool = True
    """Whether CopyObject and UploadPartCopy exist."""

    multiparts: bool = True
    """s3rver, for one, has no list of parts (measured)."""

    sets_cors: bool = True
    """Swift and MinIO's community edition have no CORS per bucket: 501 (Swift measured)."""

    messages: bool = True
    """Ceph 16 leaves `<Message>` empty (measured)."""

    forgets_keys_of_aborted_uploads: bool = False
    """Ceph 16 says NoSuchKey, not NoSuchUpload, for the parts of an aborted upload (measured)."""


AWS: Final = Rules()
B2: Final = Rules(
    sums_up=False,
    checksums=Checksums.REFUSED,
    refuses_tagging=True,
    needs_length=True,
    numbers_without_gaps=True,
    largest_put=5_000_000_000,  # "from 5 MB to 5 GB" (Backblaze, Large files)
)
R2: Final = Rules(
    sums_up=False,
    checksums=Checksums.NOT_IMPLEMENTED,
    refuses_tagging=True,
    needs_length=True,
    equal_parts=True,
    largest_put=(5 << 30) - (5 << 20),  # "5 MiB less than 5 GiB" (R2, Limits)
)
MINIO: Final = Rules(sums_up=False, lists_uploads_by_exact_key=True, sets_cors=False)
CEPH: Final = Rules(
    sums_up=False,
    checksums=Checksums.IGNORED,
    needs_length=True,
    names_every_part=True,
    keeps_completed_uploads=True,
    messages=False,
    forgets_keys_of_aborted_uploads=True,
)
