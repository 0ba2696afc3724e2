"""Members, invitations and keys over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import Door
from tests.unit.web.test_sign_in import PASSWORD, Town, signed_in, town

from asset_ingest.adapters.mail.memory import MemoryMailer
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import MailUnavailable
from asset_ingest.core.model.access import Role
from asset_ingest.core.ports.mail import Letter

__all__ = ["town"]

BO = {"email": "bo@example.org", "role": "DIRECTOR"}


async def joined(site: Site, admin: Door, **changes: str) -> Door:
    """Return the browser of somebody who was invited and came."""
    invited = (await admin.post("/invitations", json=BO | changes)).json
    token = invited["delivery"]["link"].partition("=")[2]
    accept = {"token": token, "name": "Bo", "password": PASSWORD}
    return signed_in(site, await site.anybody.post("/invitations/accept", json=accept))


async def id_of(door: Door) -> str:
    return (await door.get("/auth/me")).json["member"]["id"]


async def told(site: Site) -> list[tuple[str, dict[str, object]]]:
    """Return all facts about people, in order."""
    await site.program.app.upkeep.relay.once()
    admin = await site.program.ports.system.access.first_admin()
    assert admin
    async with site.program.ports.records.transaction(admin.studio_id) as tx:
        facts = await tx.events.after(0, 1000)
    return [(fact.type, fact.data) for fact in facts if fact.subject_kind in {"member", "studio"}]


# --- invitations ------------------------------------------------------------------------------------------------


async def test_without_mail_the_admin_hands_the_link_over(site: Site) -> None:
    invited = (await site.admin.post("/invitations", json=BO)).json
    assert invited["delivery"]["mailed"] is False
    assert invited["delivery"]["link"].startswith("/#invitation=")
    listed = (await site.admin.get("/invitations")).json["items"]
    assert [each["email"] for each in listed] == ["bo@example.org"]
    token = invited["delivery"]["link"].partition("=")[2]
    assert token not in str(listed)
    assert token not in repr(site.observer.heard)
    accept = {"token": token, "name": "Bo", "password": PASSWORD}
    browser = signed_in(site, await site.anybody.post("/invitations/accept", json=accept))
    assert (await browser.get("/auth/me")).json["member"]["role"] == "DIRECTOR"
    (await site.anybody.post("/invitations/accept", json=accept)).refused(401, "unauthenticated")
    assert (await site.admin.get("/invitations")).json["items"] == []
    assert await told(site) == [
        ("member.invited", {"role": "DIRECTOR"}),
        ("member.joined", {"name": "Bo", "role": "DIRECTOR"}),
    ]


async def test_with_mail_nobody_but_the_invited_sees_the_link(town: Town) -> None:
    admin = await town.found()
    invited = (await admin.post("/invitations", json=BO)).json
    assert invited["delivery"] == {"mailed": True, "link": None, "problem": None}
    assert town.mail.sent[-1].to == "bo@example.org"
    assert "Ada invites you to the studio North Light" in town.mail.sent[-1].text


async def test_who_holds_an_invitation_sees_who_invites_to_what_until_it_is_used(town: Town) -> None:
    admin = await town.found()
    await admin.post("/invitations", json=BO)
    shown = {"token": town.mail.sent[-1].text.partition("=")[2].split()[0]}
    for _ in range(2):  # looking uses nothing up
        seen = (await town.site.anybody.post("/invitations/open", json=shown)).json
        assert {key: seen[key] for key in ("studio", "invited_by", "email", "role")} == {
            **BO,
            "studio": "North Light",
            "invited_by": "Ada",
        }
    await town.site.anybody.post("/invitations/accept", json=shown | {"name": "Bo", "password": PASSWORD})
    (await town.site.anybody.post("/invitations/open", json=shown)).refused(401, "unauthenticated")
    (await town.site.anybody.post("/invitations/open", json={"token": "x" * 43})).refused(401, "unauthenticated")


class Away(MemoryMailer):
    async def send(self, letter: Letter) -> None:
        raise MailUnavailable("the mail server does not answer as it should")


async def test_a_letter_that_cannot_be_sent_is_told_and_its_link_shown(open_site: Callable) -> None:
    site = await open_site(ports=replace(memory_ports(), mailer=Away()))
    invited = (await site.admin.post("/invitations", json=BO)).json
    assert invited["delivery"]["problem"] == "the mail server does not answer as it should"
    assert invited["delivery"]["link"]
    assert "mail" in [heard.what for heard in site.observer.heard]


async def test_an_invitation_ends_by_time_by_hand_and_by_the_next_one(town: Town) -> None:
    admin = await town.found()
    tokens = []
    for _ in range(2):
        await admin.post("/invitations", json=BO)
        tokens.append(town.mail.sent[-1].text.partition("=")[2].split()[0])
    accept = {"name": "Bo", "password": PASSWORD}
    old = await town.site.anybody.post("/invitations/accept", json=accept | {"token": tokens[0]})
    old.refused(401, "unauthenticated")
    town.clock.advance(timedelta(days=7))
    late = await town.site.anybody.post("/invitations/accept", json=accept | {"token": tokens[1]})
    late.refused(401, "unauthenticated")
    [listed] = (await admin.get("/invitations")).json["items"]
    assert (await admin("DELETE", f"/api/v1/invitations/{listed['id']}")).status == 204
    (await admin("DELETE", f"/api/v1/invitations/{listed['id']}")).refused(404, "not_found")


async def test_of_two_who_accept_at_once_one_joins(site: Site) -> None:
    link = (await site.admin.post("/invitations", json=BO)).json["delivery"]["link"]
    accept = {"token": link.partition("=")[2], "name": "Bo", "password": PASSWORD}
    answers = await asyncio.gather(*(site.anybody.post("/invitations/accept", json=accept) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [201, 401]


@pytest.mark.parametrize("change", [{"role": "PRODUCER"}, {"active": False}, None])
async def test_an_invitation_is_worth_what_its_sender_is(site: Site, change: dict[str, object] | None) -> None:
    bo = await joined(site, site.admin, role="ADMIN")
    link = (await bo.post("/invitations", json={"email": "cy@example.org", "role": "ADMIN"})).json["delivery"]["link"]
    await site.admin.post("/invitations", json={"email": "di@example.org", "role": "ARTIST"})
    path = f"/api/v1/members/{await id_of(bo)}"
    await (site.admin("PATCH", path, json=change) if change else site.admin("DELETE", path))
    shown = {"token": link.partition("=")[2]}
    (await site.anybody.post("/invitations/open", json=shown)).refused(401, "unauthenticated")
    accept = shown | {"name": "Cy", "password": PASSWORD}
    (await site.anybody.post("/invitations/accept", json=accept)).refused(401, "unauthenticated")
    listed = (await site.admin.get("/invitations")).json["items"]
    assert [(each["email"], each["holds"]) for each in listed] == [("di@example.org", True), ("cy@example.org", False)]


async def test_a_member_is_not_invited_again(site: Site) -> None:
    await joined(site, site.admin)
    (await site.admin.post("/invitations", json=BO)).refused(409, "conflict")


# --- members ----------------------------------------------------------------------------------------------------


async def test_addresses_are_the_admins_to_see(site: Site) -> None:
    bo = await joined(site, site.admin)
    await joined(site, site.admin, email="cy@example.org")
    seen = {each["name"]: each["email"] for each in (await bo.get("/members?limit=1")).json["items"]}
    assert seen == {"Bo": None}
    emails = {each["email"] for each in (await site.admin.get("/members")).json["items"]}
    assert emails == {None, "bo@example.org", "cy@example.org"}


async def test_a_role_holds_from_the_next_request_on(site: Site) -> None:
    bo = await joined(site, site.admin)
    (await bo.get("/invitations")).refused(403, "forbidden")
    changed = await site.admin("PATCH", f"/api/v1/members/{await id_of(bo)}", json={"role": "ADMIN"})
    assert (changed.json["role"], changed.json["revision"]) == ("ADMIN", 2)
    assert (await bo.get("/invitations")).status == 200
    assert (await told(site))[-1] == ("member.role_changed", {"role": "ADMIN", "was": "DIRECTOR"})


@pytest.mark.parametrize("removed", [True, False])
async def test_who_is_shut_out_has_nothing_left_to_come_in_with(site: Site, removed: bool) -> None:  # noqa: FBT001
    bo = await joined(site, site.admin, role="ADMIN")
    key = Door(site.client, key=(await bo.post("/api-keys", json={"name": "robot"})).json["secret"])
    login = {"email": BO["email"], "password": PASSWORD}
    token = (await site.anybody.post("/auth/tokens", json=login)).json["access_token"]
    path = f"/api/v1/members/{await id_of(bo)}"
    if removed:
        assert (await site.admin("DELETE", path)).status == 204
        (await site.admin("DELETE", path)).refused(404, "not_found")
    else:
        assert (await site.admin("PATCH", path, json={"active": False})).json["status"] == "DEACTIVATED"
    for door in (bo, key, Door(site.client, key=token)):
        (await door.get("/jobs")).refused(401, "unauthenticated")
    (await site.anybody.post("/auth/login", json=login)).refused(401, "unauthenticated")
    if removed:
        assert len((await site.admin.get("/members")).json["items"]) == 1
        await joined(site, site.admin)  # the address is free
    else:
        assert (await site.admin("PATCH", path, json={"active": True})).json["status"] == "ACTIVE"
        (await bo.get("/jobs")).refused(401, "unauthenticated")
        (await key.get("/jobs")).refused(401, "unauthenticated")
        signed_in(site, await site.anybody.post("/auth/login", json=login))


@pytest.mark.parametrize("change", [{"role": "ARTIST"}, {"active": False}, None])
async def test_the_last_admin_stays(site: Site, change: dict[str, object] | None) -> None:
    path = f"/api/v1/members/{await id_of(site.admin)}"
    answer = await (site.admin("PATCH", path, json=change) if change else site.admin("DELETE", path))
    answer.refused(409, "not_possible_now")
    assert "last admin" in answer.json["detail"]
    assert (await site.admin("PATCH", path, json={"role": "ADMIN", "active": True})).status == 200


async def test_two_admins_who_remove_each_other_leave_one(site: Site) -> None:
    bo = await joined(site, site.admin, role="ADMIN")
    ids = await id_of(bo), await id_of(site.admin)
    answers = await asyncio.gather(*(site.admin("DELETE", f"/api/v1/members/{ident}") for ident in ids))
    assert sorted(answer.status for answer in answers) in ([204, 401], [204, 409])
    assert await site.program.ports.system.access.first_admin()


async def test_another_studios_people_are_not_there(site: Site) -> None:
    stranger = await site.join(Role.ADMIN, same_studio=False)
    theirs = await id_of(stranger)
    for method, path, body in (
        ("PATCH", f"/members/{theirs}", {"role": "ARTIST"}),
        ("DELETE", f"/members/{theirs}", None),
        ("POST", f"/members/{theirs}/password-reset", None),
    ):
        (await site.admin(method, f"/api/v1{path}", json=body)).refused(404, "not_found")
    assert theirs not in str((await site.admin.get("/members")).json)


async def test_an_admin_makes_a_link_to_a_new_password(site: Site) -> None:
    bo = await joined(site, site.admin)
    path = f"/members/{await id_of(bo)}/password-reset"
    link = (await site.admin.post(path)).json["link"]
    confirm = {"token": link.partition("=")[2], "password": "another long password"}
    assert (await site.anybody.post("/auth/password-reset/confirm", json=confirm)).status == 204
    (await bo.get("/jobs")).refused(401, "unauthenticated")
    nobody = f"/members/{await id_of(site.admin)}/password-reset"
    (await site.admin.post(nobody)).refused(409, "not_possible_now")


# --- keys -------------------------------------------------------------------------------------------------------


async def test_a_key_may_what_its_scopes_say_and_no_more(site: Site) -> None:
    made = (await site.admin.post("/api-keys", json={"name": "robot", "scopes": ["upload", "read"]})).json
    robot = Door(site.client, key=made["secret"])
    assert made["key"]["scopes"] == ["read", "upload"]
    assert (await robot.upload("a.bin", b"x")).status == 202
    assert (await robot.get("/jobs")).status == 200
    answer = await robot.get("/api-keys")
    answer.refused(403, "forbidden")
    assert "scopes" in answer.json["detail"]
    assert (await robot.get("/auth/me")).json["actions"] == ["upload", "read"]
    (await robot.post("/auth/logout-everywhere")).refused(403, "forbidden")
    (await robot.post("/auth/password", json={"new_password": PASSWORD, "email": "x@y.z"})).refused(403, "forbidden")


async def test_a_key_makes_none_that_may_more_than_itself(site: Site) -> None:
    scopes = ["manage_keys", "read"]
    made = (await site.admin.post("/api-keys", json={"name": "robot", "scopes": scopes})).json
    robot = Door(site.client, key=made["secret"])
    for more in (None, ["upload"], ["read", "manage_members"]):
        (await robot.post("/api-keys", json={"name": "more", "scopes": more})).refused(403, "forbidden")
    assert (await robot.post("/api-keys", json={"name": "less", "scopes": ["read"]})).status == 201


async def test_keys_are_listed_without_their_secrets_and_end_when_revoked(site: Site) -> None:
    made = (await site.admin.post("/api-keys", json={"name": "robot"})).json
    robot = Door(site.client, key=made["secret"])
    await robot.get("/jobs")
    listed = await site.admin.get("/api-keys")
    assert made["secret"] not in listed.body.decode()
    robots, own = listed.json["items"]
    assert (robots["name"], own["name"]) == ("robot", "admin.key")
    assert robots["last_used_at"]
    assert (await site.admin("DELETE", f"/api/v1/api-keys/{robots['id']}")).status == 204
    (await site.admin("DELETE", f"/api/v1/api-keys/{robots['id']}")).refused(404, "not_found")
    (await robot.get("/jobs")).refused(401, "unauthenticated")
    assert [name for name, _data in await told(site)] == ["member.key_created", "member.key_revoked"]


@pytest.mark.parametrize("scopes", [[], ["fly"], "read"])
async def test_scopes_are_actions(site: Site, scopes: object) -> None:
    assert (await site.admin.post("/api-keys", json={"name": "robot", "scopes": scopes})).status == 422
