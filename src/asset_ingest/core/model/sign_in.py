"""How people get in: passwords, links that work once, and the sessions of services."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.ids import MemberId, StudioId

SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 256
"""Characters. Long enough for any sentence, and short enough that hashing one costs no more than hashing another."""
LONGEST_EMAIL: Final = 254
"""What fits between the < and > of SMTP (RFC 5321, 4.5.3.1.3, and its erratum 1690)."""
LONGEST_NAME: Final = 100

_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,253}")
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Password:
    """What a member proves to be themselves with: an Argon2 hash with its parameters, never the password."""

    studio_id: StudioId
    member_id: MemberId
    hash: str = field(repr=False)
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody may join as `role`; its token works once."""

    id: UUID
    studio_id: StudioId
    email: str
    role: Role
    token_hash: str = field(repr=False)
    invited_by: MemberId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class PasswordReset:
    """A member may choose a new password; its token works once."""

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    token_hash: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """One signed-in service. Its access tokens name it and are worth nothing once it is gone."""

    id: UUID
    studio_id: StudioId
    member_id: MemberId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One link of a family's chain. Spent ones stay as long as the family, so that one used again is known."""

    token_hash: str = field(repr=False)
    studio_id: StudioId
    family_id: UUID
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often something was tried since a moment."""

    count: int
    since: datetime


def normalised_email(text: str) -> str:
    """Return the one spelling under which an address is known; raises InvalidRequest for what is none.

    Case is ignored on both sides of the @: no provider that people use tells Ada@ from ada@, and two members who differ
    by that alone are one person who mistyped.
    """
    email = unicodedata.normalize("NFKC", text).strip().casefold()
    # Folding may undo the normal form, and the other way round, for a handful of letters: until it stands still.
    email = unicodedata.normalize("NFKC", email).casefold()
    if len(email) > LONGEST_EMAIL or not _EMAIL.fullmatch(email) or not email.isprintable():
        raise InvalidRequest("this is no e-mail address", "email")
    return email


def checked_password(text: str, field_name: str = "password") -> str:
    """Return the password as it is hashed: the same on keyboards that compose letters differently."""
    password = unicodedata.normalize("NFKC", text)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InvalidRequest(f"should have {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", field_name)
    return password


def checked_name(text: str, field_name: str = "name") -> str:
    """Return a name on one line that can be shown."""
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidRequest(f"should have 1 to {LONGEST_NAME} characters that can be shown", field_name)
    return name


def checked_slug(text: str) -> str:
    """Return a studio's short name for addresses and forms."""
    if not _SLUG.fullmatch(text):
        raise InvalidRequest("should have 1 to 63 small letters, digits or hyphens, no hyphen at an end", "slug")
    return text


def slug_of(name: str) -> str:
    """Return the short name that a name suggests; what has no such letters is a studio."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:63].strip("-") or "studio"
