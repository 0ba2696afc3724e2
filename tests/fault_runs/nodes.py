"""Processes of the program that die when a schedule says so: their tasks are abandoned, what they stored stays."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from tests.harness import TUNING, Program
from tests.integration.server import QUICK, start

from asset_ingest.bootstrap import Ports
from asset_ingest.core.errors import DatabaseUnavailable, IngestError, StoreUnavailable
from asset_ingest.core.services.transfers import TransferLimits
from asset_ingest.entrypoints.web.app import make_app, make_runner
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.testing.mortal import (
    Killed,
    Mortal,
    MortalDirect,
    MortalObjects,
    MortalRecords,
    MortalResumable,
    Troubled,
)

LARGEST = 8 << 20
RESTS = replace(TUNING, transfers=TransferLimits(largest=LARGEST, idle=timedelta(hours=24)))
FINISHER_SECONDS = 0.05
CALLS_BEFORE_DEATH = 400
ALIVE_SECONDS = (0.1, 2.0)


@dataclass(slots=True)
class Weather:
    """How much may still go wrong outside in one run. `calm` ends all trouble."""

    chance: random.Random
    deaths: int
    store: int
    database: int
    calm: bool = False

    def lifetime(self) -> int | None:
        """Return after how many calls the next process dies."""
        if self.calm or self.deaths == 0:
            return None
        self.deaths -= 1
        return self.chance.randint(1, CALLS_BEFORE_DEATH)

    def of_store(self) -> IngestError | None:
        if self.calm or self.store == 0 or self.chance.random() > 0.02:
            return None
        self.store -= 1
        return StoreUnavailable("the store does not answer")

    def of_database(self) -> IngestError | None:
        if self.calm or self.database == 0 or self.chance.random() > 0.01:
            return None
        self.database -= 1
        return DatabaseUnavailable("the database does not answer")


def mortal(ports: Ports, life: Mortal, weather: Weather) -> Ports:
    """Return the ports as this life sees them."""
    stored, written = Troubled(life, weather.of_store), Troubled(life, weather.of_database)
    return replace(
        ports,
        records=MortalRecords(written, ports.records),
        store=MortalObjects(stored, ports.store),
        resumable=MortalResumable(stored, ports.resumable),
        direct=MortalDirect(stored, ports.direct) if ports.direct else None,
    )


@dataclass(slots=True)
class Node:
    """One address at which a process serves; when it dies, the next one takes its place."""

    ports: Callable[[], Awaitable[Ports]]
    weather: Weather
    url: str = ""
    lives: int = 0
    _died: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self) -> None:
        """Serve until cancelled."""
        while True:
            self._died = asyncio.Event()
            life = Mortal(self.weather.lifetime())
            self.lives += 1
            program = Program(mortal(await self.ports(), life, self.weather), RESTS)
            runner = await self._begin(program)
            finishing = asyncio.create_task(self._finish(program))
            try:
                await self._died.wait()
            finally:
                self.url = ""
                finishing.cancel()
                await asyncio.wait([finishing])
                life.dies_at = 0  # whatever of it still runs reaches nothing any more
                await _abandon(runner)

    async def _begin(self, program: Program) -> web.AppRunner:
        served = make_app(program.app, WebOptions(static=Path("not-built"), finishing=0.5))
        served.middlewares.insert(0, self._watched)
        runner = make_runner(served)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    @web.middleware
    async def _watched(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Notice a death: from then on nobody hears a word of this process."""
        try:
            answer: web.StreamResponse = await handler(request)
        except BaseException as error:
            if _is_death(error):
                self._died.set()
                if request.transport:
                    request.transport.abort()
                raise ConnectionAbortedError from None
            raise
        return answer

    async def _finish(self, program: Program) -> None:
        """Look for uploads to be finished, as the program does every few seconds."""
        while True:
            await asyncio.sleep(FINISHER_SECONDS)
            with suppress(IngestError):
                try:
                    await program.app.upkeep.finish_uploads()
                except BaseException as error:
                    if not _is_death(error):
                        raise
                    self._died.set()
                    return


@dataclass(slots=True)
class RealNode:
    """A real server process, which real SIGKILLs end."""

    data: Path
    settings: Mapping[str, str]
    weather: Weather
    url: str = ""
    lives: int = 0

    async def serve(self) -> None:
        """Serve until cancelled."""
        while True:
            server = await start(self.data, **{**QUICK, **self.settings})
            self.url, self.lives = server.url, self.lives + 1
            try:
                if self.weather.lifetime() is None:
                    await asyncio.Event().wait()
                await asyncio.sleep(self.weather.chance.uniform(*ALIVE_SECONDS))
            finally:
                self.url = ""
                await server.kill()


def _is_death(error: BaseException) -> bool:
    return isinstance(error, Killed) or (isinstance(error, BaseExceptionGroup) and error.split(Killed)[0] is not None)


async def _abandon(runner: web.AppRunner) -> None:
    assert runner.server
    for connection in list(runner.server.connections):
        if connection.transport:
            connection.transport.abort()
    with suppress(Killed):
        await runner.cleanup()
