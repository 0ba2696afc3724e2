"""Strangers may ask often, not for ever, and not at the cost of our memory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.core.errors import TooManyRequests
from asset_ingest.core.services import pace
from asset_ingest.core.services.pace import Pace
from asset_ingest.core.services.shared import _near


def test_each_asker_has_a_window_of_their_own_requests() -> None:
    clock = ManualClock()
    limited = Pace(clock, limit=2, window=timedelta(minutes=1))
    for _ in range(2):
        limited.step("a")
    with pytest.raises(TooManyRequests) as refused:
        limited.step("a")
    assert refused.value.retry_after == 61
    limited.step("b")
    clock.advance(timedelta(minutes=1))
    limited.step("a")


def test_what_is_remembered_of_strangers_is_bounded() -> None:
    limited = Pace(ManualClock(), limit=1)
    for number in range(pace.MOST_KEYS + 10):
        limited.step(number)
    assert len(limited._asked) <= pace.MOST_KEYS


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "no address", True),
    ],
)
def test_addresses_of_one_network_are_one_asker(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    assert (_near(one) == _near(other)) is same
