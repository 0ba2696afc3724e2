"""Whose S3 it looks like, and whether the chosen profile can work there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from asset_ingest.adapters.object_store.s3.profiles import PROFILES, Profile
from asset_ingest.core.ports.examination import Finding
from asset_ingest.core.ports.object_store import PartLimits

_SUBJECT: Final = "S3 profile"
_HOSTS: Final = {".amazonaws.com": "aws", ".backblazeb2.com": "b2", ".r2.cloudflarestorage.com": "r2"}
# Of Ceph 16, as seen: transaction, time, instance, zone. Swift has only the first two.
_CEPH_REQUEST: Final = re.compile(r"tx[0-9a-f]{17,21}-[0-9a-f]{10}-[0-9a-f]+-.+")


def likely_profile(endpoint: str | None, headers: Mapping[str, str]) -> str | None:
    """Name the profile that address and answer speak for; None when nothing does."""
    if endpoint is None:
        return "aws"
    host = urlsplit(endpoint).hostname or ""
    for ending, name in _HOSTS.items():
        if host.endswith(ending):
            return name
    if headers.get("server", "").lower().startswith("minio"):
        return "minio"
    return "ceph" if _CEPH_REQUEST.fullmatch(headers.get("x-amz-request-id", "")) else None


def profile_finding(chosen: Profile, endpoint: str | None, headers: Mapping[str, str]) -> Finding:
    """Say whether the chosen profile is the right one; it is wrong where it allows what the server refuses."""
    likely = likely_profile(endpoint, headers)
    if likely is None or likely == chosen.name:
        return Finding(_SUBJECT, f"'{chosen.name}' is chosen, and nothing speaks against it")
    text = f"'{chosen.name}' is chosen, but the server looks like '{likely}'"
    if _allows_more(chosen.parts, PROFILES[likely].parts):
        return Finding(_SUBJECT, text, f"Set ASSET_INGEST_S3_PROFILE={likely}: large files would fail otherwise.")
    return Finding(_SUBJECT, f"{text}; it works, and ASSET_INGEST_S3_PROFILE={likely} would fit better")


def _allows_more(ours: PartLimits, theirs: PartLimits) -> bool:
    return (
        ours.smallest < theirs.smallest
        or ours.largest > theirs.largest
        or ours.most > theirs.most
        or (theirs.equal and not ours.equal)
    )
