"""A store page is read by the product's id, best source first, and no page at all breaks the reader."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asset_ingest.core.formats.plain_text import is_showable
from asset_ingest.core.formats.store_page import (
    JSON_LD,
    LARGEST_PAGE,
    PAGE_SCRIPT,
    BadStorePage,
    OtherProduct,
    StorePage,
    read_store_page,
)
from asset_ingest.testing.asset_store import CRATES, FRAMEWORK, Product
from asset_ingest.testing.asset_store.page import dumped, offer_of, page_of, script_of

HOST = "store.example"


def read(page: str, product: Product = CRATES) -> StorePage:
    return read_store_page(page.encode("utf-8", "surrogatepass"), product.id)


def with_row(**fields: object) -> str:
    """Return a page whose script says `fields` of the product."""
    script = script_of(CRATES, HOST)
    script["data"]["ENTITY"]["Product"][CRATES.id].update(fields)
    return page_of(CRATES, HOST, script=dumped(script))


class TestSources:
    def test_each_field_says_which_part_of_the_page_told_it(self) -> None:
        page = read(page_of(CRATES, HOST, others=[FRAMEWORK]))
        assert page.title == CRATES.title
        assert page.told_by["title"] == page.told_by["description"] == page.told_by["publisher_id"] == PAGE_SCRIPT
        assert page.told_by["category"] == JSON_LD
        assert "listed" not in page.told_by

    def test_json_ld_alone_tells_less_and_says_so(self) -> None:
        page = read(page_of(CRATES, HOST, script="{"))
        assert (page.title, page.publisher_name, page.publisher_id) == (CRATES.title, CRATES.publisher, "4242")
        assert (page.version, page.description, page.tags) == (None, None, ())
        assert set(page.told_by.values()) == {JSON_LD}

    def test_json_ld_fills_what_the_script_leaves_open(self) -> None:
        page = read(with_row(mainImage=None))
        assert page.image_url == "https://store.example/key-image/90001-big.png"
        assert page.told_by["image_url"] == JSON_LD

    def test_a_publisher_that_no_link_names_has_no_id(self) -> None:
        page = read(page_of(CRATES, HOST, script="{").replace("/publishers/4242", "/elsewhere/4242"))
        assert (page.publisher_name, page.publisher_id) == (CRATES.publisher, "")

    def test_a_broken_json_ld_takes_nothing_from_the_script(self) -> None:
        page = read(page_of(CRATES, HOST, ld="{"))
        assert (page.title, page.version) == (CRATES.title, "1.4.2")

    def test_escapes_that_are_none_are_repaired_and_real_ones_kept(self) -> None:
        ld = dumped({**offer_of(CRATES, HOST), "name": "A \\ B"}).replace("A ", "A\t\\_\\d ")
        assert read(page_of(CRATES, HOST, script="{", ld=ld)).title == "A\\_\\d \\ B"

    def test_products_beside_it_are_never_mistaken_for_it(self) -> None:
        script = script_of(CRATES, HOST, [FRAMEWORK])
        del script["data"]["ENTITY"]["Product"]
        page = read(page_of(CRATES, HOST, script=dumped(script)))
        assert (page.title, set(page.told_by.values())) == (CRATES.title, {JSON_LD})

    def test_fields_may_have_their_rows_in_place(self) -> None:
        page = read(with_row(publisher={"id": 7, "name": "In Place"}, popularTags=[{"id": "1", "name": "near"}]))
        assert (page.publisher_id, page.publisher_name, page.tags) == ("7", "In Place", ("near",))


class TestRefusals:
    @pytest.mark.parametrize("script", ["", "{"])
    def test_a_page_about_another_product(self, script: str) -> None:
        with pytest.raises(OtherProduct, match="90002"):
            read(page_of(FRAMEWORK, HOST, script=script))

    @pytest.mark.parametrize("state", ["deprecated", "disabled", "", 0])
    def test_a_withdrawn_product_says_so(self, state: object) -> None:
        assert not read(with_row(state=state)).listed

    @pytest.mark.parametrize(
        "page",
        [
            "",
            "<html>",
            page_of(CRATES, HOST, script="{", ld="{"),
            page_of(replace(CRATES, title="\u202e"), HOST),
            page_of(CRATES, HOST) + " " * LARGEST_PAGE,
            'x.ReactDOMrender({"data":' + "[" * 100_000,
            'x.ReactDOMrender({"data":' + "9" * 5_000 + "})",
            '<script type="application/ld+json">' + '{"a":' * 100_000 + "</script>",
            '<script type="application/ld+json"',
        ],
    )
    def test_what_makes_no_sense(self, page: str) -> None:
        with pytest.raises(BadStorePage):
            read(page)


class TestValues:
    @pytest.mark.parametrize(
        ("field", "value", "name", "kept"),
        [
            ("name", "a\x00\u202eb\n" + "x" * 900, "title", "ab" + "x" * 495),
            ("name", "\ud800ok", "title", "ok"),
            ("description", "<p>a</p><script>alert(1)</script><p>&lt;b&gt; &amp; c", "description", "a\n<b> & c"),
            ("description", "", "description", None),
            ("description", 7, "description", None),
            ("currentVersion", {"name": "v" * 900}, "version", "v" * 100),
            ("currentVersion", {"publishedDate": "2026-02-31T00:00:00Z"}, "published_on", None),
            ("currentVersion", {"publishedDate": "2026-02-03"}, "published_on", "2026-02-03"),
            ("currentVersion", {"type": "id", "id": ["ProductVersion"]}, "version", None),
            ("currentVersion", {"type": "id", "id": ["Nothing", "8"]}, "version", None),
            ("publisher", {"id": "../1", "name": "x"}, "publisher_id", ""),
            ("publisher", {"id": True, "url": "javascript:alert(1)"}, "publisher_url", None),
            ("publisher", {"url": "https://me@host.example/"}, "publisher_url", None),
            ("publisher", {"url": "https://[::1"}, "publisher_url", None),
            ("publisher", {"url": 'https://a.example/"onclick'}, "publisher_url", None),
            ("supportedUnityVersions", ["6000.0.1f1", "<b>", 3, "x" * 99], "unity_versions", ("6000.0.1f1",)),
            ("supportedUnityVersions", "2022.3", "unity_versions", ()),
            ("popularTags", [{"name": str(n)} for n in range(99)], "tags", tuple(map(str, range(40)))),
        ],
    )
    def test_each_is_what_it_should_be_or_nothing(self, field: str, value: object, name: str, kept: object) -> None:
        page = page_of(CRATES, HOST, ld="{}", script=json.dumps(self._with(field, value)))
        assert getattr(read(page), name) == kept

    def _with(self, field: str, value: object) -> dict[str, Any]:
        script = script_of(CRATES, HOST)
        script["data"]["ENTITY"]["Product"][CRATES.id][field] = value
        return script


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just({"id": ["Product", "1"]}),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "name", "url"]), inner),
    max_leaves=10,
)
FIELDS = st.sampled_from([*script_of(CRATES, HOST)["data"]["ENTITY"]["Product"][CRATES.id]])
LD_FIELDS = st.sampled_from([*offer_of(CRATES, HOST), "@graph", "itemListElement"])


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=4), st.dictionaries(LD_FIELDS, JSON, max_size=4) | JSON)
def test_whatever_the_json_says_only_showable_words_come_out(row: dict[str, Any], ld: Any) -> None:
    script = script_of(CRATES, HOST)
    script["data"]["ENTITY"]["Product"][CRATES.id].update(row)
    with suppress(BadStorePage):
        page = read(page_of(CRATES, HOST, script=json.dumps(script), ld=json.dumps(ld)))
        words = [page.title, page.publisher_name, page.version or "", page.category or "", *page.tags]
        assert all(is_showable(char) for word in words for char in word)
        assert all(is_showable(char) or char == "\n" for char in page.description or "")


@settings(max_examples=150, deadline=None)
@given(JSON, JSON)
def test_no_json_breaks_the_reader(script: Any, ld: Any) -> None:
    with suppress(BadStorePage):
        read(page_of(CRATES, HOST, script=json.dumps(script), ld=json.dumps(ld)))


PIECES = st.sampled_from(
    [b".ReactDOMrender(", b"application/ld+json", b"</script", b'href="/publishers/1">x<', b"{", b'"']
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=20), max_size=30).map(b"".join))
def test_no_bytes_break_the_reader(body: bytes) -> None:
    with suppress(BadStorePage):
        read_store_page(body, "1")


@pytest.mark.parametrize(
    "piece",
    [
        ".ReactDOMrender({",
        "application/ld+json>",
        '"/publishers/1">',
        'href="/publishers/1"',
        "<a ",
        "{}",
        '{"a":',
        "\\",
    ],
)
def test_a_page_of_one_piece_repeated_takes_no_longer_than_others(piece: str) -> None:
    """A reader that is quadratic anywhere would run into the time limit of the test."""
    page = '<script type="application/ld+json">' + piece * (LARGEST_PAGE // len(piece) - 100)
    with pytest.raises(BadStorePage):
        read(page)
    with suppress(BadStorePage):
        read(with_row(description=piece * ((1 << 20) // len(piece))))
