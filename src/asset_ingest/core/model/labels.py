"""What people say of an asset: its name, its tags and metadata of their own. Checked here, once, for every door."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from asset_ingest.core.errors import InvalidRequest

LONGEST_NAME: Final = 200
LONGEST_TAG: Final = 50
MOST_TAGS: Final = 50
LONGEST_KEY: Final = 64
LARGEST_CUSTOM: Final = 16 * 1024
"""Bytes of JSON."""
DEEPEST_CUSTOM: Final = 5
"""Levels: an object in the object is the second."""


def clean_name(raw: str) -> str:
    """Return an asset's name in NFC with single spaces."""
    name = " ".join(unicodedata.normalize("NFC", raw).split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise InvalidRequest(f"a name has 1 to {LONGEST_NAME} characters that can be shown", "name")
    return name


def clean_tags(raw: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are compared: in lower case and one script width, with single spaces, each once."""
    tags = tuple(dict.fromkeys(clean_tag(tag) for tag in raw))
    if len(tags) > MOST_TAGS:
        raise InvalidRequest(f"an asset has at most {MOST_TAGS} tags", "tags")
    return tags


def clean_tag(raw: str, field: str = "tags") -> str:
    tag = " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raw).lower()).split())
    if not 0 < len(tag) <= LONGEST_TAG or not tag.isprintable():
        raise InvalidRequest(f"a tag has 1 to {LONGEST_TAG} characters that can be shown", field)
    return tag


def merged_custom(held: Mapping[str, object], change: Mapping[str, object]) -> dict[str, object]:
    """Return `held` with the keys of `change` in place of its own; null takes a key out (RFC 7396, one level)."""
    custom = {key: value for key, value in {**held, **change}.items() if value is not None}
    for key in change:
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            raise InvalidRequest(f"a key has 1 to {LONGEST_KEY} characters that can be shown", "custom")
    for value in change.values():
        _check(value, DEEPEST_CUSTOM - 1)
    if len(json.dumps(custom, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_CUSTOM:
        raise InvalidRequest(f"all of it together is larger than {LARGEST_CUSTOM} bytes of JSON", "custom")
    return custom


def _check(value: object, levels: int) -> None:
    """Refuse what no database can hold as JSON, and what nests too deep."""
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= char <= "\udfff" for char in value)):
        raise InvalidRequest("holds characters that no text has", "custom")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidRequest("holds a number that is none", "custom")
    if isinstance(value, dict | list):
        if levels == 0:
            raise InvalidRequest(f"is nested deeper than {DEEPEST_CUSTOM} levels", "custom")
        for each in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            _check(each, levels - 1)
