"""Access tokens: what we signed holds until it expires, and nothing else does."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.identity.jwt import AUDIENCE, ISSUER, KIND, LEEWAY, JwtAccessTokens, key_id
from asset_ingest.adapters.identity.memory import RememberedTokens
from asset_ingest.core.errors import Misconfigured, Unauthenticated
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.ports.identity import AccessClaims, AccessTokens
from asset_ingest.testing.identity import AccessTokensContract

KEY, OLD = b"k" * 32, b"o" * 32
CLOCK = ManualClock()
CLAIMS = AccessClaims(StudioId(UUID(int=1)), MemberId(UUID(int=2)), UUID(int=3), CLOCK.now() + timedelta(minutes=10))
GOOD: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": str(UUID(int=2)),
    "studio": str(UUID(int=1)),
    "sid": str(UUID(int=3)),
    "nbf": int(CLOCK.now().timestamp()),
    "exp": int(CLOCK.now().timestamp()) + 600,
}
HEADERS = {"kid": key_id(KEY), "typ": KIND}
TOKENS = JwtAccessTokens([KEY], CLOCK)


class TestJwtAccessTokens(AccessTokensContract):
    @pytest.fixture
    def tokens(self, clock: ManualClock) -> AccessTokens:
        return JwtAccessTokens([KEY], clock)

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()


class TestRememberedTokens(AccessTokensContract):
    @pytest.fixture
    def tokens(self, clock: ManualClock) -> AccessTokens:
        return RememberedTokens(clock)

    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def refused(token: str) -> str:
    with pytest.raises(Unauthenticated) as caught:
        TOKENS.read(token)
    return caught.value.message


def test_a_token_of_ours_holds() -> None:
    assert TOKENS.read(jwt.encode(GOOD, KEY, "HS256", HEADERS)) == CLAIMS


@pytest.mark.parametrize("missing", GOOD)
def test_a_token_that_lacks_a_claim_is_none(missing: str) -> None:
    said = {name: value for name, value in GOOD.items() if name != missing}
    refused(jwt.encode(said, KEY, "HS256", HEADERS))


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "somebody"},
        {"aud": "another/api"},
        {"exp": GOOD["nbf"] - 6},
        {"nbf": GOOD["nbf"] + 6},
        {"exp": 10**20},
        {"exp": "soon"},
        {"exp": True},
        {"sub": "admin"},
        {"sid": None},
        {"studio": 7},
    ],
)
def test_a_token_that_says_something_else_is_none(change: dict[str, Any]) -> None:
    payload = part(GOOD | change)
    head = part({"alg": "HS256", **HEADERS})
    signature = jwt.api_jws.PyJWS().encode(json.dumps(GOOD | change).encode(), KEY, "HS256", HEADERS)
    refused(signature)
    refused(f"{head}.{payload}.")


@pytest.mark.parametrize("algorithm", ["none", "None", "nOnE", "HS384", "HS512", "RS256", "ES256", "", None])
def test_no_other_algorithm_is_taken_whatever_the_header_says(algorithm: str | None) -> None:
    head = part({"alg": algorithm, **HEADERS})
    genuine = jwt.encode(GOOD, KEY, "HS256", HEADERS).rpartition(".")[2]
    for signature in ("", genuine):
        refused(f"{head}.{part(GOOD)}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_our_own_key_signs_by_one_algorithm(algorithm: str) -> None:
    refused(jwt.encode(GOOD, KEY.ljust(64, b"k"), algorithm, HEADERS))


def test_another_kind_of_token_is_none() -> None:
    refused(jwt.encode(GOOD, KEY, "HS256", HEADERS | {"typ": "JWT"}))
    refused(jwt.encode(GOOD, KEY, "HS256", {"typ": KIND}))
    refused(jwt.encode(GOOD, KEY, "HS256", HEADERS | {"kid": "../../etc/passwd"}))


def test_a_key_that_is_not_ours_signs_nothing() -> None:
    refused(jwt.encode(GOOD, OLD, "HS256", HEADERS))
    refused(jwt.encode(GOOD, OLD, "HS256", HEADERS | {"kid": key_id(OLD)}))


def test_why_a_token_does_not_hold_is_not_said() -> None:
    expired = jwt.encode(GOOD | {"exp": 1}, KEY, "HS256", HEADERS)
    forged = jwt.encode(GOOD, OLD, "HS256", HEADERS)
    assert len({refused(each) for each in (expired, forged, "a.b.c", "..", "")}) == 1


def test_keys_can_be_changed_while_tokens_are_out() -> None:
    before, between, after = JwtAccessTokens([OLD], CLOCK), JwtAccessTokens([KEY, OLD], CLOCK), TOKENS
    old, new = before.issue(CLAIMS), between.issue(CLAIMS)
    assert between.read(old) == between.read(new) == after.read(new) == CLAIMS
    with pytest.raises(Unauthenticated):
        after.read(old)


def test_the_clocks_of_two_nodes_may_differ_a_little() -> None:
    clock = ManualClock()
    ahead = ManualClock(clock.now() + LEEWAY)
    token = JwtAccessTokens([KEY], ahead).issue(CLAIMS)
    assert JwtAccessTokens([KEY], clock).read(token) == CLAIMS


@pytest.mark.parametrize("keys", [[], [b"short"], [KEY, b""]])
def test_a_key_that_can_be_guessed_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(Misconfigured):
        JwtAccessTokens(keys, CLOCK)


@given(st.text(max_size=200))
def test_no_text_is_a_token(text: str) -> None:
    refused(text)


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_token_with_one_changed_byte_is_none(place: int, by: int) -> None:
    head, payload, signature = (base64.urlsafe_b64decode(each + "==") for each in TOKENS.issue(CLAIMS).split("."))
    parts = [bytearray(head), bytearray(payload), bytearray(signature)]
    place %= sum(map(len, parts))
    for each in parts:
        if place < len(each):
            each[place] ^= by
            break
        place -= len(each)
    refused(".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts))


@given(
    st.dictionaries(st.sampled_from(["alg", "kid", "typ", "jku", "jwk", "x5u", "crit", "b64"]), st.text() | st.none())
)
def test_no_header_talks_us_into_anything(header: dict[str, Any]) -> None:
    genuine = TOKENS.issue(CLAIMS).rpartition(".")[2]
    refused(f"{part({'alg': 'HS256', **HEADERS} | header | {'more': 1})}.{part(GOOD)}.{genuine}")
