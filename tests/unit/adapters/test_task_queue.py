import pytest

from asset_ingest.adapters.task_queue.memory import MemoryTaskQueue
from asset_ingest.testing.task_queue import TaskSourceContract


class TestMemoryTaskQueue(TaskSourceContract):
    @pytest.fixture
    def tasks(self) -> MemoryTaskQueue:
        return MemoryTaskQueue()

    @pytest.fixture
    def source(self, tasks: MemoryTaskQueue) -> MemoryTaskQueue:
        return tasks
