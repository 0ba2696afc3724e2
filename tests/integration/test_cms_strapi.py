"""A real Strapi 5 holds what we publish: one entry for each key, with the right links, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

import anyio
import pytest
from tests.integration.strapi_fixture import INGEST, StrapiServer
from tests.integration.strapi_shelf import StrapiShelf, picture, publish_past_the_check, unpublish

from asset_ingest.adapters.cms.strapi.cms import StrapiCMS, strapi_cms
from asset_ingest.adapters.cms.strapi.errors import SeveralEntries
from asset_ingest.adapters.cms.strapi.mapping_file import parse_mapping
from asset_ingest.adapters.locks.memory import MemoryLocks
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.ports.cms import Difference
from asset_ingest.testing.cms import ENTRY, PUBLISHER, CMSContract, ReportsDriftContract

RED, BLUE = picture("red"), picture("blue")


def connecting(server: StrapiServer, **how: Any) -> AbstractAsyncContextManager[StrapiCMS]:
    how = {"locks": MemoryLocks(), "observer": MemoryObserver(), **how}
    return strapi_cms(server.url, INGEST, **how)


@pytest.fixture
def observer() -> MemoryObserver:
    return MemoryObserver()


@pytest.fixture
async def cms(strapi: StrapiServer, observer: MemoryObserver) -> AsyncIterator[StrapiCMS]:
    async with connecting(strapi, observer=observer) as cms:
        yield cms


@pytest.fixture
async def drafts(strapi: StrapiServer) -> AsyncIterator[StrapiCMS]:
    async with connecting(strapi, view="draft") as cms:
        yield cms


@pytest.fixture
async def shelf(strapi: StrapiServer) -> AsyncIterator[StrapiShelf]:
    async with strapi.editing() as client:
        yield StrapiShelf(client)


@pytest.fixture
async def editor(shelf: StrapiShelf) -> StrapiShelf:
    return shelf


class TestStrapiCMS(CMSContract, ReportsDriftContract):
    """Strapi keeps the contracts."""


class TestStrapiDrafts(CMSContract, ReportsDriftContract):
    """And so it does where everything waits as a draft."""

    @pytest.fixture
    def cms(self, drafts: StrapiCMS) -> StrapiCMS:
        return drafts

    @pytest.fixture
    def shelf(self, shelf: StrapiShelf) -> StrapiShelf:
        return shelf.of("draft")


# --- one entry for each key -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("without_unique_keys")
async def test_eight_processes_with_one_key_make_one_entry(strapi: StrapiServer, shelf: StrapiShelf) -> None:
    locks = MemoryLocks()

    async def publish() -> None:
        async with connecting(strapi, locks=locks) as cms:
            await cms.publish(ENTRY)

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(publish)
    assert len(await shelf.assets()) == 1
    assert await shelf.publishers() == ["Kenney"]


async def test_the_database_stops_those_who_do_not_share_our_locks(strapi: StrapiServer, shelf: StrapiShelf) -> None:
    idents = set()

    async def publish() -> None:
        async with connecting(strapi, locks=MemoryLocks()) as cms:
            idents.add(await cms.publish(ENTRY))

    async with anyio.create_task_group() as group:
        for _ in range(8):
            group.start_soon(publish)
    assert set(await shelf.assets()) == idents
    assert len(idents) == 1
    assert await shelf.publishers() == ["Kenney"]


async def test_nothing_is_written_where_nothing_has_changed(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    entry = replace(ENTRY, thumbnail=RED, metadata={"inflated_size": 123_456_789_012, "tags": ["a"], "x": [1.0, None]})
    ident = await cms.publish(entry)
    before = await shelf.read(ident)
    await cms.publish(entry)
    assert await shelf.read(ident) == before


async def test_what_was_only_a_draft_is_found_and_published(
    drafts: StrapiCMS, cms: StrapiCMS, shelf: StrapiShelf
) -> None:
    ident = await drafts.publish(ENTRY)
    assert await shelf.assets() == {}
    assert await cms.publish(ENTRY) == ident
    assert list(await shelf.assets()) == [ident]
    assert list(await shelf.of("draft").assets()) == [ident]


async def test_a_draft_that_lost_its_key_is_found_by_what_is_published(
    cms: StrapiCMS, drafts: StrapiCMS, shelf: StrapiShelf
) -> None:
    ident = await cms.publish(ENTRY)
    await shelf.of("draft").change(ident, ingestKey="mine now")
    assert await drafts.publish(ENTRY) == ident


@pytest.mark.usefixtures("without_unique_keys")
async def test_of_several_entries_with_our_key_the_oldest_is_kept_and_the_rest_reported(
    cms: StrapiCMS, shelf: StrapiShelf, strapi: StrapiServer, observer: MemoryObserver
) -> None:
    ident = await cms.publish(ENTRY)
    other = await shelf.of("draft").create(ingestKey=ENTRY.key, title="Copy", slug="copy", kind="x")
    await unpublish(strapi, ident)
    assert await cms.publish(replace(ENTRY, name="Space Kit 2")) == ident
    assert set(await shelf.of("draft").assets()) == {ident, other}
    assert [each.what for each in observer.heard] == ["strapi.several_entries"]


@pytest.mark.usefixtures("without_unique_keys")
async def test_where_strapi_refuses_to_choose_between_several_a_person_has_to(
    cms: StrapiCMS, shelf: StrapiShelf, strapi: StrapiServer
) -> None:
    ident = await cms.publish(ENTRY)
    other = await shelf.of("draft").create(ingestKey=ENTRY.key, title="Copy", slug="copy", kind="x")
    await publish_past_the_check(strapi, other)
    with pytest.raises(SeveralEntries, match=f"several entries for one key of ours: {ident}, {other}") as refused:
        await cms.publish(replace(ENTRY, name="Space Kit 2"))
    assert "except the oldest" in refused.value.remedy
    await shelf.delete(other)
    assert await cms.publish(replace(ENTRY, name="Space Kit 2")) == ident


# --- links ------------------------------------------------------------------------------------------------------


async def test_a_publisher_with_a_new_name_keeps_its_assets(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    first = await cms.publish(ENTRY)
    second = await cms.publish(replace(ENTRY, key="asset-2", publisher=replace(PUBLISHER, name="Kenney NL")))
    assert {ident: each.publisher for ident, each in (await shelf.assets()).items()} == {
        first: "Kenney NL",
        second: "Kenney NL",
    }


async def test_a_publisher_deleted_over_there_comes_back(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(ENTRY)
    await shelf.delete_publishers()
    assert await cms.differences(ENTRY, ident) == [Difference("publisher", "publisher-1", None)]
    await cms.publish(ENTRY)
    assert (await shelf.assets())[ident].publisher == "Kenney"


async def test_a_thumbnail_is_uploaded_once_and_replaced_when_it_changes(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(replace(ENTRY, thumbnail=RED))
    await cms.publish(replace(ENTRY, thumbnail=RED, name="Space Kit 2"))
    (red,) = await shelf.files()
    assert (await shelf.read(ident))["thumbnail"]["name"] == red
    await cms.publish(replace(ENTRY, thumbnail=BLUE))
    (blue,) = set(await shelf.files()) - {red}
    assert (await shelf.read(ident))["thumbnail"]["name"] == blue
    await cms.publish(replace(ENTRY, thumbnail=RED))
    assert set(await shelf.files()) == {red, blue}
    assert (await shelf.read(ident))["thumbnail"]["name"] == red


async def test_an_asset_can_lose_its_thumbnail(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(replace(ENTRY, thumbnail=RED))
    await cms.publish(ENTRY)
    assert (await shelf.read(ident))["thumbnail"] is None


async def test_every_fact_has_its_field(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    facts = {"version": "2.0", "description": "# Kit", "category": "3D", "tags": ["a", "b"], "store_id": "123"}
    facts |= {"store_url": "https://store.example/1", "unity_version": "2022.3", "entry_count": 3}
    metadata = {**facts, "inflated_size": 123_456_789_012, "else": {"deep": [1, 2.5, "x"]}}
    held = await shelf.read(await cms.publish(replace(ENTRY, metadata=metadata, thumbnail=RED)))
    told = {"version": "2.0", "description": "# Kit", "category": "3D", "tags": ["a", "b"], "storeId": "123"}
    told |= {"storeUrl": "https://store.example/1", "unityVersion": "2022.3", "entryCount": 3}
    told |= {"inflatedSize": "123456789012", "metadata": metadata, "kind": "unity_package", "title": "Space Kit"}
    assert {name: held[name] for name in told} == told
    assert held["slug"].startswith("space-kit-")
    assert held["publisher"]["url"] == "https://kenney.example/"


async def test_a_fact_that_is_gone_is_taken_back(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(ENTRY)
    await cms.publish(replace(ENTRY, metadata={}))
    assert (await shelf.read(ident))["version"] is None


async def test_very_long_texts_are_taken(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    long = "x" * 5000
    entry = replace(ENTRY, name=long, metadata=dict.fromkeys(("version", "category", "store_url", "description"), long))
    ident = await cms.publish(replace(entry, publisher=replace(PUBLISHER, name=long, url=long)))
    assert (await shelf.read(ident))["title"] == long


# --- drift ------------------------------------------------------------------------------------------------------


async def test_drift_names_every_field_that_differs_and_no_other(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    entry = replace(ENTRY, thumbnail=RED, metadata={"inflated_size": 9_007_199_254_740_993, "tags": ["a"], "b": 1})
    ident = await cms.publish(entry)
    assert await cms.differences(entry, ident) == []
    await shelf.change(ident, kind="changed", tags=["b"], thumbnail=None, publisher=None)
    found = {each.field: (each.ours, each.theirs) for each in await cms.differences(entry, ident) or ()}
    (name,) = await shelf.files()
    assert found == {
        "kind": ("unity_package", "changed"),
        "tags": (["a"], ["b"]),
        "publisher": ("publisher-1", None),
        "thumbnail": (name, None),
    }


async def test_drift_tells_a_publisher_that_was_renamed_over_there(cms: StrapiCMS, shelf: StrapiShelf) -> None:
    ident = await cms.publish(ENTRY)
    await shelf.rename_publishers("Somebody")
    assert await cms.differences(ENTRY, ident) == [Difference("publisher.name", "Kenney", "Somebody")]


async def test_an_unpublished_entry_has_drifted_and_is_not_gone(cms: StrapiCMS, strapi: StrapiServer) -> None:
    ident = await cms.publish(ENTRY)
    await unpublish(strapi, ident)
    assert await cms.differences(ENTRY, ident) == [Difference("status", "published", "draft")]
    assert await cms.publish(ENTRY) == ident
    assert await cms.differences(ENTRY, ident) == []


async def test_what_editors_write_into_fields_of_their_own_is_theirs(strapi: StrapiServer, shelf: StrapiShelf) -> None:
    mapping = parse_mapping("[asset.facts]\ndescription = false", "mapping.toml")
    async with connecting(strapi, mapping=mapping) as cms:
        ident = await cms.publish(ENTRY)
        await shelf.change(ident, description="By hand")
        assert await cms.differences(ENTRY, ident) == []
        await cms.publish(replace(ENTRY, name="Space Kit 2"))
    assert (await shelf.read(ident))["description"] == "By hand"


# --- content types of somebody else -----------------------------------------------------------------------------

OTHERS = """
[publisher]
collection = "makers"
key = "code"
name = "label"
slug = false
url = false

[asset]
collection = "products"
key = "code"
title = "heading"
slug = false
kind = false
metadata = "more"
publisher = "by"
thumbnail = false

[asset.facts]
version = false
description = false
category = false
tags = false
store_id = false
store_url = false
unity_version = false
entry_count = false
inflated_size = "size"
published_on = "released"
"""


async def test_other_content_types_are_served_by_a_mapping(strapi: StrapiServer) -> None:
    entry = replace(ENTRY, thumbnail=RED, metadata={"inflated_size": 5_000_000_000, "published_on": "2024-05-06"})
    async with connecting(strapi, mapping=parse_mapping(OTHERS, "mapping.toml")) as cms, strapi.editing() as client:
        ident = await cms.publish(entry)
        assert await cms.publish(entry) == ident
        assert await cms.differences(entry, ident) == []
        (product,) = (await client.get("products", params={"populate": "by"})).json()["data"]
        assert (product["heading"], product["size"], product["by"]["label"]) == ("Space Kit", "5000000000", "Kenney")
        assert product["released"] == "2024-05-06T00:00:00.000Z"
        findings = await cms.examine()
        assert [finding.text for finding in findings if finding.remedy] == []
