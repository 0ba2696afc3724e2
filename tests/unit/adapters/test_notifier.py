import pytest

from asset_ingest.adapters.notifier.memory import MemoryNotifier
from asset_ingest.adapters.notifier.websockets import Hub
from asset_ingest.core.ports.notifier import FactsNumbered, Frame
from asset_ingest.testing.notifier import STUDIO, AudienceContract, NotifierContract


class TestMemoryNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self) -> MemoryNotifier:
        return MemoryNotifier()

    async def test_a_follower_keeps_only_the_latest(self) -> None:
        notifier = MemoryNotifier(most=2)
        async with notifier.follow() as notices:
            for number in (1, 2, 3):
                await notifier.publish(FactsNumbered(STUDIO, number))
            assert await anext(notices) == FactsNumbered(STUDIO, 2)


class TestHub(AudienceContract):
    @pytest.fixture
    def audience(self) -> Hub:
        return Hub()

    async def test_a_seat_holds_what_it_was_given_room_for(self) -> None:
        hub = Hub(most=2)
        async with hub.seat(STUDIO) as frames:
            hub.tell(STUDIO, Frame(1, "fact", "one"))
            hub.tell(STUDIO, Frame(2, "fact", "two"))
            assert hub.studios() == {STUDIO}
            hub.tell(STUDIO, Frame(3, "fact", "three"))
            assert hub.studios() == frozenset()
            assert [frame async for frame in frames] == []
