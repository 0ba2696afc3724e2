"""What is wrong with the world around us."""

from __future__ import annotations

from asset_ingest.core.errors.codes import Code, Family, IngestError


class ObjectMissing(IngestError):
    """The store has no object under this key."""

    code = Code.OBJECT_MISSING
    family = Family.INFRA
    remedy = "An operator should check the object store: something deleted its data."

    def __init__(self, key: str) -> None:
        super().__init__("the stored bytes are gone")
        self.key = key


class StoreUnavailable(IngestError):
    code = Code.STORE_UNAVAILABLE
    family = Family.INFRA
    remedy = "Try again in a moment; if it stays, an operator should look at the object store."


class StoreFull(IngestError):
    code = Code.STORE_FULL
    family = Family.INFRA
    remedy = "An operator has to free space in the object store."

    def __init__(self) -> None:
        super().__init__("the object store has no space left")


class DatabaseUnavailable(IngestError):
    code = Code.DATABASE_UNAVAILABLE
    family = Family.INFRA
    remedy = "Try again in a moment; if it stays, an operator should look at the database."


class BrokerUnavailable(IngestError):
    """What carries ids and notices between our processes does not answer; nothing is lost with it."""

    code = Code.BROKER_UNAVAILABLE
    family = Family.INFRA
    remedy = "Work goes on once the message broker (Redis or Valkey) is back; if it stays away, look at its server."


class ServiceUnavailable(IngestError):
    """A service of somebody else did not do its part."""

    code = Code.SERVICE_UNAVAILABLE
    family = Family.DEPENDENCY
    remedy = "Retry the job later; the service may be down or refusing us."


class SourceUnavailable(ServiceUnavailable):
    """The server that we fetch a file from does not do its part."""

    remedy = "Import the address again later; nothing of the first attempt is kept."


class WorkerLost(IngestError):
    """The step took its worker down as often as we allow."""

    code = Code.WORKER_LOST
    family = Family.INPUT
    remedy = "The file may be made to crash readers. Look at the worker's log before you retry."

    def __init__(self, attempts: int) -> None:
        super().__init__(f"the worker vanished {attempts} times while it worked on this step")


class MailUnavailable(ServiceUnavailable):
    """The mail server did not take a letter."""

    remedy = "Give the link to the person yourself, and ask an operator to look at ASSET_INGEST_SMTP_*."


class TimedOut(IngestError):
    """The work took longer than an operator allows; the same file would again."""

    code = Code.TIMED_OUT
    family = Family.INPUT
    remedy = "Retry the job once the server is less busy, or ask an operator to raise the limit."


class Misconfigured(IngestError):
    """The operator's settings cannot work; said before anything starts."""

    code = Code.MISCONFIGURED
    family = Family.INFRA
    remedy = "Correct the setting that the message names and start again."
