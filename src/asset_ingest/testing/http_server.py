"""A stand-in for the HTTP server, small and in memory, that fails when and how the test says.

For tests of programs that talk to the server; it keeps the contract of the routes it has, and has no pipeline:
the test moves the jobs.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from aiohttp import content_disposition_filename, parse_content_disposition, web

from asset_ingest.testing.http_faults import Fault, breaking_off, dropping, problem, refusing, saying, unheard
from asset_ingest.testing.tus_server import TusUpload, TusUploads

__all__ = [
    "KEY",
    "NOW",
    "Received",
    "StandIn",
    "breaking_off",
    "dropping",
    "problem",
    "refusing",
    "saying",
    "stand_in",
    "unheard",
]

Json = dict[str, Any]
KEY = "stand-in-key"
NOW = "2026-01-02T03:04:05Z"


@dataclass(frozen=True, slots=True)
class Received:
    """One upload as it arrived."""

    filename: str
    body: bytes
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class StandIn:
    """The server's state, for the test to look at and to change."""

    url: str = ""
    jobs: dict[str, Json] = field(default_factory=dict)
    assets: dict[str, Json] = field(default_factory=dict)
    groups: list[Json] = field(default_factory=list)
    entries: dict[str, list[Json]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    facts: list[Json] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    outcomes: dict[str, Json] = field(default_factory=dict)
    page: int = 2
    files: TusUploads = field(init=False)
    imports: list[Json] = field(default_factory=list)
    _faults: list[tuple[str, str, Fault]] = field(default_factory=list)
    _streams: set[asyncio.Queue[bytes | None]] = field(default_factory=set)
    _rung: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __post_init__(self) -> None:
        self.files = TusUploads(lambda upload: str(self._begun(upload)["id"]), self._all_there)

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
        self._work(job)
        return answer

    def _begun(self, upload: TusUpload) -> Json:
        return self.add_job(upload.filename, size=upload.size, status="PENDING")

    def _all_there(self, upload: TusUpload) -> None:
        self.received.append(Received(upload.filename, bytes(upload.body), upload.query, {}))
        self.move(self.jobs[upload.job_id], "QUEUED")
        self._work(self.jobs[upload.job_id])

    def _work(self, job: Json) -> None:
        if job["original_filename"] in self.outcomes:
            self.move(job, "PROCESSING", progress=40, step="unity.unpack")
            self.move(job, **{"progress": 100, **self.outcomes[job["original_filename"]]})

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

    async def open_group(self, request: web.Request) -> web.StreamResponse:
        group = {"id": f"g{len(self.groups) + 1}", "name": (await request.json())["name"], "description": ""}
        self.groups.insert(0, group | {"status": "EMPTY", "created_at": NOW, "jobs": {}, "size": 0})
        return web.json_response(self.groups[0], status=201)

    async def open_import(self, request: web.Request) -> web.StreamResponse:
        told = await request.json()
        self.imports.append(told)
        job = self.add_job(told.get("filename") or told["url"].rpartition("/")[2], status="PENDING")
        answer = web.json_response({"job_id": job["id"], "upload_id": str(uuid4())}, status=202)
        self._work(job)
        return answer

    async def group_page(self, request: web.Request) -> web.StreamResponse:
        return self._page(request, self.groups)

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
    app.router.add_post("/api/v1/files", server.files.open)
    app.router.add_head("/api/v1/files/{id}", server.files.look)
    app.router.add_patch("/api/v1/files/{id}", server.files.append)
    app.router.add_delete("/api/v1/files/{id}", server.files.end)
    app.router.add_post("/api/v1/uploads", server.open_import)
    app.router.add_get("/api/v1/jobs", server.job_page)
    app.router.add_get("/api/v1/jobs/{id}", server.job)
    app.router.add_get("/api/v1/groups", server.group_page)
    app.router.add_post("/api/v1/groups", server.open_group)
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
