"""The catalogue at 200,000 assets: an index serves whatever a page asks for, and few rows are touched for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import pytest

from asset_ingest.adapters.postgres_server.embedded import EmbeddedServer
from asset_ingest.adapters.repos.postgres import assets
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place

ASSETS = 200_000
MOST_TOUCHED = 12_000
"""Rows, in any one place of a plan; most pages touch a few hundred."""
STUDIO, OTHER = UUID(int=1), UUID(int=2)

FILL = f"""
SET session_replication_role = replica; -- no trigger for each row, which takes a minute; what they write comes below
INSERT INTO studio (id, name, created_at) VALUES ('{STUDIO}', 'ours', now()), ('{OTHER}', 'theirs', now());
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, '{STUDIO}', 'store', n::text, 'Maker' || n, now()
FROM generate_series(1, 500) AS n;
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, publisher_name, metadata, provenance, ready_at, tags, trashed_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n % 10 = 0 THEN '{OTHER}'::uuid ELSE '{STUDIO}' END,
    (ARRAY['Forest', 'Rock', 'Castle', 'River'])[1 + abs(hashtext(n::text)) % 4] || ' ' || md5(n::text),
    (ARRAY['unity_package', 'photo', 'photo', 'video'])[1 + n % 4], lpad(to_hex(n % 40), 32, '0')::uuid,
    '2020-01-01Z'::timestamptz + n * interval '1 minute',
    '2020-01-01Z'::timestamptz + (n::bigint * 7919 % 200000) * interval '1 minute', 1, 1,
    CASE WHEN n % 10 > 0 AND n % 3 = 0 THEN lpad(to_hex(1 + n % 500), 32, '0')::uuid END,
    CASE WHEN n % 10 > 0 AND n % 3 = 0 THEN 'Maker' || 1 + n % 500 ELSE '' END, '{{}}', '{{}}', now(),
    CASE WHEN n % 500 = 1 THEN ARRAY['rare'] WHEN n % 20 = 1 THEN ARRAY['common'] ELSE '{{}}' END,
    CASE WHEN n % 200 = 7 THEN now() END
FROM generate_series(1, {ASSETS}) AS n;
INSERT INTO asset_term (studio_id, asset_id, created_at, updated_at, trashed, term, sort_name)
SELECT studio_id, id, created_at, updated_at, trashed_at IS NOT NULL, unnest(asset_terms(search, tags)), sort_name
FROM asset;
SET session_replication_role = origin;
ANALYZE asset, asset_term, publisher"""  # noqa: S608  ours

SELECTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": AssetKind.VIDEO},
    {"publisher_id": PublisherId(UUID(int=7))},
    {"owner": MemberId(UUID(int=7))},
    {"tag": "rare"},
    {"tag": "common"},
    {"tag": "nobody"},
    {"trashed": True},
    {"since": datetime(2020, 3, 1, tzinfo=UTC), "until": datetime(2020, 3, 2, tzinfo=UTC)},
    {"text": "forest"},
    {"text": "fo"},
    {"text": "castle -river"},
    {"text": "maker7"},
    {"text": "forest c4ca4238a0b923820dcc509a6f75849b"},
    {"text": "nowhere"},
    {"text": "rock", "kind": AssetKind.PHOTO},
    {"text": "forest", "trashed": True},
    {"text": "forest castle"},
    {"text": "forest -rock"},
    {"text": '"forest castle" or rare'},
    {"text": "fore"},
    {"text": "c"},
    {"text": "she"},
    {"text": "-fore fore"},
    {"text": "cast cast"},
    {"text": "rock", "since": datetime(2020, 3, 1, tzinfo=UTC), "until": datetime(2020, 3, 2, tzinfo=UTC)},
    {"tag": "common", "since": datetime(2020, 3, 1, tzinfo=UTC), "until": datetime(2020, 3, 2, tzinfo=UTC)},
    {"text": "castle", "tag": "common", "owner": MemberId(UUID(int=7))},
)

AS_READERS = f"SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off; SET ingest.studio = '{STUDIO}'"
EXPLAINED = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_analyze = on;
SET auto_explain.log_timing = off;
SET auto_explain.log_nested_statements = on;
SET auto_explain.log_format = json;
SET client_min_messages = log"""


