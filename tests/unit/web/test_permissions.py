"""Role by action by own or other studio, for every operation; a new one joins by standing in the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPMethod
from typing import Any
from uuid import UUID

import pytest
from tests.permissions_page import PAGE, page
from tests.unit.web.conftest import Site
from tests.unit.web.door import API

from asset_ingest.core.model.access import MAY, Action, Role
from asset_ingest.entrypoints.web.app import OPERATIONS
from asset_ingest.entrypoints.web.wire import Operation

ASKING = [each for each in OPERATIONS if each.asks_for]
STREAMS = {
    HTTPMethod.GET: {"/events"}
}  # an answer without an end; what the policy says of it is asked before it begins
NOWHERE = str(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000))
ACTIONS_OF_ALL = {Action.READ, Action.UPLOAD}


def address(operation: Operation[Any, Any]) -> str:
    """Return an address of the operation whose ids are those of nothing."""
    return API + re.sub(r"{(\w+)}", lambda part: NOWHERE if part[1].endswith("_id") else "1", operation.path)


def named(operation: Operation[Any, Any]) -> str:
    return f"{operation.method} {operation.path}"


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


@pytest.fixture
async def things(site: Site) -> dict[str, str]:
    """One of each thing that an address may name, of the admin's studio."""
    asset_id = await site.package()
    job = (await site.admin.get("/jobs")).json["items"][0]
    group = (await site.admin.post("/groups", json={"name": "group"})).json
    upload = (await site.admin.post("/uploads", json={"filename": "a.bin", "size": 3})).json
    invited = (await site.admin.post("/invitations", json={"email": "bo@example.org", "role": "ARTIST"})).json
    key = (await site.admin.post("/api-keys", json={"name": "robot"})).json
    publishers = (await site.admin.get("/publishers")).json["items"]
    return {
        "asset_id": str(asset_id),
        "job_id": job["id"],
        "group_id": group["id"],
        "upload_id": upload["upload_id"],
        "member_id": (await site.admin.get("/auth/me")).json["member"]["id"],
        "invitation_id": invited["invitation"]["id"],
        "key_id": key["key"]["id"],
        "publisher_id": publishers[0]["id"] if publishers else NOWHERE,
        "number": "1",
        "role": "thumbnail",
    }


BODIES: dict[str, Any] = {
    "change_member": {"role": "ARTIST"},
    "sign_parts": {"numbers": [1]},
    "create_share": {"may_download": False},
    "add_comment": {"text": "There it is"},
    "edit_comment": {"text": "There it is"},
    "give_verdict": {"verdict": "APPROVED"},
    "edit_asset": {"name": "Forest"},
    "roll_back_asset": {"version": 1},
}
QUERIES = {"compare_versions": "?a=1&b=2"}


async def test_another_studios_things_are_not_there_for_anybody(site: Site, things: dict[str, str]) -> None:
    """404 to the word as for an id of nothing, whatever the role; and nothing of it has happened."""
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for operation in ASKING:
        if not operation.in_path:
            continue
        path = API + re.sub(r"{(\w+)}", lambda part: things.get(part[1], NOWHERE), operation.path)
        path += QUERIES.get(operation.name, "")
        body = {"json": BODIES[operation.name]} if operation.name in BODIES else {}
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        more = {"headers": headers} if operation.path.startswith("/files/") else {}
        answer = await stranger(operation.method, path, **body, **more)
        assert answer.status in {404, 405}, (named(operation), answer.status, answer.body)
    for path in ("/jobs/{job_id}", "/assets/{asset_id}", "/groups/{group_id}", "/uploads/{upload_id}"):
        assert (await site.admin.get(path.format(**things))).status == 200
    assert len((await site.admin.get("/api-keys")).json["items"]) == 2
    assert len((await site.admin.get("/invitations")).json["items"]) == 1
    for listed in ("/jobs", "/assets", "/groups", "/publishers", "/invitations"):
        assert (await stranger.get(listed)).json["items"] == []


async def test_a_stream_asks_the_policy_before_it_begins(site: Site, open_site: Callable) -> None:
    made = await site.admin.post("/api-keys", json={"name": "robot", "scopes": ["upload"]})
    robot = type(site.admin)(site.client, key=made.json["secret"])
    for path in ("/events", "/ws"):
        (await robot.get(path)).refused(403, "forbidden")
