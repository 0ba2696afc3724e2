"""The built page: files whose names carry their hash are kept for ever, all others are asked for again."""

from __future__ import annotations

import asyncio
from pathlib import Path, PurePosixPath

from aiohttp import web

from asset_ingest.core.errors import NotFound
from asset_ingest.entrypoints.web.options import BASE, OPTIONS

HASHED = "static"
"""The folder of the built page whose file names change with their content."""

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>asset_ingest</title>
<h1>The page has not been built</h1>
<p>The server works, and so does its API: <a href="{base}/docs">read about it</a>.
<p>To have the page too, run <code>npm ci &amp;&amp; npm run build</code> in the folder <code>frontend</code>,
or install a released wheel, which contains it.
</html>
"""


async def page(request: web.Request) -> web.StreamResponse:
    """Serve a file of the page, or the page itself for any address that it knows how to show."""
    path = request.match_info["path"]
    static = request.app[OPTIONS].static
    found = await asyncio.to_thread(_find, static, path)
    if found:
        return _file(found, kept=path.startswith(f"{HASHED}/"))
    if PurePosixPath(path).parts[:1] == (HASHED,):
        raise NotFound("file", request.path)
    index = await asyncio.to_thread(_find, static, "index.html")
    return _file(index, kept=False) if index else _not_built()


def mount_pages(router: web.UrlDispatcher) -> None:
    router.add_get("/{path:(?!api(?:/|$)).*}", page)  # an address of the API that is none is no page either


def _find(static: Path, path: str) -> Path | None:
    """Return the file, unless the path leads out of the folder."""
    try:
        found = (static / path).resolve()
        return found if found.is_relative_to(static.resolve()) and found.is_file() else None
    except (OSError, ValueError):  # a name too long, or with a NUL
        return None


def _file(found: Path, *, kept: bool) -> web.FileResponse:
    cache = "public, max-age=31536000, immutable" if kept else "no-cache"
    return web.FileResponse(found, headers={"Cache-Control": cache})


def _not_built() -> web.Response:
    text = _NOT_BUILT.format(base=BASE)
    return web.Response(status=503, text=text, content_type="text/html", headers={"Cache-Control": "no-store"})
