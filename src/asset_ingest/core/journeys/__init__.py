"""A job, its bytes and its work move together, and every move is told in the transaction that makes it.

Use cases and the runner change states only here, so a row on the screen, the facts and the work cannot disagree.
"""

from asset_ingest.core.journeys.cms_entry import cms_entry, published
from asset_ingest.core.journeys.heartbeat import beating
from asset_ingest.core.journeys.journey import BYTES_SHARE, Journey, PlannedStep, failure_of
from asset_ingest.core.journeys.moves import Actor, job_moved
from asset_ingest.core.journeys.whole import Journeys

__all__ = [
    "BYTES_SHARE",
    "Actor",
    "Journey",
    "Journeys",
    "PlannedStep",
    "beating",
    "cms_entry",
    "failure_of",
    "job_moved",
    "published",
]
