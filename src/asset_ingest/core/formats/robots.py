"""What a robots.txt asks of us, after RFC 9309: the longest pattern wins, `*` and `$` mean what they should.

The standard library's reader knows no `*` and takes the first pattern that fits, so it finds doors open that are shut.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

LARGEST_ROBOTS: Final = 512 << 10
"""Bytes: RFC 9309, section 2.5, wants at least 500 KiB to be read."""
_LONGEST_PATTERN: Final = 2_000
_LONGEST_PAUSE: Final = 3_600.0
_RESERVED: Final = "/%:?#[]@!$&'()*+,;=~"
_PERCENT: Final = re.compile(r"%[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for one program. Each is a pattern and whether what fits may be fetched."""

    rules: tuple[tuple[str, bool], ...] = ()
    pause: float = 0.0
    """Seconds between two requests that the site asks for."""

    def allows(self, path: str) -> bool:
        """Tell whether the program may fetch `path`, with its query. Of equally long rules the kind one wins."""
        if path == "/robots.txt":
            return True
        wanted = _normal(path)
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, wanted)]
        return max(fitting)[1] if fitting else True


def read_robots(body: bytes, program: str) -> Robots:
    """Return what the file says to `program`, the product token of our User-Agent; anything at all can be read."""
    groups = list(_groups(_lines(body[:LARGEST_ROBOTS])))
    ours = [group for group in groups if program.lower() in group.programs]
    chosen = ours or [group for group in groups if "*" in group.programs]
    rules = tuple(rule for group in chosen for rule in group.rules)
    return Robots(rules, max((group.pause for group in chosen), default=0.0))


@dataclass(slots=True)
class _Group:
    programs: frozenset[str]
    rules: Sequence[tuple[str, bool]]
    pause: float


def _lines(body: bytes) -> Iterator[tuple[str, str]]:
    text = body.decode("utf-8", "replace").removeprefix("\ufeff")
    for line in re.split(r"\r\n|\r|\n", text):
        name, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _groups(lines: Iterator[tuple[str, str]]) -> Iterator[_Group]:
    """Gather the lines; a group begins with one or more `user-agent` and ends where the next one begins."""
    programs: set[str] = set()
    rules: list[tuple[str, bool]] = []
    pause, begun = 0.0, False
    for name, value in lines:
        if name == "user-agent":
            if begun:
                yield _Group(frozenset(programs), rules, pause)
                programs, rules, pause, begun = set(), [], 0.0, False
            programs.add(_token(value))
        elif name in {"allow", "disallow"}:
            begun = True
            if value:  # an empty rule rules nothing
                rules.append((_normal(value[:_LONGEST_PATTERN]), name == "allow"))
        elif name == "crawl-delay":
            begun, pause = True, _seconds(value)
    yield _Group(frozenset(programs), rules, pause)


def _token(value: str) -> str:
    return value.partition("/")[0].strip().lower()


def _seconds(value: str) -> float:
    try:
        seconds = float(value)
    except ValueError:
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_PAUSE) if math.isfinite(seconds) else 0.0


def _normal(path: str) -> str:
    """Say the same octets in the same way, so that `%7e`, `%7E` and a raw letter compare well."""
    raw = path if path.startswith(("/", "*")) else "/" + path
    return _PERCENT.sub(lambda escape: escape[0].upper(), quote(raw, safe=_RESERVED, errors="replace"))


def _fits(pattern: str, path: str) -> bool:
    """Match without backtracking: each piece between stars at its first place, the last one at the end for `$`."""
    anchored = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not anchored or path == first
    at = len(first)
    *inner, last = others
    for piece in inner:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return path.endswith(last) and len(path) - len(last) >= at if anchored else path.find(last, at) >= 0
