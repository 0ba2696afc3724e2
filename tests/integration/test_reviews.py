"""People who review at the same moment, over a database that lets them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.bootstrap import App, memory_ports, wire
from asset_ingest.core.errors import AssetInTrash, ChangedMeanwhile, NotFound
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.reviews import Verdict
from asset_ingest.core.ports.review_repos import CommentQuery
from asset_ingest.core.services.reviews import NewComment
from asset_ingest.core.services.reviews.views import CommentView
from asset_ingest.testing.records.samples import Samples, keep_asset

AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class Studio:
    """The program over PostgreSQL, an admin, and an asset with one version."""

    app: App
    who: Principal
    asset: Asset

    async def say(self, text: str = "a", **more: object) -> CommentView:
        new = NewComment(text, **({"version": 1} | more))  # type: ignore[arg-type]
        return await self.app.comments.add(self.who, self.asset.id, new)

    async def threads(self) -> list[CommentView]:
        return (await self.app.comments.page(self.who, CommentQuery(self.asset.id, 99))).items


@pytest.fixture
async def studio(database_url: str) -> AsyncIterator[Studio]:
    async with open_pool(database_url, max_size=AT_ONCE) as pool:
        records = PostgresRecords(pool)
        app = wire(replace(memory_ports(), records=records, system=records.system))
        secret = await app.access.found_local_studio()
        assert secret
        who = await app.access.by_key(secret, "test")
        samples = replace(Samples.fresh(), studio=replace(Samples.fresh().studio, id=who.studio_id))
        async with records.transaction(who.studio_id) as tx:
            asset, _version = await keep_asset(tx, samples)
        yield Studio(app, who, asset)


async def test_of_many_edits_one_wins_and_the_others_see_it(studio: Studio) -> None:
    told, edit = await studio.say(), studio.app.comments.edit
    edits = [edit(studio.who, told.id, str(n), (), frozenset({told.revision})) for n in range(AT_ONCE)]
    found = await asyncio.gather(*edits, return_exceptions=True)
    (won,) = [each for each in found if isinstance(each, CommentView)]
    lost = [each.current for each in found if isinstance(each, ChangedMeanwhile)]
    assert len(lost) == AT_ONCE - 1
    assert {each.text for each in lost if isinstance(each, CommentView)} == {won.text}


async def test_many_verdicts_of_one_person_leave_one_standing(studio: Studio) -> None:
    policies, give = studio.app.policies, studio.app.approvals.give
    usual = await policies.get(studio.who)
    await policies.set(studio.who, usual.approvers, usual.needs, None, not_own=False)
    await asyncio.gather(*(give(studio.who, studio.asset.id, 1, Verdict.APPROVED, str(n)) for n in range(AT_ONCE)))
    told = await studio.app.approvals.of_version(studio.who, studio.asset.id, 1, 99, None)
    assert (told.state, len(told.items)) == ("APPROVED", AT_ONCE)
    assert sum(each.replaced_at is None for each in told.items) == 1


async def test_of_many_first_policies_one_is_set(studio: Studio) -> None:
    policies = studio.app.policies
    setting = [
        policies.set(studio.who, [Role.ADMIN], {"any": n}, frozenset({0}), not_own=True) for n in range(1, AT_ONCE)
    ]
    found = await asyncio.gather(*setting, return_exceptions=True)
    lost = [each.current for each in found if isinstance(each, ChangedMeanwhile)]
    assert len(lost) == AT_ONCE - 2
    assert {each.needs["any"] for each in lost} == {(await policies.get(studio.who)).needs["any"]}


async def test_a_reply_is_never_left_without_its_thread(studio: Studio) -> None:
    for _ in range(5):
        thread = await studio.say()
        reply = studio.say("b", version=None, reply_to=thread.id)
        replied, deleted = await asyncio.gather(
            reply, studio.app.comments.delete(studio.who, thread.id), return_exceptions=True
        )
        assert deleted is None
        left = [each for each in await studio.threads() if each.thread_id == thread.id]
        if isinstance(replied, NotFound):
            assert left == []
        else:
            assert isinstance(replied, CommentView), replied
            assert [each.text for each in left] == ["", "b"]


async def test_the_last_two_replies_take_the_empty_place_with_them(studio: Studio) -> None:
    thread = await studio.say()
    replies = [await studio.say("b", version=None, reply_to=thread.id) for _ in range(2)]
    delete = studio.app.comments.delete
    await delete(studio.who, thread.id)
    await asyncio.gather(*(delete(studio.who, each.id) for each in replies))
    assert await studio.threads() == []


async def test_purging_an_asset_takes_along_all_that_was_said_of_it(studio: Studio, database_url: str) -> None:
    thread = await studio.say()
    await studio.say("b", version=None, reply_to=thread.id)
    async with open_pool(database_url, max_size=1) as pool:
        await pool.execute("DELETE FROM asset WHERE id = $1", studio.asset.id)
    with pytest.raises(NotFound):
        await studio.threads()
    told = await studio.app.notifications.page(studio.who, 9, None, unread=False)
    assert told.items == []


async def test_in_the_trash_nothing_more_is_said(studio: Studio) -> None:
    thread, comments = await studio.say(), studio.app.comments
    await studio.app.asset_edits.trash(studio.who, studio.asset.id)
    for saying in (
        studio.say("b"),
        comments.edit(studio.who, thread.id, "b", (), None),
        comments.resolve(studio.who, thread.id),
        comments.delete(studio.who, thread.id),
        studio.app.approvals.withdraw(studio.who, studio.asset.id, 1),
    ):
        with pytest.raises(AssetInTrash):
            await saying
    assert await studio.threads() == [thread]
