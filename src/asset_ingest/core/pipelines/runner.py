"""Claims a step, runs it under its lease, and writes how it ended: once, whatever dies in between."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import anyio

from asset_ingest.core.errors import (
    AssetPurgedMeanwhile,
    Defer,
    Family,
    IngestError,
    LeaseLost,
    NotFound,
    TimedOut,
    WorkerLost,
)
from asset_ingest.core.journeys import Journey, Journeys, beating, failure_of
from asset_ingest.core.model.assets import wearing
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.model.jobs import RunTrigger, StepRun, StepStatus, StepTrigger
from asset_ingest.core.pipelines.commit import Committer, Pipelines
from asset_ingest.core.pipelines.lease import Lease
from asset_ingest.core.pipelines.step import Step, StepContext, StepResult, Subject
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.system_records import DueStep, WorkRecords
from asset_ingest.core.ports.telemetry import Observer

CLOCK_SKEW = timedelta(seconds=5)
"""The dispatcher asked the database's clock whether the step is due; ours may be behind."""

RETRIED = frozenset({Family.DEPENDENCY, Family.INFRA, Family.QUOTA})


class UnknownStep(IngestError):
    """A newer program planned a step that this one does not have."""

    remedy = "Update this worker to the version of the program that took the upload."


class Unexpected(IngestError):
    """A bug of ours: the log has the traceback."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the runner waits and how often it tries; seconds."""

    lease: float = 30.0
    step: float = 3600.0
    attempts: int = 5
    lost_leases: int = 3
    backoff: float = 2.0
    longest_backoff: float = 300.0

    def after(self, attempt: int) -> timedelta:
        """Return the wait before the next attempt: exponential, with jitter so that many do not come back at once."""
        most = min(self.backoff * 2 ** (attempt - 1), self.longest_backoff)
        return timedelta(seconds=most * random.uniform(0.5, 1.0))  # noqa: S311  jitter is no secret


