"""No list is searched row by row: an index serves each statement, and gives the pages in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from asset_ingest.adapters.repos.postgres import (
    access,
    approvals,
    assets,
    comments,
    derived,
    events,
    groups,
    jobs,
    notifications,
    publishers,
    relay,
    runs,
    shares,
    uploads,
    versions,
    work,
)
from asset_ingest.adapters.task_queue import postgres as task_queue
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place

# As many of these as there are studios, and all of them are wanted.
READ_WHOLE = ("studio", "turn")

WHEN = datetime(2026, 1, 1, tzinfo=UTC)
SOMEWHERE = AssetId(UUID(int=1))


def page(**asked: Any) -> str:
    """Return the statement of a later page of such a list."""
    query = AssetQuery(9, **asked)
    return assets.page(replace(query, after=Place("n" if query.sort is AssetSort.NAME else WHEN, SOMEWHERE)))[0]


PAGES = {
    "jobs": jobs.PAGE,
    "assets": page(),
    "assets by name": page(sort=AssetSort.NAME, descending=False),
    "assets by change": page(sort=AssetSort.UPDATED_AT),
    "assets of a kind": page(kind=AssetKind.PHOTO),
    "assets of a kind by name": page(kind=AssetKind.PHOTO, sort=AssetSort.NAME),
    "assets of a kind by change": page(kind=AssetKind.PHOTO, sort=AssetSort.UPDATED_AT, descending=False),
    "assets of a publisher": page(publisher_id=PublisherId(UUID(int=1))),
    "assets of an owner": page(owner=MemberId(UUID(int=1))),
    "assets of a time": page(since=WHEN, until=WHEN),
    "the trash": page(trashed=True),
    "the trash by name": page(trashed=True, sort=AssetSort.NAME),
    "assets of an owner by name": page(owner=MemberId(UUID(int=1)), sort=AssetSort.NAME),
    "assets of an owner by change": page(owner=MemberId(UUID(int=1)), sort=AssetSort.UPDATED_AT),
    "assets of a publisher by name": page(publisher_id=PublisherId(UUID(int=1)), sort=AssetSort.NAME),
    "assets of a publisher by change": page(publisher_id=PublisherId(UUID(int=1)), sort=AssetSort.UPDATED_AT),
    "assets with a tag": page(tag="hero"),
    "assets with a tag by name": page(tag="hero", sort=AssetSort.NAME),
    "assets with a tag by change": page(tag="hero", sort=AssetSort.UPDATED_AT, descending=False),
    "the trash with a tag": page(tag="hero", trashed=True),
    "publishers": publishers.PAGE,
    "versions of an asset": versions.OF_ASSET,
    "a page of versions": versions.PAGE,
    "renditions": derived.RENDITIONS_OF.replace("ANY($2::uuid[])", "$2"),  # of one version; of many they are sorted
    "entries": derived.ENTRIES_OF,
    "publications": publishers.PUBLICATIONS_OF,
    "the latest run": runs.LATEST,
    "steps of a run": runs.STEPS_OF,
    "facts": events.AFTER,
    "the trail": events.BEFORE,
    "the trail of a subject": events.BEFORE_OF,
    "groups": groups.PAGE,
    "parts of an upload": uploads.PAGE,
    "share links": shares.OF_ASSET,
    "verdicts": approvals.PAGE,
    "notifications": notifications.PAGE,
    "unread notifications": notifications.PAGE_UNREAD,
}
OTHERS = {
    "the oldest version of a blob": versions.OF_BLOB,
    "a version": versions.NUMBERED,
    "versions shown": versions.SHOWN,
    "an asset's page": assets.KNOWN,
    "cards": assets.cards(AssetQuery(9))[0],
    "changed entries": derived.CHANGES,
    "tags": assets.TAGS,
    "content to be freed": assets.FREE_BLOBS,
    "content that may be freed": assets.LOCK_BLOBS,
    "a job": jobs.LOCK,
    "a job's end": jobs.DELETE,
    "jobs of some statuses": jobs.PAGE_OF_STATUSES,
    "an upload": uploads.GET,
    "what is held of an upload": uploads.HELD,
    "a record of what is held": uploads.RECORD,
    "a group's counts": groups.COUNTS,
    "a group's jobs": groups.JOBS_OF,
    "uploads to be finished": work.FINALISING,
    "uploads to be looked for": work.LOOK_FOR,
    "publications of a CMS": work.PUBLISHED,
    "a step": runs.STEP,
    "a lease": runs.LEASE,
    "a publisher with a count": publishers.COUNTED,
    "kinds of entries": derived.KINDS,
    "renditions of many versions": derived.RENDITIONS_OF,
    "numbering": relay.NUMBER,
    "locating": work.LOCATE,
    "dispatching": work.CHOOSE,
    "marking": work.MARK,
    "lapsed leases": work.LAPSED,
    "abandoned uploads": work.ABANDONED,
    "referenced objects": work.REFERENCED,
    "what is begun in the store": work.IN_USE,
    "a share link": shares.BY_TOKEN,
    "open share links": shares.COUNT,
    "links of an asset that goes": shares.REVOKE_ALL,
    "earlier visits": shares.FORGET_VISITS,
    "threads": comments.PAGE,  # in the order of an index; what is said in each is put behind it
    "unresolved threads": comments.PAGE_UNRESOLVED,
    "threads of a version": comments.PAGE_OF_VERSION,
    "unresolved threads of a version": comments.PAGE_OF_VERSION_UNRESOLVED,
    "counts of comments": comments.COUNTS,
    "replies": comments.REPLIES,
    "removing a comment": comments.DELETE,
    "people": comments.PRESENT,
    "one's verdict": approvals.OF,
    "standing verdicts": approvals.STANDING,
    "an entry": derived.HAS_ENTRY,
    "a count of notifications": notifications.UNREAD,
    "reading notifications": notifications.READ_UNTIL,
    "what a mail tells": notifications.UNMAILED,
    "what a mail told": notifications.MAILED,
    "mails that are due": notifications.CLAIM,
    "a key": access.BY_KEY,
    "a browser": access.BY_BROWSER,
    "a link": access.USE_LINK,
    "dead links": access.SWEEP[0],
    "dead browsers": access.SWEEP[1],
    "taking": task_queue.TAKE,
}


async def plan(database_url: str, statement: str, *avoid: str) -> str:
    """Return how the server would do it for any parameters, if it can without what is to be avoided."""
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=10)
    try:
        for what in avoid:
            await connection.execute(f"SET enable_{what} = off")
        await connection.execute(f"SET plan_cache_mode = force_generic_plan; PREPARE asked AS {statement}")
        many = await connection.fetchval(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'"
        )
        rows = await connection.fetch(f"EXPLAIN (COSTS OFF) EXECUTE asked ({', '.join(['NULL'] * many)})")
        return "\n".join(row[0] for row in rows)
    finally:
        await connection.close()


@pytest.mark.parametrize("statement", [*PAGES.values(), *OTHERS.values()], ids=[*PAGES, *OTHERS])
async def test_an_index_serves(database_url: str, statement: str) -> None:
    found = await plan(database_url, statement, "seqscan")
    searched = [line for line in found.splitlines() if "Seq Scan on" in line]
    assert [line for line in searched if not line.partition("Seq Scan on ")[2].startswith(READ_WHOLE)] == [], found


@pytest.mark.parametrize("statement", PAGES.values(), ids=PAGES)
async def test_an_index_gives_the_order(database_url: str, statement: str) -> None:
    found = await plan(database_url, statement, "seqscan", "bitmapscan", "sort")
    assert "Sort" not in found, found


async def test_every_reference_can_be_followed_back_by_an_index(database_url: str) -> None:
    """Deleting a row looks for those that refer to it."""
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=10)
    try:
        without = await connection.fetch("""
            SELECT conrelid::regclass::text AS of, conname FROM pg_constraint AS reference
            WHERE contype = 'f' AND confrelid <> 'studio'::regclass AND NOT EXISTS (
                SELECT FROM pg_index WHERE indrelid = conrelid
                    AND (indkey::int2[])[0:cardinality(conkey) - 1] @> conkey
            )""")
    finally:
        await connection.close()
    assert [tuple(row) for row in without] == []
