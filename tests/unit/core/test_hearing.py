"""The policy of facts: every fact is in the table, and nobody hears what they could not read."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from uuid import UUID

import anyio
import pytest

from asset_ingest.core.model import events
from asset_ingest.core.model.access import Action, Principal, Role
from asset_ingest.core.model.events import Event, Fact, KeyRevoked, SubjectKind
from asset_ingest.core.model.hearing import CHANGES_RIGHTS, HEARD_WITH, hears, needed_for, rights_changed_by
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.notifier import Frame
from asset_ingest.core.services.listening import Listener

ADMIN, OWNER = UUID(int=1), MemberId(UUID(int=2))
KINDS = [each for _, each in inspect.getmembers(events, inspect.isclass) if issubclass(each, Event)]


def principal(role: Role, *scopes: Action) -> Principal:
    return Principal(StudioId(UUID(int=9)), OWNER, "x", role, "test", frozenset(scopes) or None)


def fact(kind: str, **data: object) -> Fact:
    return Fact(
        UUID(int=3),
        StudioId(UUID(int=9)),
        kind,
        datetime.now(UTC),
        "server",
        SubjectKind.MEMBER,
        ADMIN,
        1,
        "test",
        data,
        1,
    )


def test_every_fact_there_is_stands_in_the_table() -> None:
    told = {each.type for each in KINDS if hasattr(each, "type")}
    assert told == set(HEARD_WITH)
    assert set(HEARD_WITH) >= CHANGES_RIGHTS


def test_a_fact_of_another_version_of_the_program_is_for_auditors() -> None:
    assert needed_for("tomorrow.happened") is Action.READ_AUDIT


@pytest.mark.parametrize("role", Role)
def test_people_hear_what_they_may_read(role: Role) -> None:
    heard = {kind for kind, action in HEARD_WITH.items() if action in hears(principal(role))}
    about_access = {kind for kind in HEARD_WITH if HEARD_WITH[kind] is not Action.READ}
    expected = {
        Role.ADMIN: set(),
        Role.PRODUCER: {kind for kind in about_access if HEARD_WITH[kind] is not Action.READ_AUDIT},
    }
    assert set(HEARD_WITH) - heard == expected.get(role, about_access)


def test_scopes_narrow_what_a_role_hears() -> None:
    assert hears(principal(Role.ADMIN, Action.READ)) == {Action.READ}
    assert hears(principal(Role.ARTIST, Action.READ, Action.READ_AUDIT)) == {Action.READ}
    assert hears(principal(Role.ADMIN, Action.UPLOAD)) == frozenset()


@pytest.mark.parametrize("kind", HEARD_WITH)
def test_a_fact_says_whose_rights_it_may_change(kind: str) -> None:
    assert rights_changed_by(fact(kind)) == (ADMIN if kind in CHANGES_RIGHTS else None)


def test_a_revoked_key_concerns_its_owner() -> None:
    assert rights_changed_by(fact(KeyRevoked.type, member_id=str(OWNER))) == OWNER


async def test_an_answer_that_was_long_on_its_way_brings_no_lost_rights_back() -> None:
    slow, goes = anyio.Event(), anyio.Event()
    answers = [principal(Role.ADMIN), principal(Role.ARTIST)]

    async def ask() -> Principal:
        answer = answers.pop(0)
        if answer.role is Role.ADMIN:
            slow.set()
            await goes.wait()
        return answer

    listener = Listener(principal(Role.ADMIN), ask)
    async with anyio.create_task_group() as group:
        group.start_soon(listener.ask_again)  # once a minute
        await slow.wait()
        await listener.ask_again()  # at the fact of the demotion
        goes.set()
    assert listener.who.role is Role.ARTIST
    assert not listener.may_hear(Frame(1, "fact", "{}", Action.MANAGE_MEMBERS))
