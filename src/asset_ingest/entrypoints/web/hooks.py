"""Where object stores tell of new objects. What they say is a hint; the answer never says what it led to."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPMethod
from typing import Annotated, Final

from pydantic import Field

from asset_ingest.core.errors import Code, NotFound, Unauthenticated
from asset_ingest.core.formats.storage_notifications import created_keys
from asset_ingest.entrypoints.web.options import OPTIONS
from asset_ingest.entrypoints.web.transfer import small_body
from asset_ingest.entrypoints.web.wire import Call, Operation, Operations

LARGEST_NOTICE: Final = 256 * 1024
"""Bytes; B2 sends fifty events at most, the others one, each of about a kilobyte."""


@dataclass(frozen=True, slots=True)
class FromStore:
    """Ceph sends no headers of ours, so its token stands in the address it was given; queries are never logged."""

    provider: str
    token: Annotated[str, Field(max_length=256)] | None = None


async def storage_changed(call: Call[FromStore]) -> None:
    """Take the hint, and answer before it is followed: some stores wait three seconds and no longer."""
    secret = _expected(call)
    if call.asked.provider in BY_TOKEN:
        BY_TOKEN[call.asked.provider](call, secret)
        body = await small_body(call.request, LARGEST_NOTICE)
    else:
        body = await small_body(call.request, LARGEST_NOTICE)
        _refuse_unsigned(call.request.headers, secret, body)
    call.app.arrivals.hint(created_keys(body))


async def storage_asks(call: Call[FromStore]) -> None:
    """Say that we are here, as MinIO wants to know first."""
    secret = _expected(call)
    if call.asked.provider in BY_TOKEN:
        BY_TOKEN[call.asked.provider](call, secret)


def _expected(call: Call[FromStore]) -> str:
    """Return what the store must prove to know; one that nobody has set up is not there."""
    secret = call.request.app[OPTIONS].hooks.get(call.asked.provider)
    if not secret:
        raise NotFound("page", call.request.path)
    return secret


def _refuse_without_header(call: Call[FromStore], token: str) -> None:
    """MinIO says a token of one word as a bearer's, and one of two words as it is."""
    expected = token if " " in token else f"Bearer {token}"
    _refuse_unless(_same(call.request.headers.get("Authorization", ""), expected))


def _refuse_without_token(call: Call[FromStore], token: str) -> None:
    if call.asked.token is None:
        _refuse_without_header(call, token)
    else:
        _refuse_unless(_same(call.asked.token, token))


def _refuse_unsigned(headers: Mapping[str, str], secret: str, body: bytes) -> None:
    """B2 signs the body; the header may hold several signatures, while a secret is being replaced."""
    expected = f"v1={hmac.digest(secret.encode(), body, sha256).hex()}"
    said = headers.get("X-Bz-Event-Notification-Signature", "").split(",")
    _refuse_unless(any(_same(each.strip(), expected) for each in said))


def _same(said: str, expected: str) -> bool:
    """Compare in a time that tells nothing, whatever a stranger has sent."""
    return hmac.compare_digest(said.encode("utf-8", "replace"), expected.encode())


def _refuse_unless(known: bool) -> None:  # noqa: FBT001  the question is asked in place
    if not known:
        raise StoreUnknown


class StoreUnknown(Unauthenticated):
    remedy = "Give the store the token or the signing secret that this server was started with."

    def __init__(self) -> None:
        super().__init__("this does not come from a store that we know")


BY_TOKEN: Final[Mapping[str, Callable[[Call[FromStore], str], None]]] = {
    "minio": _refuse_without_header,
    "ceph": _refuse_without_token,
}

_PATH = "/hooks/storage/{provider}"
_REFUSED = (Code.UNAUTHENTICATED, Code.NOT_FOUND)

OPERATIONS: Operations = (
    Operation(
        HTTPMethod.POST,
        _PATH,
        storage_changed,
        "A store tells of new objects: `minio`, `ceph` or `b2`, where an operator has set it up",
        FromStore,
        public=True,
        refusals=(*_REFUSED, Code.INVALID_REQUEST, Code.TOO_LARGE, Code.UPLOAD_INTERRUPTED),
        extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
    ),
    Operation(
        HTTPMethod.HEAD,
        _PATH,
        storage_asks,
        "A store asks whether we listen",
        FromStore,
        public=True,
        refusals=_REFUSED,
    ),
)
