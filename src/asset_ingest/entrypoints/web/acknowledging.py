"""Telling a client which of its files are safe: all at the end, or each by itself as a line of NDJSON."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web
from pydantic import TypeAdapter

from asset_ingest.core.errors import IngestError
from asset_ingest.core.model.uploads import LONGEST_FILENAME
from asset_ingest.core.services.jobs import JobView
from asset_ingest.entrypoints.web.errors import Problem
from asset_ingest.entrypoints.web.options import NDJSON
from asset_ingest.entrypoints.web.transfer import hand_on


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of a form that was not taken; without a name it is the rest of the form."""

    filename: str | None
    error: Problem


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What became of the files, in their order: `jobs` of those that are safe, `errors` of the others."""

    jobs: list[JobView]
    errors: list[RefusedFile]


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one file."""

    job: JobView | None
    error: Problem | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a file was not taken: for the client and for us. Its name is as the client sent it, however hostile."""

    sent_name: str | None
    problem: Problem
    reason: IngestError

    @property
    def filename(self) -> str | None:
        """Return the name as JSON can say it, cut to what a person reads."""
        return self.sent_name and self.sent_name[:LONGEST_FILENAME].encode("utf-8", "replace").decode()


_ACKNOWLEDGED = TypeAdapter(Acknowledged)
_LINE = TypeAdapter(Line)


def wants_lines(request: web.Request) -> bool:
    """Say whether the client asked to hear of each file by itself."""
    return NDJSON in request.headers.get("Accept", "")


class AllAtOnce:
    """Answers when the last file has landed; when none was taken, with the first one's problem."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._jobs: list[JobView] = []
        self._refusals: list[Refusal] = []

    async def add(self, *landed: JobView | Refusal) -> None:
        self._refusals += (each for each in landed if isinstance(each, Refusal))
        self._jobs += (each for each in landed if not isinstance(each, Refusal))

    async def answer(self) -> web.StreamResponse:
        if not self._jobs:
            raise self._refusals[0].reason
        refused = [RefusedFile(each.filename, each.problem) for each in self._refusals]
        body = _ACKNOWLEDGED.dump_json(Acknowledged(self._jobs, refused))
        answer = web.Response(status=202, body=body, content_type="application/json")
        return _ending(self._request, answer)


class Lines:
    """Answers line by line; the answer begins with the first file, so that what is wrong before has its own status."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._stream = web.StreamResponse(status=202)
        self._stream.content_type = NDJSON

    async def add(self, *landed: JobView | Refusal) -> None:
        if not self._stream.prepared:
            await self._stream.prepare(self._request)
        lines = b"".join(_LINE.dump_json(_line(each)) + b"\n" for each in landed)
        await hand_on(self._request, self._stream, lines)

    async def answer(self) -> web.StreamResponse:
        await self._stream.write_eof()
        return _ending(self._request, self._stream)


def _line(landed: JobView | Refusal) -> Line:
    return Line(None, landed.problem, landed.filename) if isinstance(landed, Refusal) else Line(landed)


def _ending(request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """End the connection of a client that still sends what we stopped reading."""
    if not request.content.is_eof():
        answer.force_close()
    return answer
