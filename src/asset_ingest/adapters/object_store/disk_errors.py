"""What a disk complains of, in our words."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, TypeVarTuple

from asset_ingest.core.errors import ObjectMissing, StoreFull, StoreUnavailable

Made = TypeVar("Made")
Arguments = TypeVarTuple("Arguments")


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise StoreFull or StoreUnavailable for what goes wrong inside."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StoreFull from error
        raise StoreUnavailable(f"the disk failed: {error.strerror}") from error


@contextmanager
def found(key: str) -> Iterator[None]:
    """Raise ObjectMissing where no file is found inside."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise ObjectMissing(key) from error


def translated(call: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
    """Return what `call` does; its errors are ours."""
    with disk_errors():
        return call(*arguments)


def translated_for(key: str, call: Callable[[*Arguments], Made], *arguments: *Arguments) -> Made:
    """Return what `call` does to what is there for `key`; its errors are ours."""
    with disk_errors(), found(key):
        return call(*arguments)
