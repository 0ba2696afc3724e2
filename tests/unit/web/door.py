"""A client that holds every answer against what the server promises: its document, its headers, its problems."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator

from asset_ingest.entrypoints.web.app import OPERATIONS, make_runner
from asset_ingest.entrypoints.web.auth import COOKIE
from asset_ingest.entrypoints.web.openapi import document
from asset_ingest.entrypoints.web.options import NDJSON

API = "/api/v1"
DOCUMENT = document(OPERATIONS, "0")
ON_EVERY_ANSWER = (
    "Content-Security-Policy",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "Referrer-Policy",
    "X-Content-Type-Options",
    "X-Correlation-ID",
    "X-Frame-Options",
)


class Server(TestServer):
    """Runs the application with the limits that the program runs it with."""

    async def _make_runner(self, **_: Any) -> web.AppRunner:
        return make_runner(self.app)


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.body.splitlines()]

    def refused(self, status: int, code: str, field: str | None = None) -> Answer:
        """Assert that this is the problem we mean, in the field we mean."""
        assert self.status == status, self.body
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.headers
        problem = self.json
        assert (problem["code"], problem["status"]) == (code, status), problem
        assert problem["correlation_id"] == self.headers["X-Correlation-ID"], problem
        assert problem["detail"], problem
        assert problem["remedy"], problem
        assert field is None or field in [each["field"] for each in problem["errors"]], problem
        return self


@dataclass(frozen=True, slots=True)
class Door:
    """Sends requests as somebody; every answer must be one that the document describes."""

    client: TestClient[Any, Any]
    key: str | None = None
    cookie: str | None = None
    csrf: str | None = None

    def headers(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        own = {
            "Authorization": f"Bearer {self.key}" if self.key else None,
            "Cookie": f"{COOKIE}={self.cookie}" if self.cookie else None,
            "X-CSRF-Token": self.csrf,
        }
        return {name: value for name, value in own.items() if value} | dict(more or {})

    async def __call__(self, method: str, path: str, **request: Any) -> Answer:
        headers = self.headers(request.pop("headers", None))
        async with self.client.request(method, path, headers=headers, allow_redirects=False, **request) as response:
            answer = Answer(response.status, response.headers, await response.read())
        check(method, path.partition("?")[0], answer)
        return answer

    async def get(self, path: str, **request: Any) -> Answer:
        return await self("GET", API + path, **request)

    async def post(self, path: str, **request: Any) -> Answer:
        return await self("POST", API + path, **request)

    async def upload(self, name: str, content: Any, query: str = "", **headers: str) -> Answer:
        named = {"Content-Disposition": f'attachment; filename="{name}"', **headers}
        return await self.post(f"/assets{query}", data=content, headers=named)


def check(method: str, path: str, answer: Answer) -> None:
    """Hold the answer against the headers that all have and the response that the document describes."""
    for name in ON_EVERY_ANSWER:
        assert name in answer.headers, name
    described = _described("GET" if method == "HEAD" else method, path)
    if described is None or not answer.body:
        return
    kind = answer.headers["Content-Type"].partition(";")[0]
    response = described.get(str(answer.status)) or described["default"]
    content = response.get("content", {})
    assert kind in content or "*/*" in content, (method, path, answer.status, kind, answer.body[:200])
    if kind in content and kind.endswith("json"):
        for value in answer.lines if kind == NDJSON else [answer.json]:
            _validate(content[kind]["schema"], value)


def _described(method: str, path: str) -> Any:
    for template, methods in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path) and method.lower() in methods:
            return methods[method.lower()]["responses"]
    return None


def _validate(schema: Any, value: Any) -> None:
    whole = {**schema, "components": DOCUMENT["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)
