"""What every Records and SystemRecords promises. Subclasses bring `records`, `system` and `add_studio`; see `base`."""

from asset_ingest.testing.records.access import AccessContract
from asset_ingest.testing.records.assets import AssetsContract, BlobsContract
from asset_ingest.testing.records.base import AddStudio
from asset_ingest.testing.records.cards import CardsContract
from asset_ingest.testing.records.catalogue import CatalogueContract, VersionsContract
from asset_ingest.testing.records.derived import DerivedContract
from asset_ingest.testing.records.dispatch import DispatchContract
from asset_ingest.testing.records.events import EventsContract
from asset_ingest.testing.records.groups import GroupsContract
from asset_ingest.testing.records.imports import ImportsContract
from asset_ingest.testing.records.jobs import JobsContract
from asset_ingest.testing.records.members import InvitationsContract, MembersContract, RegisteringContract
from asset_ingest.testing.records.notifications import DigestsContract, NotificationsContract
from asset_ingest.testing.records.pieces import PiecesContract
from asset_ingest.testing.records.publishers import PublishersContract
from asset_ingest.testing.records.reviews import ApprovalsContract, CommentsContract
from asset_ingest.testing.records.runs import RunsContract
from asset_ingest.testing.records.shares import SharesContract
from asset_ingest.testing.records.sign_in import AttemptsContract, KeysContract, PasswordsContract, SessionsContract
from asset_ingest.testing.records.transactions import TransactionsContract
from asset_ingest.testing.records.uploads import PartsContract, UploadsContract
from asset_ingest.testing.records.usage import UsageContract
from asset_ingest.testing.records.work import WorkContract

__all__ = ["AddStudio", "RecordsContract"]


class RecordsContract(
    TransactionsContract,
    JobsContract,
    UploadsContract,
    PartsContract,
    PiecesContract,
    UsageContract,
    ImportsContract,
    GroupsContract,
    RunsContract,
    AssetsContract,
    CardsContract,
    CatalogueContract,
    VersionsContract,
    BlobsContract,
    DerivedContract,
    PublishersContract,
    SharesContract,
    CommentsContract,
    ApprovalsContract,
    NotificationsContract,
    DigestsContract,
    EventsContract,
    AccessContract,
    MembersContract,
    InvitationsContract,
    PasswordsContract,
    SessionsContract,
    KeysContract,
    RegisteringContract,
    AttemptsContract,
    DispatchContract,
    WorkContract,
):
    """Every suite by noun, for one adapter."""
