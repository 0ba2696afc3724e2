"""One policy for every door: what is not allowed by name is denied."""

from uuid import UUID

import pytest

from asset_ingest.core.errors import Forbidden
from asset_ingest.core.model.access import MAY, Action, Principal, Role, may, require
from asset_ingest.core.model.ids import MemberId, StudioId


def principal(role: Role) -> Principal:
    return Principal(StudioId(UUID(int=1)), MemberId(UUID(int=2)), "somebody", role, "test")


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
