"""Clients of the two resumable protocols: both send the same moves, in their own words."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.fault_runs.line import WHOLE, Answer, Break, Lost
from tests.fault_runs.model import Fate, Violation
from tests.fault_runs.senders import API, TRANSIENT, Sender

BROKEN_DIGEST = bytes(32)
ENDED = frozenset({404, 410})
MOVES = {
    "piece": 5,
    "rest": 3,
    "checked": 2,
    "wrong checksum": 1,
    "cut": 4,
    "lossy": 2,
    "deaf": 2,
    "twice at once": 2,
    "repeat": 1,
    "take over": 3,
    "lying offset": 1,
    "overlong": 1,
    "look": 1,
    "cancel": 0.15,
    "leave": 0.15,
}


class Tus:
    """tus 1.0."""

    own = {"Tus-Resumable": "1.0.0"}  # noqa: RUF012  never changed

    def creating(self, name: str, size: int | None) -> dict[str, str]:
        length = {"Upload-Defer-Length": "1"} if size is None else {"Upload-Length": str(size)}
        return {**self.own, "Upload-Metadata": f"filename {b64encode(name.encode()).decode()}", **length}

    def first_bytes(self, *, is_all: bool) -> dict[str, str]:
        del is_all
        return {"Content-Type": "application/offset+octet-stream"}

    def appending(self, offset: int, size: int, *, is_last: bool, defers: bool) -> dict[str, str]:
        length = {"Upload-Length": str(size)} if defers and is_last else {}
        return {**self.own, **self.first_bytes(is_all=is_last), "Upload-Offset": str(offset), **length}

    def checked(self, digest: bytes) -> dict[str, str]:
        return {"Upload-Checksum": f"sha256 {b64encode(digest).decode()}"}

    def is_done(self, answer: Answer, size: int, *, defers: bool) -> bool:
        """With a length that was told late only a HEAD says that it is known."""
        return answer.offset == size and (not defers or answer.headers.get("upload-length") == str(size))


class Ietf:
    """The IETF's resumable uploads."""

    own: Mapping[str, str] = {"Upload-Draft-Interop-Version": "8"}

    def creating(self, name: str, size: int | None) -> dict[str, str]:
        length = {} if size is None else {"Upload-Length": str(size)}
        return {**self.own, "Upload-Complete": "?0", "Content-Disposition": f'attachment; filename="{name}"', **length}

    def first_bytes(self, *, is_all: bool) -> dict[str, str]:
        return {"Upload-Complete": "?1"} if is_all else {}

    def appending(self, offset: int, size: int, *, is_last: bool, defers: bool) -> dict[str, str]:
        del size, defers
        complete = {"Upload-Complete": "?1" if is_last else "?0", "Upload-Offset": str(offset)}
        return {**self.own, **complete, "Content-Type": "application/partial-upload"}

    def checked(self, digest: bytes) -> dict[str, str]:
        return {"Content-Digest": f"sha-256=:{b64encode(digest).decode()}:"}

    def is_done(self, answer: Answer, size: int, *, defers: bool) -> bool:
        del size, defers
        return answer.headers.get("upload-complete") == "?1"


