"""Whatever the store does, the answer is of the right kind, nothing wrong is remembered, and asking again works."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.adapters.store_visitor import Visitor

from asset_ingest.adapters.listings.asset_store import AssetStoreListings, Manners, StorePlace
from asset_ingest.adapters.listings.asset_store.pictures import picture_address
from asset_ingest.adapters.listings.asset_store.walls import asked_wait
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.ports.listings import Blocked, Found, Malformed, NotListed
from asset_ingest.testing.asset_store import CRATES, FRAMEWORK, AssetStore, asset_store
from asset_ingest.testing.asset_store.faults import (
    CHALLENGE,
    Fault,
    accepting,
    announcing,
    bomb,
    challenging,
    dropping,
    flood,
    leading,
    packed,
    refusing,
    saying,
    stalling,
)
from asset_ingest.testing.asset_store.page import dumped, offer_of, page_of
from asset_ingest.testing.listings import LISTED
from asset_ingest.testing.media import png

QUARTER = timedelta(minutes=15)


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


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refusing(401), "401"),
        (refusing(403), "403"),
        (refusing(429), "429"),
        (refusing(429, "60"), "429"),
        (refusing(503, "60"), "503"),
        (accepting(), "202"),
        (challenging(), "captcha"),
        (saying("<html>Access Denied</html>"), "captcha"),
    ],
)
class TestWalls:
    async def test_a_wall_is_blocked_and_everybody_keeps_away(
        self, visitor: Visitor, store: AssetStore, fault: Fault, said: str
    ) -> None:
        store.next("page", fault)
        answer = await visitor.process().look_up(CRATES.id)
        assert isinstance(answer, Blocked)
        assert said in answer.reason
        assert answer.until == visitor.clock.now() + QUARTER
        asked = len(store.hits)
        assert await visitor.process().look_up(FRAMEWORK.id) == answer
        assert len(store.hits) == asked

    async def test_after_the_pause_the_product_is_found(
        self, visitor: Visitor, store: AssetStore, fault: Fault, said: str
    ) -> None:
        store.next("page", fault)
        listings = visitor.process()
        await listings.look_up(CRATES.id)
        visitor.clock.advance(QUARTER)
        assert isinstance(await listings.look_up(CRATES.id), Found)

    async def test_doctor_says_it_without_asking(
        self, visitor: Visitor, store: AssetStore, fault: Fault, said: str
    ) -> None:
        store.next("page", fault)
        await visitor.process().look_up(CRATES.id)
        asked = len(store.hits)
        (finding,) = await visitor.process().examine()
        assert said in finding.text
        assert finding.remedy
        assert len(store.hits) == asked


class TestTheBreaker:
    async def test_the_pause_doubles_up_to_a_day(self, visitor: Visitor, store: AssetStore) -> None:
        listings = visitor.process()
        pauses = []
        for _ in range(9):
            store.next("page", refusing(403))
            answer = await listings.look_up(CRATES.id)
            assert isinstance(answer, Blocked)
            pauses.append(answer.until - visitor.clock.now())
            visitor.clock.advance(pauses[-1])
        assert pauses[:4] == [QUARTER, 2 * QUARTER, 4 * QUARTER, 8 * QUARTER]
        assert pauses[-1] == timedelta(hours=24)

    async def test_an_answer_makes_the_next_pause_short_again(self, visitor: Visitor, store: AssetStore) -> None:
        listings = visitor.process()
        for _ in range(2):
            store.next("page", refusing(403))
            await listings.look_up(CRATES.id)
            visitor.clock.advance(timedelta(hours=1))
        assert isinstance(await listings.look_up(CRATES.id), Found)
        store.next("page", refusing(403))
        answer = await listings.look_up(FRAMEWORK.id)
        assert isinstance(answer, Blocked)
        assert answer.until == visitor.clock.now() + QUARTER

    @pytest.mark.parametrize(
        ("retry_after", "pause"),
        [
            ("1", QUARTER),
            ("7200", timedelta(hours=2)),
            ("999999999", timedelta(hours=24)),
            ("Thu, 01 Jan 2026 03:00:00 GMT", timedelta(hours=3)),
            ("soon", QUARTER),
            ("9" * 5000, QUARTER),
        ],
    )
    async def test_retry_after_is_respected_within_reason(
        self, visitor: Visitor, store: AssetStore, retry_after: str, pause: timedelta
    ) -> None:
        listings = visitor.process(Manners(spacing=timedelta(0)))
        store.next("page", refusing(429, retry_after))
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Blocked)
        assert answer.until == visitor.clock.now() + pause

    async def test_what_we_know_is_told_while_we_keep_away(self, visitor: Visitor, store: AssetStore) -> None:
        listings = visitor.process()
        known = await listings.look_up(CRATES.id)
        store.next("page", refusing(403))
        assert isinstance(await listings.look_up(FRAMEWORK.id), Blocked)
        assert await listings.look_up(CRATES.id) == known


class TestRobotsOutOfReach:
    @pytest.mark.parametrize(
        "fault",
        [
            refusing(429),
            refusing(503, "60"),
            accepting(),
            challenging(),
            leading("https://elsewhere.example/robots.txt"),
            leading("http://[bad"),
            leading("/robots.txt"),
            saying("x" * (513 << 10)),
        ],
    )
    async def test_rules_that_are_kept_from_us_keep_us_out(
        self, visitor: Visitor, store: AssetStore, fault: Fault
    ) -> None:
        store.next("robots", fault)
        listings = visitor.process()
        assert isinstance(await listings.look_up(CRATES.id), Blocked)
        assert store.paths("page") == []
        visitor.clock.advance(QUARTER)
        assert isinstance(await listings.look_up(CRATES.id), Found)

    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    async def test_a_store_without_rules_has_none(
        self, listings: AssetStoreListings, store: AssetStore, status: int
    ) -> None:
        store.next("robots", refusing(status))
        assert isinstance(await listings.look_up(CRATES.id), Found)

    async def test_the_rules_may_have_moved_within_the_store(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        store.next(
            "robots", leading("/moved/robots.txt?x"), saying("User-agent: *\nDisallow: /", content_type="text/plain")
        )
        assert isinstance(await listings.look_up(CRATES.id), Blocked)
        assert store.paths("page") == []


def broken_script(store: AssetStore) -> str:
    return page_of(CRATES, store.host, script='{"data":{"ENTITY":{"Product":')


def without_json(store: AssetStore) -> str:
    return page_of(CRATES, store.host, script="{", ld="{")


def nameless(store: AssetStore) -> str:
    return page_of(replace(CRATES, title=""), store.host)


def too_long(store: AssetStore) -> str:
    return page_of(CRATES, store.host) + " " * (2 << 20)


class TestPages:
    async def test_json_ld_serves_when_the_script_is_broken(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        store.pages[CRATES.id] = broken_script(store)
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        assert (answer.listing.title, answer.listing.publisher_id) == (CRATES.title, CRATES.publisher_id)
        assert (answer.listing.category, answer.listing.version) == ("3D/Props/Industrial", None)

    async def test_also_json_ld_that_is_itself_malformed(self, listings: AssetStoreListings, store: AssetStore) -> None:
        ld = dumped(offer_of(CRATES, store.host)).replace("Get the", "Get\tthe\n \\_ \\d \\\\d")
        store.pages[CRATES.id] = page_of(CRATES, store.host, script="{", ld=ld)
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        assert answer.listing.title == CRATES.title

    @pytest.mark.parametrize("page", [without_json, nameless, too_long])
    async def test_a_page_that_makes_no_sense_is_malformed_and_not_remembered(
        self, visitor: Visitor, store: AssetStore, page: Callable[[AssetStore], str]
    ) -> None:
        store.pages[CRATES.id] = page(store)
        listings = visitor.process()
        assert isinstance(await listings.look_up(CRATES.id), Malformed)
        store.pages.clear()
        assert isinstance(await listings.look_up(CRATES.id), Found)

    async def test_words_of_a_wall_on_a_good_page_are_just_words(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        store.products[CRATES.id] = replace(CRATES, description="Captcha kit: just a moment, access denied!")
        assert isinstance(await listings.look_up(CRATES.id), Found)

    @pytest.mark.parametrize("state", ["deprecated", "disabled", ""])
    async def test_a_withdrawn_product_is_not_listed(
        self, listings: AssetStoreListings, store: AssetStore, state: str
    ) -> None:
        store.products[CRATES.id] = replace(CRATES, state=state)
        assert await listings.look_up(CRATES.id) == NotListed()

    @pytest.mark.parametrize("shown", ["script", "json-ld"])
    async def test_a_page_about_another_product_is_no_answer_to_ours(
        self, listings: AssetStoreListings, store: AssetStore, shown: str
    ) -> None:
        store.pages[CRATES.id] = page_of(FRAMEWORK, store.host, script="" if shown == "script" else "{")
        assert await listings.look_up(CRATES.id) == NotListed()

    @pytest.mark.parametrize("status", [404, 410])
    async def test_what_is_gone_is_not_listed(
        self, listings: AssetStoreListings, store: AssetStore, status: int
    ) -> None:
        store.next("page", refusing(status))
        assert await listings.look_up(CRATES.id) == NotListed()

    @pytest.mark.parametrize(
        "fault",
        [
            leading("https://elsewhere.example/packages/3d/crates-90001"),
            leading("//169.254.169.254/packages/3d/crates-90001"),
            leading("/packages/3d/others-90002"),
            leading("/packages/3d/others-190001"),
            leading("/"),
            leading("file:///etc/passwd"),
            leading("http://[bad"),
            leading(""),
            leading("/packages/slug/90001"),
            saying('{"data": {}}', content_type="application/json"),
            saying("", status=204),
            saying("no", status=400),
            saying(b"\x1f\x8b", Content_Encoding="br"),
            saying(b"\x1f\x8b", Content_Encoding="gzip"),
            bomb(3, "text/html"),
            packed(b"<html>" * 99, "text/html", cut=4),
        ],
    )
    async def test_what_makes_no_sense_is_malformed_and_the_next_try_works(
        self, visitor: Visitor, store: AssetStore, fault: Fault
    ) -> None:
        store.next("page", fault)
        listings = visitor.process()
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Malformed)
        assert answer.reason
        assert len(store.paths("page")) == 1
        assert isinstance(await listings.look_up(CRATES.id), Found)

    async def test_a_chain_of_redirects_ends(self, listings: AssetStoreListings, store: AssetStore) -> None:
        store.next("page", *(leading(f"/packages/{number}/crates-90001") for number in range(9)))
        assert isinstance(await listings.look_up(CRATES.id), Malformed)
        assert len(store.paths("page")) == 4

    async def test_an_old_scheme_in_a_redirect_is_not_followed_but_understood(
        self, listings: AssetStoreListings, store: AssetStore
    ) -> None:
        store.next("page", leading(f"ftp://{store.host}{CRATES.path}?aid=tracked#x"))
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        assert answer.listing.url == store.url + CRATES.path

    async def test_a_packed_page_is_read(self, listings: AssetStoreListings, store: AssetStore) -> None:
        store.next("page", packed(page_of(CRATES, store.host).encode(), "text/html; charset=utf-8"))
        assert isinstance(await listings.look_up(CRATES.id), Found)


class TestBrokenNetwork:
    @pytest.mark.parametrize("fault", [refusing(500), refusing(502), refusing(503), dropping()])
    @pytest.mark.parametrize("where", ["page", "robots"])
    async def test_a_fault_of_theirs_is_an_error_to_try_again(
        self, visitor: Visitor, store: AssetStore, fault: Fault, where: str
    ) -> None:
        store.next("robots" if where == "robots" else "page", fault)
        listings = visitor.process()
        with pytest.raises(ServiceUnavailable):
            await listings.look_up(CRATES.id)
        assert isinstance(await listings.look_up(CRATES.id), Found)
        assert 4.0 in visitor.pauses  # also after a failure the next request waits

    async def test_a_page_that_never_ends_is_not_waited_for(self, visitor: Visitor, store: AssetStore) -> None:
        store.next("page", stalling())
        listings = visitor.process(Manners(seconds=0.3))
        with pytest.raises(ServiceUnavailable, match="took longer"):
            await listings.look_up(CRATES.id)
        assert isinstance(await listings.look_up(CRATES.id), Found)


class TestPictures:
    @pytest.mark.parametrize(
        "fault",
        [
            flood(50),
            announcing(50 << 20),
            bomb(50),
            saying("<html>", content_type="text/html"),
            saying("<html>", content_type="image/png"),
            saying("<svg xmlns='x'><script/></svg>", content_type="image/svg+xml"),
            saying(png(8, 8), content_type="text/html"),
            saying(b"", content_type="image/png"),
            saying(png(8, 8), content_type="image/png", Content_Encoding="zstd"),
            packed(png(8, 8), cut=6),
            leading("/key-image/other.png"),
            leading("https://169.254.169.254/"),
            refusing(403),
            refusing(404),
        ],
    )
    async def test_what_is_no_picture_is_none_and_the_next_try_works(
        self, listings: AssetStoreListings, store: AssetStore, fault: Fault
    ) -> None:
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        store.next("picture", fault)
        assert await listings.picture(answer.listing) is None
        assert len(store.paths("picture")) == 1
        assert await listings.picture(answer.listing) == png(64, 48)

    async def test_a_packed_picture_is_unpacked(self, listings: AssetStoreListings, store: AssetStore) -> None:
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        store.next("picture", packed(png(8, 8)))
        assert await listings.picture(answer.listing) == png(8, 8)

    @pytest.mark.parametrize("fault", [refusing(500), refusing(503), dropping(), stalling("image/png")])
    async def test_a_fault_of_theirs_is_an_error_to_try_again(
        self, visitor: Visitor, store: AssetStore, fault: Fault
    ) -> None:
        listings = visitor.process(Manners(seconds=0.3))
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        store.next("picture", fault)
        with pytest.raises(ServiceUnavailable):
            await listings.picture(answer.listing)
        assert await listings.picture(answer.listing)

    @pytest.mark.parametrize("fault", [refusing(429), refusing(503, "60"), accepting()])
    async def test_a_wall_keeps_us_from_pictures_for_a_while(
        self, visitor: Visitor, store: AssetStore, fault: Fault
    ) -> None:
        listings = visitor.process()
        answer = await listings.look_up(CRATES.id)
        assert isinstance(answer, Found)
        store.next("picture", fault)
        for _ in range(2):
            with pytest.raises(ServiceUnavailable, match="out of reach"):
                await listings.picture(answer.listing)
        assert len(store.paths("picture")) == 1
        visitor.clock.advance(QUARTER)
        assert await listings.picture(answer.listing)

    async def test_the_old_host_is_the_new_one(self, listings: AssetStoreListings) -> None:
        old = "https://d2ujflorbtfzji.cloudfront.net/key-image/1.jpg"
        moved = "https://assetstorev1-prd-cdn.unity3d.com/key-image/1.jpg"
        place = StorePlace(contact="ops@studio.example")
        assert picture_address(old, place) == picture_address(moved, place) == moved
        assert picture_address(moved.replace("https", "http"), place) == moved
        assert picture_address(LISTED.url, place) is None


def test_a_wait_may_be_said_as_a_date_that_names_no_zone() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert asked_wait("Thu, 01 Jan 2026 01:00:00 -0000", now) == timedelta(hours=1)
    assert asked_wait("Wed, 31 Dec 2025 01:00:00 GMT", now) == timedelta(0)
    assert asked_wait(CHALLENGE.decode(), now) is None
