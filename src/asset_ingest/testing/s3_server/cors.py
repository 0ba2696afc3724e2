"""Which pages of other origins may ask, as the bucket's CORS rules have it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from xml.etree import ElementTree as ET

from aiohttp import web

from asset_ingest.testing.s3_server.answers import Refusal, not_implemented
from asset_ingest.testing.s3_server.asked import Asked
from asset_ingest.testing.s3_server.objects import proven


async def get_cors(asked: Asked) -> web.StreamResponse:
    _exists(asked)
    if asked.bucket.cors is None:
        raise Refusal(404, "NoSuchCORSConfiguration", "The CORS configuration does not exist")
    return web.Response(body=asked.bucket.cors, content_type="application/xml")


async def put_cors(asked: Asked) -> web.StreamResponse:
    _exists(asked)
    proven(asked)
    asked.bucket.cors = ET.tostring(await asked.xml())
    return web.Response()


def _exists(asked: Asked) -> None:
    if not asked.rules.sets_cors:
        raise not_implemented()


async def preflight(asked: Asked) -> web.StreamResponse:
    """Say yes or no to a browser that asks before it sends."""
    headers = asked.request.headers
    method = headers.get("Access-Control-Request-Method", "")
    wanted = [name.strip().lower() for name in headers.get("Access-Control-Request-Headers", "").split(",") if name]
    rule = _rule(asked, method)
    if rule is None or not all(_matches(name, _texts(rule, "AllowedHeader")) for name in wanted):
        raise Refusal(403, "AccessForbidden", "CORSResponse: This CORS request is not allowed.")
    allowed = {"Access-Control-Allow-Methods": method, "Access-Control-Allow-Headers": ", ".join(wanted)}
    return web.Response(headers=_allowed(rule, headers["Origin"]) | allowed)


def seen_from_elsewhere(asked: Asked) -> dict[str, str]:
    """Return what an answer must say so that the page that asked may read it."""
    rule = _rule(asked, asked.request.method)
    return {} if rule is None else _allowed(rule, asked.request.headers["Origin"])


def _rule(asked: Asked, method: str) -> ET.Element | None:
    origin = asked.request.headers.get("Origin")
    if origin is None or asked.bucket.cors is None:
        return None
    rules = ET.fromstring(asked.bucket.cors).iter("CORSRule")  # noqa: S314  # expat bounds entities; ours
    fits = (r for r in rules if method in _texts(r, "AllowedMethod") and _matches(origin, _texts(r, "AllowedOrigin")))
    return next(fits, None)


def _allowed(rule: ET.Element, origin: str) -> dict[str, str]:
    exposed = ", ".join(_texts(rule, "ExposeHeader"))
    shown = {"Access-Control-Expose-Headers": exposed} if exposed else {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"} | shown


def _texts(rule: ET.Element, name: str) -> list[str]:
    return [node.text or "" for node in rule.iter(name)]


def _matches(value: str, patterns: list[str]) -> bool:
    return any(fnmatchcase(value.lower(), pattern.lower()) for pattern in patterns)
