"""Pictures by Pillow, in a child process: what a hostile picture does to a decoder does not happen to us."""

from __future__ import annotations

import os
import signal
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from subprocess import DEVNULL
from typing import Final, cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process

from asset_ingest.core.errors import DecoderFailed, InvalidRequest, TimedOut
from asset_ingest.core.ports.media import Images, Picture

CHILD: Final = Path(__file__).with_name("pillow_child.py")

_ANSWER: Final = struct.Struct(">BIII")
_LARGEST_INPUT: Final = 256 << 20
_LARGEST_ANSWER: Final = 32 << 20
_WIDEST: Final = 16_383  # of a WebP


class _Crashed(DecoderFailed):
    """The child ended without an answer that we believe."""


class PillowImages(Images):
    """Images in WebP. Each call is a process of its own, at most `at_once` of them, each at most `seconds` long."""

    def __init__(self, seconds: float = 30.0, at_once: int = 2, child: Path = CHILD) -> None:
        self._seconds = seconds
        self._child = child
        self._places = anyio.CapacityLimiter(at_once)

    async def thumbnail(self, picture: bytes, side: int) -> Picture:
        return await self._ask(0, side, [picture])

    async def contact_sheet(self, pictures: Sequence[bytes], columns: int, side: int) -> Picture:
        if not pictures:
            raise DecoderFailed("there is no picture to show")
        if columns < 1:
            raise InvalidRequest("a contact sheet needs at least one column", "columns")
        try:
            return await self._ask(columns, side, pictures)
        except _Crashed:  # one picture took the others with it: find it, each in a child of its own
            tiles = [await self._tile(picture, side) for picture in pictures]
        return await self._ask(columns, side, tiles)

    async def _tile(self, picture: bytes, side: int) -> bytes:
        try:
            return (await self.thumbnail(picture, side)).content
        except DecoderFailed:
            return b""  # its tile stays empty

    async def _ask(self, columns: int, side: int, pictures: Sequence[bytes]) -> Picture:
        rows = -(-len(pictures) // columns) if columns else 1
        if not 1 <= side * max(rows, min(columns, len(pictures))) <= _WIDEST // 2:
            raise InvalidRequest("a picture of this size cannot be made", "side")
        if sum(map(len, pictures)) > _LARGEST_INPUT:
            raise DecoderFailed(f"the pictures have more than {_LARGEST_INPUT} bytes")
        request = [struct.pack(">IIII", os.getpid(), columns, side, len(pictures))]
        for picture in pictures:
            request += [struct.pack(">I", len(picture)), picture]
        return _picture(await self._answer(request))

    async def _answer(self, request: list[bytes]) -> bytes:
        try:
            async with self._places, _running(self._child) as process:
                with anyio.fail_after(self._seconds):
                    return await _talk(process, request)
        except TimeoutError:
            raise TimedOut(f"the picture decoder took longer than {self._seconds:g} seconds") from None


@asynccontextmanager
async def _running(child: Path) -> AsyncIterator[Process]:
    """Run the child in a session of its own and leave no process of it behind, however we leave."""
    command = [sys.executable, "-I", str(child)]
    async with await anyio.open_process(command, stderr=DEVNULL, env={}, cwd="/", start_new_session=True) as process:
        try:
            yield process
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


async def _talk(process: Process, request: list[bytes]) -> bytes:
    """Send the request, return the answer; the child reads everything before it writes anything."""
    stdin, stdout = cast("ByteSendStream", process.stdin), cast("ByteReceiveStream", process.stdout)  # pipes by default
    with suppress(anyio.BrokenResourceError):  # it died while it read; its status says how
        for piece in request:
            await stdin.send(piece)
    answer = bytearray()
    async for piece in stdout:
        answer += piece
        if len(answer) > _LARGEST_ANSWER:
            raise _Crashed("the picture decoder made more than a picture can be")
    status = await process.wait()
    if status == -signal.SIGXCPU:
        raise TimedOut("the picture decoder used up its processor time")
    if status:
        raise _Crashed(f"the picture decoder crashed ({_said(status)})")
    return bytes(answer)


def _said(status: int) -> str:
    return signal.Signals(-status).name if status < 0 else f"status {status}"


def _picture(answer: bytes) -> Picture:
    """Read what the child said; it may have been taken over, so nothing is believed."""
    if len(answer) < _ANSWER.size:
        raise _Crashed("the picture decoder gave no answer")
    done, width, height, length = _ANSWER.unpack_from(answer)
    content = answer[_ANSWER.size :]
    if len(content) != length:
        raise _Crashed("the picture decoder stopped in the middle of its answer")
    if not done:
        raise DecoderFailed(content[:200].decode(errors="replace"))
    if not (content[:4] == b"RIFF" and content[8:12] == b"WEBP" and 0 < width <= _WIDEST and 0 < height <= _WIDEST):
        raise _Crashed("the picture decoder answered with something else than a picture")
    return Picture(content, "image/webp", width, height)
