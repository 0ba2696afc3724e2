"""Files on servers of others, by their web address."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that is about to come. All of it is what a stranger says: `size` and `filename` are not to be believed.

    `chunks` can be read once, while the file is open. Raises SourceUnavailable when they break off or come too slowly,
    TooLarge as soon as there are more bytes than we take.
    """

    filename: str | None
    size: int | None
    content_type: str | None
    chunks: AsyncIterable[bytes]


class RemoteFiles(Protocol):
    """Reads files that others serve to everybody, and is never led to where only we can go."""

    @abstractmethod
    def check(self, url: str) -> None:
        """Raise AddressRefused for an address of which that can be told without asking anybody."""

    @abstractmethod
    def open(self, url: str) -> AbstractAsyncContextManager[RemoteFile]:
        """Ask for the file and yield it while its bytes come in.

        Raises AddressRefused when the address, or one that it leads to, is not for us; SourceUnavailable when nobody
        answers as they should; TooLarge when what is there is larger than we take.
        """
