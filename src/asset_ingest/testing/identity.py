"""What every Tokens and every Passwords promises. Subclasses bring the fixtures `tokens` and `passwords`."""

from __future__ import annotations

import re

import pytest

from asset_ingest.core.ports.identity import Passwords, Tokens


class TokensContract:
    async def test_a_token_fits_into_an_address_and_a_header_as_it_is(self, tokens: Tokens) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", tokens.new())

    async def test_a_token_has_room_for_256_bits(self, tokens: Tokens) -> None:
        assert len(tokens.new()) * 6 >= 256

    async def test_no_token_comes_twice(self, tokens: Tokens) -> None:
        assert len({tokens.new() for _ in range(1000)}) == 1000


class PasswordsContract:
    """What every Passwords promises. Subclasses bring the fixture `passwords`."""

    @pytest.mark.parametrize("password", ["correct horse", "пароль 🔑", "x" * 256, " ", "nul\0inside"])
    async def test_a_password_matches_its_own_hash_alone(self, passwords: Passwords, password: str) -> None:
        kept = await passwords.hash(password)
        assert await passwords.verify(kept, password)
        assert not await passwords.verify(kept, password + "x")
        assert not await passwords.verify(kept, "")

    async def test_a_hash_neither_shows_the_password_nor_that_two_are_the_same(self, passwords: Passwords) -> None:
        one, other = await passwords.hash("correct horse"), await passwords.hash("correct horse")
        assert one != other
        assert "horse" not in one
