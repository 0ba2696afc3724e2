"""Files on servers of others, by their web address."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is about to come. All of it is what a stranger says: nothing of it is to be believed.

    `chunks` begin at byte `start` and can be read once, while the file is open. They raise SourceUnavailable when they
    break off or come too slowly, TooLarge as soon as there are more bytes than we take. `size` is that of the whole
    file. Whoever has a `version` can go on with just these bytes later.
    """

    filename: str | None
    size: int | None
    content_type: str | None
    chunks: AsyncIterable[bytes]
    start: int = 0
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Rest:
    """What is still wanted of a file: of that `version`, and `size` if that was told, from byte `start` on."""

    start: int
    version: str
    size: int | None


class RemoteFiles(Protocol):
    """Reads files that others serve to everybody, and is never led to where only we can go."""

    @abstractmethod
    def check(self, url: str) -> None:
        """Raise AddressRefused for an address of which that can be told without asking anybody."""

    @abstractmethod
    def open(self, url: str, rest: Rest | None = None) -> AbstractAsyncContextManager[RemoteFile]:
        """Ask for the file, or for the `rest` of it, and yield it while its bytes come in.

        Where that version is no more, or its server cannot begin in the middle, the file comes from byte 0 instead.

        Raises AddressRefused when the address, or one that it leads to, is not for us; SourceUnavailable when nobody
        answers as they should; TooLarge when what is there is larger than we take.
        """
