"""Notices between processes that share a Redis or Valkey, by its publish and subscribe."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from types import TracebackType
from typing import Final, Self

import anyio
import redis
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from asset_ingest.adapters.notifier.ear import Ear, following
from asset_ingest.adapters.notifier.inbox import Inbox
from asset_ingest.adapters.notifier.wire import decode, encode
from asset_ingest.core.errors import BrokerUnavailable, Misconfigured
from asset_ingest.core.ports.notifier import Notice, Notifier

PREFIX: Final = "asset-ingest"
_PATIENCE: Final = 5.0  # seconds for any answer of Redis
_LOST: Final = (redis.RedisError, OSError)


class RedisNotifier(Notifier):
    """A Notifier over one channel. Leaving the context closes what publishes; each follower closes its own.

    Channels belong to the whole server, whatever database the URL names: installations that share it need a prefix
    each. A Redis that does not answer raises BrokerUnavailable from `publish` and on entering `follow`.
    """

    def __init__(self, url: str, *, prefix: str = PREFIX, backlog: int = 1000, heartbeat: float = 30.0) -> None:
        self._client = _open_client(url)
        self._channel = f"{prefix}:notices"
        self._backlog = backlog
        self._heartbeat = heartbeat

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.aclose()

    async def publish(self, notice: Notice) -> None:
        with _our_errors(), anyio.fail_after(_PATIENCE):
            await self._client.publish(self._channel, encode(notice))

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        inbox = Inbox(self._backlog)
        return following(_RedisEar(self._client, self._channel, inbox, self._heartbeat), inbox)


class _RedisEar(Ear):
    """Asks after `heartbeat` seconds of silence and waits as long again: redis-py sends pings, but misses no answer."""

    def __init__(self, client: Redis, channel: str, inbox: Inbox, heartbeat: float) -> None:
        self._client = client
        self._channel = channel
        self._inbox = inbox
        self._heartbeat = heartbeat
        self._pubsub: PubSub | None = None

    async def open(self) -> None:
        with _our_errors():
            self._pubsub = self._client.pubsub()
            try:
                with anyio.fail_after(_PATIENCE):
                    await self._pubsub.subscribe(self._channel)
                    await self._heard(self._pubsub, _PATIENCE)  # that we are subscribed: what comes now is heard
            except BaseException:
                await self.close()
                raise

    async def until_lost(self) -> None:
        assert self._pubsub is not None  # noqa: S101  told to mypy
        with suppress(*_LOST):
            while await self._heard(self._pubsub, self._heartbeat) or await self._answers(self._pubsub):
                pass

    async def _answers(self, pubsub: PubSub) -> bool:
        with anyio.move_on_after(self._heartbeat):
            await pubsub.ping()
        return await self._heard(pubsub, self._heartbeat)

    async def _heard(self, pubsub: PubSub, seconds: float) -> bool:
        """Wait for anything, and keep it if it is a notice."""
        said = await pubsub.get_message(timeout=seconds)
        if said and said["type"] == "message":
            self._inbox.put(decode(said["data"].decode(errors="replace")))
        return said is not None

    async def close(self) -> None:
        if self._pubsub is not None:
            with anyio.CancelScope(shield=True), suppress(*_LOST):
                await self._pubsub.aclose()  # type: ignore[no-untyped-call]


def _open_client(url: str) -> Redis:
    try:
        return Redis.from_url(
            url,
            socket_connect_timeout=_PATIENCE,
            socket_timeout=_PATIENCE,
            retry=Retry(NoBackoff(), 0),  # a notice that may have gone out already is not sent twice
        )
    except (ValueError, TypeError):  # its text may quote a password
        raise Misconfigured("the address of Redis should be redis://user:password@host:port/number") from None


@contextmanager
def _our_errors() -> Iterator[None]:
    try:
        yield
    except _LOST as error:
        raise BrokerUnavailable("the Redis that carries notices does not answer") from error
