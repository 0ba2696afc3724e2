"""Failures of the database, said in our words. Trying again is the callers' affair."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import asyncpg

from asset_ingest.core.errors import Conflict, DatabaseUnavailable, IngestError, InvalidRequest, Misconfigured

LOST: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
"""What a connection that went away may raise; OSError is TimeoutError too."""

_UNIQUE, _REFERENCE = "23505", "23503"
# The first two digits of SQLSTATEs that go away: connection, transaction state, authorization, catalogue, resources,
# locks, the operator's hand, the machine.
_UNAVAILABLE = frozenset({"08", "25", "28", "3D", "53", "55", "57", "58"})
_NOT_LET_IN = {
    "28P01": "the database does not accept our user and password",
    "28000": "the database does not let our user in",
    "3D000": "the database that ASSET_INGEST_DATABASE_URL names does not exist",
}
_NOT_A_VALUE = "a value cannot be stored: it is too large or holds characters that no text has"


class NotLetIn(DatabaseUnavailable):
    remedy = "Correct ASSET_INGEST_DATABASE_URL, or the rights over there."


@contextmanager
def our_errors() -> Iterator[None]:
    """Nobody outside meets an error of asyncpg or of its sockets."""
    try:
        yield
    except asyncpg.ClientConfigurationError:
        raise Misconfigured(
            "ASSET_INGEST_DATABASE_URL cannot be used as it is"
        ) from None  # the cause may quote a secret
    except asyncpg.PostgresError as error:
        raise _said_by_the_server(error.sqlstate or "") from error
    except ValueError as error:
        raise InvalidRequest(_NOT_A_VALUE) from error
    except LOST as error:
        raise DatabaseUnavailable("the database does not answer") from error


def _said_by_the_server(sqlstate: str) -> IngestError:
    family = sqlstate[:2]
    if sqlstate in _NOT_LET_IN:
        return NotLetIn(_NOT_LET_IN[sqlstate])
    if sqlstate in {_UNIQUE, _REFERENCE} or family == "40":  # 40: a deadlock or a lost race
        return Conflict("somebody changed the same thing at the same moment")
    if family in _UNAVAILABLE:
        return DatabaseUnavailable(f"the database cannot do this now (SQLSTATE {sqlstate})")
    if family == "22":
        return InvalidRequest(_NOT_A_VALUE)
    return IngestError(f"the database refused what we asked (SQLSTATE {sqlstate})")
