"""Anchors make sense or are not made; verdicts come to what the policy says, in whatever order they came."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidRequest, NotPossibleNow
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.anchors import LARGEST, Anchor, EntryPlace, FrameRange, Region
from asset_ingest.core.model.ids import ApprovalId, AssetId, MemberId, StudioId
from asset_ingest.core.model.reviews import (
    ANY,
    MAY_APPROVE,
    STANDING_MOVES,
    Approval,
    ApprovalPolicy,
    Standing,
    StandingTrigger,
    Verdict,
    VersionState,
    mentioned,
    review,
    said,
    standing,
)
from asset_ingest.core.model.states import advance

START = datetime(2026, 1, 1, tzinfo=UTC)
STUDIO, ASSET, SHA = StudioId(UUID(int=1)), AssetId(UUID(int=2)), "a" * 64

# --- anchors ----------------------------------------------------------------------------------------------------

NUMBERS = st.integers(-(2**33), 2**33)
SHARES = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-0.1, 1.1)


def blamed(make: Callable[[], object]) -> str | None:
    """Return the field that is to blame for nothing having been made."""
    try:
        make()
    except InvalidRequest as error:
        return error.field
    return None


@given(start=NUMBERS, end=NUMBERS, num=NUMBERS, den=NUMBERS)
def test_frames_are_in_order_and_a_rate_is_a_fraction(start: int, end: int, num: int, den: int) -> None:
    sound = 0 <= start <= end <= LARGEST and 0 < num <= LARGEST and 0 < den <= LARGEST
    assert blamed(lambda: FrameRange(start, end, num, den)) == (None if sound else "anchor.frames")


@given(x=SHARES, y=SHARES, width=SHARES, height=SHARES)
def test_a_region_lies_inside_the_picture(x: float, y: float, width: float, height: float) -> None:
    sides = ((x, width), (y, height))
    sound = all(0 <= start <= start + length <= 1 + 1e-9 and 0 < length <= 1 and start <= 1 for start, length in sides)
    assert blamed(lambda: Region(x, y, width, height)) == (None if sound else "anchor.region")


@given(side=st.integers(1, 20_000), data=st.data())
def test_every_rectangle_of_whole_pixels_is_a_region(side: int, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, side - 1))
    many = data.draw(st.integers(1, side - first))
    Region(first / side, first / side, many / side, many / side)


@given(guid=st.text(max_size=40) | st.from_regex(r"[0-9a-f]{32}", fullmatch=True))
def test_an_entry_is_named_by_its_guid(guid: str) -> None:
    sound = re.fullmatch("[0-9a-f]{32}", guid) is not None
    assert blamed(lambda: EntryPlace(guid)) == (None if sound else "anchor.entry")


@pytest.mark.parametrize("which", list(product([False, True], repeat=3)))
def test_an_anchor_is_an_entry_or_in_the_picture(which: tuple[bool, bool, bool]) -> None:
    parts = (FrameRange(0, 0, 25, 1), Region(0, 0, 1, 1), EntryPlace("0" * 32))
    chosen = [part if wanted else None for part, wanted in zip(parts, which, strict=True)]
    frames, region, entry = which
    if (frames or region) != entry:
        Anchor(*chosen)  # type: ignore[arg-type]
    else:
        with pytest.raises(InvalidRequest):
            Anchor(*chosen)  # type: ignore[arg-type]


# --- texts ------------------------------------------------------------------------------------------------------


@given(text=st.text())
def test_what_is_kept_of_a_text_stays_as_it_is(text: str) -> None:
    try:
        kept = said(text)
    except InvalidRequest:
        kinds = {unicodedata.category(char) for char in text if char not in "\n\t"}
        assert kinds & {"Cc", "Cs"}
    else:
        assert said(kept) == kept
        assert unicodedata.is_normalized("NFC", kept)


def test_mentions_are_found_once_each_in_order() -> None:
    one, two = UUID(int=7 << 76), UUID(int=8 << 76)
    text = f"@{{{two}}} and @{{{str(one).upper()}}}, @{{{two}}}, @{one}, @{{nobody}}, @{{{one}"
    assert mentioned(text) == [two, one]


# --- verdicts ---------------------------------------------------------------------------------------------------


def members(count: int) -> list[MemberId]:
    return [MemberId(UUID(int=100 + n)) for n in range(count)]


def verdict(by: MemberId, what: Verdict, n: int = 0) -> Approval:
    ident = ApprovalId(UUID(int=1000 + n))
    return Approval(ident, STUDIO, ASSET, 1, SHA, what, "", by, START + timedelta(seconds=n))


def policy(**changes: object) -> ApprovalPolicy:
    return replace(ApprovalPolicy(STUDIO), **changes)  # type: ignore[arg-type]


NOBODY = MemberId(UUID(int=9))


class Person:
    """One member, as their verdicts are given, replaced and withdrawn."""

    def __init__(self, member_id: MemberId) -> None:
        self.id = member_id
        self.given: list[Approval] = []
        self.stands = Standing.PENDING

    def does(self, trigger: StandingTrigger, n: int) -> None:
        now = START + timedelta(seconds=n)
        self.stands = advance(STANDING_MOVES, self.stands, trigger)
        if trigger is StandingTrigger.WITHDRAW:
            self.given[-1] = replace(self.given[-1], withdrawn_at=now)
            return
        if self.given and self.given[-1].stands:
            self.given[-1] = replace(self.given[-1], replaced_at=now)
        self.given.append(verdict(self.id, Verdict(self.stands.value), n))


@given(
    doing=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(StandingTrigger)), max_size=25),
    roles=st.lists(st.sampled_from([*Role, None]), min_size=4, max_size=4),
    wanted=st.dictionaries(st.sampled_from([ANY, *sorted(MAY_APPROVE)]), st.integers(1, 3), min_size=1),
    not_own=st.booleans(),
)
def test_a_version_stands_as_its_verdicts_say(
    doing: list[tuple[int, StandingTrigger]], roles: list[Role | None], wanted: dict[str, int], *, not_own: bool
) -> None:
    people = [Person(each) for each in members(4)]
    for n, (who, trigger) in enumerate(doing):
        try:
            people[who].does(trigger, n)
        except NotPossibleNow:
            assert trigger is StandingTrigger.WITHDRAW
            assert people[who].stands in {Standing.PENDING, Standing.WITHDRAWN}
    known = {person.id: role for person, role in zip(people, roles, strict=True) if role}
    given = [each for person in people for each in person.given]
    found = review(reversed(given), SHA, people[0].id, known, policy(needs=wanted, not_own=not_own))

    counting = [each for each in people if known.get(each.id) in MAY_APPROVE and not (not_own and each is people[0])]
    stand = [person.stands for person in counting]
    approving = [known[person.id] for person in counting if person.stands is Standing.APPROVED]
    enough = all((len(approving) if who == ANY else approving.count(Role(who))) >= n for who, n in wanted.items())
    assert [standing(person.given) for person in people] == [person.stands for person in people]
    if Standing.CHANGES_REQUESTED in stand:
        assert found.state is VersionState.CHANGES_REQUESTED
    else:
        assert found.state is (VersionState.APPROVED if enough else VersionState.PENDING)
    assert (not found.missing) == enough


def weigh(given: Iterable[Approval], roles: dict[MemberId, Role], by: ApprovalPolicy | None = None) -> VersionState:
    return review(given, SHA, NOBODY, roles, by or policy()).state


@pytest.mark.parametrize("role", [*Role, None])
def test_the_usual_policy_takes_one_who_may_approve_today(role: Role | None) -> None:
    (one,) = members(1)
    roles = {one: role} if role else {}
    for what, state in (
        (Verdict.APPROVED, VersionState.APPROVED),
        (Verdict.CHANGES_REQUESTED, VersionState.CHANGES_REQUESTED),
    ):
        assert weigh([verdict(one, what)], roles) is (state if role in MAY_APPROVE else VersionState.PENDING)


def test_a_verdict_on_other_content_does_not_count() -> None:
    (one,) = members(1)
    other = replace(verdict(one, Verdict.APPROVED), sha256="b" * 64)
    assert weigh([other], {one: Role.DIRECTOR}) is VersionState.PENDING


def test_one_person_counts_for_their_role_and_for_any() -> None:
    one, two = members(2)
    two_with_a_director = policy(needs={ANY: 2, "DIRECTOR": 1})
    both = [verdict(one, Verdict.APPROVED), verdict(two, Verdict.APPROVED, 1)]
    assert weigh(both, {one: Role.DIRECTOR, two: Role.PRODUCER}, two_with_a_director) is VersionState.APPROVED
    assert weigh(both, {one: Role.ADMIN, two: Role.PRODUCER}, two_with_a_director) is VersionState.PENDING
    assert weigh(both[:1], {one: Role.DIRECTOR}, two_with_a_director) is VersionState.PENDING


@pytest.mark.parametrize(
    "wrong",
    [
        {"approvers": ()},
        {"approvers": (Role.ARTIST,)},
        {"needs": {}},
        {"needs": {ANY: 0}},
        {"needs": {"BOSS": 1}},
        {"approvers": (Role.PRODUCER,), "needs": {"DIRECTOR": 1}},
    ],
)
def test_a_policy_that_nobody_could_meet_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        policy(**wrong)
