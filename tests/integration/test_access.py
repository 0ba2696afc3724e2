"""People and services at a real server: PostgreSQL, Argon2id and signed tokens, over its restart."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

import httpx
import jwt
from tests.integration.server import Server, serving

PASSWORD = "correct horse battery"
ADA = {"email": "ada@example.org", "password": PASSWORD}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def anybody(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30)


async def test_people_come_in_and_keys_change_over_restarts(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with serving(data) as server, server.client() as admin, anybody(server) as client:
        chosen = {"email": ADA["email"], "new_password": PASSWORD}
        assert (await admin.post("auth/password", json=chosen)).status_code == 204
        invited = (await admin.post("invitations", json={"email": "bo@example.org", "role": "ARTIST"})).json()
        joining = {"token": invited["delivery"]["link"].partition("=")[2], "name": "Bo", "password": PASSWORD}
        tries = await asyncio.gather(*(client.post("invitations/accept", json=joining) for _ in range(3)))
        assert sorted(each.status_code for each in tries) == [201, 401, 401]
        client.cookies.clear()
        tokens = (await client.post("auth/tokens", json=ADA)).json()
        assert jwt.get_unverified_header(tokens["access_token"])["alg"] == "HS256"
        assert (await client.get("jobs", headers=bearer(tokens["access_token"]))).status_code == 200
        wrong = [client.post("auth/login", json=ADA | {"password": "x" * 12}) for _ in range(14)]
        statuses = sorted([each.status_code for each in await asyncio.gather(*wrong)])
        assert statuses == [401] * 10 + [429] * 4  # at once, and no more get through than one after the other
    key = data / "token.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.rename(data / "token.previous.key")
    async with serving(data) as server, anybody(server) as client:
        old = bearer(tokens["access_token"])
        assert (await client.get("jobs", headers=old)).status_code == 200
        ask = {"refresh_token": tokens["refresh_token"]}
        first, second = await asyncio.gather(*(client.post("auth/refresh", json=ask) for _ in range(2)))
        assert sorted([first.status_code, second.status_code]) == [200, 401]
        assert (await client.get("jobs", headers=old)).status_code == 401  # its family has ended
        assert (await client.post("auth/login", json=ADA)).status_code == 429  # restarting unlocks nothing


async def test_several_nodes_share_the_keys_that_settings_name(tmp_path: Path) -> None:
    keys = f'["{secrets.token_urlsafe(32)}"]'
    async with serving(tmp_path / "data", ASSET_INGEST_TOKEN_KEYS=keys) as server, server.client() as admin:
        chosen = {"email": ADA["email"], "new_password": PASSWORD}
        assert (await admin.post("auth/password", json=chosen)).status_code == 204
        async with anybody(server) as client:
            tokens = (await client.post("auth/tokens", json=ADA)).json()
            assert (await client.get("auth/me", headers=bearer(tokens["access_token"]))).status_code == 200
    assert not (tmp_path / "data/token.key").exists()
