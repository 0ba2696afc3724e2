"""What `asset-ingest doctor` finds out about the bucket."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from asset_ingest.adapters.object_store.s3 import S3Store, open_s3
from asset_ingest.adapters.object_store.s3.client import S3Place
from asset_ingest.adapters.object_store.s3.errors import our_errors
from asset_ingest.adapters.object_store.s3.likeness import profile_finding
from asset_ingest.adapters.object_store.s3.pages import Pages
from asset_ingest.adapters.object_store.s3.probes import ACCESS, PROBES, Trial, probe_objects
from asset_ingest.core.errors import IngestError, ObjectMissing, StoreUnavailable
from asset_ingest.core.ports.examination import Examinable, Finding

_ENDPOINT: Final = "Correct the endpoint in the settings, and see that the server runs and can be reached from here."
_DRIFT_SECONDS: Final = 60  # a quarter of an hour is all that a signature forgives
_ATTEMPTS: Final = 2  # somebody sits and waits


class S3Examination(Examinable):
    """Tries everything that the server needs, under keys of its own (`doctor/…`) that are gone afterwards."""

    def __init__(
        self, place: S3Place, origins: Sequence[str] = (), now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        patience = replace(place.patience, attempts=min(place.patience.attempts, _ATTEMPTS))
        self._place = replace(place, patience=patience)
        self._origins = origins
        self._now = now

    async def examine(self) -> Sequence[Finding]:
        try:
            async with open_s3(self._place) as store:
                return [finding async for finding in self._findings(store)]
        except IngestError as error:
            return [Finding(ACCESS, error.message, error.remedy)]

    async def _findings(self, store: S3Store) -> AsyncIterator[Finding]:
        """Say what is so; stop where the rest could only repeat what is wrong."""
        try:
            headers = await _reach(store)
        except IngestError as error:
            yield self._unreached(error)
            return
        yield Finding(ACCESS, f"{self._where()} answers{self._tls()}, and our key may list '{self._place.bucket}'")
        if (clock := self._clock(headers)) is not None:
            yield clock
        yield profile_finding(store.bucket.profile, self._place.endpoint, headers)
        async with Trial.begun(store) as trial:
            async for finding in self._tried(trial):
                yield finding
        for finding in trial.left_behind:
            yield finding

    async def _tried(self, trial: Trial) -> AsyncIterator[Finding]:
        written = await _or_wrong(probe_objects(trial))
        yield written
        if written.remedy is not None:
            return
        for probe in PROBES:
            yield await _or_wrong(probe(trial))
        async with Pages.visiting(trial, self._place) as pages:
            yield await _or_wrong(pages.hold_to_the_length())
            for origin in self._origins:
                yield await _or_wrong(pages.may_come_from(origin))

    def _where(self) -> str:
        return (
            urlsplit(self._place.endpoint).netloc.rpartition("@")[2]
            if self._place.endpoint
            else f"AWS in {self._place.region}"
        )

    def _tls(self) -> str:
        return ", without TLS" if (self._place.endpoint or "").startswith("http://") else " over TLS"

    def _unreached(self, error: IngestError) -> Finding:
        if isinstance(error, ObjectMissing):  # a web server that knows nothing of buckets
            return Finding(ACCESS, f"{self._where()} does not answer as S3 does", _ENDPOINT)
        remedy = _ENDPOINT if type(error) is StoreUnavailable else error.remedy
        return Finding(ACCESS, f"{self._where()}: {error.message}", remedy)

    def _clock(self, headers: Mapping[str, str]) -> Finding | None:
        try:
            behind = (parsedate_to_datetime(headers["date"]) - self._now()).total_seconds()
        except (KeyError, TypeError, ValueError):  # no date, or one without a zone: nothing to compare
            return None
        if abs(behind) <= _DRIFT_SECONDS:
            return Finding(ACCESS, "its clock agrees with ours")
        way = "behind" if behind > 0 else "ahead of"
        return Finding(
            ACCESS,
            f"our clock is {abs(behind):.0f} s {way} the server's",
            "Set this machine's clock, best by NTP: beyond 15 minutes every request is refused.",
        )


async def _reach(store: S3Store) -> Mapping[str, str]:
    """Ask for the least that needs address, key, secret, clock and bucket to be right; return the answer's headers.

    Not a HEAD: an answer to that has no body, so it could not say which of them is wrong.
    """
    with our_errors():
        said = await store.bucket.client.list_objects_v2(Bucket=store.bucket.name, Prefix="doctor/", MaxKeys=1)
    if said.get("Name") != store.bucket.name:
        raise ObjectMissing("doctor/")
    headers: Mapping[str, str] = said["ResponseMetadata"]["HTTPHeaders"]
    return headers


async def _or_wrong(probe: Awaitable[Finding]) -> Finding:
    try:
        return await probe
    except IngestError as error:
        return Finding(ACCESS, error.message, error.remedy)
    except KeyError as error:  # the driver reads any document as an answer, whatever is in it
        return Finding(ACCESS, f"an answer lacks {error}, which S3 always says", _ENDPOINT)
