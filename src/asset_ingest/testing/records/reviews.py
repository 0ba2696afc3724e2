from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.anchors import Anchor, EntryPlace, FrameRange, Region
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.ids import CommentId, MemberId
from asset_ingest.core.model.reviews import ApprovalPolicy, Comment, Verdict
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.review_repos import CommentCount, CommentQuery
from asset_ingest.testing.records.base import ANY_ORDER, AddStudio, InStudios, settled
from asset_ingest.testing.records.samples import FAR_AHEAD, LONG_AGO, Samples, keep_asset, new_id

ANCHORS = (
    Anchor(frames=FrameRange(0, 2**31 - 1, 30000, 1001)),
    Anchor(region=Region(0.1, 1 / 3, 0.9, 2 / 3)),
    Anchor(frames=FrameRange(7, 7, 25, 1), region=Region(0, 0, 0.5, 0.5)),
    Anchor(entry=EntryPlace("0123456789abcdef" * 2)),
)


async def asset_of(records: Records, of: Samples) -> Asset:
    async with records.transaction(of.id) as tx:
        return (await keep_asset(tx, of))[0]


class CommentsContract(InStudios):
    @pytest.mark.parametrize("anchor", [None, *ANCHORS])
    async def test_a_comment_comes_back_as_it_was_added(
        self, records: Records, ours: Samples, anchor: Anchor | None
    ) -> None:
        asset, member = await asset_of(records, ours), ours.member.id
        comment = ours.comment(asset, text="<b>✗\n\t", anchor=anchor, mentions=(member, MemberId(new_id())))
        moved = replace(comment, revision=2, edited_at=FAR_AHEAD, edited_by=member, resolved_at=FAR_AHEAD)
        async with records.transaction(ours.id) as tx:
            await tx.comments.add(comment)
            assert await tx.comments.get(comment.id) == comment
            await tx.comments.save(moved)
        async with records.transaction(ours.id) as tx:
            assert await tx.comments.get(comment.id) == moved
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.comments.save(moved)

    async def test_an_id_is_taken_once(self, records: Records, ours: Samples) -> None:
        asset = await asset_of(records, ours)
        comment = ours.comment(asset)

        async def add() -> bool:
            try:
                async with records.transaction(ours.id) as tx:
                    await tx.comments.add(comment)
            except Conflict:
                return False
            return True

        assert (await asyncio.gather(*(add() for _ in range(6)))).count(True) == 1

    async def test_what_is_missing_or_anothers_is_not_found(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        asset = await asset_of(records, theirs)
        comment = theirs.comment(asset)
        async with records.transaction(theirs.id) as tx:
            await tx.comments.add(comment)
        async with records.transaction(ours.id) as tx:
            for reading in (
                tx.comments.get(comment.id),
                tx.comments.get(CommentId(new_id())),
                tx.comments.delete(comment.id),
            ):
                with pytest.raises(NotFound):
                    await reading
            assert await tx.comments.page(CommentQuery(asset.id, 9)) == []
            assert await tx.comments.counts(asset.id) == {}
            assert await tx.comments.replies(comment.id) == 0
            assert await tx.people.names([theirs.member.id, ours.member.id]) == {ours.member.id: "Ada"}
            assert await tx.people.present([theirs.member.id, ours.member.id]) == {ours.member.id: ours.member}
        async with records.transaction(ours.id) as tx:
            again = ours.comment((await keep_asset(tx, ours))[0], id=comment.id, thread_id=comment.id)
            await tx.comments.add(again)  # whose id another studio has taken says nothing

    async def test_one_that_was_replied_to_cannot_be_removed(self, records: Records, ours: Samples) -> None:
        asset = await asset_of(records, ours)
        thread = ours.comment(asset)
        reply = ours.comment(asset, thread)
        async with records.transaction(ours.id) as tx:
            await tx.comments.add(thread)
            await tx.comments.add(reply)
            assert await tx.comments.replies(thread.id) == 1
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.comments.delete(thread.id)
        async with records.transaction(ours.id) as tx:
            await tx.comments.delete(reply.id)
            await tx.comments.delete(thread.id)
            assert await tx.comments.page(CommentQuery(asset.id, 9)) == []

    async def test_comments_are_counted_by_version(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            asset, version = await keep_asset(tx, ours)
            thread = ours.comment(asset, deleted_at=LONG_AGO)
            for each in (thread, ours.comment(asset, thread), ours.comment(asset, resolved_at=LONG_AGO)):
                await tx.comments.add(each)
            assert await tx.comments.counts(asset.id) == {version.number: CommentCount(2, 1)}

    async def test_an_entry_is_known_by_its_guid(self, records: Records, ours: Samples, theirs: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            _asset, version = await keep_asset(tx, ours)
            entry = ours.entry(version, 7)
            await tx.derived.put_entries([entry])
            assert await tx.derived.has_entry(version.id, entry.guid)
            assert not await tx.derived.has_entry(version.id, "f" * 32)
        async with records.transaction(theirs.id) as tx:
            assert not await tx.derived.has_entry(version.id, entry.guid)

    @ANY_ORDER
    @given(
        said=st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=14),
        limit=st.integers(1, 5),
        unresolved=st.booleans(),
    )
    async def test_pages_hold_each_thread_from_its_beginning_the_newest_first(
        self, records: Records, add_studio: AddStudio, said: list[tuple[int, bool]], limit: int, *, unresolved: bool
    ) -> None:
        ours = await settled(add_studio)
        asset, threads = await asset_of(records, ours), dict[int, list[Comment]]()
        async with records.transaction(ours.id) as tx:
            for thread, resolved in said:
                begun = threads.setdefault(thread, [])
                end = {"resolved_at": LONG_AGO} if resolved and not begun else {}
                begun.append(ours.comment(asset, begun[0] if begun else None, **end))
                await tx.comments.add(begun[-1])
        kept = [each for each in threads.values() if not (unresolved and each[0].resolved_at)]
        wanted = [comment for thread in reversed(kept) for comment in thread]
        for version, found in ((None, wanted), (1, wanted), (2, [])):
            query = CommentQuery(asset.id, limit, None, version, unresolved)
            assert await _all_pages(records, ours, query) == found


class ApprovalsContract(InStudios):
    async def test_a_verdict_comes_back_as_it_was_given(self, records: Records, ours: Samples) -> None:
        asset = await asset_of(records, ours)
        approval = ours.approval(asset, verdict=Verdict.CHANGES_REQUESTED, note="the seam ✗")
        async with records.transaction(ours.id) as tx:
            await tx.approvals.add(approval)
        async with records.transaction(ours.id) as tx:
            assert await tx.approvals.of(asset.id, 1, ours.member.id) == approval
            assert await tx.approvals.standing(asset.id) == [approval]
            assert await tx.approvals.of(asset.id, 2, ours.member.id) is None
            assert await tx.approvals.of(asset.id, 1, MemberId(new_id())) is None

    async def test_of_one_persons_verdicts_one_stands(self, records: Records, ours: Samples) -> None:
        asset = await asset_of(records, ours)

        async def give() -> bool:
            try:
                async with records.transaction(ours.id) as tx:
                    await tx.approvals.add(ours.approval(asset))
            except Conflict:
                return False
            return True

        assert (await asyncio.gather(*(give() for _ in range(6)))).count(True) == 1

    async def test_a_verdict_ends_once_and_makes_room_for_the_next(self, records: Records, ours: Samples) -> None:
        asset = await asset_of(records, ours)
        first, second = ours.approval(asset), ours.approval(asset)
        ended = replace(first, replaced_at=FAR_AHEAD)
        async with records.transaction(ours.id) as tx:
            await tx.approvals.add(first)
            await tx.approvals.end(ended)
            await tx.approvals.add(second)
            assert await tx.approvals.of(asset.id, 1, ours.member.id) == second
            assert await tx.approvals.standing(asset.id) == [second]
            assert await tx.approvals.page(asset.id, 1, 9, None) == [second, ended]
            assert await tx.approvals.page(asset.id, 1, 9, second.id) == [ended]
            assert await tx.approvals.page(asset.id, 1, 1, None) == [second]
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.approvals.end(ended)

    async def test_other_studios_see_none(self, records: Records, ours: Samples, theirs: Samples) -> None:
        asset = await asset_of(records, theirs)
        async with records.transaction(theirs.id) as tx:
            await tx.approvals.add(theirs.approval(asset))
        async with records.transaction(ours.id) as tx:
            assert await tx.approvals.standing(asset.id) == []
            assert await tx.approvals.page(asset.id, 1, 9, None) == []
            assert await tx.approvals.of(asset.id, 1, theirs.member.id) is None

    async def test_a_policy_is_set_over_the_revision_it_was_read_in(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        first = ApprovalPolicy(
            studio_id=ours.id,
            approvers=(Role.DIRECTOR, Role.PRODUCER),
            needs={"DIRECTOR": 1, "any": 2},
            not_own=False,
            revision=1,
            updated_at=LONG_AGO,
            updated_by=ours.member.id,
        )
        async with records.transaction(ours.id) as tx:
            assert await tx.approvals.policy() is None
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.approvals.set_policy(replace(first, revision=2))
        async with records.transaction(ours.id) as tx:
            await tx.approvals.set_policy(first)
            assert await tx.approvals.policy() == first
        for again in (first, replace(first, revision=3)):
            with pytest.raises(Conflict):
                async with records.transaction(ours.id) as tx:
                    await tx.approvals.set_policy(again)
        async with records.transaction(ours.id) as tx:
            await tx.approvals.set_policy(replace(first, revision=2))
        async with records.transaction(theirs.id) as tx:
            assert await tx.approvals.policy() is None


async def _all_pages(records: Records, of: Samples, query: CommentQuery) -> list[Comment]:
    seen: list[Comment] = []
    async with records.transaction(of.id) as tx:
        while page := await tx.comments.page(query):
            seen += page
            query = replace(query, after=(page[-1].thread_id, page[-1].id))
    return seen
