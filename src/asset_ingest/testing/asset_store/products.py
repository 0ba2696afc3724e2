"""What is for sale: nothing of it exists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Product:
    """One product as its publisher describes it."""

    id: str
    title: str
    slug: str
    publisher_id: str
    publisher: str
    crumbs: tuple[str, ...] = ("3D", "Props")
    description: str = "<p >Things.</p>"
    version: str = "1.0"
    published: str = "2026-02-03T10:00:00Z"
    price: str = "0.00"
    ratings: int = 0
    tags: tuple[str, ...] = ()
    unity_versions: tuple[str, ...] = ("2022.3.10",)
    state: str = "published"
    pictured: bool = True

    @property
    def path(self) -> str:
        category = "/".join(crumb.lower().replace(" ", "-") for crumb in self.crumbs)
        return f"/packages/{category}/{self.slug}-{self.id}"


CRATES: Final = Product(
    id="90001",
    title="Crates & Barrels Deluxe Vol. 2",
    slug="crates-barrels-deluxe-vol-2",
    publisher_id="4242",
    publisher="東京 Props & Co",
    crumbs=("3D", "Props", "Industrial"),
    description='<p ><strong>Forty</strong> crates &amp; barrels.</p></br><ul><li >"Heavy"</li><li >Light</li></ul>'
    "<script>alert(1)</script>",
    version="1.4.2",
    published="2026-11-03T10:00:00Z",
    price="24.99",
    ratings=37,
    tags=("crate", "barrel"),
    unity_versions=("2021.3.45", "6000.0.23"),
)
FRAMEWORK: Final = Product(  # free, never rated, and its slug ends with digits of its own
    id="90002",
    title="Walking Framework 2.0",
    slug="walking-framework-2-0",
    publisher_id="4243",
    publisher="Example Studio",
    crumbs=("Templates", "Systems"),
    version="v1",
    pictured=False,
)
PRODUCTS: Final = (CRATES, FRAMEWORK)
