"""What every Tokens promises. Subclasses bring the fixture `tokens`."""

from __future__ import annotations

import re

from asset_ingest.core.ports.identity import Tokens


class TokensContract:
    async def test_a_token_fits_into_an_address_and_a_header_as_it_is(self, tokens: Tokens) -> None:
        assert re.fullmatch(r"[A-Za-z0-9_-]+", tokens.new())

    async def test_a_token_has_room_for_256_bits(self, tokens: Tokens) -> None:
        assert len(tokens.new()) * 6 >= 256

    async def test_no_token_comes_twice(self, tokens: Tokens) -> None:
        assert len({tokens.new() for _ in range(1000)}) == 1000
