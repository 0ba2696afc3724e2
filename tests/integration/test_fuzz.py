"""The whole OpenAPI document asked by schemathesis: nothing answers 5xx, and nothing but what the document says.

`FUZZ_EXAMPLES=200` asks for longer, `FUZZ_SEED` from elsewhere.
"""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest
from tests.integration.fuzzing import MARK, Fuzz, fuzz, seed
from tests.integration.server import QUICK, Server, serving

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "4"))
SEED = int(os.environ.get("FUZZ_SEED", "20261121"))
SECONDS = 240 + EXAMPLES * 15  # a quiet machine takes 30
PASSWORD = "correct horse battery"
BO = {"email": "bo@example.org", "password": PASSWORD}
SETTINGS = {**QUICK, "ASSET_INGEST_REGISTRATION": "open"}


@pytest.mark.timeout(SECONDS + 60)
async def test_nothing_breaks_and_all_is_as_the_document_says(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", **SETTINGS) as server, server.client() as admin:
        things = await seed(admin)
        me = (await admin.get("/auth/me")).json()["member"]["id"]
        keys = (await admin.get("/api-keys")).json()["items"]
        own = [me, *(key["id"] for key in keys if key["id"] not in things.all)]
        asked = Fuzz(server.key, things, own, seed=SEED, examples=EXAMPLES)
        await fuzz(server, asked, tmp_path, SECONDS)
        assert (await admin.get("/auth/me")).status_code == 200  # so all of it was asked by somebody


@pytest.mark.timeout(SECONDS + 60)
async def test_an_artist_of_another_studio_meets_nothing_of_the_first(tmp_path: Path) -> None:
    async with serving(tmp_path / "data", **SETTINGS) as server, server.client() as admin:
        things = await seed(admin)
        token = await _artist_elsewhere(server)
        asked = Fuzz(
            token,
            things,
            foreign=[MARK, *things.all],
            seed=SEED,
            examples=EXAMPLES,
            without=["/api/v1/auth/logout-everywhere"],  # it would be the last request that is let in
        )
        await fuzz(server, asked, tmp_path, SECONDS)
        assert await seed_is_as_it_was(admin, things.ids)


async def seed_is_as_it_was(admin: httpx.AsyncClient, ids: dict[str, list[str]]) -> bool:
    paths = [f"/assets/{each}" for each in ids["asset_id"]] + [f"/groups/{each}" for each in ids["group_id"]]
    return all([(await admin.get(path)).status_code == 200 for path in paths])


async def _artist_elsewhere(server: Server) -> str:
    """Return an access token of an artist in a studio of their own."""
    founder = {"studio": "Elsewhere", "name": "Ada", "email": "ada@example.org", "password": PASSWORD}
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", timeout=30) as client:
        founded = await client.post("/auth/register", json=founder)
        assert founded.status_code == 201, founded.text
        token = await _token(client, {"email": founder["email"], "password": PASSWORD})
        invited = await client.post("/invitations", json={"email": BO["email"], "role": "ARTIST"}, headers=token)
        joining = {"token": invited.json()["delivery"]["link"].partition("=")[2], "name": "Bo", "password": PASSWORD}
        client.cookies.clear()
        assert (await client.post("/invitations/accept", json=joining)).status_code == 201
        client.cookies.clear()
        return (await _token(client, BO))["Authorization"].removeprefix("Bearer ")


async def _token(client: httpx.AsyncClient, who: dict[str, str]) -> dict[str, str]:
    told = await client.post("/auth/tokens", json=who)
    client.cookies.clear()
    return {"Authorization": f"Bearer {told.json()['access_token']}"}
