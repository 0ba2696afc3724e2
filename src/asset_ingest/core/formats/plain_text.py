"""Text from outside, made fit to show: no control characters, none that turn the reading direction, no flood."""

from __future__ import annotations

import unicodedata
from typing import Final

_UNSHOWABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
_TURNS: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def one_line(text: str, longest: int) -> str:
    """Return `text` without what could break a line, a terminal or the reading order; at most `longest` characters."""
    return "".join(char for char in text[:longest] if is_showable(char)).strip()


def is_showable(char: str) -> bool:
    return char not in _TURNS and unicodedata.category(char) not in _UNSHOWABLE
