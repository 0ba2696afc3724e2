"""E-mail and password over HTTP: who gets in, how often one may try, and what ends it all."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

import jwt
import pytest
from tests.harness import TUNING
from tests.unit.web.conftest import Site
from tests.unit.web.door import Answer, Door

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.identity.jwt import JwtAccessTokens
from asset_ingest.adapters.mail.memory import MemoryMailer
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.services.accounts import Registration

PASSWORD = "correct horse battery"
NEW_PASSWORD = "staple of another horse"
ADA = {"email": "ada@example.org", "password": PASSWORD}
STUDIO = {"studio": "North Light", "name": "Ada", **ADA}


@dataclass
class Town:
    """A server where everybody may found a studio, a clock that stands still, and letters that can be read."""

    site: Site
    clock: ManualClock
    mail: MemoryMailer

    async def found(self, **changes: str) -> Door:
        return signed_in(self.site, await self.site.anybody.post("/auth/register", json=STUDIO | changes))

    async def login(self, **changes: str) -> Answer:
        return await self.site.anybody.post("/auth/login", json=ADA | changes)

    async def tokens(self) -> dict[str, str]:
        answer = await self.site.anybody.post("/auth/tokens", json=ADA)
        assert answer.status == 200, answer.body
        return answer.json

    def bearer(self, token: str) -> Door:
        return Door(self.site.client, key=token)

    async def mailed(self) -> str:
        """Return the token of the last link that was mailed."""
        await self.site.program.app.resets.send_waiting()
        return self.mail.sent[-1].text.partition("=")[2].split()[0]


def signed_in(site: Site, answer: Answer) -> Door:
    assert answer.status in {200, 201}, answer.body
    cookie = answer.headers["Set-Cookie"].partition(";")[0].partition("=")[2]
    return Door(site.client, cookie=cookie, csrf=answer.json["csrf_token"])


@pytest.fixture
async def town(open_site: Callable) -> Town:
    clock, mail = ManualClock(), MemoryMailer()
    ports = replace(memory_ports(), clock=clock, mailer=mail, access_tokens=JwtAccessTokens([b"k" * 32], clock))
    tuning = replace(TUNING, registration=Registration.OPEN, public_url="https://assets.example")
    return Town(await open_site(ports=ports, tuning=tuning), clock, mail)


# --- founding ---------------------------------------------------------------------------------------------------


async def test_a_studio_is_founded_by_its_admin(town: Town) -> None:
    assert (await town.site.anybody.get("/auth/registration")).json == {"open": True}
    admin = await town.found()
    me = (await admin.get("/auth/me")).json
    assert me["studio"]["name"] == "North Light"
    assert me["studio"]["slug"] == "north-light"
    assert me["member"]["role"] == "ADMIN"
    assert "manage_members" in me["actions"]
    assert (await admin.get("/members")).json["items"][0]["email"] == "ada@example.org"


async def test_a_short_name_is_one_studios(town: Town) -> None:
    await town.found()
    again = await town.site.anybody.post("/auth/register", json=STUDIO | {"email": "bo@example.org"})
    again.refused(409, "conflict")
    await town.found(slug="north-2")


@pytest.mark.parametrize("registration", [Registration.FIRST, Registration.CLOSED])
async def test_with_a_studio_there_nobody_registers_unless_let(open_site: Callable, registration: str) -> None:
    site = await open_site(tuning=replace(TUNING, registration=registration))
    assert (await site.anybody.get("/auth/registration")).json == {"open": False}
    (await site.anybody.post("/auth/register", json=STUDIO)).refused(403, "forbidden")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "ada"),
        ("email", "a b@example.org"),
        ("password", "too short"),
        ("password", "x" * 257),
        ("name", " "),
        ("studio", "\u202e"),
        ("slug", "-no-"),
    ],
)
async def test_what_cannot_be_is_named(town: Town, field: str, value: str) -> None:
    answer = await town.site.anybody.post("/auth/register", json=STUDIO | {field: value})
    answer.refused(422, "invalid_request", field)
    assert value not in answer.json["detail"] or field != "password"


async def test_a_person_gives_themselves_another_name(town: Town) -> None:
    admin = await town.found()
    assert (await admin("PATCH", "/api/v1/auth/me", json={"name": " Ada  Lovelace "})).json["member"]["name"] == (
        "Ada Lovelace"
    )
    assert (await admin.get("/auth/me")).json["member"]["name"] == "Ada Lovelace"
    assert (await admin.get("/members")).json["items"][0]["name"] == "Ada Lovelace"
    (await admin("PATCH", "/api/v1/auth/me", json={"name": "\u202e"})).refused(422, "invalid_request", "name")
    await town.site.program.app.upkeep.relay.once()
    trail = (await admin.get("/audit")).json["items"]
    assert "member.renamed" in [each["type"] for each in trail]
    scoped = (await admin.post("/api-keys", json={"name": "robot", "scopes": ["read"]})).json["secret"]
    (await town.bearer(scoped)("PATCH", "/api/v1/auth/me", json={"name": "Eve"})).refused(403, "forbidden")


# --- signing in -------------------------------------------------------------------------------------------------


async def test_who_has_a_password_gets_in_however_the_address_is_written(town: Town) -> None:
    await town.found()
    browser = signed_in(town.site, await town.login(email=" ADA@Example.ORG "))
    assert (await browser.get("/jobs")).status == 200
    assert (await browser.upload("a.bin", b"x")).status == 202


async def test_the_trail_says_who_signed_in_and_from_where(town: Town) -> None:
    admin = await town.found()
    await town.login(password="not the password")
    browser = signed_in(
        town.site, await town.site.anybody.post("/auth/login", json=ADA, headers={"User-Agent": "page/1"})
    )
    await town.site.program.app.upkeep.relay.once()
    told = [each for each in (await admin.get("/audit")).json["items"] if each["type"] == "member.signed_in"]
    [fact] = told  # what was wrong let nobody in
    member = (await browser.get("/auth/me")).json["member"]
    assert (fact["subject_id"], fact["actor"]) == (member["id"], f"member:{member['id']}")
    assert (fact["remote"], fact["agent"], fact["data"]) == ("127.0.0.1", "page/1", {})


async def test_a_wrong_password_and_an_unknown_address_are_one_answer(town: Town) -> None:
    await town.found()
    wrong, unknown = await town.login(password="not the password"), await town.login(email="eve@example.org")
    other_studio = await town.login(studio="south")
    same = {
        (answer.status, answer.json["code"], answer.json["detail"], answer.json["remedy"])
        for answer in (wrong, unknown, other_studio)
    }
    assert len(same) == 1
    wrong.refused(401, "unauthenticated")


async def test_who_is_in_several_studios_says_which(town: Town) -> None:
    await town.found()
    await town.found(studio="South")
    await town.found(studio="East", password=NEW_PASSWORD)
    asked = await town.login()
    asked.refused(409, "choose_studio")
    assert asked.json["studios"] == ["north-light", "south"]  # and not the one that another password opens
    south = signed_in(town.site, await town.login(studio="south"))
    assert (await south.get("/auth/me")).json["studio"]["name"] == "South"
    east = signed_in(town.site, await town.login(studio="east", password=NEW_PASSWORD))
    assert (await east.get("/auth/me")).json["studio"]["name"] == "East"


@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_an_account_is_locked_for_a_while_whether_or_not_it_exists(town: Town, email: str) -> None:
    await town.found()
    for _ in range(10):
        (await town.login(email=email, password="a wrong password")).refused(401, "unauthenticated")
    locked = await town.login(email=email)
    locked.refused(429, "too_many_requests")
    assert locked.headers["Retry-After"] == "900"
    town.clock.advance(timedelta(minutes=15))
    assert (await town.login(email=email)).status == (200 if email == "ada@example.org" else 401)


async def test_a_right_password_forgets_the_wrong_ones(town: Town) -> None:
    await town.found()
    for _ in range(3):
        for _ in range(9):
            await town.login(password="a wrong password")
        assert (await town.login()).status == 200


async def test_an_address_that_tries_many_accounts_is_shut_out_of_all(town: Town) -> None:
    await town.found()
    for number in range(100):
        await town.login(email=f"guess{number}@example.org")
    (await town.login()).refused(429, "too_many_requests")


async def test_a_page_of_another_origin_cannot_sign_a_browser_in(town: Town) -> None:
    await town.found()
    evil = {"Origin": "https://evil.example"}
    (await town.site.anybody.post("/auth/login", json=ADA, headers=evil)).refused(403, "forbidden")


# --- services ---------------------------------------------------------------------------------------------------


async def test_a_service_goes_on_with_what_a_refresh_brings(town: Town) -> None:
    await town.found()
    first = await town.tokens()
    assert (first["token_type"], first["expires_in"]) == ("Bearer", 600)
    assert (await town.bearer(first["access_token"]).upload("a.bin", b"x")).status == 202
    town.clock.advance(timedelta(minutes=11))
    (await town.bearer(first["access_token"]).get("/jobs")).refused(401, "unauthenticated")
    answer = await town.site.anybody.post("/auth/refresh", json={"refresh_token": first["refresh_token"]})
    assert (await town.bearer(answer.json["access_token"]).get("/jobs")).status == 200


async def test_a_refresh_token_used_twice_ends_the_whole_family(town: Town) -> None:
    await town.found()
    first, others = await town.tokens(), await town.tokens()
    ask = {"refresh_token": first["refresh_token"]}
    second = (await town.site.anybody.post("/auth/refresh", json=ask)).json
    assert (await town.bearer(second["access_token"]).get("/jobs")).status == 200
    (await town.site.anybody.post("/auth/refresh", json=ask)).refused(401, "unauthenticated")
    for token in (first["access_token"], second["access_token"]):
        (await town.bearer(token).get("/jobs")).refused(401, "unauthenticated")
    again = await town.site.anybody.post("/auth/refresh", json={"refresh_token": second["refresh_token"]})
    unknown = await town.site.anybody.post("/auth/refresh", json={"refresh_token": "x" * 43})
    assert again.json["detail"] == unknown.json["detail"]
    assert (await town.bearer(others["access_token"]).get("/jobs")).status == 200


async def test_refresh_tokens_end_when_nobody_uses_them(town: Town) -> None:
    await town.found()
    ask = {"refresh_token": (await town.tokens())["refresh_token"]}
    town.clock.advance(timedelta(days=30))
    (await town.site.anybody.post("/auth/refresh", json=ask)).refused(401, "unauthenticated")


async def test_a_service_that_signs_out_is_out_at_once(town: Town) -> None:
    await town.found()
    tokens = await town.tokens()
    service = town.bearer(tokens["access_token"])
    assert (await service.post("/auth/logout")).status == 204
    (await service.get("/jobs")).refused(401, "unauthenticated")
    ask = {"refresh_token": tokens["refresh_token"]}
    (await town.site.anybody.post("/auth/refresh", json=ask)).refused(401, "unauthenticated")
    assert (await service.post("/auth/logout")).status == 204
    other = town.bearer((await town.tokens())["access_token"])
    town.clock.advance(timedelta(minutes=11))
    (await other.post("/auth/logout")).refused(401, "unauthenticated")  # and not "done", for its refresh token holds


async def test_signing_out_everywhere_ends_cookies_and_tokens_at_once_but_no_key(town: Town) -> None:
    browser = await town.found()
    other, tokens = signed_in(town.site, await town.login()), await town.tokens()
    key = (await browser.post("/api-keys", json={"name": "robot"})).json["secret"]
    assert (await browser.post("/auth/logout-everywhere")).status == 204
    for door in (browser, other, town.bearer(tokens["access_token"])):
        (await door.get("/jobs")).refused(401, "unauthenticated")
    ask = {"refresh_token": tokens["refresh_token"]}
    (await town.site.anybody.post("/auth/refresh", json=ask)).refused(401, "unauthenticated")
    assert (await town.bearer(key).get("/jobs")).status == 200


# --- passwords --------------------------------------------------------------------------------------------------


async def test_a_changed_password_keeps_this_browser_and_ends_the_rest(town: Town) -> None:
    browser = await town.found()
    other, tokens = signed_in(town.site, await town.login()), await town.tokens()
    change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await browser.post("/auth/password", json=change)).status == 204
    assert (await browser.get("/jobs")).status == 200
    for door in (other, town.bearer(tokens["access_token"])):
        (await door.get("/jobs")).refused(401, "unauthenticated")
    assert (await town.login()).status == 401
    assert (await town.login(password=NEW_PASSWORD)).status == 200


async def test_a_password_is_changed_by_who_knows_it_alone(town: Town) -> None:
    browser = await town.found()
    for current in ({}, {"current_password": "a wrong password"}):
        answer = await browser.post("/auth/password", json={"new_password": NEW_PASSWORD, **current})
        answer.refused(403, "forbidden")
    for _ in range(8):
        await browser.post("/auth/password", json={"current_password": "guess", "new_password": NEW_PASSWORD})
    right = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    (await browser.post("/auth/password", json=right)).refused(429, "too_many_requests")


async def test_the_local_admin_chooses_an_address_and_a_password(site: Site) -> None:
    browser = await site.browser()
    assert (await browser.get("/auth/me")).json["member"]["email"] is None
    (await browser.post("/auth/password", json={"new_password": PASSWORD})).refused(422, "invalid_request", "email")
    chosen = {"new_password": PASSWORD, "email": "Ada@example.org"}
    assert (await browser.post("/auth/password", json=chosen)).status == 204
    again = signed_in(site, await site.anybody.post("/auth/login", json=ADA))
    assert (await again.get("/auth/me")).json["member"]["email"] == "ada@example.org"
    assert (await site.admin.get("/jobs")).status == 200
    other = {"current_password": PASSWORD, "new_password": PASSWORD, "email": "else@example.org"}
    (await browser.post("/auth/password", json=other)).refused(409, "not_possible_now")


async def test_a_forgotten_password_is_replaced_by_a_mailed_link_once(town: Town) -> None:
    browser = await town.found()
    for _ in range(10):
        await town.login(password="a wrong password")
    assert (await town.site.anybody.post("/auth/password-reset", json={"email": ADA["email"]})).status == 202
    token = await town.mailed()
    assert town.mail.sent[-1].to == "ada@example.org"
    assert f"https://assets.example/#reset={token}" in town.mail.sent[-1].text
    confirm = {"token": token, "password": NEW_PASSWORD}
    assert (await town.site.anybody.post("/auth/password-reset/confirm", json=confirm)).status == 204
    (await town.site.anybody.post("/auth/password-reset/confirm", json=confirm)).refused(401, "unauthenticated")
    (await browser.get("/jobs")).refused(401, "unauthenticated")
    assert (await town.login(password=NEW_PASSWORD)).status == 200  # and unlocked


async def test_asking_for_a_link_says_nothing_of_who_there_is(town: Town) -> None:
    await town.found()
    known = await town.site.anybody.post("/auth/password-reset", json={"email": "ada@example.org"})
    unknown = await town.site.anybody.post("/auth/password-reset", json={"email": "eve@example.org"})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (202, b"")
    await town.site.program.app.resets.send_waiting()
    assert [letter.to for letter in town.mail.sent] == ["ada@example.org"]
    for _ in range(2):
        await town.site.anybody.post("/auth/password-reset", json={"email": "eve@example.org"})
    again = await town.site.anybody.post("/auth/password-reset", json={"email": "eve@example.org"})
    again.refused(429, "too_many_requests")


async def test_a_link_to_a_new_password_ends_after_an_hour(town: Town) -> None:
    await town.found()
    await town.site.anybody.post("/auth/password-reset", json={"email": ADA["email"]})
    token = await town.mailed()
    town.clock.advance(timedelta(hours=1))
    confirm = {"token": token, "password": NEW_PASSWORD}
    (await town.site.anybody.post("/auth/password-reset/confirm", json=confirm)).refused(401, "unauthenticated")


async def test_no_secret_is_in_what_the_operator_hears(town: Town) -> None:
    await town.found()
    tokens = await town.tokens()
    await town.site.anybody.post("/auth/password-reset", json={"email": ADA["email"]})
    token = await town.mailed()
    heard = repr(town.site.observer.heard)
    for secret in (PASSWORD, token, tokens["access_token"], tokens["refresh_token"]):
        assert secret not in heard


# --- tokens that are none ---------------------------------------------------------------------------------------


async def test_bad_tokens_are_refused_without_a_hint(town: Town) -> None:
    await town.found()
    good = (await town.tokens())["access_token"]
    said = jwt.decode(good, options={"verify_signature": False})
    header = jwt.get_unverified_header(good)
    unsigned = ".".join((_coded(header | {"alg": "none"}), good.split(".")[1], ""))
    forged = jwt.encode(said, b"x" * 32, "HS256", header)
    nobodys = jwt.encode(said | {"sid": said["sub"]}, b"k" * 32, "HS256", header)
    elsewhere = jwt.encode(said | {"studio": said["sub"]}, b"k" * 32, "HS256", header)
    rsa = ".".join((_coded(header | {"alg": "RS256"}), *good.split(".")[1:]))
    ended = (await town.tokens())["access_token"]
    await town.bearer(ended).post("/auth/logout")
    answers = [await town.bearer(token).get("/jobs") for token in (unsigned, forged, nobodys, elsewhere, rsa, ended)]
    assert {answer.status for answer in answers} == {401}
    assert {answer.json["detail"] for answer in answers} == {"the access token does not hold"}
    assert (await town.bearer(good).get("/jobs")).status == 200


def _coded(header: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
