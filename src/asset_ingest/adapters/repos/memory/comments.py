"""Remarks on versions, and the people who make them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from asset_ingest.adapters.repos.memory.tables import StudioTables, refuse_if
from asset_ingest.core.model.access import Member, MemberStatus
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import Comment
from asset_ingest.core.ports.review_repos import CommentCount, CommentQuery, CommentRepo, PeopleRepo


class MemoryComments(CommentRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows
        self._comments = rows.tables.comments

    async def add(self, comment: Comment) -> None:
        self._rows.add(self._comments, comment)

    async def get(self, comment_id: CommentId) -> Comment:
        return self._rows.get(self._comments, comment_id, "comment")

    async def save(self, comment: Comment) -> None:
        self._rows.save(self._comments, comment, believed=lambda stored: stored.revision == comment.revision - 1)

    async def delete(self, comment_id: CommentId) -> None:
        await self.get(comment_id)
        refuse_if(await self.replies(comment_id) > 0)
        notifications = self._rows.tables.notifications
        for told in [row for row in notifications.values() if row.comment_id == comment_id]:
            del notifications[told.id]
        del self._comments[comment_id]

    async def replies(self, comment_id: CommentId) -> int:
        mine = self._rows.mine(self._comments.values())
        return sum(1 for each in mine if each.thread_id == comment_id != each.id)

    async def page(self, query: CommentQuery) -> list[Comment]:
        roots = {each.id for each in self._of(query.asset_id) if each.begins_thread and _matches(each, query)}
        found = [each for each in self._of(query.asset_id) if each.thread_id in roots]
        in_order = sorted(found, key=_place)
        after = query.after and (-query.after[0].int, query.after[1])
        return [each for each in in_order if after is None or _place(each) > after][: query.limit]

    async def counts(self, asset_id: AssetId) -> dict[int, CommentCount]:
        by_version: defaultdict[int, list[Comment]] = defaultdict(list)
        for each in self._of(asset_id):
            by_version[each.version].append(each)
        return {version: _count(found) for version, found in sorted(by_version.items())}

    def _of(self, asset_id: AssetId) -> list[Comment]:
        return [each for each in self._rows.mine(self._comments.values()) if each.asset_id == asset_id]


class MemoryPeople(PeopleRepo):
    def __init__(self, rows: StudioTables) -> None:
        self._rows = rows

    async def names(self, member_ids: Sequence[MemberId]) -> dict[MemberId, str]:
        return {each.id: each.name for each in self._known(member_ids)}

    async def present(self, member_ids: Sequence[MemberId]) -> dict[MemberId, Member]:
        return {each.id: each for each in self._known(member_ids) if each.status is MemberStatus.ACTIVE}

    def _known(self, member_ids: Sequence[MemberId]) -> list[Member]:
        return [each for each in self._rows.mine(self._rows.tables.members.values()) if each.id in member_ids]


def _matches(root: Comment, query: CommentQuery) -> bool:
    return query.version in {None, root.version} and not (query.unresolved and root.resolved_at)


def _place(comment: Comment) -> tuple[int, CommentId]:
    return -comment.thread_id.int, comment.id


def _count(comments: list[Comment]) -> CommentCount:
    return CommentCount(
        comments=sum(1 for each in comments if each.deleted_at is None),
        unresolved=sum(1 for each in comments if each.begins_thread and each.resolved_at is None),
    )
