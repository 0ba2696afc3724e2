"""`packagemanagermanifest`: the registry packages that the assets of this one need."""

from __future__ import annotations

import json

from asset_ingest.core.formats.plain_text import one_line

_MOST = 1_000


def read_manifest(body: bytes) -> dict[str, str]:
    """Return name and version of each dependency. Raises ValueError when it is not such a manifest."""
    try:
        parsed = json.loads(body.decode("utf-8-sig"))
    except RecursionError as error:
        raise ValueError("the manifest is nested too deeply") from error
    dependencies = parsed.get("dependencies") if isinstance(parsed, dict) else None
    if not isinstance(dependencies, dict):
        raise ValueError("the manifest names no dependencies")  # noqa: TRY004  bad content, not a bad call
    pairs = list(dependencies.items())[:_MOST]
    return {one_line(name, 200): one_line(version, 200) for name, version in pairs if isinstance(version, str)}
