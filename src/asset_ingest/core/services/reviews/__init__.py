"""Comments on versions and approvals of them, and who hears of that."""

from asset_ingest.core.services.reviews.accepting import NewComment
from asset_ingest.core.services.reviews.approvals import Approvals
from asset_ingest.core.services.reviews.comments import Comments
from asset_ingest.core.services.reviews.policies import Policies

__all__ = ["Approvals", "Comments", "NewComment", "Policies"]
