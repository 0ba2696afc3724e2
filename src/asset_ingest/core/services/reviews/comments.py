"""Remarks on versions: made, answered, changed, resolved. Text is text, whatever it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from asset_ingest.core.errors import ChangedMeanwhile, NotPossibleNow
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Principal, require
from asset_ingest.core.model.events import (
    CommentCreated,
    CommentDeleted,
    CommentEdited,
    CommentReopened,
    CommentResolved,
    CommentTold,
)
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId
from asset_ingest.core.model.notifications import Reason
from asset_ingest.core.model.reviews import Comment
from asset_ingest.core.model.revisions import Read, is_read
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.core.ports.review_repos import CommentQuery
from asset_ingest.core.services.jobs import Page, page_of
from asset_ingest.core.services.reviews.accepting import (
    NewComment,
    check_anchor,
    check_id,
    mentioned_in,
    number_of,
    some,
    thread_of,
)
from asset_ingest.core.services.reviews.telling import Discussed, Telling, discuss, locked
from asset_ingest.core.services.reviews.views import CommentView, comment_views


@dataclass(frozen=True, slots=True)
class Comments:
    """Reads and changes what is said of versions."""

    journeys: Journeys

    async def page(self, who: Principal, query: CommentQuery) -> Page[CommentView]:
        """Return the threads of an asset, the newest first, each from its beginning on."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            await tx.assets.get(query.asset_id)
            found = await tx.comments.page(replace(query, limit=query.limit + 1))
            views = await comment_views(tx, who, found[: query.limit])
        return page_of(views, more=len(found) > query.limit, cursor=lambda each: f"{each.thread_id}.{each.id}")

    async def get(self, who: Principal, comment_id: CommentId) -> CommentView:
        """Return one comment."""
        require(who, Action.READ)
        async with self.journeys.records.reading(who.studio_id) as tx:
            return await self._view(tx, who, await tx.comments.get(comment_id))

    async def add(self, who: Principal, asset_id: AssetId, new: NewComment) -> CommentView:
        """Say something; raises Conflict where the proposed id is taken, AssetInTrash."""
        require(who, Action.COMMENT)
        text, now = some(new.text), self.journeys.clock.now()
        comment_id = check_id(new.id, now) if new.id else CommentId(self.journeys.new_id())
        async with self.journeys.change(who.studio_id) as tx:
            asset = await locked(tx, asset_id)
            thread = await thread_of(tx, asset_id, new)
            at = Discussed(asset, await tx.versions.numbered(asset_id, number_of(new, thread)))
            await check_anchor(tx, at.version, new)
            comment = Comment(
                id=comment_id,
                studio_id=who.studio_id,
                asset_id=asset_id,
                version=at.version.number,
                thread_id=thread.id if thread else comment_id,
                text=text,
                created_by=who.member_id,
                created_at=now,
                anchor=new.anchor,
                mentions=await mentioned_in(tx, text, new.mentions),
            )
            await tx.comments.add(comment)
            await self._tell(tx, who, at, CommentCreated.of(comment))
            await Telling(self.journeys).those(tx, who, at, _concerned(comment, thread, at), comment.id)
            return await self._view(tx, who, comment)

    async def edit(
        self, who: Principal, comment_id: CommentId, text: str, mentions: Sequence[MemberId], read: Read
    ) -> CommentView:
        """Say it in other words; whoever is named for the first time hears of it. Raises ChangedMeanwhile."""
        text = some(text)
        async with self.journeys.change(who.studio_id) as tx:
            at, comment = await self._load(tx, who, comment_id)
            await self._check(tx, who, comment, read)
            named = await mentioned_in(tx, text, mentions, comment.mentions)
            edited = replace(
                comment, text=text, mentions=named, edited_at=self.journeys.clock.now(), edited_by=who.member_id
            )
            edited = await self._save(tx, who, at, edited, CommentEdited)
            fresh = dict.fromkeys((each for each in named if each not in comment.mentions), Reason.MENTION)
            await Telling(self.journeys).those(tx, who, at, fresh, comment.id)
            return await self._view(tx, who, edited)

    async def resolve(self, who: Principal, comment_id: CommentId) -> CommentView:
        """Say that a thread needs nothing more; resolving it twice is no error."""
        require(who, Action.COMMENT)
        async with self.journeys.change(who.studio_id) as tx:
            at, comment = await self._thread_of(tx, comment_id)
            if comment.resolved_at is None:
                now = self.journeys.clock.now()
                resolved = replace(comment, resolved_at=now, resolved_by=who.member_id)
                comment = await self._save(tx, who, at, resolved, CommentResolved)
            return await self._view(tx, who, comment)

    async def reopen(self, who: Principal, comment_id: CommentId) -> CommentView:
        """Say that a thread needs something after all; reopening an open one is no error."""
        require(who, Action.COMMENT)
        async with self.journeys.change(who.studio_id) as tx:
            at, comment = await self._thread_of(tx, comment_id)
            if comment.resolved_at is not None:
                reopened = replace(comment, resolved_at=None, resolved_by=None)
                comment = await self._save(tx, who, at, reopened, CommentReopened)
            return await self._view(tx, who, comment)

    async def delete(self, who: Principal, comment_id: CommentId, read: Read = None) -> None:
        """Take it back. Where somebody has replied its place stays, empty, until the last reply is deleted too."""
        async with self.journeys.change(who.studio_id) as tx:
            at, comment = await self._load(tx, who, comment_id)
            await self._check(tx, who, comment, read)
            if await tx.comments.replies(comment_id):
                gone = replace(comment, text="", mentions=(), deleted_at=self.journeys.clock.now())
                await self._save(tx, who, at, gone, CommentDeleted)
                return
            await tx.comments.delete(comment_id)
            await self._tell(tx, who, at, CommentDeleted.of(comment))
            await _forget_empty(tx, comment)

    async def _load(self, tx: Transaction, who: Principal, comment_id: CommentId) -> tuple[Discussed, Comment]:
        """Return a comment that `who` may change, under its asset's lock."""
        at, comment = await _locked(tx, comment_id)
        require(who, Action.COMMENT if comment.created_by == who.member_id else Action.MODERATE)
        return at, comment

    async def _thread_of(self, tx: Transaction, comment_id: CommentId) -> tuple[Discussed, Comment]:
        at, comment = await _locked(tx, comment_id)
        if not comment.begins_thread:
            raise NotPossibleNow("a reply is resolved with its thread, by the comment that began it")
        return at, comment

    async def _check(self, tx: Transaction, who: Principal, comment: Comment, read: Read) -> None:
        """Raise unless the comment is still there and as the client knows it."""
        if not is_read(comment.revision, read):
            raise ChangedMeanwhile(await self._view(tx, who, comment))
        if comment.deleted_at is not None:
            raise NotPossibleNow("this comment was deleted")

    async def _save(
        self, tx: Transaction, who: Principal, at: Discussed, comment: Comment, event: type[CommentTold]
    ) -> Comment:
        comment = replace(comment, revision=comment.revision + 1)
        await tx.comments.save(comment)
        await self._tell(tx, who, at, event.of(comment))
        return comment

    async def _tell(self, tx: Transaction, who: Principal, at: Discussed, event: CommentTold) -> None:
        await Telling(self.journeys).everybody(tx, who, at.asset, event)

    async def _view(self, tx: Transaction, who: Principal, comment: Comment) -> CommentView:
        return (await comment_views(tx, who, [comment]))[0]


async def _locked(tx: Transaction, comment_id: CommentId) -> tuple[Discussed, Comment]:
    """Return the comment as it stands once nobody else can change it: its asset's lock is that of its comments too."""
    found = await tx.comments.get(comment_id)
    at = await discuss(tx, found.asset_id, found.version)
    return at, await tx.comments.get(comment_id)


async def _forget_empty(tx: Transaction, reply: Comment) -> None:
    """Remove the empty place of a deleted comment once nobody's reply needs it."""
    if reply.begins_thread or await tx.comments.replies(reply.thread_id):
        return
    if (await tx.comments.get(reply.thread_id)).deleted_at is not None:
        await tx.comments.delete(reply.thread_id)


def _concerned(comment: Comment, thread: Comment | None, at: Discussed) -> dict[MemberId, Reason]:
    """Return who should hear of a new comment; a later line outweighs an earlier one."""
    reasons = {at.version.created_by: Reason.COMMENT}
    if thread is not None:
        reasons[thread.created_by] = Reason.REPLY
    return reasons | dict.fromkeys(comment.mentions, Reason.MENTION)
