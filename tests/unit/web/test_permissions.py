"""Role by action by own or other studio, for every operation; a new one joins by standing in the table."""

from __future__ import annotations

from collections.abc import Callable, Collection
from http import HTTPMethod
from typing import Any

import pytest
from tests.permissions_page import PAGE, page
from tests.unit.web.conftest import Site
from tests.unit.web.things import MARK, NOT_THERE, address, alike, asked_about, named, some_of_all

from asset_ingest.core.model.access import MAY, Action, Role
from asset_ingest.entrypoints.web.app import OPERATIONS
from asset_ingest.entrypoints.web.wire import Operation

ASKING = [each for each in OPERATIONS if each.asks_for]
ACTIONS_OF_ALL = {Action.READ, Action.UPLOAD}


def test_the_page_says_what_the_policy_says() -> None:
    assert PAGE.read_text() == page(), "write it anew: python -m tests.permissions_page"


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_every_operation_says_what_it_asks_for(operation: Operation[Any, Any]) -> None:
    ways = [operation.public, operation.personal, operation.asks_for is not None]
    assert ways.count(True) == 1, "name its `action`, or say that it is `personal`"


def test_every_action_is_in_the_table() -> None:
    assert set(MAY) == set(Action)


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if not each.public], ids=named)
async def test_nobody_gets_anywhere_without_a_credential(site: Site, operation: Operation[Any, Any]) -> None:
    answer = await site.anybody(operation.method, address(operation))
    assert answer.status == 401


@pytest.mark.parametrize("role", Role)
async def test_a_role_gets_what_the_policy_says_everywhere(site: Site, role: Role) -> None:
    member = await site.join(role, same_studio=True)
    for operation in ASKING:
        if operation.streams:
            continue
        answer = await member(operation.method, address(operation))
        allowed = role in MAY[operation.asks_for]  # type: ignore[index]  # those that ask do
        assert (answer.status == 403) is not allowed, named(operation)
        assert answer.status < 500, named(operation)


@pytest.mark.parametrize("scope", Action)
async def test_a_key_gets_what_its_scopes_say_everywhere(site: Site, scope: Action) -> None:
    made = await site.admin.post("/api-keys", json={"name": "robot", "scopes": [scope]})
    robot = type(site.admin)(site.client, key=made.json["secret"])
    for operation in ASKING:
        if operation.streams and operation.asks_for is scope:
            continue
        answer = await robot(operation.method, address(operation))
        if operation.asks_for is not scope:
            assert answer.status == 403, named(operation)
        else:
            assert answer.status < 500, named(operation)


@pytest.mark.parametrize("role", Role)
async def test_another_studios_things_are_not_there_for_anybody(site: Site, role: Role) -> None:
    """To the byte as for an id of nothing: 404, or 403 where the role may not at all; and nothing has happened."""
    things = await some_of_all(site)
    stranger = await site.join(role, same_studio=False)
    for operation in OPERATIONS:
        if not operation.in_path or operation.personal:
            continue
        theirs, nothing = [await asked_about(stranger, operation, ids) for ids in (things, {})]
        assert theirs.status in refusals(operation, role), named(operation)
        assert alike(theirs, things) == alike(nothing, things), named(operation)
    for path in ("/jobs/{job_id}", "/assets/{asset_id}", "/groups/{group_id}", "/uploads/{upload_id}"):
        assert (await site.admin.get(path.format(**things))).status == 200
    assert len((await site.admin.get("/api-keys")).json["items"]) == 2
    assert len((await site.admin.get("/invitations")).json["items"]) == 1
    assert (await site.admin.get(f"/comments/{things['comment_id']}")).json["text"] == MARK
    for listed in ("/jobs", "/assets", "/groups", "/publishers", "/tags", "/notifications"):
        assert (await stranger.get(listed)).json["items"] == []
    invitations = await stranger.get("/invitations")
    assert invitations.status == 403 if role not in MAY[Action.MANAGE_MEMBERS] else invitations.json["items"] == []


def refusals(operation: Operation[Any, Any], role: Role) -> Collection[int]:
    """Return how somebody with this role is told that nothing is there."""
    if operation.asks_for and role not in MAY[operation.asks_for]:
        return {403}
    return {*NOT_THERE, 204 if operation.method is HTTPMethod.OPTIONS else 404}


async def test_a_stream_asks_the_policy_before_it_begins(site: Site, open_site: Callable) -> None:
    made = await site.admin.post("/api-keys", json={"name": "robot", "scopes": ["upload"]})
    robot = type(site.admin)(site.client, key=made.json["secret"])
    for path in ("/events", "/ws"):
        (await robot.get(path)).refused(403, "forbidden")
