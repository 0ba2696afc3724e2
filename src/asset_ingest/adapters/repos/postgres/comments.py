"""Remarks on versions, and the people who make them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from asset_ingest.adapters.repos.postgres.access import MEMBERS
from asset_ingest.adapters.repos.postgres.rows import Table
from asset_ingest.adapters.repos.postgres.studio import StudioSql
from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.access import Member
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import Comment
from asset_ingest.core.ports.review_repos import CommentCount, CommentQuery, CommentRepo, PeopleRepo

COMMENTS: Final = Table("comment", Comment)
FIRST: Final = (UUID(int=2**128 - 1), UUID(int=2**128 - 1))  # before all: threads come newest first

ADD = COMMENTS.insert()
GET = COMMENTS.select("WHERE studio_id = $1 AND id = $2")
SAVE = COMMENTS.update("revision = {revision} - 1")
DELETE = """
DELETE FROM comment WHERE studio_id = $1 AND id = $2 AND NOT EXISTS (
    SELECT FROM comment AS reply WHERE reply.studio_id = $1 AND reply.thread_id = $2 AND reply.id <> $2)"""
REPLIES = "SELECT count(*) FROM comment WHERE studio_id = $1 AND thread_id = $2 AND id <> $2"
COUNTS = """
SELECT version, count(*) FILTER (WHERE deleted_at IS NULL) AS comments,
    count(*) FILTER (WHERE id = thread_id AND resolved_at IS NULL) AS unresolved
FROM comment WHERE studio_id = $1 AND asset_id = $2 GROUP BY version ORDER BY version"""


def _page(which: str) -> str:
    """Read the threads one by one, the newest first, and of each what was said, until there is enough."""
    return f"""
SELECT {", ".join(f"said.{column}" for column in COMMENTS.columns)}
FROM comment AS begun CROSS JOIN LATERAL (
    SELECT * FROM comment AS said
    WHERE said.studio_id = $1 AND said.thread_id = begun.id AND (begun.id < $3 OR said.id > $4)
    ORDER BY said.id LIMIT $5
) AS said
WHERE begun.studio_id = $1 AND begun.asset_id = $2 AND begun.id = begun.thread_id AND begun.id <= $3 {which}
ORDER BY begun.id DESC, said.id LIMIT $5"""  # noqa: S608  names of ours


PAGE = _page("")
PAGE_UNRESOLVED = _page("AND begun.resolved_at IS NULL")
PAGE_OF_VERSION = _page("AND begun.version = $6")
PAGE_OF_VERSION_UNRESOLVED = _page("AND begun.version = $6 AND begun.resolved_at IS NULL")
NAMES = "SELECT id, name FROM member WHERE studio_id = $1 AND id = ANY($2::uuid[])"
PRESENT = MEMBERS.select("WHERE studio_id = $1 AND id = ANY($2::uuid[]) AND status = 'ACTIVE'")


class PostgresComments(CommentRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def add(self, comment: Comment) -> None:
        await self._sql.write(ADD, comment)

    async def get(self, comment_id: CommentId) -> Comment:
        return await self._sql.get(COMMENTS, GET, "comment", comment_id)

    async def save(self, comment: Comment) -> None:
        await self._sql.save(SAVE, comment)

    async def delete(self, comment_id: CommentId) -> None:
        await self.get(comment_id)
        if not await self._sql.run(DELETE, comment_id):
            raise Conflict("somebody has replied to this comment")

    async def replies(self, comment_id: CommentId) -> int:
        return int(await self._sql.value(REPLIES, comment_id))

    async def page(self, query: CommentQuery) -> list[Comment]:
        args = (query.asset_id, *(query.after or FIRST), query.limit)
        if query.version is None:
            return await self._sql.many(COMMENTS, PAGE_UNRESOLVED if query.unresolved else PAGE, *args)
        statement = PAGE_OF_VERSION_UNRESOLVED if query.unresolved else PAGE_OF_VERSION
        return await self._sql.many(COMMENTS, statement, *args, query.version)

    async def counts(self, asset_id: AssetId) -> dict[int, CommentCount]:
        return {
            record["version"]: CommentCount(record["comments"], record["unresolved"])
            for record in await self._sql.records(COUNTS, asset_id)
        }


class PostgresPeople(PeopleRepo):
    def __init__(self, sql: StudioSql) -> None:
        self._sql = sql

    async def names(self, member_ids: Sequence[MemberId]) -> dict[MemberId, str]:
        return {record["id"]: record["name"] for record in await self._sql.records(NAMES, list(member_ids))}

    async def present(self, member_ids: Sequence[MemberId]) -> dict[MemberId, Member]:
        return {each.id: each for each in await self._sql.many(MEMBERS, PRESENT, list(member_ids))}
