"""Is the process alive, and can it work? For whoever runs it; no key needed, so nothing inside is told."""

from __future__ import annotations

from aiohttp import web

from asset_ingest.entrypoints.web.options import APP


async def alive(_request: web.Request) -> web.Response:
    """Say that the event loop turns."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Say whether what we stand on answers: 503 sends a load balancer elsewhere."""
    checks = await request.app[APP].check()
    well = all(found == "ok" for found in checks.values())
    return web.json_response({"status": "ok" if well else "unavailable", "checks": checks}, status=200 if well else 503)


def mount_health(router: web.UrlDispatcher) -> None:
    router.add_get("/healthz", alive)
    router.add_get("/readyz", ready)
