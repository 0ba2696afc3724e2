"""Files that we fetch ourselves, whatever breaks in between."""

from asset_ingest.core.services.imports.imports import Imports, ImportView, NewImport
from asset_ingest.core.services.imports.limits import ImportLimits

__all__ = ["ImportLimits", "ImportView", "Imports", "NewImport"]
