"""Clients that send one file by one road, and do on the way what networks and people do to them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from json import dumps
from typing import Any, Final
from urllib.parse import urlsplit

from tests.fault_runs.line import WHOLE, Answer, Break, Lost, ask
from tests.fault_runs.model import Fate, Told, Violation

API: Final = "/api/v1"
WILD_MOVES: Final = 12
"""So many moves may be of any kind; then the client means it."""
MOST_MOVES: Final = 400
PAUSE: Final = 0.02
TRANSIENT: Final = frozenset({423, 429, 503})


@dataclass(slots=True)
class Sender:
    """What all roads share: how to ask, and what no answer may ever be."""

    urls: Callable[[], str]
    headers: Mapping[str, str]
    told: Told
    chance: random.Random
    group_id: str
    moves: int = field(default=0, init=False)

    @property
    def is_wild(self) -> bool:
        return self.moves <= WILD_MOVES

    async def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes = b"", broken: Break = WHOLE
    ) -> Answer:
        where = urlsplit(path)
        url = f"{where.scheme}://{where.netloc}" if where.netloc else self.urls()
        path = where._replace(scheme="", netloc="").geturl()
        if not url:
            raise Lost
        own = self.headers if path.startswith(API) else {}
        answer = await ask(url, method, path, {**own, **headers}, body, broken)
        if answer.status == 500 and path.startswith(API):
            raise Violation(f"{self.told.name}: {method} {path} was answered {answer.status}: {answer.body!r}")
        return answer

    async def json(self, method: str, path: str, content: Any = None, broken: Break = WHOLE) -> Answer:
        body = b"" if content is None else dumps(content).encode()
        return await self.ask(method, API + path, {"Content-Type": "application/json"}, body, broken)

    async def run(self) -> None:
        """Send the file to its end, or to the end that chance has for it."""
        while self.moves < MOST_MOVES:
            while not self.urls():  # noqa: ASYNC110  a process that is still starting
                await asyncio.sleep(PAUSE)
            self.moves += 1
            try:
                if await self.move():
                    return
            except Lost:
                self.told.moves.append("lost")
            await asyncio.sleep(PAUSE)
        raise Violation(f"{self.told.name}: not done after {MOST_MOVES} moves")

    async def move(self) -> bool:
        """Do one thing; say whether the upload has ended."""
        raise NotImplementedError

    def finished(self, where: str) -> bool:
        self.told.done = True
        self.told.moves.append(f"done by {where}")
        return True

    def broken(self, size: int) -> Break:
        """Return what happens to a request with so long a body."""
        match self.chance.choice(("whole", "whole", "cut", "cut", "deaf", "lossy")) if self.is_wild else "whole":
            case "cut":
                return Break(cut=self.chance.randint(0, size))
            case "deaf":
                return Break(deaf=True)
            case "lossy":
                return Break(lossy=True)
        return WHOLE


# --- plain ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Plain(Sender):
    """One request from the first byte to the last; what breaks is sent again from the start."""

    async def move(self) -> bool:
        named = {"Content-Disposition": f'attachment; filename="{self.told.name}"'}
        answer = await self.ask("POST", f"{API}/assets", named, self.told.content, self.broken(self.told.size))
        self.told.moves.append(f"sent {answer.status}")
        if not answer.ok:
            return False
        self.told.job_id = answer.json["jobs"][0]["id"]
        return self.finished("plain")


# --- straight to the store --------------------------------------------------------------------------------------


@dataclass(slots=True)
class Direct(Sender):
    """A plan, signed requests in any order, and a word when all is sent."""

    method: str = "multipart"
    plan: dict[str, Any] = field(default_factory=dict, init=False)
    missing: list[int] = field(default_factory=list, init=False)

    async def move(self) -> bool:
        if not self.plan:
            return await self._open()
        if self.is_wild and self.chance.random() < 0.05:
            return await self._end_early()
        if self.missing:
            return await self._send()
        return await self._complete()

    async def _open(self) -> bool:
        new = {"filename": self.told.name, "size": self.told.size, "method": self.method, "group_id": self.group_id}
        answer = await self.json("POST", "/uploads", new, self.broken(100))
        if answer.status == 201:
            self.plan = answer.json
            self.method = self.plan["method"]  # what is too large for one request gets parts
            self.told.upload_id = self.plan["upload_id"]
            self.missing = list(range(1, (self.plan["part_count"] or 1) + 1))
            self.chance.shuffle(self.missing)
            self.told.moves.append("opened")
        return False

    async def _send(self) -> bool:
        numbers = self.missing[: self.chance.randint(1, 3)]
        if self.is_wild and self.chance.random() < 0.3:
            numbers = [*numbers, numbers[0]]  # twice at once
        if self.method == "multipart":
            signed = await self.json("POST", f"/uploads/{self.told.upload_id}/parts:sign", {"numbers": numbers})
            if not signed.ok:
                return await self._refused(signed)
            urls = [part["url"] for part in signed.json]
        else:
            urls = [self.plan["url"]] * len(numbers)
        sent = await asyncio.gather(*map(self._part, numbers, urls), return_exceptions=True)
        for number, each in zip(numbers, sent, strict=True):
            if isinstance(each, BaseException) and not isinstance(each, Lost):
                raise each
            if each is True and number in self.missing and (not self.is_wild or self.chance.random() < 0.95):
                self.missing.remove(number)
        self.told.moves.append(f"parts {numbers}: {[each is True for each in sent]}")
        return False

    async def _part(self, number: int, url: str) -> bool:
        size = self.plan["part_size"] or self.told.size
        part = self.told.content[(number - 1) * size : number * size]
        answer = await self.ask("PUT", url, {}, part, self.broken(len(part)))
        return answer.ok

    async def _complete(self) -> bool:
        answer = await self.json("POST", f"/uploads/{self.told.upload_id}/complete", None, self.broken(0))
        self.told.moves.append(f"complete {answer.status}")
        if answer.ok and answer.json["status"] == "COMPLETED":
            return self.finished("complete")
        if answer.status == 409:
            return await self._look_again()
        return await self._refused(answer)

    async def _look_again(self) -> bool:
        if self.method != "multipart":
            self.missing = [1]
            return False
        listed = await self.json("GET", f"/uploads/{self.told.upload_id}/parts")
        if listed.ok:
            self.missing = [part["number"] for part in listed.json["items"] if part["status"] != "UPLOADED"]
        return False

    async def _refused(self, answer: Answer) -> bool:
        if answer.status in TRANSIENT or answer.ok:
            return False
        view = await self.json("GET", f"/uploads/{self.told.upload_id}")
        if view.ok and view.json["status"] == "COMPLETED":
            return self.finished("look")
        if view.ok and view.json["status"] == "CANCELLED" and self.told.cancelling:
            self.told.fate = Fate.CANCELLED
            return True
        if view.ok and view.json["status"] in {"FINALISING", "UPLOADING", "PENDING"}:
            return False
        if view.status in TRANSIENT:
            return False
        raise Violation(f"{self.told.name}: {answer.status} {answer.body!r}, then {view.status} {view.body!r}")

    async def _end_early(self) -> bool:
        if self.chance.random() < 0.5:
            self.told.fate = Fate.EXPIRED
            return True
        self.told.cancelling = True
        while True:
            self.moves += 1
            answer = await self.json("DELETE", f"/uploads/{self.told.upload_id}")
            if answer.status == 204:
                self.told.fate = Fate.CANCELLED
                return True
            if answer.status not in TRANSIENT:
                return await self._refused(answer)
