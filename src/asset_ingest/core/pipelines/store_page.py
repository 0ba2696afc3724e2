"""Completing a package from its product page in the Asset Store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from asset_ingest.core.errors import DecoderFailed, ServiceUnavailable, TimedOut
from asset_ingest.core.formats.name_match import candidates
from asset_ingest.core.model.assets import AssetKind, RenditionRole
from asset_ingest.core.model.jobs import Phase
from asset_ingest.core.pipelines.pictures import keep_picture
from asset_ingest.core.pipelines.step import AssetChange, NamedPublisher, Step, StepContext, StepResult
from asset_ingest.core.pipelines.unity_facts import ASSET_STORE
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.listings import Blocked, Found, Listing, Malformed, NotListed, StoreListings
from asset_ingest.core.ports.media import Images
from asset_ingest.core.ports.object_store import ObjectStore

THUMBNAIL = 256
"""Pixels."""
NAMES_COMPARED = 200
OFFERED = 5


@dataclass(frozen=True, slots=True)
class AskStorePage(Step):
    """Completes the asset from its product page in the store, by the product id of the header record.

    A package that names no product is never linked by its name: products whose name is alike are only offered.
    """

    name: ClassVar[str] = "unity.listing"
    phase: ClassVar[Phase] = Phase.SCRAPING
    queue: ClassVar[str] = "publish"
    listings: StoreListings | None
    store: ObjectStore
    images: Images

    def skips(self, step: StepContext) -> str | None:
        del step
        return "asking the store page is turned off" if self.listings is None else None

    async def __call__(self, step: StepContext) -> StepResult:
        if self.listings is None:
            return StepResult(skipped="asking the store page is turned off")
        product_id = step.subject.asset.metadata.get("store_id")
        if not product_id:
            return await _offer(step)
        await step.renew()
        match await self.listings.look_up(str(product_id)):
            case Found(listing):
                return await self._complete(step, self.listings, listing)
            case NotListed():
                return StepResult(skipped="the store lists no such product")
            case Blocked(reason):
                return StepResult(skipped=f"the store does not answer us now: {reason}")
            case Malformed(reason):
                return StepResult(skipped=f"the store's page made no sense to us: {reason}")

    async def _complete(self, step: StepContext, listings: StoreListings, listing: Listing) -> StepResult:
        change = _told(listing)
        facts: dict[str, object] = {"outcome": "found", "url": listing.url}
        try:
            await step.renew()
            picture = await listings.picture(listing)
            if picture is None:
                return StepResult(facts=facts, change=change)
            await step.renew()
            thumbnail = await self.images.thumbnail(picture, THUMBNAIL)
        except (ServiceUnavailable, DecoderFailed, TimedOut) as error:  # the words are worth having without the picture
            return StepResult(facts={**facts, "picture": error.message}, change=change)
        made = await keep_picture(self.store, step, RenditionRole.THUMBNAIL, thumbnail)
        change.provenance["thumbnail"] = "page"
        return StepResult(facts={**facts, "pictured": True}, change=change, renditions=(made,))


def _told(listing: Listing) -> AssetChange:
    told: dict[str, object] = {
        "title": listing.title,
        "publisher": listing.publisher_name or None,
        "version": listing.version,
        "category": listing.category,
        "description": listing.description,
        "tags": list(listing.tags) or None,
        "unity_versions": list(listing.unity_versions) or None,
        "published_on": listing.published_on,
        "store_url": listing.url,
    }
    metadata = {name: value for name, value in told.items() if value is not None}
    named = listing.publisher_id and listing.publisher_name  # a page may tell one without the other
    publisher = NamedPublisher(ASSET_STORE, listing.publisher_id, listing.publisher_name, listing.publisher_url)
    return AssetChange(
        name=listing.title,
        metadata=metadata,
        provenance=dict.fromkeys(metadata, "page"),
        publisher=publisher if named else None,
    )


async def _offer(step: StepContext) -> StepResult:
    """Name the products of the studio's own catalogue that this may be."""
    asset = step.subject.asset
    longest = max(asset.name.split(), key=len, default="")
    async with step.transaction() as tx:
        alike = await tx.assets.cards(AssetQuery(limit=NAMES_COMPARED, kind=AssetKind.UNITY_PACKAGE, text=longest))
    assets = [card.asset for card in alike]
    known = [(str(each.metadata["store_id"]), each.name) for each in assets if each.metadata.get("store_id")]
    offered = candidates(asset.name, known)[:OFFERED]
    told = [{"product_id": one.product_id, "title": one.title} for one in offered]
    return StepResult(facts={"candidates": told}, skipped="the package names no product of the store")
