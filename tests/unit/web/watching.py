"""Sockets of people at a site, and what a test waits for on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import WSMsgType
from tests.unit.web.door import API, Door

OWN = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Socket:
    """An open socket that has said where it resumes."""

    opened: aiohttp.ClientWebSocketResponse

    async def say(self, **message: object) -> None:
        await self.opened.send_json(message)

    async def until(self, met: Callable[[Any], bool]) -> Any:
        """Return the first frame of those that are still to come for which it holds."""
        while True:
            frame = await self.opened.receive_json()
            if met(frame):
                return frame

    async def heard_until(self, met: Callable[[Any], bool]) -> list[Any]:
        """Return the frames up to that one, with it."""
        frames = [await self.opened.receive_json()]
        while not met(frames[-1]):
            frames.append(await self.opened.receive_json())
        return frames

    async def sees(self, room: str, *people: str) -> Any:
        """Return once exactly these people, by id, look at it."""
        return await self.until(lambda frame: looking(frame, room) == sorted(people))

    async def closed_with(self) -> int | None:
        while (await self.opened.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            pass
        return self.opened.close_code


def looking(frame: Any, room: str) -> list[str] | None:
    if (frame["kind"], frame.get("room")) != ("presence", room):
        return None
    return sorted(person["id"] for person in frame["people"])


def is_fact(kind: str) -> Callable[[Any], bool]:
    return lambda frame: bool(frame.get("type") == kind)


@asynccontextmanager
async def watching(door: Door, after: int | None = None, query: str = "") -> AsyncIterator[Socket]:
    """Open the socket of a door, as its page or its program would, and greet."""
    own = {"Origin": f"{OWN}:{door.client.port}"} if door.cookie else {}
    async with door.client.ws_connect(f"{API}/ws{query}", headers=door.headers(own)) as opened:
        await opened.send_json({"after": after})
        socket = Socket(opened)
        await socket.until(lambda frame: frame["kind"] == "hello")
        yield socket