def queries() -> Iterator[AssetQuery]:
    """Name every selection in every order, from the beginning and from the middle."""
    for selection in SELECTIONS:
        for sort in AssetSort:
            for descending in (True, False):
                query = AssetQuery(51, sort=sort, descending=descending, **selection)
                middle = "m" if sort is AssetSort.NAME else datetime(2020, 3, 10, tzinfo=UTC)
                yield query
                yield replace(query, after=Place(middle, AssetId(UUID(int=100_000))))


@pytest.mark.timeout(240)  # most of it makes the rows
async def test_a_page_of_many_assets_touches_few(database_url: str, postgres_server: EmbeddedServer) -> None:
    superuser = urlsplit(postgres_server.admin_dsn)._replace(path=urlsplit(database_url).path).geturl()
    connection = await asyncpg.connect(superuser, timeout=10, command_timeout=200)
    try:
        await connection.execute(FILL)
        await connection.execute(AS_READERS)
        right = {query: await had(connection, query) for query in queries() if query.text is not None or query.since}
        await connection.execute(EXPLAINED)
        said: list[str] = []
        connection.add_log_listener(lambda _, message: said.append(message.message))
        greedy: list[tuple[int, AssetQuery]] = []
        for query in queries():
            said.clear()
            statement, args = assets.page(query)
            found = [record["id"] for record in await connection.fetch(statement, STUDIO, *args)]
            assert found == right.get(query, found), query
            plans = [json.loads(each.partition("plan:")[2])["Plan"] for each in said if "plan:" in each]
            every = [node for plan in plans for node in nodes(plan)]
            assert every, "auto_explain said nothing"
            read_whole = {node["Relation Name"] for node in every if node["Node Type"] == "Seq Scan"}
            assert not read_whole & {"asset", "asset_term"}, (query, plans)
            touched = max(map(rows_of, every))
            if touched > MOST_TOUCHED:
                greedy.append((touched, query))
        assert not greedy, "\n".join(map(str, greedy))
    finally:
        await connection.close()


async def had(connection: asyncpg.Connection, query: AssetQuery) -> list[UUID]:
    """Return what is asked for: all rows are looked at, once for all orders."""
    asked = (query.text, query.trashed, query.kind, query.tag, query.owner, query.since, query.until)
    table = f"matching_{abs(hash(asked))}"
    if await connection.fetchval("SELECT to_regclass($1)", table) is None:
        columns = 'id uuid, created_at timestamptz, updated_at timestamptz, sort_name text COLLATE "C"'
        await connection.execute(f"CREATE TEMP TABLE {table} ({columns})")
        await connection.execute(
            f"""INSERT INTO {table} SELECT id, created_at, updated_at, sort_name FROM (
                SELECT * FROM asset WHERE studio_id = $1 AND (trashed_at IS NOT NULL) = $3 OFFSET 0) AS each
            WHERE ($2::text IS NULL OR search @@ asset_query($2, asset_shelf($1, $3)))
                AND ($4::text IS NULL OR kind = $4) AND ($5::text IS NULL OR $5 = ANY (tags))
                AND ($6::uuid IS NULL OR created_by = $6) AND ($7::timestamptz IS NULL OR created_at >= $7)
                AND ($8::timestamptz IS NULL OR created_at < $8)""",  # noqa: S608  ours
            STUDIO,
            *asked,
        )
    column = "sort_name" if query.sort is AssetSort.NAME else query.sort
    order, beyond = ("DESC", "<") if query.descending else ("ASC", ">")
    records = await connection.fetch(
        f"""SELECT id FROM {table} WHERE $1::uuid IS NULL OR ({column}, id) {beyond} ($2, $1)
        ORDER BY {column} {order}, id {order} LIMIT {query.limit}""",  # noqa: S608  names of ours
        query.after and query.after.id,
        query.after and query.after.value,
    )
    return [record["id"] for record in records]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_of(node: dict[str, Any]) -> int:
    """Return how many rows came out of a place, and how many were looked at there in vain."""
    if node["Node Type"] == "Bitmap Index Scan":
        return 0  # no row is touched to make a bitmap
    looked_at = sum(
        int(node.get(each, 0)) for each in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    )
    return looked_at * int(node.get("Actual Loops", 0))  # none in what was only EXPLAINed