@dataclass(frozen=True, slots=True)
class Claim:
    """A step that is ours for now."""

    step: Step
    context: StepContext
    lease: Lease


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs steps by id."""

    work: WorkRecords
    journeys: Journeys
    pipelines: Pipelines
    observer: Observer
    patience: Patience = Patience()

    async def run(self, step_id: StepId) -> None:
        """Run the step if it can be claimed; an id that cannot is dropped, for the records know better."""
        due = await self.work.locate(step_id)
        claim = await self._claim(due) if due else None
        if claim is None:
            return
        try:
            result = await beating(claim.lease.keep, lambda: self._execute(claim))
            await self._commit(claim, result)
        except LeaseLost:
            self.observer.noted("step.lease_lost", step=claim.step.name, job_id=str(claim.lease.step.job_id))
        except Defer as wish:
            await self._release(claim, wish.until, reason=str(wish))
        except IngestError as error:
            await self._fail(claim, error)
        except Exception as error:  # noqa: BLE001  a worker outlives every step; the traceback goes to the observer
            self.observer.failed("step.bug", error, correlation_id=claim.context.job.correlation_id)
            await self._fail(claim, Unexpected("something went wrong in our own code"))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._hand_back(claim)
            raise

    # --- claiming -----------------------------------------------------------------------------------------------

    async def _claim(self, due: DueStep) -> Claim | None:
        async with self.journeys.change(due.studio_id) as tx:
            at = await self.journeys.load(tx, due.job_id)
            run = at.step(due.step_id)
            soon = self.journeys.clock.now() + CLOCK_SKEW
            if run is None or run.status is not StepStatus.READY or run.not_before > soon:
                return None
            return await self._take(tx, at, run)

    async def _take(self, tx: Transaction, at: Journey, run: StepRun) -> Claim | None:
        step = self.pipelines.step(run.name)
        token = self.journeys.new_id()
        run = await self.journeys.move_step(
            tx,
            at,
            run,
            StepTrigger.CLAIM,
            attempt=run.attempt + 1,
            lease_token=token,
            started_at=self.journeys.clock.now(),
            ended_at=None,
            failure=None,
            reason=None,
        )
        await tx.runs.lease(run.id, token, self.patience.lease)
        await self.journeys.move_run(tx, at, RunTrigger.START)
        if step is None:
            await self.journeys.fail(tx, at, run, UnknownStep(f"this program has no step named {run.name}"))
            return None
        if at.run and at.run.version_id is None and step.name != self.pipelines.digest.name:
            await self.journeys.fail(tx, at, run, AssetPurgedMeanwhile())
            return None
        claim = await self._hold(tx, at, run, step, token)
        if reason := step.skips(claim.context):
            await self.journeys.end_step(tx, at, run, StepTrigger.SKIP, reason=reason)
            await self.journeys.go_on(tx, at)
            return None
        await self.journeys.move_job(tx, at, step.phase.trigger, "worker", progress=at.progress_at(0.0))
        return replace(claim, context=replace(claim.context, job=at.job))

    async def _hold(self, tx: Transaction, at: Journey, run: StepRun, step: Step, token: UUID) -> Claim:
        lease = Lease(self.journeys, at, run, token, self.patience.lease)
        context = StepContext(
            job=at.job,
            session=at.session,
            run=run,
            maybe_subject=await _subject(tx, at),
            renew=lease.renew,
            report=lease.report,
            transaction=lease.transaction,
            remember=lease.remember,
        )
        return Claim(step, context, lease)

    # --- working and ending -------------------------------------------------------------------------------------

    async def _execute(self, claim: Claim) -> StepResult:
        with anyio.move_on_after(self.patience.step):
            return await claim.step(claim.context)
        raise TimedOut(f"the step took longer than {self.patience.step:.0f} seconds")

    async def _commit(self, claim: Claim, result: StepResult) -> None:
        async with self.journeys.change(claim.lease.step.studio_id) as tx:
            at, run = await self._still_mine(tx, claim)
            await Committer(self.journeys, self.pipelines).commit(tx, at, run, result)
        self.observer.noted(
            "step.ended",
            correlation_id=at.job.correlation_id,
            step=run.name,
            job_id=str(at.job.id),
            attempt=run.attempt,
        )

    async def _still_mine(self, tx: Transaction, claim: Claim) -> tuple[Journey, StepRun]:
        try:
            at = await self.journeys.load(tx, claim.lease.step.job_id)
        except NotFound:  # cancelled and forgotten meanwhile
            raise LeaseLost from None
        run = at.step(claim.lease.step.id)
        if run is None or run.lease_token != claim.lease.token:
            raise LeaseLost
        return at, run

    async def _fail(self, claim: Claim, error: IngestError) -> None:
        """Write the failure or the next attempt; where even that fails, the lease lapses and says so for us."""
        run = claim.lease.step
        correlation_id = claim.context.job.correlation_id
        if error.family is Family.INPUT:  # files are refused every day; an error in the log is for what we should mend
            self.observer.noted("step.refused", correlation_id=correlation_id, step=run.name, code=error.code)
        else:
            self.observer.failed("step.failed", error, correlation_id=correlation_id, step=run.name)
        try:
            async with self.journeys.change(run.studio_id) as tx:
                at, run = await self._still_mine(tx, claim)
                failures = run.attempt - run.lost_leases  # a vanished worker is no failure of what the step asked for
                if error.family in RETRIED and failures < self.patience.attempts:
                    again = self.journeys.clock.now() + self.patience.after(failures)
                    await self.journeys.release(tx, at, run, again, failure=failure_of(error, run.name))
                else:
                    await self.journeys.fail(tx, at, run, error)
        except LeaseLost:
            self.observer.noted("step.lease_lost", step=run.name, job_id=str(run.job_id))
        except IngestError as worse:
            self.observer.failed("step.end_not_written", worse, step=run.name)

    async def _hand_back(self, claim: Claim) -> None:
        """On a clean stop the step is free at once, not when its lease lapses."""
        with anyio.move_on_after(5):
            await self._release(claim, self.journeys.clock.now())

    async def _release(self, claim: Claim, until: datetime, reason: str | None = None) -> None:
        """Put the step off; the attempt does not count."""
        try:
            async with self.journeys.change(claim.lease.step.studio_id) as tx:
                at, run = await self._still_mine(tx, claim)
                await self.journeys.release(tx, at, run, until, attempt=run.attempt - 1, reason=reason)
        except LeaseLost:
            self.observer.noted("step.lease_lost", step=claim.step.name)
        except IngestError as error:
            self.observer.failed("step.release_not_written", error, step=claim.step.name)

    # --- for the dead -------------------------------------------------------------------------------------------

    async def bury(self, due: DueStep) -> None:
        """End the claim of a worker that vanished: the step is free again, or FAILED after too many."""
        async with self.journeys.change(due.studio_id) as tx:
            at = await self.journeys.load(tx, due.job_id)
            run = at.step(due.step_id)
            if run is None or run.status is not StepStatus.RUNNING or run.lease_token != due.lease_token:
                return
            self.observer.noted("step.worker_lost", job_id=str(due.job_id), step=run.name, times=run.lost_leases + 1)
            if run.lost_leases + 1 >= self.patience.lost_leases:
                await self.journeys.fail(tx, at, run, WorkerLost(run.lost_leases + 1))
            else:
                await self.journeys.release(tx, at, run, self.journeys.clock.now(), lost_leases=run.lost_leases + 1)


async def _subject(tx: Transaction, at: Journey) -> Subject | None:
    if at.run is None or at.run.version_id is None:
        return None
    version = await tx.versions.get(at.run.version_id)
    asset = await tx.assets.get(version.asset_id)
    # What a step reads of the asset is what this version says, whichever is the current one by now.
    asset = replace(wearing(asset, version), current_version=asset.current_version)
    return Subject(
        asset=asset,
        version=version,
        blob=await tx.versions.blob(version.blob_id),
        renditions=tuple(await tx.derived.renditions([version.id])),
        publisher=await tx.publishers.get(asset.publisher_id) if asset.publisher_id else None,
    )
