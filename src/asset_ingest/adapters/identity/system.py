"""Secrets from the operating system's source of chance."""

from __future__ import annotations

import secrets

from asset_ingest.core.ports.identity import Tokens


class SystemTokens(Tokens):
    """Tokens that nobody can guess."""

    def new(self) -> str:
        return secrets.token_urlsafe(32)  # 256 bits, 43 characters
