"""What every Observer promises. Subclasses bring the fixtures `observer` and `told`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from asset_ingest.core.errors import StoreFull
from asset_ingest.core.ports.telemetry import Observer

Told = Callable[[], str]
"""Returns as text all that the observer passed on or keeps."""


class Unspeakable:
    """A value that fails whoever asks what it is."""

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Mute(Exception):
    """An error that fails whoever asks what it says."""

    def __str__(self) -> str:
        raise RuntimeError("no")


class ObserverContract:
    async def test_what_happened_is_told_with_its_facts_and_correlation(self, observer: Observer, told: Told) -> None:
        observer.noted("upload.stored", correlation_id="c-1", size=12, name="a.png")
        for part in ("upload.stored", "c-1", "12", "a.png"):
            assert part in told()

    async def test_a_failure_is_told_with_its_error(self, observer: Observer, told: Told) -> None:
        observer.failed("upload.failed", StoreFull(), correlation_id="c-2", size=12)
        for part in ("upload.failed", "StoreFull", "c-2", "12"):
            assert part in told()

    @pytest.mark.parametrize(
        "name",
        ["token", "secret", "password", "authorization", "key", "api_key", "Authorization", "X-Api-Key", "accessToken"],
    )
    async def test_a_value_named_like_a_secret_is_never_told(self, observer: Observer, told: Told, name: str) -> None:
        observer.noted("x", **{name: "s3cr3t"})
        observer.noted("x", headers={name: "s3cr3t"}, nested=[{"deep": ({name: "s3cr3t"},)}])
        observer.failed("x", StoreFull(), **{name: "s3cr3t"})
        assert "s3cr3t" not in told()

    @pytest.mark.parametrize("text", ["postgresql://me:s3cr3t@host/db", "Bearer s3cr3t", "/x?token=s3cr3t&a=b"])
    async def test_a_secret_inside_a_text_is_never_told(self, observer: Observer, told: Told, text: str) -> None:
        observer.noted("x", address=text)
        assert "s3cr3t" not in told()

    @pytest.mark.parametrize(
        "fact",
        [
            Unspeakable(),
            [Unspeakable()],
            {Unspeakable(): 1},
            object(),
            b"\xff",
            float("nan"),
            pytest.param(10**5000, id="long"),
            "\ud800",
            {1: 2},
        ],
    )
    async def test_no_fact_can_make_it_raise(self, observer: Observer, told: Told, fact: object) -> None:
        observer.noted("odd", fact=fact)
        observer.failed("odd", ValueError("x"), fact=fact)
        assert "odd" in told()

    async def test_a_fact_that_contains_itself_cannot_make_it_raise(self, observer: Observer, told: Told) -> None:
        knot: list[object] = []
        knot.append(knot)
        observer.noted("odd", fact=knot)
        assert "odd" in told()

    @pytest.mark.parametrize(
        "error", [Mute(), ValueError("\ud800"), KeyboardInterrupt(), ExceptionGroup("g", [Mute()])]
    )
    async def test_no_error_can_make_it_raise(self, observer: Observer, told: Told, error: BaseException) -> None:
        observer.failed("odd", error)
        assert "odd" in told()

    @pytest.mark.parametrize("name", ["event", "level", "at", "error_", "self_", "message", "exc_info"])
    async def test_a_fact_may_have_any_name(self, observer: Observer, told: Told, name: str) -> None:
        observer.noted("named", **{name: "value-of-it"})
        assert "named" in told()
        assert "value-of-it" in told()
