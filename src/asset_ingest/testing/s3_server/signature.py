"""Signature version 4 from the server's side: who asks is proven for every request, in a header or in the URL.

After "Authenticating Requests (AWS Signature Version 4)" of the Amazon S3 API reference.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

from aiohttp import web

from asset_ingest.testing.s3_server.answers import Refusal, invalid, iso_time

ALGORITHM: Final = "AWS4-HMAC-SHA256"
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
LARGEST_SKEW: Final = timedelta(minutes=15)
LONGEST_LIFE: Final = 7 * 24 * 3600  # seconds that a presigned URL may live

_AUTHORIZATION: Final = re.compile(
    ALGORITHM
    + r"\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<signed>[^,\s]+),\s*Signature=(?P<proof>\w+)"
)


@dataclass(frozen=True, slots=True)
class Keys:
    """The one pair of keys that may ask."""

    access_key: str
    secret_key: str = field(repr=False)
    region: str = "us-east-1"


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a request says about itself and has to prove."""

    credential: str
    signed: tuple[str, ...]
    proof: str
    moment: str
    payload: str
    query: tuple[tuple[str, str], ...]


def verified(request: web.Request, keys: Keys, now: Callable[[], datetime]) -> str:
    """Return the digest that the body must have, or UNSIGNED; raise Refusal for whoever is not who he says he is."""
    query = _query(request)
    by_url = "X-Amz-Signature" in dict(query)
    claim = _claim_of_url(query, request.headers) if by_url else _claim_of_header(query, request.headers)
    signed_at = _moment(claim.moment)
    if by_url:
        _still_allowed(signed_at, dict(query), now())
    elif abs(now() - signed_at) > LARGEST_SKEW:
        raise _skewed(claim.moment, now())
    scope = _scope(claim, keys)
    _everything_is_signed(claim, request.headers)
    asked = "\n".join((ALGORITHM, claim.moment, scope, _sha256(_canonical(request, claim))))
    if not hmac.compare_digest(_sign(keys.secret_key, scope, asked), claim.proof):
        raise Refusal(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your key and signing"
            " method.",
            # AWS repeats these; our errors must not
            AWSAccessKeyId=keys.access_key,
            StringToSign=asked,
            SignatureProvided=claim.proof,
        )
    return claim.payload


def _claim_of_header(query: tuple[tuple[str, str], ...], headers: Mapping[str, str]) -> _Claim:
    if "Authorization" not in headers:
        raise Refusal(403, "AccessDenied", "Access Denied")
    said = _AUTHORIZATION.fullmatch(headers["Authorization"])
    if said is None:
        raise Refusal(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.")
    payload = headers.get("x-amz-content-sha256")
    if payload is None:
        raise Refusal(400, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
    signed = tuple(said["signed"].split(";"))
    return _Claim(said["credential"], signed, said["proof"], headers.get("x-amz-date", ""), payload, query)


def _claim_of_url(query: tuple[tuple[str, str], ...], headers: Mapping[str, str]) -> _Claim:
    said = dict(query)
    if said.get("X-Amz-Algorithm") != ALGORITHM or len(said) != len(query):
        raise Refusal(400, "AuthorizationQueryParametersError", "X-Amz-Algorithm only supports AWS4-HMAC-SHA256")
    proven = tuple(pair for pair in query if pair[0] != "X-Amz-Signature")
    signed = tuple(said.get("X-Amz-SignedHeaders", "").split(";"))
    payload = headers.get("x-amz-content-sha256", said.get("X-Amz-Content-Sha256", UNSIGNED))
    return _Claim(
        said.get("X-Amz-Credential", ""), signed, said["X-Amz-Signature"], said.get("X-Amz-Date", ""), payload, proven
    )


def _moment(said: str) -> datetime:
    try:
        return datetime.strptime(said, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal(403, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header") from error


def _still_allowed(signed_at: datetime, said: Mapping[str, str], now: datetime) -> None:
    life = said.get("X-Amz-Expires", "")
    if not life.isascii() or not life.isdigit() or not 1 <= int(life) <= LONGEST_LIFE:
        message = "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less"
        raise Refusal(400, "AuthorizationQueryParametersError", f"{message} than 604800 seconds")
    if signed_at - now > LARGEST_SKEW:
        raise Refusal(403, "AccessDenied", "Request is not yet valid")
    if now > signed_at + timedelta(seconds=int(life)):
        raise Refusal(403, "AccessDenied", "Request has expired")


def _skewed(said: str, now: datetime) -> Refusal:
    message = "The difference between the request time and the current time is too large."
    return Refusal(403, "RequestTimeTooSkewed", message, RequestTime=said, ServerTime=iso_time(now))


def _scope(claim: _Claim, keys: Keys) -> str:
    access_key, _, scope = claim.credential.partition("/")
    day, region, *service = [*scope.split("/"), ""][:4]
    if access_key != keys.access_key:
        message = "The AWS Access Key Id you provided does not exist in our records."
        raise Refusal(403, "InvalidAccessKeyId", message, AWSAccessKeyId=access_key)
    if region != keys.region:
        message = f"The authorization header is malformed; the region '{region}' is wrong; expecting '{keys.region}'"
        raise Refusal(400, "AuthorizationHeaderMalformed", message, Region=keys.region)
    if scope != f"{claim.moment[:8]}/{region}/s3/aws4_request":
        raise Refusal(400, "AuthorizationHeaderMalformed", f"The credential scope {day}/{service} is not ours.")
    return scope


def _everything_is_signed(claim: _Claim, headers: Mapping[str, str]) -> None:
    """Host and every `x-amz-` header must be under the signature, or somebody on the way could add one."""
    needed = {"host"} | {name.lower() for name in headers if name.lower().startswith("x-amz-")}
    if unsigned := needed - set(claim.signed):
        message = "There were headers present in the request which were not signed"
        raise Refusal(403, "AccessDenied", message, HeadersNotSigned=", ".join(sorted(unsigned)))
    if claim.signed != tuple(sorted(claim.signed)):
        raise invalid("SignedHeaders should be in alphabetical order")


def _canonical(request: web.Request, claim: _Claim) -> str:
    path = quote(unquote(request.raw_path.partition("?")[0]), safe="/-_.~")
    query = "&".join(sorted(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in claim.query))
    lines = [f"{name}:{_joined(request.headers.getall(name, []))}" for name in claim.signed]
    return "\n".join((request.method, path, query, *lines, "", ";".join(claim.signed), claim.payload))


def _joined(values: list[str]) -> str:
    return ",".join(" ".join(value.split()) for value in values)


def _query(request: web.Request) -> tuple[tuple[str, str], ...]:
    """Take the query as it was sent: a plus is a plus here, and an empty value is one."""
    pairs = [part.partition("=") for part in request.raw_path.partition("?")[2].split("&") if part]
    return tuple((unquote(name), unquote(value)) for name, _, value in pairs)


def _sign(secret: str, scope: str, asked: str) -> str:
    key = f"AWS4{secret}".encode()
    for word in scope.split("/"):
        key = hmac.digest(key, word.encode(), "sha256")
    return hmac.digest(key, asked.encode(), "sha256").hex()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
