"""The JSON-LD of a store page. It is made by hand over there: raw line breaks, bad escapes and entities all occur."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from asset_ingest.core.formats.store_page_values import address, objects, text

_MARK: Final = "application/ld+json"
_MOST_SCRIPTS: Final = 8
_MOST_LINKS: Final = 50
_ESCAPE: Final = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})|\\')
_PRODUCT_ID: Final = re.compile(r"-?([0-9]{1,18})/?")
_PUBLISHER_LINK: Final = 'href="/publishers/'
_LINK: Final = re.compile(r'([0-9]{1,18})"[^<>]{0,300}>([^<>]{1,300})<')


@dataclass(frozen=True, slots=True)
class JsonLd:
    """What search engines are told; `product_id` is that of the offer's address."""

    product_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def facts_of_json_ld(page: str) -> JsonLd:
    """Return what the first product and the first breadcrumbs of the page say."""
    things = [thing for script in _scripts(page) for thing in _things(_loaded(script))]
    product = _of_type(things, "Product")
    told = {
        "title": _said(product.get("name"), 500),
        "publisher_name": _publisher(product.get("brand")),
        "category": _category(_of_type(things, "BreadcrumbList")),
        "image_url": _picture(product.get("image")),
    }
    told["publisher_id"] = _publisher_id(page, told["publisher_name"])
    return JsonLd(_offered_id(product), {name: value for name, value in told.items() if value})


def _scripts(page: str) -> Iterator[str]:
    at = 0
    for _ in range(_MOST_SCRIPTS):
        mark = page.find(_MARK, at)
        start, end = page.find(">", mark), page.find("</script", mark)
        if mark < 0 or not 0 <= start < end:
            return
        yield page[start + 1 : end]
        at = end


def _loaded(script: str) -> object:
    for source in (script, _ESCAPE.sub(lambda found: found[0] if found[1] else r"\\", script)):
        try:
            return json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _things(loaded: object) -> Iterator[dict[str, Any]]:
    graph = objects(loaded).get("@graph", loaded)
    for each in graph[:20] if isinstance(graph, list) else [graph]:
        yield objects(each)


def _of_type(things: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next((thing for thing in things if thing.get("@type") in (name, [name])), {})


def _said(value: object, longest: int) -> str | None:
    return text(html.unescape(value[: longest * 8]), longest) if isinstance(value, str) else None


def _publisher(brand: object) -> str | None:
    return _said(objects(brand).get("name", brand), 200)


def _category(breadcrumbs: Mapping[str, Any]) -> str | None:
    """Join what stands between the shop and the product."""
    items = breadcrumbs.get("itemListElement")
    names = [_said(objects(item).get("name"), 60) for item in items[1:-1][:6]] if isinstance(items, list) else []
    return "/".join(name for name in names if name) or None


def _picture(image: object) -> str | None:
    return address(image[0] if isinstance(image, list) and image else image)


def _offered_id(product: Mapping[str, Any]) -> str | None:
    """Return the last digits of the offer's address: slugs may end with digits of their own."""
    offers = product.get("offers")
    url = objects(offers[0] if isinstance(offers, list) and offers else offers).get("url")
    last = url[-300:].partition("?")[0].rstrip("/").rpartition("/")[2] if isinstance(url, str) else ""
    found = _PRODUCT_ID.fullmatch(last[max(last.rfind("-"), 0) :])
    return found[1] if found else None


def _publisher_id(page: str, name: str | None) -> str | None:
    """Find the link to a publisher that carries the brand's own name; others lead to those of other products."""
    at = 0
    for _ in range(_MOST_LINKS if name else 0):
        at = page.find(_PUBLISHER_LINK, at) + len(_PUBLISHER_LINK)
        if at < len(_PUBLISHER_LINK):
            return None
        link = _LINK.match(page, at)
        if link and _said(link[2], 200) == name:
            return link[1]
    return None
