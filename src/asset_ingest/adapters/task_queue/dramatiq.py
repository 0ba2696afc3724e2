"""Ids on their way to workers, as messages of dramatiq in a Redis or Valkey."""

from __future__ import annotations

import anyio
from anyio import to_thread
from dramatiq import Message

from asset_ingest.adapters.task_queue.redis_broker import StepBroker, open_client
from asset_ingest.core.errors import BrokerUnavailable
from asset_ingest.core.model.ids import StepId
from asset_ingest.core.ports.task_queue import TaskQueue
from asset_ingest.core.ports.telemetry import Observer

PREFIX = "asset-ingest"
_PATIENCE = 6.0  # seconds for one put: looking up a name has no timeout of its own


def open_broker(url: str, observer: Observer, *, hands: int = 1, prefix: str = PREFIX) -> StepBroker:
    """Return dramatiq's way to the Redis at `url`; it connects when it is first used, and `close` disconnects it.

    A worker over it is given at most `hands` ids at once. Installations that share a Redis have a prefix each.
    """
    return StepBroker(open_client(url), observer, hands=hands, prefix=prefix)


class DramatiqTaskQueue(TaskQueue):
    """The dispatcher's end of a broker; the other end is dramatiq's worker.

    A broker that does not answer raises BrokerUnavailable within seconds; the step stays in the records and is offered
    again. Each offer is a message of its own: looking for one that still waits could find one that a vanished worker
    holds, and then nobody would ever get the step.
    """

    def __init__(self, broker: StepBroker) -> None:
        self._broker = broker

    async def put(self, queue: str, step_id: StepId) -> None:
        message: Message[None] = Message(queue, queue, (str(step_id),), {}, {})  # the actor is named like its queue
        try:
            with anyio.fail_after(_PATIENCE):
                await to_thread.run_sync(self._broker.enqueue, message, abandon_on_cancel=True)
        except TimeoutError as error:
            raise BrokerUnavailable("the message broker does not answer") from error
