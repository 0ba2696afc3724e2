"""A strict S3 server in memory that fails when and how the test says.

It is for faults that no real server can be made to show, and for the rules of providers that cannot be run here. It
proves every signature, refuses what the chosen provider refuses, and is open for a test to look into.

It is no S3 server to keep anything in: one bucket, one pair of keys, path style only; no versions, policies, ACLs,
tags, lifecycles, delimiters, events or encryption; bodies in `aws-chunked` are refused. What it knows of a provider is
what `rules` cites. Whether an adapter works is shown by a real server; whether it survives, by this one.
"""

from asset_ingest.testing.s3_server.bucket import Bucket, Bytes, Unfinished
from asset_ingest.testing.s3_server.rules import AWS, B2, CEPH, MINIO, R2, Checksums, Rules
from asset_ingest.testing.s3_server.server import BUCKET, KEYS, S3Server, Seen, s3_server
from asset_ingest.testing.s3_server.signature import Keys

__all__ = [
    "AWS",
    "B2",
    "BUCKET",
    "CEPH",
    "KEYS",
    "MINIO",
    "R2",
    "Bucket",
    "Bytes",
    "Checksums",
    "Keys",
    "Rules",
    "S3Server",
    "Seen",
    "Unfinished",
    "s3_server",
]
