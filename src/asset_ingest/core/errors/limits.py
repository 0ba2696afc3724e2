"""Limits that an operator has set: each names itself, so that a program knows what it ran into."""

from __future__ import annotations

from math import ceil

from asset_ingest.core.errors.codes import Code, Family, IngestError

_THOUSAND = 1000


class LimitReached(IngestError):
    """This would be beyond a limit; `retry_after` says in how many seconds it makes sense to ask again."""

    family = Family.QUOTA
    retry_after: int | None = None

    def __init__(self, message: str, limit: int, used: int | None = None, wanted: int | None = None) -> None:
        super().__init__(message)
        self.limit = limit
        self.used = used
        self.wanted = wanted


class QuotaExceeded(LimitReached):
    """The studio's stored bytes and those that its open uploads promise leave no room for these; all in bytes."""

    code = Code.QUOTA_EXCEEDED
    remedy = "Cancel uploads that nobody needs, or ask an operator for more room."

    def __init__(self, limit: int, used: int, wanted: int) -> None:
        message = (
            f"{_said(wanted)} more do not fit: {_said(used)} of the {_said(limit)} that this studio may keep are taken"
        )
        super().__init__(message, limit, used, wanted)


def _said(count: int) -> str:
    """Return a size as people say it: 20.0 kB, 5.5 GB; the exact figures are in the error's fields."""
    size, unit = float(count), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if size < _THOUSAND:
            break
        size, unit = size / _THOUSAND, larger
    return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"


class TooManyUploads(LimitReached):
    code = Code.TOO_MANY_UPLOADS
    remedy = "Finish or cancel an upload that is open, then try again."
    retry_after = 5

    def __init__(self, limit: int, used: int) -> None:
        super().__init__(f"{used} uploads of this studio are open; {limit} may be at once", limit, used)


class TooManyBodies(LimitReached):
    """This process takes in as many bodies as it may."""

    code = Code.TOO_MANY_BODIES
    remedy = "Try again in a moment; the server has its hands full."
    retry_after = 5

    def __init__(self, limit: int) -> None:
        super().__init__(f"this server takes in {limit} bodies at once, and so many are on their way", limit, limit)


class TooSlow(LimitReached):
    """A body came slower than `limit` bytes per second, on average over a while; what arrived is dealt with as ever."""

    code = Code.TOO_SLOW
    family = Family.INPUT
    remedy = (
        "Send fewer files at once, and by a resumable upload: what arrived of one is kept, and it goes on from there."
    )

    def __init__(self, limit: int, seconds: float) -> None:
        super().__init__(f"the body came slower than {limit} bytes per second for {seconds:g} seconds", limit)


class TooManyRequests(LimitReached):
    """Somebody asks more often than they may; `retry_after` says when the next one is taken."""

    code = Code.TOO_MANY_REQUESTS
    remedy = "Wait as long as the header Retry-After says, then try again."

    def __init__(self, message: str, limit: int, retry_after: float) -> None:
        super().__init__(message, limit)
        self.retry_after = max(1, ceil(retry_after))
