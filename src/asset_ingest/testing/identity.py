"""What every Tokens, Passwords and AccessTokens promises. Subclasses bring the fixture that is named."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import pytest

from asset_ingest.core.errors import Unauthenticated
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.identity import AccessClaims, AccessTokens, Passwords, Tokens


class ManualTime(Clock, Protocol):
    """A clock that a test moves on."""

    def advance(self, by: timedelta) -> None: ...


class TokensContract:
    async def test_a_token_fits_into_an_address_and_a_header_as_it_is(self, tokens: Tokens) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", tokens.new())

    async def test_a_token_has_room_for_256_bits(self, tokens: Tokens) -> None:
        assert len(tokens.new()) * 6 >= 256

    async def test_no_token_comes_twice(self, tokens: Tokens) -> None:
        assert len({tokens.new() for _ in range(1000)}) == 1000


class PasswordsContract:
    """Subclasses bring the fixture `passwords`."""

    @pytest.mark.parametrize("password", ["correct horse", "пароль 🔑", "x" * 256, " ", "nul\0inside"])
    async def test_a_hash_is_of_its_password_alone(self, passwords: Passwords, password: str) -> None:
        held = await passwords.hash(password)
        assert await passwords.verify(held, password)
        assert not await passwords.verify(held, password + "x")
        assert not await passwords.verify(held, "")
        assert password.strip() == "" or password not in held

    async def test_two_hashes_of_a_password_tell_nobody_that_it_is_one(self, passwords: Passwords) -> None:
        assert await passwords.hash("correct horse") != await passwords.hash("correct horse")

    async def test_nobody_has_no_password(self, passwords: Passwords) -> None:
        for typed in ("", "correct horse", "a password that nobody has"):
            assert not await passwords.verify(None, typed)

    async def test_what_we_hash_today_is_not_stale(self, passwords: Passwords) -> None:
        assert not passwords.is_stale(await passwords.hash("correct horse"))

    async def test_what_is_no_hash_is_nobodys(self, passwords: Passwords) -> None:
        assert not await passwords.verify("what is this", "what is this")


class AccessTokensContract:
    """Subclasses bring the fixtures `tokens` and `clock`, whose time it is."""

    def _claims(self, clock: ManualTime) -> AccessClaims:
        ends = clock.now() + timedelta(minutes=10)
        return AccessClaims(StudioId(UUID(int=1)), MemberId(UUID(int=2)), UUID(int=3), ends)

    def test_a_token_says_what_it_was_issued_for(self, tokens: AccessTokens, clock: ManualTime) -> None:
        claims = self._claims(clock)
        assert tokens.read(tokens.issue(claims)) == claims

    def test_a_token_holds_two_dots_and_fits_into_a_header(self, tokens: AccessTokens, clock: ManualTime) -> None:
        assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", tokens.issue(self._claims(clock)), re.ASCII)

    def test_a_token_ends_within_seconds_of_its_time(self, tokens: AccessTokens, clock: ManualTime) -> None:
        token = tokens.issue(self._claims(clock))
        clock.advance(timedelta(minutes=9, seconds=59))
        tokens.read(token)
        clock.advance(timedelta(seconds=6))
        with pytest.raises(Unauthenticated):
            tokens.read(token)

    @pytest.mark.parametrize("token", ["", "..", "a.b.c", "memory.0.x", "é.é.é", "a" * 2000])
    def test_what_we_never_issued_is_none(self, tokens: AccessTokens, token: str) -> None:
        with pytest.raises(Unauthenticated):
            tokens.read(token)
