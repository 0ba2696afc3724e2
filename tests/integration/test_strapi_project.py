"""The Strapi project that we ship does what its files promise, also at its second start."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
from tests.integration import strapi_fixture
from tests.integration.strapi_fixture import PROJECT, StrapiServer


async def test_the_unique_keys_are_made_and_stay_at_the_next_start(strapi: StrapiServer, tmp_path: Path) -> None:
    made = await strapi.sql("SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%_ingest_key%'")
    app = strapi_fixture.an_app(tmp_path / "again")
    with strapi_fixture.running(app, strapi.database_url):
        again = await strapi.sql("SELECT indexname, indexdef FROM pg_indexes WHERE indexname LIKE '%_ingest_key%'")
    assert sorted(again) == sorted(made)
    assert len(made) == 3


async def test_nobody_without_a_token_sees_anything(strapi: StrapiServer) -> None:
    async with httpx.AsyncClient(base_url=f"{strapi.url}/api") as client:
        for path in ("assets", "publishers", "upload/files"):
            assert (await client.get(path)).status_code == 403


def test_the_lock_file_names_no_registry() -> None:
    locked = json.loads((PROJECT / "package-lock.json").read_text())
    assert [name for name, package in locked["packages"].items() if "resolved" in package] == []
