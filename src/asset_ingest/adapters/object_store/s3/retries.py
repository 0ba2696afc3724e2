"""When a request that failed is sent again, and after what pause.

botocore's own policy waits with jitter but knows only AWS's `x-amz-retry-after`, and by default not even that
(botocore/retries/standard.py); B2 and others say `Retry-After` with their 503 SlowDown, and asking earlier makes it
worse. So the decision is ours, and botocore's is taken out.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

from botocore.exceptions import ConnectionError as NotConnected
from botocore.exceptions import HTTPClientError

from asset_ingest.adapters.object_store.s3.errors import is_untrusted

_AGAIN_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504})
# With status 400 or 403: the bytes or their tail were lost on the way, or the server asks for patience.
_AGAIN_CODES: Final = frozenset({
    *("SlowDown", "SlowDownRead", "SlowDownWrite", "ServiceUnavailable", "InternalError", "OperationAborted"),
    *("RequestTimeout", "IncompleteBody", "BadDigest", "XAmzContentSHA256Mismatch", "Throttling"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for the other side: `read_seconds` for anything to move, either way."""

    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    attempts: int = 4
    first_pause: float = 0.25
    longest_pause: float = 20.0

    def pause(self, attempt: int) -> float:
        """Return the seconds to wait after failed attempt number `attempt`: twice as long each time, with jitter."""
        return min(self.first_pause * float(2 ** (attempt - 1)), self.longest_pause) * random.uniform(0.5, 1)  # noqa: S311


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Answers botocore's event `needs-retry`: seconds to wait, or False for an answer that stands."""

    patience: Patience

    def answer(
        self,
        attempts: int,
        response: tuple[Any, Mapping[str, Any]] | None,
        caught_exception: Exception | None,
        **_: object,
    ) -> float | Literal[False] | None:
        if attempts >= self.patience.attempts:
            return False
        if response is None:
            return self.patience.pause(attempts) if _worth_repeating(caught_exception) else False
        _, said = response
        if not _says_again(said):
            return None  # botocore may still follow a redirect to the bucket's own region
        asked = _retry_after(said["ResponseMetadata"].get("HTTPHeaders", {}))
        return max(self.patience.pause(attempts), min(asked, self.patience.longest_pause))


def _worth_repeating(error: Exception | None) -> bool:
    return isinstance(error, NotConnected | HTTPClientError) and not is_untrusted(error)


def _says_again(said: Mapping[str, Any]) -> bool:
    status = said.get("ResponseMetadata", {}).get("HTTPStatusCode", 200)
    return status in _AGAIN_STATUS or said.get("Error", {}).get("Code") in _AGAIN_CODES


def _retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds that the server asks for, as a number or as a date; 0 when it says nothing sensible."""
    said = headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        until = parsedate_to_datetime(said)
        return max(0.0, (until - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):  # no date, or one without a zone
        return 0.0
