"""Rows of people, and of what they come in with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from asset_ingest.core.model.access import ApiKey, BrowserSession, Member, Role, SignInLink
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import Invitation, Password, PasswordReset, RefreshToken, TokenFamily
from asset_ingest.testing.records.samples.base import FAR_AHEAD, LONG_AGO, StudioSamples, digest, new_id


@dataclass(frozen=True, slots=True)
class PeopleSamples(StudioSamples):
    """Makes members, their keys, sessions and links."""

    def key(self, **changes: Any) -> ApiKey:
        own = self._secret("secret_hash") | {"name": "key", "created_at": LONG_AGO}
        return ApiKey(**own | changes)

    def link(self, **changes: Any) -> SignInLink:
        own = self._secret("token_hash") | {"expires_at": FAR_AHEAD}
        return SignInLink(**own | changes)

    def browser(self, **changes: Any) -> BrowserSession:
        own = self._secret("token_hash") | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD}
        return BrowserSession(**own | changes)

    def colleague(self, **changes: Any) -> Member:
        ident = MemberId(new_id())
        own: dict[str, Any] = {
            "id": ident,
            "studio_id": self.id,
            "name": "Bo",
            "role": Role.ARTIST,
            "created_at": LONG_AGO,
            "email": f"bo-{ident.hex}@example.org",
        }
        return Member(**own | changes)

    def password(self, **changes: Any) -> Password:
        own: dict[str, Any] = {"studio_id": self.id, "member_id": self.member.id, "hash": "h1", "set_at": LONG_AGO}
        return Password(**own | changes)

    def reset(self, **changes: Any) -> PasswordReset:
        return PasswordReset(**self._secret("token_hash") | {"expires_at": FAR_AHEAD} | changes)

    def invitation(self, **changes: Any) -> Invitation:
        own = self._secret("token_hash") | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD, "role": Role.DIRECTOR}
        own |= {"invited_by": own.pop("member_id"), "email": f"{own['id'].hex}@example.org"}
        return Invitation(**own | changes)

    def family(self, **changes: Any) -> TokenFamily:
        return TokenFamily(**self._owned() | {"created_at": LONG_AGO, "expires_at": FAR_AHEAD} | changes)

    def refresh_token(self, family: TokenFamily, **changes: Any) -> RefreshToken:
        own: dict[str, Any] = {"token_hash": digest(new_id()), "studio_id": self.id, "family_id": family.id}
        return RefreshToken(**own | changes)
