"""A product page in the shape of the store's."""

from __future__ import annotations

import html
import json
from collections.abc import Collection
from typing import Any

from asset_ingest.testing.asset_store.products import Product

Json = dict[str, Any]


def page_of(product: Product, host: str, *, others: Collection[Product] = (), script: str = "", ld: str = "") -> str:
    """Return the page; `script` and `ld` stand in place of what the page would say there."""
    title = html.escape(product.title)
    return f"""<!DOCTYPE html>
<html lang="en"><head><title>{title} | {product.crumbs[-1]} | Unity Asset Store</title>
<link rel="canonical" href="https://{host}{product.path}">
<script type="application/ld+json">
{ld or dumped(offer_of(product, host))}
</script>
<script type="application/ld+json">
{dumped(crumbs_of(product))}
</script></head><body><h1 class="x1y2z3">{title}</h1>
<a class="q9" href="/publishers/1">Somebody Else</a>
<a class="q9" href="/publishers/{product.publisher_id}">{html.escape(product.publisher)}</a>
<script type="text/javascript">var early = {{}}; early.ReactDOMrender({{"data":{{"productId":"1"}}}},null);</script>
<script nonce="n" type="text/javascript">document.addEventListener("DOMContentLoaded", function() {{
var page = window["ProductPage"]; page.ReactDOMrender({script or dumped(script_of(product, host, others))},
document.getElementById("ProductPage"));}});</script>
</body></html>"""


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def offer_of(product: Product, host: str) -> Json:
    """Return what search engines are told of the product: its words are escaped for HTML, as the store does it."""
    said: Json = {
        "@context": "https://schema.org/",
        "@type": "Product",
        "name": html.escape(product.title),
        "description": "Get the package &amp; more.",
        "brand": {"@type": "Thing", "name": html.escape(product.publisher)},
        "offers": {"@type": "Offer", "url": f"https://{host}{product.path}", "price": product.price},
    }
    if product.pictured:
        said["image"] = [_picture(product, host, "big")]
    if product.ratings:
        said["aggregateRating"] = {"@type": "AggregateRating", "reviewCount": str(product.ratings)}
    return said


def crumbs_of(product: Product) -> Json:
    names = ["Home", *product.crumbs, html.escape(product.title)]
    items = [{"@type": "ListItem", "position": place, "name": name} for place, name in enumerate(names, 1)]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def script_of(product: Product, host: str, others: Collection[Product] = ()) -> Json:
    """Return what the page's script is told: tables by id, and beside the product those that it resembles."""
    tables: Json = {
        "Category": {"37": {"id": "37", "name": product.crumbs[-1], "slug": "x/y"}},
        "Product": {product.id: _row(product, host)},
        "ProductVersion": {"8": {"id": "8", "name": product.version, "publishedDate": product.published}},
        "ProductPublisher": {
            product.publisher_id: {
                "id": product.publisher_id,
                "name": product.publisher,
                "url": "http://publisher.example/",
                "supportEmail": "help@publisher.example",
            }
        },
        "ProductTag": {str(number): {"id": str(number), "name": tag} for number, tag in enumerate(product.tags)},
        "ProductQ": {other.id: {"id": other.id, "name": other.title} for other in others},
    }
    return {
        "data": {"ENTITY": tables, "productId": product.id, "pageName": "package", "locale": "en_US"},
        "contextData": {"cookies": {"_csrf": "0" * 32}},
    }


def _row(product: Product, host: str) -> Json:
    pictures = {size: _picture(product, host, size) if product.pictured else "" for size in ("big", "small", "icon")}
    return {
        "id": product.id,
        "productId": f"7{product.id}",  # another number space, in a field that has our name for it
        "slug": product.slug,
        "name": product.title,
        "description": product.description,
        "elevatorPitch": "",
        "currentVersion": {"type": "id", "id": ["ProductVersion", "8"]},
        "publisher": {"type": "id", "id": ["ProductPublisher", product.publisher_id]},
        "category": {"type": "id", "id": ["Category", "37"]},
        "popularTags": [{"type": "id", "id": ["ProductTag", str(number)]} for number in range(len(product.tags))],
        "mainImage": {**pictures, "facebook": ""},
        "supportedUnityVersions": list(product.unity_versions),
        "rating": {"average": 5 if product.ratings else 0, "count": product.ratings},
        "originalPrice": {"finalPrice": product.price, "isFree": product.price == "0.00"},
        "state": product.state,
    }


def _picture(product: Product, host: str, size: str) -> str:
    return f"//{host}/key-image/{product.id}-{size}.png"
