"""What a pipeline step is, what it is given, and what it may answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from asset_ingest.core.model.assets import (
    Asset,
    AssetKind,
    AssetVersion,
    Blob,
    Publication,
    Publisher,
    Rendition,
    RenditionRole,
)
from asset_ingest.core.model.checks import By, Check
from asset_ingest.core.model.jobs import Phase, StepRun, UploadJob
from asset_ingest.core.model.uploads import UploadSession
from asset_ingest.core.ports.repos import Transaction


@dataclass(frozen=True, slots=True)
class Subject:
    """The version a run works on, once the digest has found or born it."""

    asset: Asset
    version: AssetVersion
    blob: Blob
    renditions: tuple[Rendition, ...] = ()
    publisher: Publisher | None = None

    def rendition(self, role: RenditionRole) -> Rendition | None:
        return next((each for each in self.renditions if each.role is role), None)


@dataclass(frozen=True, slots=True)
class StepContext:
    """What a step knows and may do while it holds the lease.

    `renew` must precede every call outside; like `transaction` and `remember` it raises LeaseLost once another worker
    owns the step or somebody cancelled it. `report` takes the fraction done (0 to 1) and never waits. What `remember`
    was given, the next attempt finds in `run.checkpoint`.
    """

    job: UploadJob
    session: UploadSession
    run: StepRun
    maybe_subject: Subject | None
    renew: Callable[[], Awaitable[None]]
    report: Callable[[float], None]
    transaction: Callable[[], AbstractAsyncContextManager[Transaction]]
    remember: Callable[[dict[str, object]], Awaitable[None]]

    @property
    def subject(self) -> Subject:
        """The version at work. Only the digest runs without one."""
        if self.maybe_subject is None:
            raise LookupError("the digest has not run")
        return self.maybe_subject

    def found(self, step_name: str) -> dict[str, Any]:
        """Return the facts that an earlier step of this version wrote; empty where it wrote none."""
        facts = self.subject.version.facts.get(step_name)
        return facts if isinstance(facts, dict) else {}

    def attempt_key(self, name: str) -> str:
        """Return an object key that only this attempt writes; the commit adopts it, the sweeper finds it if not."""
        return f"studios/{self.job.studio_id}/renditions/{self.run.id}/{self.run.lease_token}/{name}"


@dataclass(frozen=True, slots=True)
class NamedPublisher:
    """A publisher as a source names it."""

    source: str
    external_id: str
    name: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Birth:
    """What the digest found the bytes to be: enough to make or find the asset. `checks` are those it has made."""

    sha256: str
    crc64nvme: str
    size: int
    name: str
    kind: AssetKind
    content_type: str
    metadata: dict[str, object] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    publisher: NamedPublisher | None = None
    checks: Mapping[Check, By] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AssetChange:
    """What a step found out about the asset itself; keys of `metadata` replace those already there."""

    name: str | None = None
    metadata: dict[str, object] = field(default_factory=dict)
    provenance: dict[str, str] = field(default_factory=dict)
    publisher: NamedPublisher | None = None


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step made; written in the one transaction that ends it.

    `birth` comes from the digest alone. `ready` puts the asset into the catalogue.
    """

    facts: dict[str, object] = field(default_factory=dict)
    renditions: Sequence[Rendition] = ()
    birth: Birth | None = None
    change: AssetChange | None = None
    publication: Publication | None = None
    ready: bool = False
    skipped: str | None = None  # nothing could be made, and why that is no failure


class Step(Protocol):
    """One thing done to a version, safe to run twice.

    Raising an IngestError ends or retries the step by its family; Defer puts it off; GiveUp ends it.
    """

    name: ClassVar[str]
    """Persisted with the run: never rename."""
    phase: ClassVar[Phase]
    queue: ClassVar[str]

    def skips(self, step: StepContext) -> str | None:
        """Return why there is nothing to do, before the row shows the phase; None when there is."""
        del step
        return None

    @abstractmethod
    async def __call__(self, step: StepContext) -> StepResult: ...
