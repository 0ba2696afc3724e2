"""Who looks at what: whatever happens in whichever order, the room says who is really there."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from asset_ingest.core.model.ids import AssetId, MemberId, StudioId
from asset_ingest.core.model.presence import NAME_AT_MOST, PEOPLE_AT_MOST, Person, Room, shown, together
from asset_ingest.core.services.lookers import ELSEWHERE_AT_MOST, Lookers

LAPSE = 25
ROOMS: list[Room] = [(StudioId(UUID(int=s)), AssetId(UUID(int=a))) for s in (1, 2) for a in (3, 4)]
PEOPLE = [Person(MemberId(UUID(int=10 + n)), f"name {n}") for n in range(4)]
PROCESSES = [UUID(int=20 + n) for n in range(3)]
crowds = st.lists(st.sampled_from(PEOPLE), unique=True, max_size=3).map(tuple)


class Looking(RuleBasedStateMachine):
    """The state beside a model that remembers everything and counts anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.lookers: Lookers[int] = Lookers()
        self.seats: dict[tuple[Room, int], Person] = {}
        self.said: dict[tuple[Room, UUID], tuple[tuple[Person, ...], int]] = {}
        self.now = 0

    @rule(room=st.sampled_from(ROOMS), seat=st.integers(0, 5))
    def join(self, room: Room, seat: int) -> None:
        person = PEOPLE[seat % len(PEOPLE)]  # two tabs of some
        self.lookers.join(room, seat, person)
        self.seats[room, seat] = person

    @rule(room=st.sampled_from(ROOMS), seat=st.integers(0, 5))
    def leave(self, room: Room, seat: int) -> None:
        self.lookers.leave(room, seat)
        self.seats.pop((room, seat), None)

    @rule(room=st.sampled_from(ROOMS), process=st.sampled_from(PROCESSES), people=crowds)
    def hear(self, room: Room, process: UUID, people: tuple[Person, ...]) -> None:
        is_first = self.lookers.heard(room, process, people, self.now + LAPSE)
        assert is_first == (bool(people) and (room, process) not in self.said)
        if people:
            self.said[room, process] = people, self.now + LAPSE
        else:
            self.said.pop((room, process), None)

    @rule(seconds=st.integers(1, LAPSE))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds
        lapsed = {key for key, (_people, until) in self.said.items() if until <= self.now}
        assert self.lookers.lapse(self.now) == {room for room, _process in lapsed}
        for key in lapsed:
            del self.said[key]

    @invariant()
    def each_room_says_who_is_there(self) -> None:
        for room in ROOMS:
            here = {person for (where, _), person in self.seats.items() if where == room}
            there = {person for (where, _), (people, _) in self.said.items() if where == room for person in people}
            assert set(self.lookers.here(room)) == here
            assert set(self.lookers.people(room)) == here | there
            assert len(self.lookers.people(room)) == len(here | there)

    @invariant()
    def nothing_is_kept_of_empty_rooms(self) -> None:
        assert self.lookers.rooms() == {room for room, _seat in self.seats}
        assert set(self.lookers._elsewhere) == {room for room, _process in self.said}


TestLooking = Looking.TestCase
TestLooking.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@given(st.lists(st.builds(Person, st.uuids().map(MemberId), st.text(max_size=50)), max_size=60))
def test_a_crowd_is_cut_and_always_in_one_order(people: list[Person]) -> None:
    cut = together(tuple(people))
    assert len(cut) == min(len({each.id for each in people}), PEOPLE_AT_MOST)
    assert cut == tuple(sorted(cut, key=lambda each: (each.name.casefold(), each.id)))


def test_a_long_name_is_cut_where_one_sees_it() -> None:
    assert shown("x" * NAME_AT_MOST) == "x" * NAME_AT_MOST
    assert shown("x" * (NAME_AT_MOST + 1)) == "x" * (NAME_AT_MOST - 1) + "…"


def test_others_cannot_fill_the_memory() -> None:
    lookers: Lookers[int] = Lookers()
    for number in range(ELSEWHERE_AT_MOST + 5):
        room = (StudioId(UUID(int=1)), AssetId(UUID(int=number)))
        lookers.heard(room, PROCESSES[0], (PEOPLE[0],), LAPSE)
    assert len(lookers.lapse(LAPSE)) == ELSEWHERE_AT_MOST
