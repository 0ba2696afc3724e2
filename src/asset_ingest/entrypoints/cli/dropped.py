"""The files behind what a person named."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Found:
    """A file to send, with the size it has now."""

    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something in a folder that is not sent; `wrong` when the person would want it to be."""

    path: Path
    why: str
    wrong: bool = False


def dropped(paths: Iterable[Path]) -> Iterator[Found | LeftOut]:
    """Yield every file, those of a folder in the order of their names. Blocks: run it in a thread.

    In folders what is hidden is passed by, and links are not followed: they may lead out, or round in a circle.
    """
    for path in paths:
        yield from _walk(path)


def _walk(named: Path) -> Iterator[Found | LeftOut]:
    waiting = [named]  # no recursion: folders may be nested deeper than Python's stack
    while waiting:
        path = waiting.pop()
        try:
            facts = path.stat() if path is named else path.lstat()
            if stat.S_ISDIR(facts.st_mode):
                waiting += sorted((below for below in path.iterdir() if not below.name.startswith(".")), reverse=True)
            elif stat.S_ISREG(facts.st_mode):
                yield Found(path, facts.st_size)
            else:
                yield LeftOut(path, "it is a link" if stat.S_ISLNK(facts.st_mode) else "it is no file")
        except OSError as error:
            yield LeftOut(path, error.strerror or str(error), wrong=True)