@dataclass(slots=True)
class Resumable(Sender):
    """Goes on from where the server says that it stands."""

    dialect: Tus | Ietf = field(default_factory=Tus)
    defers: bool = False
    path: str = field(default="", init=False)

    async def move(self) -> bool:
        if not self.path:
            return await self._create()
        head = await self._look()
        if head is None or self.told.done:
            return self.told.done or self.told.fate is Fate.CANCELLED
        offset = head.offset
        assert offset is not None
        kinds, weights = list(MOVES), list(MOVES.values())
        kind = self.chance.choices(kinds, weights)[0] if self.is_wild else "rest"
        self.told.moves.append(f"{kind} at {offset}")
        return await self._act(kind, offset)

    async def _create(self) -> bool:
        size = None if self.defers else self.told.size
        headers, first = self.dialect.creating(self.told.name, size), b""
        if self.is_wild and self.chance.random() < 0.4:
            first = self.told.content[: self.chance.randint(1, self.told.size)]
            is_all = len(first) == self.told.size and (isinstance(self.dialect, Ietf) or not self.defers)
            headers |= self.dialect.first_bytes(is_all=is_all)
        where = f"{API}/files?group_id={self.group_id}"
        answer = await self.ask("POST", where, headers, first, self.broken(len(first)))
        self.told.moves.append(f"create {answer.status}")
        if location := answer.headers.get("location"):
            self.path = API + location.partition(API)[2]
            self.told.upload_id = self.path.rpartition("/")[2]
        if answer.ok:
            self._hear(answer, 0)
        return False

    async def _look(self) -> Answer | None:
        floor = self.told.acknowledged
        head = await self.ask("HEAD", self.path, self.dialect.own)
        if head.status in TRANSIENT:
            return None
        if head.status in ENDED and self.told.cancelling:
            self.told.fate = Fate.CANCELLED
            return None
        if not head.ok:
            raise Violation(f"{self.told.name}: HEAD was answered {head.status}")
        self._hear(head, floor)
        return head

    def _hear(self, answer: Answer, floor: int) -> None:
        if answer.offset is not None:
            self.told.offset(answer.offset, floor)
            if self.dialect.is_done(answer, self.told.size, defers=self.defers):
                self.finished("answer")

    # --- moves ------------------------------------------------------------------------------------------------

    async def _act(self, kind: str, offset: int) -> bool:
        left = self.told.size - offset
        some = self.chance.randint(1, left) if left else 0
        acts: dict[str, Callable[[], Awaitable[object]]] = {
            "piece": lambda: self._patch(offset, some),
            "rest": lambda: self._patch(offset, left),
            "checked": lambda: self._checked(offset, some),
            "wrong checksum": lambda: self._garbage(offset, some),
            "cut": lambda: self._patch(offset, left, broken=Break(cut=self.chance.randint(0, left))),
            "lossy": lambda: self._patch(offset, some, broken=Break(lossy=True)),
            "deaf": lambda: self._patch(offset, some, broken=Break(deaf=True)),
            "twice at once": lambda: self._twice(offset, some),
            "repeat": lambda: self._repeat(offset, some),
            "take over": lambda: self._take_over(offset),
            "lying offset": lambda: self._lie(offset, left),
            "overlong": lambda: self._overlong(offset),
            "look": self._look,
            "cancel": self._cancel,
            "leave": self._leave,
        }
        await acts[kind]()
        return self.told.done or self.told.fate is not Fate.COMPLETED

    async def _checked(self, offset: int, size: int) -> None:
        piece = self.told.content[offset : offset + size]
        await self._patch(offset, size, more=self.dialect.checked(hashlib.sha256(piece).digest()))

    async def _garbage(self, offset: int, size: int) -> None:
        wrong, is_last = self.dialect.checked(BROKEN_DIGEST), offset + size == self.told.size
        await self._refuses(offset, self.chance.randbytes(size), wrong, is_last=is_last)

    async def _twice(self, offset: int, size: int) -> None:
        both = (self._patch(offset, size), self._patch(offset, size))
        _raise_all_but_lost(await asyncio.gather(*both, return_exceptions=True))

    async def _repeat(self, offset: int, size: int) -> None:
        if await self._patch(offset, size) and size:
            await self._refuses(offset, self.told.content[offset : offset + size], {})

    async def _lie(self, offset: int, left: int) -> None:
        if left > 1:
            lie = offset + self.chance.randint(1, left - 1)
            await self._refuses(lie, self.told.content[lie:], {})

    async def _overlong(self, offset: int) -> None:
        if not self.defers:
            await self._refuses(offset, self.told.content[offset:] + b"more", {}, is_last=True)

    async def _leave(self) -> None:
        self.told.fate = Fate.EXPIRED

    async def _patch(
        self, offset: int, size: int, *, more: Mapping[str, str] | None = None, broken: Break = WHOLE
    ) -> bool:
        """Send a piece; say whether it was taken."""
        floor, end = self.told.acknowledged, offset + size
        headers = self.dialect.appending(offset, self.told.size, is_last=end == self.told.size, defers=self.defers)
        answer = await self.ask("PATCH", self.path, {**headers, **(more or {})}, self.told.content[offset:end], broken)
        if answer.ok:
            self._hear(answer, floor)
            if answer.offset != end:
                raise Violation(f"{self.told.name}: {size} bytes at {offset} were taken and told as {answer.offset}")
        elif answer.status in ENDED | {460, 400, 413, 422}:
            raise Violation(f"{self.told.name}: a good piece was answered {answer.status} {answer.body!r}")
        return answer.ok

    async def _refuses(self, offset: int, body: bytes, more: Mapping[str, str], *, is_last: bool | None = None) -> None:
        last = offset + len(body) == self.told.size if is_last is None else is_last
        headers = self.dialect.appending(offset, self.told.size, is_last=last, defers=self.defers)
        answer = await self.ask("PATCH", self.path, {**headers, **more}, body)
        if answer.ok and body:
            raise Violation(f"{self.told.name}: what had to be refused at {offset} was answered {answer.status}")

    async def _take_over(self, offset: int) -> None:
        """Let one connection stall in the middle and go on by another; then the first one comes back."""
        left = self.told.size - offset
        stalled = Break(hold=asyncio.Event(), held_at=self.chance.randint(0, left))
        assert stalled.hold
        old = asyncio.create_task(self._patch(offset, left, broken=stalled))
        holding = asyncio.create_task(stalled.holding.wait())
        try:
            await asyncio.wait([old, holding], return_when=asyncio.FIRST_COMPLETED)
            head = await self._look()
            if head and head.offset is not None and not self.told.done:
                rest = self.told.size - head.offset
                await self._patch(head.offset, self.chance.randint(0, rest))
        finally:
            stalled.hold.set()
            holding.cancel()
            (outcome,) = await asyncio.gather(old, return_exceptions=True)
        _raise_all_but_lost([outcome])

    async def _cancel(self) -> None:
        self.told.cancelling = True
        answer = await self.ask("DELETE", self.path, self.dialect.own)
        while answer.status in TRANSIENT:
            await asyncio.sleep(0.02)
            answer = await self.ask("DELETE", self.path, self.dialect.own)
        if answer.status == 204:
            self.told.fate = Fate.CANCELLED


def _raise_all_but_lost(outcomes: Sequence[object]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, BaseException) and not isinstance(outcome, Lost):
            raise outcome
