"""How many bodies come in at once, and how slow one may be; time passes only when a test says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.core.errors import TooManyBodies, TooSlow
from asset_ingest.core.services.intake import Intake, IntakeLimits

KIB = 1 << 10
MINUTE = timedelta(seconds=60)


class Sender:
    """Sends pieces with pauses between them, to somebody who only waits or is busy for a while."""

    def __init__(self, limits: IntakeLimits | None = None) -> None:
        self.clock = ManualClock()
        self.pace = Intake(self.clock, limits or IntakeLimits(slowest=KIB)).pace()

    def send(self, size: int, after: float) -> None:
        self.pace.wait()
        self.clock.advance(timedelta(seconds=after))
        self.pace.came(size)
        self.pace.check()

    def keep_busy(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))


def test_a_trickle_ends_after_the_window_and_names_the_limit() -> None:
    sender = Sender()
    for _ in range(5):
        sender.send(1, after=10)
    with pytest.raises(TooSlow, match="1024 bytes per second for 60 seconds") as caught:
        sender.send(1, after=10)
    assert caught.value.limit == KIB


def test_one_that_falls_asleep_after_a_good_start_is_found_out() -> None:
    sender = Sender()
    sender.send(100 * KIB, after=60)
    sender.send(1, after=59)
    with pytest.raises(TooSlow):
        sender.send(1, after=59)


@given(st.lists(st.floats(0.01, 50), min_size=1, max_size=50))
def test_whoever_is_as_fast_as_the_limit_is_never_ended(pauses: list[float]) -> None:
    sender = Sender()
    for pause in pauses:
        sender.send(int(pause * KIB) + 1, after=pause)


@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.floats(0, 59)), min_size=1, max_size=200))
def test_nobody_lasts_two_windows_below_the_limit(sent: list[tuple[int, float]]) -> None:
    """Whatever the rhythm: between two looks back less than two windows pass, and each saw enough bytes."""
    sender, waited, came = Sender(), 0.0, 0
    for size, pause in sent:
        try:
            sender.send(size, pause)
        except TooSlow:
            return
        waited, came = waited + pause, came + size
    assert came >= KIB * (waited - 120)


def test_our_own_slowness_is_not_theirs() -> None:
    sender = Sender()
    for _ in range(100):
        sender.send(KIB, after=0.5)
        sender.keep_busy(3600)


def test_what_needs_no_waiting_for_is_free() -> None:
    sender = Sender()
    for _ in range(100):
        sender.pace.came(1)
        sender.keep_busy(60)
        sender.pace.check()


def test_a_clock_that_is_set_back_ends_nobody() -> None:
    sender = Sender()
    sender.send(1, after=-3600)
    sender.send(1, after=1)


def test_without_a_limit_every_pace_will_do() -> None:
    sender = Sender(IntakeLimits(slowest=0))
    for _ in range(10):
        sender.send(0, after=3600)


def test_there_are_so_many_places_and_each_is_given_back() -> None:
    intake = Intake(ManualClock(), IntakeLimits(bodies=2))
    for _ in range(3):
        with intake.place(), intake.place():
            with pytest.raises(TooManyBodies) as caught, intake.place():
                pass
            assert (caught.value.limit, caught.value.retry_after) == (2, 5)


def test_without_a_limit_there_is_always_a_place() -> None:
    intake = Intake(ManualClock(), IntakeLimits(bodies=0))
    with intake.place(), intake.place():
        pass
