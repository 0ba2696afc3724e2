"""What every Clock and NewId promises. Subclasses bring the fixture `clock` or `new_id`."""

from __future__ import annotations

from datetime import timedelta
from uuid import RFC_4122

from asset_ingest.core.ports.clock import Clock, NewId

MANY = 20_000


class ClockContract:
    async def test_the_time_is_utc_and_says_so(self, clock: Clock) -> None:
        assert clock.now().utcoffset() == timedelta(0)

    async def test_two_looks_can_be_compared(self, clock: Clock) -> None:
        assert clock.now() - clock.now() < timedelta(minutes=1)


class NewIdContract:
    async def test_an_identity_is_a_uuid_of_version_seven(self, new_id: NewId) -> None:
        made = new_id()
        assert (made.version, made.variant) == (7, RFC_4122)

    async def test_none_comes_twice(self, new_id: NewId) -> None:
        assert len({new_id() for _ in range(MANY)}) == MANY

    async def test_later_ones_sort_after_earlier_ones(self, new_id: NewId) -> None:
        made = [new_id() for _ in range(MANY)]
        assert made == sorted(made)
        assert list(map(str, made)) == sorted(map(str, made))
