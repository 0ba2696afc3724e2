"""What every StoreListings promises. Subclasses bring `listings`, which knows the product `LISTED` and nothing else.

The picture of `LISTED` is `PICTURE`.
"""

from __future__ import annotations

from dataclasses import replace

from asset_ingest.core.ports.listings import Found, Listing, NotListed, StoreListings
from asset_ingest.testing.media import png

LISTED = Listing(
    product_id="12345",
    url="https://store.example/packages/12345",
    title="Space Kit",
    publisher_id="77",
    publisher_name="Kenney",
)
PICTURE = png(64, 48)


class StoreListingsContract:
    async def test_a_listed_product_is_found_with_its_publisher(self, listings: StoreListings) -> None:
        answer = await listings.look_up(LISTED.product_id)
        assert isinstance(answer, Found)
        assert (answer.listing.product_id, answer.listing.title) == (LISTED.product_id, LISTED.title)
        assert (answer.listing.publisher_id, answer.listing.publisher_name) == ("77", "Kenney")

    async def test_asking_again_gets_the_same_answer(self, listings: StoreListings) -> None:
        assert await listings.look_up(LISTED.product_id) == await listings.look_up(LISTED.product_id)

    async def test_an_unknown_product_is_an_answer_too(self, listings: StoreListings) -> None:
        assert await listings.look_up("99999") == NotListed()

    async def test_what_is_no_product_id_is_not_listed(self, listings: StoreListings) -> None:
        for hostile in ("", "0", "-1", "12345/../1", "\uff11\uff12", "9" * 100):
            assert await listings.look_up(hostile) == NotListed()

    async def test_a_listing_has_its_picture(self, listings: StoreListings) -> None:
        answer = await listings.look_up(LISTED.product_id)
        assert isinstance(answer, Found)
        assert await listings.picture(answer.listing) == PICTURE

    async def test_a_listing_without_a_picture_has_none(self, listings: StoreListings) -> None:
        assert await listings.picture(replace(LISTED, product_id="12346", image_url=None)) is None
