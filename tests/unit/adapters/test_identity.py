import pytest

from asset_ingest.adapters.identity.argon2 import Argon2Passwords
from asset_ingest.adapters.identity.memory import CountingTokens, QuickPasswords
from asset_ingest.adapters.identity.system import SystemTokens
from asset_ingest.testing.identity import PasswordsContract, TokensContract


class TestSystemTokens(TokensContract):
    @pytest.fixture
    def tokens(self) -> SystemTokens:
        return SystemTokens()


class TestCountingTokens(TokensContract):
    @pytest.fixture
    def tokens(self) -> CountingTokens:
        return CountingTokens()

    def test_they_can_be_foretold(self) -> None:
        assert CountingTokens().new() == CountingTokens().new()


class TestArgon2Passwords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> Argon2Passwords:
        return Argon2Passwords()

    async def test_it_is_argon2id_as_the_rfc_recommends(self, passwords: Argon2Passwords) -> None:
        assert (await passwords.hash("correct horse")).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


class TestQuickPasswords(PasswordsContract):
    @pytest.fixture
    def passwords(self) -> QuickPasswords:
        return QuickPasswords()
