"""What a stand-in server answers in place of the truth, and how it breaks connections."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(status: int, code: str, detail: str, **headers: str) -> web.Response:
    """Answer as the server's errors do."""
    said = {"type": "about:blank", "title": code, "status": status, "code": code, "detail": detail}
    said |= {"remedy": f"Remedy of {code}.", "correlation_id": "c0ffee"}
    return web.json_response(said, status=status, content_type="application/problem+json", headers=headers)


def refusing(status: int, code: str = "service_unavailable", **headers: str) -> Fault:
    """Answer a problem instead; underscores in header names become hyphens."""

    async def act(_: web.Request) -> web.StreamResponse:
        return problem(status, code, f"refused as {code}", **{k.replace("_", "-"): v for k, v in headers.items()})

    return act


def saying(body: bytes, content_type: str = "application/json", status: int = 200, **headers: str) -> Fault:
    """Answer these bytes instead, with these headers as well."""

    async def act(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, status=status, headers=headers)

    return act


def dropping(after: int = 0) -> Fault:
    """Break the connection once `after` bytes of the request's body have arrived."""

    async def act(request: web.Request) -> web.StreamResponse:
        seen = 0
        while seen < after:
            seen += len(await request.content.readany())
        return _abort(request)

    return act


def unheard(handler: Fault) -> Fault:
    """Let `handler` carry the request out, then break the connection before its answer."""

    async def act(request: web.Request) -> web.StreamResponse:
        await handler(request)
        return _abort(request)

    return act


def breaking_off(body: bytes, promised: int, **headers: str) -> Fault:
    """Begin an answer of `promised` bytes, then break the connection after `body`."""

    async def act(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(status=206 if "Content_Range" in headers else 200)
        response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
        response.content_length = promised
        await response.prepare(request)
        await response.write(body)
        return _abort(request)

    return act


def _abort(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.close()  # what was written still goes out
    raise ConnectionResetError
