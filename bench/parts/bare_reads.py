"""The least that answers the same questions: aiohttp, asyncpg, the program's own statements, JSON of what they say.

    DSN=… STUDIO=… PORT=… python bare_reads.py

Nobody is asked who they are, nothing is checked, no transaction is begun; the role owns the tables, so no policy of
theirs is applied.
"""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import UUID

import asyncpg
from aiohttp import web

from asset_ingest.adapters.repos.postgres import assets, versions
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.services.assets import VERSIONS_SHOWN

STUDIO = UUID(os.environ["STUDIO"])


def said(found: Any) -> web.Response:
    return web.Response(body=json.dumps(found, default=str).encode(), content_type="application/json")


async def one(request: web.Request) -> web.Response:
    async with request.app["pool"].acquire() as connection:
        found = await connection.fetchrow(assets.KNOWN, STUDIO, UUID(request.match_info["id"]))
        asked = (STUDIO, found["id"], found["latest_version"] - VERSIONS_SHOWN, found["current_version"])
        shown = await connection.fetch(versions.SHOWN, *asked)
    return said({**found, "versions": [dict(each) for each in shown]})


async def many(request: web.Request) -> web.Response:
    statement, args = assets.cards(AssetQuery(int(request.query["limit"]) + 1))
    async with request.app["pool"].acquire() as connection:
        found = await connection.fetch(statement, STUDIO, *args)
    return said({"items": [dict(each) for each in found]})


async def made() -> web.Application:
    app = web.Application()
    app["pool"] = await asyncpg.create_pool(os.environ["DSN"], min_size=1, max_size=10)
    app.router.add_get("/api/v1/assets/{id}", one)
    app.router.add_get("/api/v1/assets", many)
    app.on_startup.append(_tell)
    return app


async def _tell(_app: web.Application) -> None:
    print(f"READY http://127.0.0.1:{os.environ['PORT']}", flush=True)


if __name__ == "__main__":
    web.run_app(made(), host="127.0.0.1", port=int(os.environ["PORT"]), print=None, access_log=None)
