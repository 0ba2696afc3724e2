"""Declaring operations once: the routes, the parsing and the OpenAPI document all come from the same table."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, fields
from functools import cached_property
from http import HTTPMethod
from typing import Any, Generic, TypeVar, cast

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from asset_ingest.bootstrap import App
from asset_ingest.core.errors import Code, InvalidRequest, NotFound, Unauthenticated
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.entrypoints.web.auth import address_of, identify
from asset_ingest.entrypoints.web.errors import FieldError, InvalidFields, UnsupportedMediaType
from asset_ingest.entrypoints.web.options import APP, BASE
from asset_ingest.entrypoints.web.transfer import has_body, small_body

LARGEST_JSON = 64 * 1024
BODY = "body"
ID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
"""How ids are written in addresses."""

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Nothing:
    """An operation without parameters, or without a body."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Asked]):
    """One request, parsed; `asked` holds what the path, the query and the JSON body say."""

    request: web.Request
    asked: Asked
    maybe_who: Principal | None

    @property
    def app(self) -> App:
        return self.request.app[APP]

    @property
    def who(self) -> Principal:
        """Return who asks; an operation that is not public has somebody."""
        assert self.maybe_who is not None  # noqa: S101  a public operation that asks this is a bug
        return self.maybe_who


@dataclass(frozen=True)
class Operation(Generic[Asked, Answer]):
    """One method of one address.

    `asks` is a dataclass: its fields named in `path` come from the path, one named `body` from the JSON body, the
    others from the query. A handler returns an `answer`, or a response it made itself; None is an empty answer.
    """

    method: HTTPMethod
    path: str
    handler: Callable[[Call[Asked]], Awaitable[Answer | web.StreamResponse]]
    summary: str
    asks: type[Asked]
    answer: Any = None
    line: Any = None  # what each line is where a client may ask for NDJSON instead
    status: int = 200
    later: Any = None  # what a 202 says instead, where the rest goes on after the answer
    public: bool = False
    action: Action | None = None  # what the policy is asked for; reading asks for READ unless it says otherwise
    personal: bool = False  # one's own affair, whatever one's role or key may
    streams: bool = False
    takes_bytes: bool = False  # a body of any length, which needs a place of its own
    largest_json: int = LARGEST_JSON
    refusals: tuple[Code, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)  # what types cannot say, merged into the document

    @property
    def name(self) -> str:
        return str(cast("Any", self.handler).__name__)

    @cached_property
    def in_path(self) -> frozenset[str]:
        return frozenset(re.findall(r"{(\w+)}", self.path))

    @property
    def routed(self) -> str:
        """Return the path as the router takes it: what is no id is an address of its own, like `/shared/open`."""
        return re.sub(r"{(\w+_id)}", rf"{{\1:{ID}}}", self.path)

    @cached_property
    def in_query(self) -> tuple[str, ...]:
        return tuple(name for name in self._fields if name not in self.in_path and name != BODY)

    @cached_property
    def takes_json(self) -> bool:
        return BODY in self._fields

    @property
    def _fields(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(cast("Any", self.asks)))

    @cached_property
    def asking(self) -> TypeAdapter[Asked]:
        return TypeAdapter(self.asks)

    @cached_property
    def answering(self) -> TypeAdapter[Answer]:
        return TypeAdapter(self.answer)

    @cached_property
    def asks_for(self) -> Action | None:
        """Return what whoever asks needs leave for; use cases ask the same policy again, and may ask for more."""
        if self.action or self.public or self.personal:
            return self.action
        return Action.READ if self.method in {HTTPMethod.GET, HTTPMethod.HEAD} else None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Find out who asks, and whether they may, before anything of the request is looked at; parse, call, reply."""
        who = await self._let_in(request)
        refuse_encoded(request)
        call = Call(request, await self._parse(request), who)
        with call.app.intake.place() if self.takes_bytes and has_body(request) else nullcontext():
            told = await self.handler(call)
        return told if isinstance(told, web.StreamResponse) else self._reply(told)

    async def _let_in(self, request: web.Request) -> Principal | None:
        """Return who asks. Bytes on their way in are no matter of how often one asks: they have limits of their own.

        That is for those who may send them: a body that nobody vouches for counts like anything else.
        """
        rates, brings_bytes = request.app[APP].rates, self.takes_bytes and has_body(request)
        if not brings_bytes:
            rates.admit_address(address_of(request))
        if self.public:
            return None
        try:
            who = await identify(request)
        except Unauthenticated:
            if brings_bytes:
                rates.admit_address(address_of(request))
            raise
        if not brings_bytes:
            rates.admit_studio(who.studio_id)
        if self.asks_for:
            require(who, self.asks_for)
        return who

    def _reply(self, told: Answer) -> web.Response:
        if self.answer is None:
            return web.Response(status=self.status)
        body = self.answering.dump_json(told)
        return web.Response(status=self.status, body=body, content_type="application/json")

    # --- parsing ------------------------------------------------------------------------------------------------

    async def _parse(self, request: web.Request) -> Asked:
        said: dict[str, object] = {**self._query(request), **request.match_info}
        if self.takes_json:
            said[BODY] = await json_body(request, self.largest_json)
        try:
            return self.asking.validate_python(said)
        except ValidationError as error:
            raise self._refusal(request, error) from None

    def _query(self, request: web.Request) -> dict[str, str]:
        if not request.query:
            return {}
        given = dict.fromkeys(request.query)
        wrong = [FieldError(name, "there is no such parameter") for name in given if name not in self.in_query]
        wrong += [FieldError(name, "given more than once") for name in given if len(request.query.getall(name)) > 1]
        if wrong:
            raise InvalidFields(wrong)
        return dict(request.query)

    def _refusal(self, request: web.Request, error: ValidationError) -> InvalidFields | NotFound:
        """Say what is wrong field by field; but an id that cannot be one is the id of nothing."""
        wrong = [FieldError(_place(each["loc"]), each["msg"]) for each in error.errors(include_url=False)]
        if any(each.field in self.in_path for each in wrong):
            return NotFound("page", request.path)
        return InvalidFields(wrong)


def _place(path: tuple[int | str, ...]) -> str:
    return ".".join(str(step) for step in path if step != BODY) or BODY


def refuse_encoded(request: web.Request) -> None:
    """Refuse bodies in a content coding: the bytes as sent are the file, and inflating is a way to be bombed."""
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("the body is sent in a Content-Encoding, which this server does not undo")


async def json_body(request: web.Request, largest: int) -> dict[str, object]:
    """Return the JSON object in the body."""
    if request.content_type != "application/json":
        raise UnsupportedMediaType("this operation takes application/json")
    raw = await small_body(request, largest)
    try:
        return _OBJECT.validate_json(raw)
    except ValidationError:
        raise InvalidRequest("the body is not a JSON object") from None


_OBJECT = TypeAdapter(dict[str, object])


Operations = tuple[Operation[Any, Any], ...]


def mount(operations: Operations, router: web.UrlDispatcher) -> None:
    """Give every operation its route.

    What GET answers, HEAD answers without the body, unless it never ends or HEAD is an operation of its own.
    """
    own_head = {operation.path for operation in operations if operation.method is HTTPMethod.HEAD}
    for operation in operations:
        _route(router, operation.method, operation)
        if operation.method is HTTPMethod.GET and not operation.streams and operation.path not in own_head:
            _route(router, HTTPMethod.HEAD, operation)


def _route(router: web.UrlDispatcher, method: HTTPMethod, operation: Operation[Any, Any]) -> None:
    router.add_route(method, BASE + operation.routed, operation.serve, expect_handler=wait_for_identity)


async def wait_for_identity(_request: web.Request) -> None:
    """Leave `Expect: 100-continue` unanswered until we know who asks and want the body."""
