"""Errors as answers: one table turns a code into a status, one middleware turns whatever flies into a problem."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import TypeAdapter

from asset_ingest.core.errors import (
    ChangedMeanwhile,
    ChooseStudio,
    Code,
    Family,
    IngestError,
    InvalidRequest,
    LimitReached,
    NotFound,
    RangeNotSatisfiable,
    TooLarge,
)
from asset_ingest.entrypoints.web.headers import STARTED, correlation_of
from asset_ingest.entrypoints.web.options import APP

STATUS: dict[Code, HTTPStatus] = {
    Code.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    Code.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.PASSWORD_NEEDED: HTTPStatus.FORBIDDEN,
    Code.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Code.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Code.CONFLICT: HTTPStatus.CONFLICT,
    Code.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    Code.NOT_POSSIBLE_NOW: HTTPStatus.CONFLICT,
    Code.RANGE_NOT_SATISFIABLE: HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    Code.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.QUOTA_EXCEEDED: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Code.TOO_MANY_UPLOADS: HTTPStatus.TOO_MANY_REQUESTS,
    Code.TOO_MANY_BODIES: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    Code.CHOOSE_STUDIO: HTTPStatus.CONFLICT,
    Code.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Code.EMPTY_FILE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.INVALID_FILENAME: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.LENGTH_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.CONTENT_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.STORED_BYTES_CHANGED: HTTPStatus.INTERNAL_SERVER_ERROR,
    # 408 would fit, but browsers quietly repeat a request that got it
    Code.UPLOAD_INTERRUPTED: HTTPStatus.BAD_REQUEST,
    Code.OFFSET_MISMATCH: HTTPStatus.CONFLICT,
    Code.CHECKSUM_MISMATCH: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.WRITER_REPLACED: HTTPStatus.CONFLICT,
    Code.UPLOAD_GONE: HTTPStatus.GONE,
    Code.CANCELLED: HTTPStatus.CONFLICT,
    Code.NOT_WHAT_ITS_NAME_SAYS: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PACKAGE_UNREADABLE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PACKAGE_TRUNCATED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PACKAGE_CORRUPT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PACKAGE_BOMB: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.PACKAGE_OVER_LIMIT: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.DECODER_FAILED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Code.OBJECT_MISSING: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.STORE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.STORE_FULL: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.DATABASE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.BROKER_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.SERVICE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.WORKER_LOST: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.TIMED_OUT: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.MISCONFIGURED: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """Which field, header or parameter is wrong, and why."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong (RFC 9457). Programs branch on `code`; `detail` and `remedy` are for people."""

    type: str
    title: str
    status: int
    code: Code
    detail: str
    remedy: str
    correlation_id: str
    errors: list[FieldError] | None = None
    job_id: UUID | None = None  # whose row in the history says the same
    limit: int | None = None  # that was reached; for bytes in bytes
    used: int | None = None  # of it, before this request
    wanted: int | None = None  # by this request
    current: dict[str, Any] | None = None  # how the thing stands that somebody else changed first
    studios: list[str] | None = None  # of which one has to be named


class InvalidFields(InvalidRequest):
    """Some fields, headers or parameters make no sense; each is named."""

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors), errors[0].field)
        self.errors = errors


class MethodNotAllowed(IngestError):
    code = Code.METHOD_NOT_ALLOWED
    family = Family.INPUT
    remedy = "The header Allow of this answer names the methods that this address has."

    def __init__(self, method: str, allowed: set[str]) -> None:
        super().__init__(f"this address has no {method}")
        self.allowed = ", ".join(sorted(allowed))


class UnsupportedMediaType(IngestError):
    code = Code.UNSUPPORTED_MEDIA_TYPE
    family = Family.INPUT
    remedy = "Send the body in the form that the API's reference names."


class _Bug(IngestError):
    """Ours: the log has the traceback, the client only learns how to point at it."""


PROBLEM = TypeAdapter(Problem)
_ANY: TypeAdapter[object] = TypeAdapter(object)


def status_of(error: IngestError) -> HTTPStatus:
    """Return the status of an error: 422 for a request that was understood and is wrong in a named place."""
    if isinstance(error, InvalidRequest) and error.field:
        return HTTPStatus.UNPROCESSABLE_ENTITY
    return STATUS[error.code]


