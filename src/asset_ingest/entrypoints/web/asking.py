"""What queries may say, field by field, and bodies too where they say the same."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypeVar
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field

from asset_ingest.core.model.uploads import LONGEST_NOTE

Item = TypeVar("Item")


def _storable(text: str) -> str:
    """Refuse what no database text can hold: NUL and halves of characters."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("holds characters that no text has")
    return text


def digits(said: object) -> object:
    """Refuse what Python reads as a number and JSON does not: underscores, signs, spaces, other scripts' digits."""
    if isinstance(said, str) and not (said.isascii() and said.isdecimal() and len(said) <= 18):
        raise ValueError("should be a whole number without a sign")
    return said


def _written(said: object) -> object:
    """Refuse what Python reads as a moment and RFC 3339 does not: seconds since some year."""
    if isinstance(said, (int, float)) or (isinstance(said, str) and "T" not in said.upper()):
        raise ValueError("should be a date and time with its zone, as in 2026-01-31T12:00:00Z")
    return said


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("lies outside of all calendars") from None


def _commas(said: object) -> object:
    return [part for part in said.split(",") if part] if isinstance(said, str) else said


Text = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
"""What a person says of a change; the core looks at the rest of it."""
# PostgreSQL's integer, so that an impossible number is not found instead of not asked
SmallNumber = Annotated[int, BeforeValidator(digits), Field(ge=0, le=2**31 - 1)]
Number = Annotated[int, BeforeValidator(digits), Field(ge=0, lt=10**18)]
Limit = Annotated[int, BeforeValidator(digits), Field(ge=1, le=200)]
Cursor = UUID | None
"""The `next_cursor` of the page before."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""RFC 3339, with its zone."""
OpaqueCursor = Annotated[str, Field(max_length=2000, pattern="^[A-Za-z0-9_-]+$")]
"""The same, for lists that are sorted by more than ids."""
# The last sign has but two bits to say.
ContentMd5 = Annotated[str, Field(pattern="^[A-Za-z0-9+/]{21}[AQgw]==$")]
"""The MD5 of bytes as HTTP's `Content-MD5` writes it: sixteen bytes in base64."""
CommaList = Annotated[frozenset[Item], BeforeValidator(_commas)]
