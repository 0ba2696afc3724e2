"""A stand-in for the HTTP server, small and in memory, that fails when and how the test says.

For tests of programs that talk to the server; it keeps the contract of the routes it has, and has no pipeline:
the test moves the jobs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import content_disposition_filename, parse_content_disposition, web

Json = dict[str, Any]
Fault = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEY = "stand-in-key"
NOW = "2026-01-02T03:04:05Z"


@dataclass(frozen=True, slots=True)
class Received:
    """One upload as it arrived."""

    filename: str
    body: bytes
    query: dict[str, str]
    headers: dict[str, str]


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


def saying(body: bytes, content_type: str = "application/json", status: int = 200) -> Fault:
    """Answer these bytes instead."""

    async def act(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, content_type=content_type, status=status)

    return act


def dropping(after: int = 0) -> Fault:
    """Break the connection once `after` bytes of the request's body have arrived."""

    async def act(request: web.Request) -> web.StreamResponse:
        seen = 0
        while seen < after:
            seen += len(await request.content.readany())
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


@dataclass
class StandIn:
    """The server's state, for the test to look at and to change."""

    url: str = ""
    jobs: dict[str, Json] = field(default_factory=dict)
    assets: dict[str, Json] = field(default_factory=dict)
    entries: dict[str, list[Json]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    facts: list[Json] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    outcomes: dict[str, Json] = field(default_factory=dict)
    page: int = 2
    _faults: list[tuple[str, str, Fault]] = field(default_factory=list)
    _streams: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    _rung: asyncio.Condition = field(default_factory=asyncio.Condition)

    def next(self, method: str, path: str, *faults: Fault) -> None:
        """Let the next requests to `path` meet `faults`, one each."""
        self._faults += [(method, path, fault) for fault in faults]

    def add_job(self, filename: str, **fields: Any) -> Json:
        job: Json = {
            "id": str(uuid4()),
            "original_filename": filename,
            "size": None,
            "status": "QUEUED",
            "progress": 0,
            **dict.fromkeys(("error_message", "code", "step", "remedy", "asset_id", "cms_id", "completed_at")),
            "duplicate": False,
            "metadata": {},
            "created_at": NOW,
            "updated_at": NOW,
            "revision": 1,
            "can": {"retry": False, "cancel": True, "forget": False},
            "something_new": {"of": "tomorrow"},
            **fields,
        }
        self.jobs[job["id"]] = job
        return job

    def add_asset(self, content: bytes, filename: str = "chair.unitypackage") -> Json:
        version = {"number": 1, "filename": filename, "size": len(content), "created_at": NOW}
        version["sha256"] = hashlib.sha256(content).hexdigest()
        asset: Json = {"id": str(uuid4()), "name": "Chair", "kind": "UNITY_PACKAGE", "versions": [version]}
        asset |= {"created_at": NOW, "updated_at": NOW, "revision": 1, "current_version": 1, "publisher": None}
        self.assets[asset["id"]], self.contents[asset["id"]] = asset, content
        return asset

    def move(self, job: Json, status: str, **fields: Any) -> None:
        """Change a job and tell it."""
        job.update(status=status, revision=job["revision"] + 1, **fields)
        subject = {"kind": "job", "id": job["id"]}
        self.facts.append({"kind": "fact", "seq": len(self.facts) + 1, "type": "job.status_changed"})
        self.facts[-1] |= {"subject": subject, "revision": job["revision"], "data": {"status": status}}
        self.tell(self.facts[-1])

    def tell(self, frame: Json) -> None:
        """Send a frame to every open stream."""
        self.tell_raw(_event(frame))

    def tell_raw(self, event: bytes | None) -> None:
        """Send these bytes to every open stream; None ends the streams."""
        for stream in self._streams:
            stream.put_nowait(event)

    async def listened(self, streams: int = 1) -> None:
        """Wait until so many streams are open."""
        async with self._rung:
            await self._rung.wait_for(lambda: len(self._streams) >= streams)

    @web.middleware
    async def door(self, request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
        path = request.path.removeprefix("/api/v1")
        self.asked.append((request.method, path, dict(request.headers)))
        for number, (method, where, fault) in enumerate(self._faults):
            if (method, where) == (request.method, path):
                del self._faults[number]
                return await fault(request)
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return problem(401, "unauthenticated", "the API key is unknown or revoked")
        answer: web.StreamResponse = await handler(request)
        return answer

    async def upload(self, request: web.Request) -> web.StreamResponse:
        filename = content_disposition_filename(parse_content_disposition(request.headers["Content-Disposition"])[1])
        assert filename, "an upload names its file"
        body = await request.read()
        self.received.append(Received(filename, body, dict(request.query), dict(request.headers)))
        if not body:
            return problem(422, "empty_file", "the file is empty")
        job = self.add_job(filename, size=len(body))
        answer = web.json_response({"jobs": [dict(job)]}, status=202)
        if filename in self.outcomes:
            self.move(job, "PROCESSING", progress=40, step="unity.unpack")
            self.move(job, **{"progress": 100, **self.outcomes[filename]})
        return answer

    async def job_page(self, request: web.Request) -> web.StreamResponse:
        wanted = set(request.query.get("status", "").split(",")) - {""}
        jobs = [job for job in reversed(self.jobs.values()) if not wanted or job["status"] in wanted]
        return self._page(request, jobs)

    def _page(self, request: web.Request, items: list[Json]) -> web.StreamResponse:
        start = int(request.query.get("cursor", "0"))
        end = start + min(self.page, int(request.query["limit"]))
        return web.json_response({"items": items[start:end], "next_cursor": str(end) if end < len(items) else None})

    async def job(self, request: web.Request) -> web.StreamResponse:
        if (job := self.jobs.get(request.match_info["id"])) is None:
            return problem(404, "not_found", "there is no such job")
        steps = [{"name": "digest", "title": "Read", "status": "DONE", "attempt": 1}]
        return web.json_response({**job, "steps": steps, "correlation_id": "c0ffee"})

    async def asset(self, request: web.Request) -> web.StreamResponse:
        if (asset := self.assets.get(request.match_info["id"])) is None:
            return problem(404, "not_found", "there is no such asset")
        return web.json_response(asset)

    async def entry_page(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, self.entries[request.match_info["id"]])

    async def content(self, request: web.Request) -> web.StreamResponse:
        content, asked = self.contents[request.match_info["id"]], request.http_range
        if asked.start is None:
            return web.Response(body=content)
        headers = {"Content-Range": f"bytes {asked.start}-{len(content) - 1}/{len(content)}"}
        return web.Response(body=content[asked.start :], status=206, headers=headers)

    async def events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        stream: asyncio.Queue[bytes | None] = asyncio.Queue()
        after = int(request.headers.get("Last-Event-ID", len(self.facts)))
        for frame in ({"kind": "hello", "upto": len(self.facts)}, *self.facts[after:]):
            stream.put_nowait(_event(frame))
        async with self._rung:
            self._streams.add(stream)
            self._rung.notify_all()
        try:
            while (event := await stream.get()) is not None:
                await response.write(event)
        finally:
            self._streams.discard(stream)
        return response


def _event(frame: Json) -> bytes:
    ident = f"id: {frame['seq']}\n" if "seq" in frame else ""
    return f"event: {frame['kind']}\n{ident}data: {json.dumps(frame)}\n\n".encode()


@asynccontextmanager
async def stand_in() -> AsyncIterator[StandIn]:
    """Run a server on a free port of the loopback."""
    server = StandIn()
    app = web.Application(middlewares=[server.door], client_max_size=1 << 30)
    app.router.add_post("/api/v1/assets", server.upload)
    app.router.add_get("/api/v1/jobs", server.job_page)
    app.router.add_get("/api/v1/jobs/{id}", server.job)
    app.router.add_get("/api/v1/assets/{id}", server.asset)
    app.router.add_get("/api/v1/assets/{id}/entries", server.entry_page)
    app.router.add_get("/api/v1/assets/{id}/versions/1/content", server.content)
    app.router.add_get("/api/v1/events", server.events)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield server
    finally:
        server.tell_raw(None)
        await runner.cleanup()
