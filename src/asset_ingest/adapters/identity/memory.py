"""Secrets that a test can foretell, and so can everybody else."""

from __future__ import annotations

from itertools import count

from asset_ingest.core.ports.identity import Tokens


class CountingTokens(Tokens):
    """Tokens of the real shape that count. Never for a server that somebody can reach."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        return f"token-{next(self._numbers):037d}"
