"""What a robots.txt asks is understood as RFC 9309 means it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.formats.robots import Robots, read_robots

PROGRAM = "asset-ingest"


def allows(text: str, path: str) -> bool:
    return read_robots(text.encode(), PROGRAM).allows(path)


@pytest.mark.parametrize(
    ("rules", "path", "answer"),
    [
        ("", "/packages/1", True),
        ("Disallow:", "/packages/1", True),
        ("Disallow: /", "/packages/1", False),
        ("Disallow: /", "/robots.txt", True),
        ("Disallow: /packages", "/packages-of-others", False),
        ("Disallow: /packages/", "/packages", True),
        ("Allow: /\nDisallow: /packages/", "/packages/1", False),  # the longest one wins, not the first
        ("Disallow: /\nAllow: /packages/", "/packages/1", True),
        ("Disallow: /packages/\nAllow: /packages/", "/packages/1", True),  # of equals the kind one
        ("Disallow: /*", "/packages/1", False),
        ("Disallow: *", "/packages/1", False),
        ("Disallow: packages", "/packages/1", False),
        ("Disallow: /*/slug/", "/packages/slug/1", False),
        ("Disallow: /*.png$", "/a/b.png", False),
        ("Disallow: /*.png$", "/a/b.png?x", True),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /a*a$", "/a", True),
        ("Disallow: /a*a$", "/aa", False),
        ("Disallow: /*?locale=", "/packages/1?locale=de", False),
        ("Disallow: /%7euser/", "/~user/", True),  # as RFC 9309 compares: octet by octet, but for the case of escapes
        ("Disallow: /caf%C3%A9", "/café", False),
        ("Disallow: /caf%c3%a9", "/caf%C3%A9", False),
        ("Disallow: / # all of it", "/x", False),
        ("disallow : /x", "/x", False),
        ("Disallow /x", "/x", True),
    ],
)
def test_rules(rules: str, path: str, *, answer: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("User-agent: *\nDisallow: /\n\nUser-agent: asset-ingest\nDisallow:\n", True),
        ("User-agent: asset-ingest\nAllow: /\n\nUser-agent: *\nDisallow: /\n", True),
        ("User-agent: Asset-Ingest/2.0\nDisallow: /\n", False),
        ("User-agent: asset-ingest-image\nDisallow: /\n", True),
        ("User-agent: other\nUser-agent: asset-ingest\n\nDisallow: /\n", False),
        (
            "User-agent: asset-ingest\nAllow: /y\n\nUser-agent: x\nAllow: /\n\nUser-agent: asset-ingest\nDisallow: /",
            False,
        ),
        ("User-agent: other\nDisallow: /\nSitemap: /x\nUser-agent: *\nAllow: /\n", True),
        ("Disallow: /\n", True),  # rules before any program are nobody's
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("User-agent: *\rDisallow: /", False),
    ],
)
def test_groups(text: str, *, answer: bool) -> None:
    assert allows(text, "/packages/1") is answer


@pytest.mark.parametrize(
    ("value", "pause"),
    [("10", 10.0), ("0.5", 0.5), ("-3", 0.0), ("nan", 0.0), ("inf", 0.0), ("soon", 0.0), ("1e9", 3600.0)],
)
def test_a_pause_may_be_asked_for(value: str, pause: float) -> None:
    assert read_robots(f"User-agent: *\nCrawl-delay: {value}".encode(), PROGRAM).pause == pause


LINES = st.sampled_from(
    ["User-agent: *", "user-agent: asset-ingest", "Disallow: /", "Allow: *a*$", "Disallow: **", "x", ""]
)


@given(st.binary(max_size=300) | st.lists(LINES).map(lambda lines: "\n".join(lines).encode()), st.text())
def test_no_file_breaks_the_reader(body: bytes, path: str) -> None:
    read_robots(body, PROGRAM).allows(path)


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_stars_match_as_the_slow_way_would(pattern: str, path: str) -> None:
    def slow(pattern: str, path: str) -> bool:
        if not pattern:
            return True
        if pattern[0] == "*":
            return any(slow(pattern[1:], path[at:]) for at in range(len(path) + 1))
        return path[:1] == pattern[0] and slow(pattern[1:], path[1:])

    assert Robots((("/" + pattern, False),)).allows("/" + path) is not slow(pattern, path)


def test_many_stars_cost_no_more_than_few() -> None:
    """A matcher that goes back would run into the time limit of the test."""
    assert Robots((("/" + "*a" * 900 + "$", False),)).allows("/" + "a" * 2_000 + "b")
