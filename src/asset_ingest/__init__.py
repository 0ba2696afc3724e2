"""Gets every dropped file in safely, finds out what it is, publishes it, and shows all of this live.

The names here are those of the core; importing them loads no driver. `asset_ingest.bootstrap` wires them to adapters,
`asset_ingest.testing` holds the contracts that an adapter of yours must keep.
"""

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.jobs import ENDED, JobStatus, UploadJob
from asset_ingest.core.ports.cms import CMS
from asset_ingest.core.ports.notifier import Notifier
from asset_ingest.core.ports.object_store import ObjectStore, StoredObject
from asset_ingest.core.ports.repos import JobRepo, Records
from asset_ingest.core.ports.task_queue import TaskQueue
from asset_ingest.core.services.uploads import IncomingFile, Uploads

__all__ = [
    "CMS",
    "ENDED",
    "IncomingFile",
    "IngestError",
    "JobRepo",
    "JobStatus",
    "Notifier",
    "ObjectStore",
    "Principal",
    "Records",
    "Role",
    "StoredObject",
    "TaskQueue",
    "UploadJob",
    "Uploads",
]
