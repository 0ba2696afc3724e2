import pytest

from asset_ingest.adapters.identity.memory import CountingTokens
from asset_ingest.adapters.identity.system import SystemTokens
from asset_ingest.testing.identity import TokensContract


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
