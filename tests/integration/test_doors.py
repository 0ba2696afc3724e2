"""Credentials that do not hold, at every door of a real server; what is in flight when somebody loses their role."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from aiohttp import ClientSession, WSServerHandshakeError
from tests.integration.server import QUICK, Server, ended, serving

PASSWORD = "correct horse battery"
BO = {"email": "bo@example.org", "password": PASSWORD}
TUS = {"Tus-Resumable": "1.0.0", "Upload-Length": "1"}
IETF = {"Upload-Complete": "?1", "Content-Type": "application/partial-upload"}
UPLOAD = "/files/01900000-0000-7000-8000-000000000000"
DOORS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/jobs", {}),
    ("POST", "/groups", {"json": {"name": "a"}}),
    ("POST", "/assets?filename=a.bin", {"content": b"x"}),
    ("POST", "/files", {"headers": TUS}),
    ("POST", "/files", {"headers": IETF, "content": b"x"}),
    ("HEAD", UPLOAD, {"headers": TUS}),
    ("PATCH", UPLOAD, {"headers": {**TUS, "Upload-Offset": "0"}, "content": b"x"}),
    ("DELETE", UPLOAD, {"headers": TUS}),
    ("POST", "/uploads", {"json": {"filename": "a.bin", "size": 1}}),
    ("GET", "/events", {}),
    ("GET", "/ws", {}),
    ("GET", "/auth/me", {}),
]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with serving(tmp_path / "data", **QUICK) as running:
        yield running


async def joined(server: Server, role: str = "ARTIST") -> tuple[str, dict[str, Any]]:
    """Return the id of a new member, and the tokens they signed in with."""
    async with server.client() as admin, anybody(server) as client:
        invited = (await admin.post("/invitations", json={"email": BO["email"], "role": role})).json()
        joining = {"token": invited["delivery"]["link"].partition("=")[2], "name": "Bo", "password": PASSWORD}
        me = await client.post("/invitations/accept", json=joining)
        client.cookies.clear()
        return me.json()["member"]["id"], (await client.post("/auth/tokens", json=BO)).json()


def anybody(server: Server, token: str | None = None) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.AsyncClient(base_url=f"{server.url}/api/v1", headers=headers, timeout=30)


async def refused_everywhere(server: Server, token: str) -> set[str]:
    """Knock at every door; return what was said without what is of its own in each answer."""
    told = set()
    async with anybody(server, token) as client:
        for method, path, request in DOORS:
            answer = await client.request(method, path, **request)
            assert answer.status_code == 401, (method, path, answer.text)
            assert answer.headers["WWW-Authenticate"] == "Bearer"
            if method != "HEAD":
                told.add(json.dumps({**answer.json(), "correlation_id": ""}))
    async with ClientSession() as session:
        with pytest.raises(WSServerHandshakeError) as shut:
            await session.ws_connect(f"{server.url}/api/v1/ws", headers={"Authorization": f"Bearer {token}"})
        assert shut.value.status == 401
    return told


def part(value: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forgeries(token: str, key: bytes) -> dict[str, str]:
    """Return tokens that are none of ours, most of them signed with the very key."""
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    head = jwt.get_unverified_header(token)
    kept = {"kid": head["kid"], "typ": head["typ"]}
    signature, now = token.rpartition(".")[2], int(time.time())

    def signed(change: Mapping[str, object], algorithm: str = "HS256", header: Mapping[str, object] = kept) -> str:
        return jwt.encode({**said, **change}, key, algorithm, dict(header))

    return {
        "expired": signed({"exp": now - 60}),
        "not yet": signed({"nbf": now + 600}),
        "another issuer": signed({"iss": "somebody"}),
        "another audience": signed({"aud": "another/api"}),
        "another member": signed({"sub": "01900000-0000-7000-8000-000000000000"}),
        "another studio": signed({"studio": "01900000-0000-7000-8000-000000000000"}),
        "another sign-in": signed({"sid": "01900000-0000-7000-8000-000000000000"}),
        "alg none": f"{part({**head, 'alg': 'none'})}.{part(said)}.",
        "alg none with our signature": f"{part({**head, 'alg': 'none'})}.{part(said)}.{signature}",
        "alg RS256 with our signature": f"{part({**head, 'alg': 'RS256'})}.{part(said)}.{signature}",
        "alg HS512": jwt.encode(said, key * 2, "HS512", kept),
        "another kind": signed({}, header={**kept, "typ": "JWT"}),
        "kid of a file": signed({}, header={**kept, "kid": "../../../dev/null"}),
        "kid of a query": signed({}, header={**kept, "kid": "' OR 1=1 --"}),
        "no kid": signed({}, header={"typ": head["typ"]}),
        "signed with an empty key": f"{part(head)}.{part(said)}.{signature[:-4]}AAAA",
        "somebody else's words": f"{part(head)}.{part({**said, 'role': 'ADMIN'})}.{signature}",
    }


@pytest.mark.timeout(120)
async def test_no_forged_token_opens_any_door_and_none_is_told_why(server: Server) -> None:
    _, tokens = await joined(server)
    key = (server.data / "token.key").read_bytes()
    token = tokens["access_token"]
    async with anybody(server, token) as client:
        assert (await client.get("/jobs")).status_code == 200
    assert jwt.decode(token, key, ["HS256"], audience="asset-ingest/api")  # so the forgeries have the key
    told = [await refused_everywhere(server, each) for each in forgeries(token, key).values()]
    assert len(set.union(*told)) == 1


@pytest.mark.timeout(120)
async def test_tokens_that_held_once_open_nothing_at_any_door(server: Server) -> None:
    """Spent, signed out, of somebody shut out: all of them at once, and to the word like one that never was."""
    member, tokens = await joined(server)
    async with server.client() as admin, anybody(server) as client:
        spend = {"refresh_token": tokens["refresh_token"]}
        fresh = (await client.post("/auth/refresh", json=spend)).json()
        assert (await client.post("/auth/refresh", json=spend)).status_code == 401  # replayed
        told = await refused_everywhere(server, fresh["access_token"])
        told |= await refused_everywhere(server, tokens["access_token"])
        assert (await client.post("/auth/refresh", json={"refresh_token": fresh["refresh_token"]})).status_code == 401
        again = (await client.post("/auth/tokens", json=BO)).json()["access_token"]
        assert (await admin.patch(f"/members/{member}", json={"active": False})).status_code == 200
        told |= await refused_everywhere(server, again)
    assert len(told) == 1


async def test_a_role_that_is_taken_away_holds_nowhere_and_what_was_sent_goes_on(server: Server) -> None:
    """A step works for the studio: its sender was asked for leave when they sent the file."""
    member, tokens = await joined(server, "PRODUCER")
    async with server.client() as admin, anybody(server, tokens["access_token"]) as bo:
        sent = (await bo.post("/assets?filename=a.bin", content=b"theirs")).json()["jobs"][0]["id"]
        opened = await bo.post("/files", headers={**TUS, "Upload-Length": "2"})
        await admin.patch(f"/members/{member}", json={"role": "ARTIST"})
        assert (await bo.put("/approval-policy", json={"approvers": ["ADMIN"], "needs": {}})).status_code == 403
        piece = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        assert (await bo.patch(opened.headers["Location"], content=b"x", headers=piece)).status_code == 204
        await admin.delete(f"/members/{member}")
        more = {**piece, "Upload-Offset": "1"}
        assert (await bo.patch(opened.headers["Location"], content=b"x", headers=more)).status_code == 401
        assert (await ended(admin, sent))["status"] == "COMPLETE"
