"""dramatiq's broker for Redis, made for ids whose truth lies elsewhere.

What dramatiq 2.2 does by itself, and why it is otherwise here:

- Its middleware retries, limits, delays and chains work. All of that is decided in the records, so there is none.
- A worker reserves messages per queue, and they wait behind what it is busy with. Here it takes an id only while a hand
  is free, over all its queues, so that an idle worker beside it gets it instead.
- A message that cannot be acknowledged blocks its thread until Redis is back, and a timeout of Redis ends in a
  traceback. Here both are one line: an id that comes twice is dropped by whoever cannot claim its step.
- By default what a killed worker held may never come back: dead workers are looked for at one in a thousand commands.
- Each queue has another for delays, polled as often. We delay nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Any, Final
from uuid import UUID

import redis
from dramatiq import Message, MessageProxy
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.common import compute_backoff
from dramatiq.errors import DecodeError
from redis.backoff import NoBackoff
from redis.retry import Retry

from asset_ingest.core.errors import BrokerUnavailable, Misconfigured
from asset_ingest.core.ports.telemetry import Observer

_CONNECT_SECONDS: Final = 2.0
_ANSWER_SECONDS: Final = 4.0
_DEAD_AFTER: Final = 15_000  # milliseconds without a sign of life
_ALWAYS: Final = 1_000_000  # of a million commands look for dead workers: an idle worker sends few
_REST_SECONDS: Final = 0.5  # between two tries to reach a Redis that is away


def open_client(url: str) -> redis.Redis:
    """Return a client whose every wait ends; raises Misconfigured for an address that makes no sense."""
    try:
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_SECONDS,
            socket_timeout=_ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),  # whoever calls knows better when to try again
        )
    except (ValueError, TypeError):  # its text may quote a password; a parameter nobody knows is a TypeError
        raise Misconfigured("the address of Redis should be redis://user:password@host:port/number") from None


class StepBroker(RedisBroker):
    """Carries ids of steps; what fails in Redis is BrokerUnavailable to whoever enqueues, and a rest to a worker."""

    def __init__(self, client: redis.Redis, observer: Observer, *, hands: int, prefix: str) -> None:
        super().__init__(  # type: ignore[no-untyped-call]
            client=client,
            middleware=[],  # see above
            namespace=prefix,
            maintenance_chance=_ALWAYS,
            heartbeat_timeout=_DEAD_AFTER,
        )
        self.observer = observer
        self.hands = Semaphore(hands)
        self.line = Line(observer)

    def declare_queue(self, queue_name: str) -> None:
        """Declare the queue, and no other for delays."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def enqueue(self, message: Message[Any], *, delay: int | None = None) -> Message[Any]:
        """Put the message at the end of its queue. Raises BrokerUnavailable."""
        try:
            return super().enqueue(message, delay=delay)
        except (redis.RedisError, OSError) as error:
            raise BrokerUnavailable("the message broker does not answer") from error

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """Return an endless iterator over the messages of the queue; `prefetch` is overruled by the free hands."""
        del prefetch
        return StepConsumer(self, queue_name, timeout)

    def close(self) -> None:
        """Disconnect."""
        self.client.close()


class Line:
    """Tells once that Redis went away, and once that it is back, whoever of many threads notices."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self._lock = Lock()
        self._is_up = True

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch one call of Redis. An error of Redis ends the block and flies no further."""
        try:
            yield
        except (redis.RedisError, OSError) as error:
            if self._turned(is_up=False):
                away = BrokerUnavailable(f"the message broker does not answer: {type(error).__name__}")
                self._observer.failed("broker.away", away)
        else:
            if self._turned(is_up=True):
                self._observer.noted("broker.back")

    @property
    def is_up(self) -> bool:
        return self._is_up

    def _turned(self, *, is_up: bool) -> bool:
        with self._lock:
            turned, self._is_up = self._is_up is not is_up, is_up
        return turned


class StepConsumer(Consumer):
    """One queue of one worker. Never raises: while Redis is away it waits, and what is no message of ours it drops."""

    def __init__(self, broker: StepBroker, queue: str, longest_rest: int) -> None:
        self._broker = broker
        self._queue = queue
        self._longest_rest = longest_rest
        self._misses = 0

    def __next__(self) -> MessageProxy | None:
        if not self._broker.hands.acquire(timeout=self._longest_rest / 1000):
            self._fetch(0)  # nothing to do but to show that we are alive
            return None
        if (data := self._fetch(1)) and (message := self._read(data[0])):
            self._misses = 0
            return message
        self._broker.hands.release()
        self._rest()
        return None

    def _fetch(self, count: int) -> list[bytes | None]:
        found: list[bytes | None] | None = None
        with self._broker.line.watched():
            found = self._broker.do_fetch(self._queue, count)
        return found or []

    def _read(self, data: bytes | None) -> MessageProxy | None:
        """Return the message; None, with a line, for what no dispatcher of ours has sent.

        What cannot be read cannot be acknowledged either; it comes again once this worker has ended, and goes as here.
        """
        try:
            message = Message.decode(data or b"")
            UUID(message.args[0])
            ours = message.actor_name == message.queue_name == self._queue and "eta" not in message.options
            redis_id = str(message.options["redis_message_id"])
        except (DecodeError, ValueError, TypeError, AttributeError, LookupError):
            self._broker.observer.noted("broker.dropped", queue=self._queue, why="it cannot be read")
            return None
        if not ours:
            self._broker.observer.noted("broker.dropped", queue=self._queue, why="no actor of ours")
            self._tell("ack", redis_id)
            return None
        return MessageProxy(message)

    def _rest(self) -> None:
        self._misses, rest = compute_backoff(self._misses, max_backoff=self._longest_rest)
        time.sleep(rest / 1000 if self._broker.line.is_up else _REST_SECONDS)

    def ack(self, message: MessageProxy) -> None:
        """Forget the message. If that fails, it comes again when we have ended, and its step is long claimed."""
        self._tell("ack", message.options["redis_message_id"])
        self._broker.hands.release()

    nack = ack  # there is nothing to learn from a pile of dead ids: the records know what failed

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Give back what was fetched and not begun."""
        for message in messages:
            self._tell("requeue", message.options["redis_message_id"])

    def _tell(self, command: str, redis_id: str) -> None:
        with self._broker.line.watched():
            getattr(self._broker, f"do_{command}")(self._queue, redis_id)
