"""Notices through Redis: the promises of the port, and what happens when it goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from uuid import UUID

import anyio
import pytest
import redis
from anyio import to_thread
from tests.integration.redis_fixture import RedisServer
from tests.integration.test_redis_queue import NONSENSE

from asset_ingest.adapters.notifier.redis import RedisNotifier
from asset_ingest.core.errors import BrokerUnavailable, Misconfigured
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.notifier import FactsNumbered, WorkCommitted
from asset_ingest.testing.notifier import NotifierContract

STUDIO = StudioId(UUID(int=1))
NOWHERE = "redis://127.0.0.1:1/0"


class TestRedisNotifier(NotifierContract):
    @pytest.fixture
    async def notifier(self, redis_url: str, redis_prefix: str) -> AsyncIterator[RedisNotifier]:
        async with RedisNotifier(redis_url, prefix=redis_prefix) as notifier:
            yield notifier


async def test_prefixes_keep_notices_apart(redis_url: str, redis_prefix: str) -> None:
    async with (
        RedisNotifier(redis_url, prefix=redis_prefix) as mine,
        RedisNotifier(redis_url, prefix="x") as other,
        mine.follow() as notices,
    ):
        await other.publish(FactsNumbered(STUDIO, 1))
        await mine.publish(FactsNumbered(STUDIO, 2))
        assert await anext(notices) == FactsNumbered(STUDIO, 2)


async def test_what_others_say_on_the_channel_is_passed_over(redis_url: str, redis_prefix: str) -> None:
    async with RedisNotifier(redis_url, prefix=redis_prefix) as notifier, notifier.follow() as notices:
        stranger = redis.Redis.from_url(redis_url)
        for strange in (b"", b"no JSON", b'["x",1]', b'["f","no id",1]', b'["p"]', b"\xff\xfe", b"[" * 100_000):
            await to_thread.run_sync(stranger.publish, f"{redis_prefix}:notices", strange)
        stranger.close()
        await notifier.publish(WorkCommitted())
        assert await anext(notices) == WorkCommitted()


async def test_without_a_redis_both_ends_say_so() -> None:
    async with RedisNotifier(NOWHERE) as notifier:
        with pytest.raises(BrokerUnavailable):
            await notifier.publish(WorkCommitted())
        with pytest.raises(BrokerUnavailable):
            async with notifier.follow():
                pass


async def test_a_follower_hears_again_after_redis_was_away(redis_server: RedisServer) -> None:
    async with RedisNotifier(redis_server.url) as notifier, notifier.follow() as notices:
        redis_server.kill()
        with pytest.raises(BrokerUnavailable):
            await notifier.publish(WorkCommitted())
        redis_server.start()
        await _heard_at_last(notifier, notices)


async def test_a_follower_notices_a_peer_that_fell_silent(redis_server: RedisServer) -> None:
    async with (
        muting_proxy(redis_server.url) as proxy,
        RedisNotifier(proxy.url, heartbeat=0.1) as far,
        RedisNotifier(redis_server.url) as near,
        far.follow() as notices,
    ):
        proxy.mute()
        await _heard_at_last(near, notices)


async def test_a_follower_who_leaves_takes_the_connection_along(redis_server: RedisServer) -> None:
    async with RedisNotifier(redis_server.url) as notifier:
        async with notifier.follow():
            assert await to_thread.run_sync(_subscribers, redis_server) == 1
        while await to_thread.run_sync(_subscribers, redis_server):  # which Redis sees a moment later
            pass


def _subscribers(server: RedisServer) -> int:
    with server.client() as client:
        return int(client.pubsub_numsub("asset-ingest:notices")[0][1])


async def _heard_at_last(notifier: RedisNotifier, notices: AsyncIterator[object]) -> None:
    """Publish until one is heard: those that meet no follower are lost, as the port allows."""
    hearing = asyncio.ensure_future(anext(notices))
    with anyio.fail_after(20):
        while not hearing.done():
            await notifier.publish(WorkCommitted())
            await asyncio.wait([hearing], timeout=0.05)
    assert await hearing == WorkCommitted()


class MutingProxy:
    """Passes bytes on; what was connected when it was muted is never heard again, and never told."""

    def __init__(self, target: str) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self._muted: set[asyncio.StreamReader] = set()
        self._open: dict[asyncio.StreamReader, asyncio.StreamWriter] = {}
        self.url = ""

    def mute(self) -> None:
        self._muted = set(self._open)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(*self._target)
        self._open |= {reader: far_writer, far_reader: writer}
        await asyncio.gather(self._pass(reader), self._pass(far_reader))

    async def _pass(self, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(65536):
            if reader not in self._muted:
                self._open[reader].write(data)
        self._open[reader].close()


@asynccontextmanager
async def muting_proxy(target: str) -> AsyncIterator[MutingProxy]:
    proxy = MutingProxy(target)
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        proxy.url = f"redis://127.0.0.1:{port}/0"
        yield proxy


@pytest.mark.parametrize("url", NONSENSE)
def test_an_address_that_makes_no_sense_is_said_without_quoting_it(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        RedisNotifier(url)
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__
