"""Where this program keeps what one run leaves for the next."""

from __future__ import annotations

import os
from pathlib import Path


def state_folder() -> Path:
    """Return the user's folder for it, as the XDG base directories have it; raises RuntimeError without a home."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".local" / "state"
    return base / "asset-ingest"
