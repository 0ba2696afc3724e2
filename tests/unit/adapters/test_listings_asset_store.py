"""The store page as a source: what is told, what is kept, and how seldom we ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest
from tests.unit.adapters.store_visitor import Visitor

from asset_ingest.adapters.listings.asset_store import AssetStoreListings, StorePlace
from asset_ingest.core.errors import Misconfigured
from asset_ingest.core.ports.listings import Blocked, Found, Listing, NotListed
from asset_ingest.testing.asset_store import CRATES, FRAMEWORK, AssetStore, Product, asset_store
from asset_ingest.testing.listings import LISTED, StoreListingsContract

KIT = Product(
    id=LISTED.product_id,
    title=LISTED.title,
    slug="space-kit",
    publisher_id=LISTED.publisher_id,
    publisher=LISTED.publisher_name,
)


@pytest.fixture
async def store() -> AsyncIterator[AssetStore]:
    async with asset_store() as store:
        yield store


@pytest.fixture
def visitor(store: AssetStore) -> Visitor:
    return Visitor(store)


@pytest.fixture
def listings(visitor: Visitor) -> AssetStoreListings:
    return visitor.process()


async def found(listings: AssetStoreListings, product_id: str) -> Listing:
    answer = await listings.look_up(product_id)
    assert isinstance(answer, Found)
    return answer.listing


class TestAssetStoreListings(StoreListingsContract):
    @pytest.fixture
    async def listings(self) -> AsyncIterator[AssetStoreListings]:
        async with asset_store(KIT) as store:
            yield Visitor(store).process()


class TestWhatIsTold:
    async def test_every_fact_of_the_page(self, listings: AssetStoreListings, store: AssetStore) -> None:
        assert await found(listings, CRATES.id) == Listing(
            product_id="90001",
            url=store.url + CRATES.path,
            title="Crates & Barrels Deluxe Vol. 2",
            publisher_id="4242",
            publisher_name="東京 Props & Co",
            publisher_url="http://publisher.example/",
            version="1.4.2",
            category="3D/Props/Industrial",
            description='Forty crates & barrels.\n"Heavy"\nLight',
            tags=("crate", "barrel"),
            unity_versions=("2021.3.45", "6000.0.23"),
            published_on="2026-11-03",
            image_url=f"https://{store.host}/key-image/90001-big.png",
        )

    async def test_a_free_unrated_product_whose_slug_ends_with_digits(self, listings: AssetStoreListings) -> None:
        listing = await found(listings, FRAMEWORK.id)
        assert (listing.title, listing.version, listing.tags) == ("Walking Framework 2.0", "v1", ())
        assert listing.image_url is None
        assert await listings.picture(listing) is None

    async def test_a_picture_elsewhere_is_never_fetched(self, listings: AssetStoreListings, store: AssetStore) -> None:
        for url in (
            "https://evil.example/a.png",
            f"https://evil.example@{store.host}/key-image/1.png",
            f"{store.url}.evil.example/key-image/1.png",
            "https://169.254.169.254/latest/meta-data",
            "file:///etc/passwd",
            "https://[::1/key-image/1.png",
        ):
            assert await listings.picture(replace(LISTED, image_url=url)) is None
        assert store.hits == []


class TestManners:
    async def test_we_say_who_we_are_and_how_to_reach_us(self, listings: AssetStoreListings, store: AssetStore) -> None:
        await found(listings, CRATES.id)
        assert {hit.headers["User-Agent"] for hit in store.hits} == {"asset-ingest/1.2.3 (+ops@studio.example)"}
        assert not any("Cookie" in hit.headers for hit in store.hits)

    @pytest.mark.parametrize("contact", ["", "a b", "x\r\nEvil: 1", "me)@x", "ops@stüdio.example", "x" * 300])
    def test_a_contact_that_fits_no_header_is_refused(self, contact: str) -> None:
        with pytest.raises(Misconfigured, match="contact"):
            StorePlace(contact=contact)

    async def test_robots_are_asked_first_and_then_two_requests_are_enough(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        await found(listings, CRATES.id)
        assert [hit.path for hit in store.hits] == ["/robots.txt", "/packages/slug/90001", CRATES.path]

    async def test_requests_are_spaced_even_those_of_one_look_up(
        self, listings: AssetStoreListings, visitor: Visitor
    ) -> None:
        listing = await found(listings, CRATES.id)
        assert await listings.picture(listing)
        assert visitor.pauses == [4.0, 4.0, 4.0]

    async def test_time_that_passed_by_itself_is_not_waited_for(
        self, listings: AssetStoreListings, visitor: Visitor
    ) -> None:
        await found(listings, CRATES.id)
        visitor.clock.advance(timedelta(seconds=3))
        visitor.pauses.clear()
        await found(listings, FRAMEWORK.id)
        assert visitor.pauses == [1.0, 4.0]

    async def test_a_site_may_ask_for_longer_pauses(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        store.robots = "User-agent: *\nCrawl-delay: 10\nAllow: /\n"
        await found(listings, CRATES.id)
        await found(listings, FRAMEWORK.id)
        assert visitor.pauses == [10.0] * 4

    async def test_all_processes_together_ask_one_at_a_time(self, visitor: Visitor, store: AssetStore) -> None:
        processes = [visitor.process() for _ in range(3)]
        async with anyio.create_task_group() as group:
            for process in processes:
                for product_id in (CRATES.id, FRAMEWORK.id, "90003"):
                    group.start_soon(process.look_up, product_id)
        assert store.at_once == 1
        assert len(store.paths("page")) == 5  # who waited for a turn finds what another one learnt
        assert len(store.paths("robots")) == 1
        assert visitor.pauses == [4.0] * 5

    async def test_what_was_found_is_remembered_for_a_day(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        first = await found(listings, CRATES.id)
        visitor.clock.advance(timedelta(hours=23))
        assert await found(visitor.process(), CRATES.id) == first
        assert len(store.paths("page")) == 2
        visitor.clock.advance(timedelta(hours=1))
        await found(listings, CRATES.id)
        assert len(store.paths("page")) == 4

    async def test_what_is_not_listed_is_remembered_for_some_hours(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        assert await listings.look_up("90009") == NotListed()
        visitor.clock.advance(timedelta(hours=5))
        assert await listings.look_up("90009") == NotListed()
        assert len(store.paths("page")) == 1
        store.products["90009"] = replace(CRATES, id="90009")
        visitor.clock.advance(timedelta(hours=1))
        await found(listings, "90009")

    async def test_no_page_is_kept(self, listings: AssetStoreListings, visitor: Visitor) -> None:
        await found(listings, CRATES.id)
        kept = "".join(text for text, _ in visitor.cache._kept.values())
        assert "Forty crates" in kept
        assert "<" not in kept
        assert "_csrf" not in kept

    async def test_what_another_version_kept_is_asked_again(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        await found(listings, CRATES.id)
        soon = visitor.clock.now() + timedelta(hours=1)
        for name in list(visitor.cache._kept):
            await visitor.cache.keep(name, {"listing": {"of": "tomorrow"}}, soon)
        await found(listings, CRATES.id)
        assert len(store.paths("page")) == 4


class TestRobots:
    async def test_a_page_that_robots_keeps_us_from_is_not_asked_for(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        store.robots = "User-agent: *\nDisallow: /packages/\n"
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Blocked)
        assert "robots.txt" in answer.reason
        assert answer.until == visitor.clock.now() + timedelta(hours=24)
        assert store.paths("page") == []

    async def test_also_not_by_the_address_that_the_store_leads_to(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        store.robots = "User-agent: *\nDisallow: /packages/3d/*\n"
        assert isinstance(await listings.look_up(CRATES.id), Blocked)
        assert store.paths("page") == ["/packages/slug/90001"]

    async def test_rules_for_us_by_name_go_first(self, listings: AssetStoreListings, store: AssetStore) -> None:
        store.robots = "User-agent: *\nDisallow: /\n\nUser-agent: Asset-Ingest\nAllow: /packages/\n"
        await found(listings, CRATES.id)

    async def test_pictures_obey_too(self, listings: AssetStoreListings, store: AssetStore) -> None:
        store.robots = "User-agent: *\nDisallow: /key-image/\n"
        assert await listings.picture(await found(listings, CRATES.id)) is None
        assert store.paths("picture") == []

    async def test_the_file_is_read_again_after_a_day(
        self, listings: AssetStoreListings, visitor: Visitor, store: AssetStore
    ) -> None:
        store.robots = "User-agent: *\nDisallow: /\n"
        await listings.look_up(CRATES.id)
        store.robots = ""
        visitor.clock.advance(timedelta(hours=23))
        assert isinstance(await listings.look_up(CRATES.id), Blocked)
        visitor.clock.advance(timedelta(hours=1))
        await found(listings, CRATES.id)


class TestDoctor:
    async def test_it_reaches_the_store_without_asking_for_a_product(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        (finding,) = await listings.examine()
        assert finding.remedy is None
        assert "answers" in finding.text
        assert [hit.path for hit in store.hits] == ["/robots.txt"]

    async def test_it_says_when_robots_keep_us_out(self, listings: AssetStoreListings, store: AssetStore) -> None:
        store.robots = "User-agent: *\nDisallow: /packages\n"
        (finding,) = await listings.examine()
        assert finding.remedy
        assert "robots.txt" in finding.text

    async def test_it_says_when_nobody_is_there(self, visitor: Visitor) -> None:
        visitor.store.url = "http://127.0.0.1:9"
        (finding,) = await visitor.process().examine()
        assert finding.remedy
        assert "does not answer" in finding.text
