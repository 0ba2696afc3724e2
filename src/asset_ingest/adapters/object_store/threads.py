"""Blocking calls in threads that are always waited for: what they work on is never taken away under them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from typing import TypeVar, TypeVarTuple

import anyio

Made = TypeVar("Made")
Arguments = TypeVarTuple("Arguments")


def begun(call: Callable[[*Arguments], Made], *arguments: *Arguments) -> asyncio.Future[Made]:
    """Start `call` in a thread of the loop's own pool."""
    return asyncio.get_running_loop().run_in_executor(None, call, *arguments)


async def ended(work: asyncio.Future[Made]) -> asyncio.CancelledError | None:
    """Wait until `work` has ended, well or not, and return the cancellation that arrived meanwhile.

    A thread cannot be stopped. The scope shields from anyio's cancellation, the loop from asyncio's own.
    """
    cancelled = None
    with anyio.CancelScope(shield=True):
        while not work.done():
            try:
                await asyncio.wait([work])
            except asyncio.CancelledError as error:
                cancelled = error
    if not work.cancelled():
        work.exception()  # looked at, so that asyncio does not report it as forgotten
    return cancelled


async def finished(work: asyncio.Future[Made]) -> Made:
    """Return what `work` made, or raise what it raised; a cancellation is raised once the thread has ended."""
    if cancelled := await ended(work):
        raise cancelled
    return work.result()


async def pulled(items: Generator[Made, None, None]) -> AsyncGenerator[Made, None]:
    """Yield what a blocking generator makes, each item made in a thread."""
    try:
        while (item := await finished(begun(next, items, None))) is not None:
            yield item
    finally:
        items.close()
