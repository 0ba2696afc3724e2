"""The async client of an asset_ingest server: uploads, lists, live events, downloads. Needs the extra `client`."""

from asset_ingest.client.backoff import Backoff
from asset_ingest.client.client import Client
from asset_ingest.client.errors import (
    BrokenOff,
    ClientError,
    FileChanged,
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
from asset_ingest.client.memory import Memory
from asset_ingest.client.resuming import Checkpoint
from asset_ingest.client.tus import Mark
from asset_ingest.client.views import Asset, Check, Entry, Finding, Group, Job, Step, Version

__all__ = [
    "Asset",
    "Backoff",
    "BrokenOff",
    "Check",
    "Checkpoint",
    "Client",
    "ClientError",
    "Entry",
    "FileChanged",
    "FileUnusable",
    "Finding",
    "Following",
    "Group",
    "Job",
    "KeyRefused",
    "Mark",
    "Memory",
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
