"""What never reaches a log, whoever passes it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Final

HIDDEN: Final = "[hidden]"
_DEEPEST: Final = 8
_LONGEST: Final = 4096
_LONGEST_NUMBER: Final = 64
"""Bits; Python writes none of thousands of digits, and nobody reads one."""
_SEQUENCES: Final = (list, tuple, set, frozenset)

# Any of these as a word of the name: `api_key`, `Set-Cookie`, `accessToken`. An object's key is its address, no secret.
_SECRET_WORDS: Final = frozenset(
    {"apikey", "authorization", "cookie", "credential", "credentials", "key", "keys", "password", "passwd", "pwd"}
    | {"secret", "secrets", "token", "tokens"}
)
_HARMLESS: Final = frozenset({"object_key"})
_MAY_HOLD_SECRETS: Final = re.compile(r"[\s:=]")  # each of the patterns below needs one of these
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

_IN_TEXT: Final = (
    (re.compile(r"(\w://[^\s:/@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),  # a password inside an address
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b((?:token|secret|password|signature)[\"']?\s*[=:]\s*[\"']?)[^\s&\"',;]+"), rf"\1{HIDDEN}"),
)


def redacted_facts(facts: Mapping[str, object]) -> dict[str, object]:
    """Return `facts` as plain data without their secrets; never raises, whatever a value does when it is asked."""
    return _facts(facts, 0)


def redacted_text(text: str) -> str:
    """Return `text` without what looks like a secret in it."""
    if not _MAY_HOLD_SECRETS.search(text):
        return text
    for pattern, replacement in _IN_TEXT:
        text = pattern.sub(replacement, text)
    return text


@lru_cache(maxsize=1024)
def is_secret(name: str) -> bool:
    """Say whether a value of this name is nobody's business."""
    return name not in _HARMLESS and not _SECRET_WORDS.isdisjoint(word.lower() for word in _WORD.findall(name))


def _facts(facts: Mapping[str, object], depth: int) -> dict[str, object]:
    named = {_said(name): item for name, item in facts.items()}
    return {name: HIDDEN if is_secret(name) else _plain(item, depth + 1) for name, item in named.items()}


def _plain(value: object, depth: int) -> object:
    if isinstance(value, str):
        return redacted_text(_said(value)[:_LONGEST])
    if value is None or (isinstance(value, float) and isfinite(value)):
        return value
    if isinstance(value, int) and value.bit_length() <= _LONGEST_NUMBER:
        return value
    if isinstance(value, dict) and depth < _DEEPEST:
        return _facts(value, depth)
    if isinstance(value, _SEQUENCES) and depth < _DEEPEST:
        return [_plain(item, depth + 1) for item in value]
    return redacted_text(_said(value)[:_LONGEST])


def _said(value: object) -> str:
    try:
        return str(value)
    except Exception:  # noqa: BLE001  # an observer never raises, and this is somebody else's __str__
        return f"<{type(value).__name__}>"
