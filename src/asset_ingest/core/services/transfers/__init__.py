"""Uploads that take more than one request."""

from asset_ingest.core.services.transfers.appending import no_bytes
from asset_ingest.core.services.transfers.base import NewUpload, TransferLimits
from asset_ingest.core.services.transfers.checksums import Checksum
from asset_ingest.core.services.transfers.direct import Transfers

__all__ = ["Checksum", "NewUpload", "TransferLimits", "Transfers", "no_bytes"]
