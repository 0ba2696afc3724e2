"""Work goes on while a heartbeat keeps the claim to it alive."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

Result = TypeVar("Result")


async def beating(beat: Callable[[], Awaitable[None]], work: Callable[[], Awaitable[Result]]) -> Result:
    """Return what `work` returns; `beat` runs beside it for ever, until it raises because the claim is lost.

    A lost claim cancels the work at its next wait. Raises what either raised, bare: a task group would wrap it.
    """
    done: list[Result] = []
    errors: list[Exception] = []

    async def carried(task: Callable[[], Awaitable[None]], scope: anyio.CancelScope) -> None:
        try:
            await task()
        except Exception as error:  # noqa: BLE001  raised below, outside the group
            errors.append(error)
        scope.cancel()

    async def finish() -> None:
        done.append(await work())

    async with anyio.create_task_group() as group:
        group.start_soon(carried, beat, group.cancel_scope)
        await carried(finish, group.cancel_scope)
    if done:
        return done[0]
    raise errors[0]
