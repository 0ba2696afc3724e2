"""What `asset-ingest doctor` finds out about Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import redis
from anyio import to_thread

from asset_ingest.adapters.task_queue.redis_broker import open_client
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.examination import Examinable, Finding

_SUBJECT: Final = "Redis"
_REACH: Final = "Correct ASSET_INGEST_REDIS_URL, and see that the server runs and can be reached from here."
_EVICTS: Final = "Set maxmemory-policy to noeviction; until then work may wait half a minute longer than it has to."


class RedisExamination(Examinable):
    """Asks the server who it is, whether we may write, and whether it forgets what it was given; leaves nothing."""

    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._prefix = prefix

    async def examine(self) -> Sequence[Finding]:
        return await to_thread.run_sync(self._examine)

    def _examine(self) -> list[Finding]:
        try:
            with open_client(self._url) as client:
                return _findings(client, self._prefix)
        except IngestError as error:
            return [Finding(_SUBJECT, error.message, error.remedy)]
        except (redis.RedisError, OSError) as error:
            return [Finding(_SUBJECT, f"does not let us in: {_reason(error)}", _REACH)]


def _findings(client: redis.Redis, prefix: str) -> list[Finding]:
    client.ping()
    client.set(f"{prefix}:doctor", "1", ex=5)
    client.delete(f"{prefix}:doctor")
    said: Any = client.info()
    name = "Valkey" if "valkey_version" in said else "Redis"
    found = [Finding(_SUBJECT, f"{name} {said.get('valkey_version') or said.get('redis_version')} answers")]
    policy = said.get("maxmemory_policy", "noeviction")
    if policy != "noeviction" and said.get("maxmemory"):
        found.append(Finding(_SUBJECT, f"it may throw messages away when it is full ({policy})", _EVICTS))
    return found


def _reason(error: Exception) -> str:
    """Return what is wrong in words that hold no address and no password."""
    return next((words for kind, words in _REASONS if isinstance(error, kind)), type(error).__name__)


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (  # the narrow before the wide
    (redis.exceptions.ReadOnlyError, "it is a copy that takes no writes"),
    (redis.exceptions.NoPermissionError, "our user may not write names that begin with our prefix"),
    (redis.AuthenticationError, "the user or the password is wrong"),
    (redis.TimeoutError, "it does not answer in time"),
    (redis.ResponseError, "it refuses the number of the database, or a command of ours"),
    (redis.ConnectionError, "nobody answers at its address"),
    (OSError, "nobody answers at its address"),
)
