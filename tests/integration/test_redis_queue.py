"""Ids through Redis: the promises of the port, and what happens when it goes away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

import anyio
import pytest
from anyio import to_thread
from dramatiq import Message
from tests.integration.redis_fixture import RedisServer

from asset_ingest.adapters.task_queue.dramatiq import DramatiqTaskQueue, open_broker
from asset_ingest.adapters.task_queue.redis_broker import StepBroker
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.errors import BrokerUnavailable, Misconfigured
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.ports.task_queue import TaskSource
from asset_ingest.testing.task_queue import TaskQueueContract

NONSENSE = ["http://127.0.0.1", "redis://:hush/hush@127.0.0.1:6379", "nonsense"]
ONE, TWO = StepId(UUID(int=1)), StepId(UUID(int=2))


class Handed(TaskSource):
    """What a dramatiq worker would be handed, one at a time and finished at once."""

    def __init__(self, broker: StepBroker) -> None:
        self._broker = broker

    async def take(self, queues: Sequence[str]) -> StepId:
        (queue,) = queues
        consumer = self._broker.consume(queue, timeout=5)
        while (message := await to_thread.run_sync(next, consumer)) is None:
            pass
        await to_thread.run_sync(consumer.ack, message)
        return StepId(UUID(message.args[0]))


@pytest.fixture
def broker(redis_url: str, redis_prefix: str) -> Iterator[StepBroker]:
    broker = open_broker(redis_url, MemoryObserver(), hands=4, prefix=redis_prefix)
    yield broker
    broker.close()


class TestDramatiqTaskQueue(TaskQueueContract):
    @pytest.fixture
    def tasks(self, broker: StepBroker) -> DramatiqTaskQueue:
        return DramatiqTaskQueue(broker)

    @pytest.fixture
    def source(self, broker: StepBroker) -> Handed:
        return Handed(broker)


async def test_installations_with_prefixes_of_their_own_share_a_redis(redis_url: str, broker: StepBroker) -> None:
    neighbour = open_broker(redis_url, MemoryObserver(), prefix=f"{broker.namespace}-neighbour")
    await DramatiqTaskQueue(neighbour).put("ingest", TWO)
    await DramatiqTaskQueue(broker).put("ingest", ONE)
    assert await Handed(broker).take(["ingest"]) == ONE
    assert await Handed(neighbour).take(["ingest"]) == TWO
    neighbour.close()


async def test_a_redis_that_is_away_is_said_at_once_and_heals(redis_server: RedisServer) -> None:
    broker = open_broker(redis_server.url, MemoryObserver())
    queue = DramatiqTaskQueue(broker)
    await queue.put("ingest", ONE)
    redis_server.stop()
    with pytest.raises(BrokerUnavailable):
        await queue.put("ingest", TWO)
    redis_server.start()
    await queue.put("ingest", TWO)
    assert [await Handed(broker).take(["ingest"]) for _ in range(2)] == [ONE, TWO]
    broker.close()


async def test_a_redis_that_answers_nothing_holds_nobody_up(redis_server: RedisServer) -> None:
    broker = open_broker(redis_server.url, MemoryObserver())
    redis_server.freeze()
    with anyio.fail_after(8), pytest.raises(BrokerUnavailable):
        await DramatiqTaskQueue(broker).put("ingest", ONE)
    redis_server.thaw()
    broker.close()


async def test_a_put_can_be_cancelled_while_redis_answers_nothing(redis_server: RedisServer) -> None:
    broker = open_broker(redis_server.url, MemoryObserver())
    redis_server.freeze()
    with anyio.move_on_after(0.05) as scope:
        await DramatiqTaskQueue(broker).put("ingest", ONE)
    assert scope.cancelled_caught
    redis_server.thaw()
    broker.close()


@pytest.mark.parametrize("url", NONSENSE)
def test_an_address_that_makes_no_sense_is_said_without_quoting_it(url: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        open_broker(url, MemoryObserver())
    assert "hush" not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_worker_is_given_no_more_than_it_has_hands_for_over_all_its_queues(redis_url: str, redis_prefix: str) -> None:
    mine = open_broker(redis_url, MemoryObserver(), hands=2, prefix=redis_prefix)
    for number, queue in enumerate(("ingest", "media", "ingest", "media")):
        mine.enqueue(_message(queue, StepId(UUID(int=number))))
    ingest, media = mine.consume("ingest", timeout=5), mine.consume("media", timeout=5)
    first, second = next(ingest), next(media)
    assert first
    assert second
    assert (next(ingest), next(media)) == (None, None)
    media.ack(second)
    assert next(ingest) is not None
    mine.close()


def test_what_nobody_of_ours_has_sent_is_dropped_with_a_line(redis_url: str, redis_prefix: str) -> None:
    observer = MemoryObserver()
    broker = open_broker(redis_url, observer, hands=1, prefix=redis_prefix)
    strange = [
        *(b"", b"no JSON", b"[]", b"5", b"{}", b'{"queue_name": "ingest"}'),
        _message("ingest", ONE).copy(args=()).encode(),
        _message("ingest", ONE).copy(args=("no id",)).encode(),
        _message("ingest", ONE).copy(args=(5,)).encode(),
        _message("ingest", ONE).copy(actor_name="somebody_else").encode(),
        _message("media", ONE).encode(),
        _message("ingest", ONE).copy(options={"eta": 5}).encode(),
    ]
    for number, data in enumerate(strange):
        broker.do_enqueue("ingest", f"strange-{number}", data)
    consumer = broker.consume("ingest", timeout=1)
    assert [next(consumer) for _ in strange] == [None] * len(strange)
    assert _said(observer).count("broker.dropped") == len(strange)
    broker.enqueue(_message("ingest", TWO))
    message = next(consumer)
    assert message
    assert message.args == (str(TWO),)
    broker.close()


def test_a_worker_says_once_that_redis_went_away_and_once_that_it_is_back(redis_server: RedisServer) -> None:
    observer = MemoryObserver()
    broker = open_broker(redis_server.url, observer)
    consumer = broker.consume("ingest", timeout=1)
    assert next(consumer) is None
    redis_server.kill()
    assert [next(consumer) for _ in range(3)] == [None] * 3
    redis_server.start()
    while next(consumer) is not None or not broker.line.is_up:
        pass
    assert _said(observer) == ["broker.away", "broker.back"]
    broker.close()


def test_finishing_while_redis_is_away_holds_no_worker_up(redis_server: RedisServer) -> None:
    broker = open_broker(redis_server.url, MemoryObserver(), hands=1)
    broker.enqueue(_message("ingest", ONE))
    consumer = broker.consume("ingest", timeout=1)
    message = next(consumer)
    assert message
    redis_server.stop()
    consumer.ack(message)
    consumer.requeue([message])
    redis_server.start()
    broker.enqueue(_message("ingest", TWO))
    while (message := next(consumer)) is None:
        pass
    assert message.args == (str(TWO),)  # the hand is free
    broker.close()


def _said(observer: MemoryObserver) -> list[str]:
    return [each.what for each in observer.heard]


def _message(queue: str, step_id: StepId) -> Message[None]:
    return Message(queue, queue, (str(step_id),), {}, {"redis_message_id": str(step_id)})
