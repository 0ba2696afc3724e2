"""Saying which extra is missing instead of which module."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from asset_ingest.core.errors import Misconfigured


@contextmanager
def needing(extra: str, because: str) -> Iterator[None]:
    """Turn the lack of somebody else's module into one sentence; `because` names the setting that wants it."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "asset_ingest":
            raise  # ours to fix
        raise Misconfigured(f"{because} needs more than is installed: install asset-ingest[{extra}]") from None
