from __future__ import annotations

import asyncio

import pytest

from asset_ingest.adapters.identity.argon2 import LONGEST_LINE, Argon2Passwords, Cost
from asset_ingest.adapters.identity.memory import QuickPasswords
from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.ports.identity import Passwords
from asset_ingest.testing.identity import PasswordsContract

CHEAP = Cost(passes=1, memory_kib=8, lanes=1)


class TestQuickPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return QuickPasswords()


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Passwords:
        return Argon2Passwords(CHEAP)


async def test_it_is_argon2id_at_the_cost_that_is_recommended() -> None:
    held = await Argon2Passwords().hash("correct horse")
    assert held.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_a_hash_of_another_cost_still_opens_and_is_stale() -> None:
    held = await Argon2Passwords(CHEAP).hash("correct horse")
    dearer = Argon2Passwords(Cost(passes=2, memory_kib=8, lanes=1))
    assert dearer.is_stale(held)
    assert await dearer.verify(held, "correct horse")


async def test_too_many_at_once_are_sent_away_and_the_rest_get_their_turn() -> None:
    passwords = Argon2Passwords(CHEAP, at_once=1)
    given = await asyncio.gather(
        *(passwords.hash("correct horse") for _ in range(LONGEST_LINE + 20)), return_exceptions=True
    )
    refused = [each for each in given if isinstance(each, TooManyRequests)]
    assert 0 < len(refused) <= 20
    assert len([each for each in given if isinstance(each, str)]) == len(given) - len(refused)
