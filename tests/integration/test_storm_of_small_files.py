"""Many small files at once while clients hang up, the database stands still and the server dies: none is mixed up."""

from __future__ import annotations

import json
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.lowlevel
import httpx
import pytest
from tests.integration.server import QUICK, Server, ended, start
from tests.integration.test_killing_processes import everything

ROUNDS = int(os.environ.get("STORM_ROUNDS", "6"))
"""Lives of the server; 40 before a release."""
SENDERS = 3
FILES = 25
LONGEST_LIFE = 0.8
LOOKED_AT = 100
LONGEST_STANDSTILL = 0.5
BOUNDARY = "storm"


def content(name: str) -> bytes:
    """Return bytes that no other file has."""
    return f"{name} ".encode() * (200 if name.endswith("0") else 9)


async def form(names: list[str], chance: random.Random) -> AsyncIterator[bytes]:
    """Yield a form in pieces of any size."""
    held = b""
    for name in names:
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'
        held += head.encode() + content(name) + b"\r\n"
        if chance.random() < 0.3:
            yield held
            held = b""
            await anyio.lowlevel.checkpoint()
    yield held + f"--{BOUNDARY}--\r\n".encode()


def signal_family(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process and those that it started."""
    for each in [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        with suppress(ProcessLookupError):
            os.kill(each, number)


@dataclass(slots=True)
class Storm:
    """Senders that never stop, and a server with little luck."""

    data: Path
    chance: random.Random
    server: Server = field(init=False)
    acknowledged: dict[str, str] = field(default_factory=dict)
    sent: int = 0

    async def life(self, how: int) -> None:
        """Let a server live for a while, with one kind of trouble."""
        async with anyio.create_task_group() as group:
            for _ in range(SENDERS):
                group.start_soon(self._send_on)
            with anyio.move_on_after(self.chance.uniform(0.1, LONGEST_LIFE)):
                await self._stand_still() if how == 1 else await anyio.sleep_forever()
            await (self.server.kill() if how != 2 else self.server.stop())
            group.cancel_scope.cancel()
        self.server = await start(self.data, **QUICK)

    async def _stand_still(self) -> None:
        """Stop the database's processes again and again."""
        while True:
            [postgres] = [pid for pid, line in self.server.children().items() if "postgres" in line and "-D" in line]
            for number in (signal.SIGSTOP, signal.SIGCONT):
                signal_family(postgres, number)
                with anyio.CancelScope(shield=True):  # it goes on in any case
                    await anyio.sleep(self.chance.uniform(0, LONGEST_STANDSTILL))
            await anyio.lowlevel.checkpoint()

    async def _send_on(self) -> None:
        while True:
            self.sent += 1
            names = [f"{self.sent}-{n}" for n in range(self.chance.randint(1, FILES))]
            patience = self.chance.choice([0.02, 0.1, 30])  # some hang up
            with anyio.move_on_after(patience), suppress(httpx.HTTPError):
                await self._send(names)
            await anyio.lowlevel.checkpoint()

    async def _send(self, names: list[str]) -> None:
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Accept": "application/x-ndjson"}
        async with (
            self.server.client() as client,
            client.stream("POST", "/assets", content=form(names, self.chance), headers=headers) as answer,
        ):
            async for line in answer.aiter_lines():
                job = json.loads(line).get("job")
                if job:
                    assert job["original_filename"] not in self.acknowledged
                    self.acknowledged[job["original_filename"]] = job["id"]


@pytest.mark.timeout(600)
async def test_what_was_acknowledged_is_there_under_its_own_name(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")  # noqa: T201  shown when the test fails
    storm = Storm(tmp_path / "data", random.Random(seed))  # noqa: S311  chance is wanted, secrecy is not
    storm.server = await start(storm.data, **QUICK)
    for number in range(ROUNDS):
        await storm.life(number % 4)
    assert storm.acknowledged
    print(f"{len(storm.acknowledged)} acknowledged of {storm.sent} forms")  # noqa: T201  for whoever runs it by hand
    async with storm.server.client() as client:
        for job in await everything(client, "/jobs"):
            assert (await ended(client, job["id"], seconds=240))["status"] == "COMPLETE"  # never half of a file
        looked_at = storm.chance.sample(sorted(storm.acknowledged.items()), min(LOOKED_AT, len(storm.acknowledged)))
        for name, job_id in looked_at:
            job = (await client.get(f"/jobs/{job_id}")).json()
            there = await client.get(f"/assets/{job['asset_id']}/versions/1/content")
            assert there.content == content(name)
    assert await storm.server.stop() == 0
