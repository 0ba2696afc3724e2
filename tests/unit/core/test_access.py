"""One policy for every door: what is not allowed by name is denied."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from tests.harness import Program

from asset_ingest.bootstrap import App, memory_ports
from asset_ingest.core.errors import Forbidden
from asset_ingest.core.model.access import MAY, Action, Principal, Role, may, require, require_person
from asset_ingest.core.model.ids import MemberId, StudioId


def principal(role: Role, scopes: frozenset[Action] | None = None) -> Principal:
    return Principal(StudioId(UUID(int=1)), MemberId(UUID(int=2)), "somebody", role, "test", scopes)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_the_policy_answers_for_every_role_and_action(role: Role, action: Action) -> None:
    if role in MAY[action]:
        require(principal(role), action)
    else:
        with pytest.raises(Forbidden, match=role):
            require(principal(role), action)


def test_an_admin_may_do_everything() -> None:
    assert all(may(principal(Role.ADMIN), action) for action in Action)


def test_an_artist_may_not_rewrite_history() -> None:
    assert not may(principal(Role.ARTIST), Action.FORGET_JOB)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("action", Action)
def test_scopes_take_away_and_never_give(role: Role, action: Action) -> None:
    assert may(principal(role, frozenset({action})), action) is (role in MAY[action])
    assert not may(principal(role, frozenset(Action) - {action}), action)
    assert not may(principal(role, frozenset()), action)


def test_what_is_a_persons_own_is_no_scope() -> None:
    require_person(principal(Role.ARTIST))
    with pytest.raises(Forbidden):
        require_person(principal(Role.ADMIN, frozenset(Action)))


MANAGING: dict[str, Callable[[App, Principal], Awaitable[object]]] = {
    "change": lambda app, who: app.members.change(who, who.member_id, role=Role.ADMIN, active=None),
    "remove": lambda app, who: app.members.remove(who, who.member_id),
    "reset": lambda app, who: app.resets.link_for(who, who.member_id),
    "invite": lambda app, who: app.invitations.invite(who, "eve@example.org", Role.ADMIN),
    "invitations": lambda app, who: app.invitations.page(who, 10, None),
    "withdraw": lambda app, who: app.invitations.withdraw(who, UUID(int=3)),
    "keys": lambda app, who: app.api_keys.page(who, 10, None),
    "key": lambda app, who: app.api_keys.create(who, "robot", None),
    "revoke": lambda app, who: app.api_keys.revoke(who, UUID(int=3)),
}


@pytest.mark.parametrize("asked", MANAGING)
@pytest.mark.parametrize("who", [principal(role) for role in Role if role is not Role.ADMIN], ids=lambda who: who.role)
async def test_use_cases_ask_the_policy_whatever_the_door_did(asked: str, who: Principal) -> None:
    with pytest.raises(Forbidden):
        await MANAGING[asked](Program(memory_ports()).app, who)