def problem_of(error: IngestError, correlation_id: str) -> Problem:
    """Return what a client may know of the error."""
    status = status_of(error)
    return Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        code=error.code,
        detail=error.message,
        remedy=error.remedy,
        correlation_id=correlation_id,
        errors=_fields(error),
        job_id=error.job_id,
        studios=list(error.studios) if isinstance(error, ChooseStudio) else None,
        **_numbers(error),
    )


def _numbers(error: IngestError) -> dict[str, Any]:
    if isinstance(error, LimitReached):
        return {"limit": error.limit, "used": error.used, "wanted": error.wanted}
    return {"limit": error.limit} if isinstance(error, TooLarge) else {}


def _fields(error: IngestError) -> list[FieldError] | None:
    if isinstance(error, InvalidFields):
        return error.errors
    if isinstance(error, InvalidRequest) and error.field:
        return [FieldError(error.field, error.message)]
    return None


@dataclass(frozen=True, slots=True)
class Wording:
    """How a protocol of its own says an error; `members` are those that it adds to the problem."""

    status: int
    title: str
    type: str = "about:blank"
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def problem_answer(request: web.Request, error: IngestError, wording: Wording | None = None) -> web.Response:
    """Answer with the problem. A request whose body was not wanted ends its connection instead of being read out."""
    problem = problem_of(error, correlation_of(request))
    said = wording or Wording(problem.status, problem.title)
    problem = replace(problem, status=said.status, title=said.title, type=said.type)
    members = {**PROBLEM.dump_python(problem, mode="json", exclude_none=True), **said.members}
    if isinstance(error, ChangedMeanwhile):
        members["current"] = _ANY.dump_python(error.current, mode="json")
    answer = web.Response(
        status=said.status,
        body=json.dumps(members).encode(),
        headers={"Content-Type": "application/problem+json", **_extra(error, said.status), **said.headers},
    )
    if not request.content.is_eof():
        answer.force_close()
    return answer


def unreadable(status: int) -> web.Response:
    """Answer what is no HTTP, or more of it than is read; no handler and no middleware has seen it."""
    told = HTTPStatus(status)
    error: IngestError = _Bug("something went wrong in our own code")
    if told < HTTPStatus.INTERNAL_SERVER_ERROR:
        error = InvalidRequest("the request cannot be read: it is malformed, or its address or headers are too long")
    correlation_id = uuid4().hex
    problem = replace(problem_of(error, correlation_id), status=told.value, title=told.phrase)
    answer = web.Response(
        status=told,
        body=PROBLEM.dump_json(problem, exclude_none=True),
        headers={"Content-Type": "application/problem+json", "X-Correlation-ID": correlation_id},
    )
    answer.force_close()
    return answer


def _extra(error: IngestError, status: int) -> dict[str, str]:
    if isinstance(error, MethodNotAllowed):
        return {"Allow": error.allowed}
    if isinstance(error, RangeNotSatisfiable):
        return {"Content-Range": f"bytes */{error.size}"}
    if isinstance(error, LimitReached) and error.retry_after is not None:
        return {"Retry-After": str(error.retry_after)}
    if status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": "Bearer"}
    return {"Retry-After": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn what flies into a problem. Once an answer has begun, only breaking the connection tells the truth."""
    try:
        return await handler(request)
    except web.HTTPException as answer:
        error = _ours(request, answer)
        if error is None:
            raise
    except IngestError as known:
        error = known
    except ConnectionError:
        raise  # the client went away: nobody is left to be answered
    except Exception as bug:  # noqa: BLE001  the door of last resort: told to the observer, shown as internal
        request.app[APP].observer.failed("http.bug", bug, correlation_id=correlation_of(request))
        error = _Bug("something went wrong in our own code")
    if not isinstance(error, _Bug) and (request.get(STARTED) or _is_failure(error)):
        request.app[APP].observer.failed("http.failed", error, correlation_id=correlation_of(request))
    if request.get(STARTED):
        raise ConnectionAbortedError("the answer had begun") from error
    return problem_answer(request, error)


def _is_failure(error: IngestError) -> bool:
    """Say whether an operator has to know; a limit that does its work is none, and under load there are many."""
    return status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR and not isinstance(error, LimitReached)


def _ours(request: web.Request, answer: web.HTTPException) -> IngestError | None:
    """Translate the framework's refusals; redirects and the like are answers and stay."""
    if isinstance(answer, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(answer.method, answer.allowed_methods)
    if answer.status == HTTPStatus.NOT_FOUND:
        return NotFound("page", request.path)
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Bug("something went wrong in our own code")
    return InvalidRequest(answer.reason) if answer.status >= HTTPStatus.BAD_REQUEST else None
