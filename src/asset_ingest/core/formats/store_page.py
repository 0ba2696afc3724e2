"""A product page of the Asset Store: what it says of its product, and which part of the page said it.

The page carries the shop's own JSON for its script, which is best, and JSON-LD for search engines, which fills gaps and
serves alone when the other cannot be read. Other products are shown beside the page's own, so the product is only ever
looked up by its id. Whatever is wrong with the bytes, the only error is BadStorePage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asset_ingest.core.formats.store_page_ld import facts_of_json_ld
from asset_ingest.core.formats.store_page_script import PageScript, read_page_script

LARGEST_PAGE: Final = 2 << 20
"""Bytes: real pages have 0.3 MB, and JSON takes up to thirty times its size in memory."""

PAGE_SCRIPT: Final = "page_script"
JSON_LD: Final = "json_ld"


class BadStorePage(ValueError):
    """The page makes no sense to us; the message says why."""


class OtherProduct(BadStorePage):
    """The page is about another product than the one asked for."""


@dataclass(frozen=True, slots=True)
class StorePage:
    """The facts of one product, fit to show; empty where the page is silent."""

    product_id: str
    title: str
    listed: bool = True  # False: withdrawn, the page is only there for those who have it
    publisher_id: str = ""
    publisher_name: str = ""
    publisher_url: str | None = None
    version: str | None = None
    category: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    unity_versions: tuple[str, ...] = ()
    published_on: str | None = None  # ISO 8601, of this version
    image_url: str | None = None
    told_by: Mapping[str, str] = field(default_factory=dict)
    """The part of the page that each field comes from."""


def read_store_page(body: bytes, product_id: str) -> StorePage:
    """Return what the page says of `product_id`. Raises BadStorePage, or OtherProduct if it is about another one."""
    if len(body) > LARGEST_PAGE:
        raise BadStorePage(f"the page has more than {LARGEST_PAGE} bytes")
    text = body.decode("utf-8", "replace")
    script = read_page_script(text)
    _expect(product_id, script.product_id)
    ld = facts_of_json_ld(text)
    told = _merged(script, ld.facts if ld.product_id in {None, product_id} else {})
    if not script.facts:
        _expect(product_id, ld.product_id)
        if ld.product_id is None:
            raise BadStorePage("neither the page's script nor its JSON-LD can be read")
    if not told.get("title"):
        raise BadStorePage("the page names no title")
    said_by = {name: PAGE_SCRIPT if value == script.facts.get(name) else JSON_LD for name, value in told.items()}
    return StorePage(product_id, **told, listed=script.listed, told_by=said_by)


def _expect(product_id: str, found: str | None) -> None:
    if found is not None and found != product_id:
        raise OtherProduct(f"the page is about product {found}")


def _merged(script: PageScript, ld: Mapping[str, Any]) -> dict[str, Any]:
    """Prefer the script, but for the category: JSON-LD has its whole path."""
    merged = {**ld, **script.facts}
    return {**merged, "category": ld["category"]} if "category" in ld else merged
