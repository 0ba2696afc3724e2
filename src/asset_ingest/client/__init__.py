"""The async client of an asset_ingest server: uploads, lists, live events, downloads. Needs the extra `client`."""

from asset_ingest.client.backoff import Backoff
from asset_ingest.client.client import Client
from asset_ingest.client.errors import (
    BrokenOff,
    ClientError,
    FileUnusable,
    KeyRefused,
    Missing,
    Misused,
    NotUnderstood,
    Refused,
    StillRunning,
    Unavailable,
    Unreachable,
)
from asset_ingest.client.following import Following
from asset_ingest.client.views import Asset, Entry, Finding, Job, Step, Version

__all__ = [
    "Asset",
    "Backoff",
    "BrokenOff",
    "Client",
    "ClientError",
    "Entry",
    "FileUnusable",
    "Finding",
    "Following",
    "Job",
    "KeyRefused",
    "Missing",
    "Misused",
    "NotUnderstood",
    "Refused",
    "Step",
    "StillRunning",
    "Unavailable",
    "Unreachable",
    "Version",
]
