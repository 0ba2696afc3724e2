"""The catalogue at 200,000 assets: an index serves whatever a page asks for, and few rows are touched for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from asset_ingest.adapters.repos.postgres import assets
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import AssetId, MemberId, PublisherId
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place

ASSETS = 200_000
MOST_TOUCHED = 12_000
"""Rows, in any one place of a plan; most pages touch a few hundred."""
STUDIO, OTHER = UUID(int=1), UUID(int=2)

FILL = f"""
INSERT INTO studio (id, name, created_at) VALUES ('{STUDIO}', 'ours', now()), ('{OTHER}', 'theirs', now());
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, '{STUDIO}', 'store', n::text, 'Maker' || n, now()
FROM generate_series(1, 500) AS n;
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, metadata, provenance, ready_at, tags, trashed_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, CASE WHEN n % 10 = 0 THEN '{OTHER}'::uuid ELSE '{STUDIO}' END,
    (ARRAY['Forest', 'Rock', 'Castle', 'River'])[1 + abs(hashtext(n::text)) % 4] || ' ' || md5(n::text),
    (ARRAY['unity_package', 'photo', 'photo', 'video'])[1 + n % 4], lpad(to_hex(n % 40), 32, '0')::uuid,
    '2020-01-01Z'::timestamptz + n * interval '1 minute',
    '2020-01-01Z'::timestamptz + (n::bigint * 7919 % 200000) * interval '1 minute', 1, 1,
    CASE WHEN n % 10 > 0 AND n % 3 = 0 THEN lpad(to_hex(1 + n % 500), 32, '0')::uuid END, '{{}}', '{{}}', now(),
    CASE WHEN n % 500 = 1 THEN ARRAY['rare'] WHEN n % 20 = 1 THEN ARRAY['common'] ELSE '{{}}' END,
    CASE WHEN n % 200 = 7 THEN now() END
FROM generate_series(1, {ASSETS}) AS n;
ANALYZE asset, asset_tag, publisher"""  # noqa: S608  ours

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
)

COMMON = {"forest", "fo", "castle -river", "rock"}
"""Words of many assets, which are looked for near the beginning of a list first."""
NEAR = 5000
"""Assets that are gone through before words are looked up by their index, which is for those that have them all."""


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
async def test_a_page_of_many_assets_touches_few(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=200)
    try:
        await connection.execute(FILL)
        await connection.execute("SET plan_cache_mode = force_custom_plan")
        greedy: list[tuple[int, AssetQuery]] = []
        for query in queries():
            for way in ways(query):
                plan = await explained(connection, query, way)
                assert "Seq Scan" not in {node["Node Type"] for node in nodes(plan)}, (query, way, plan)
                touched = max(map(rows_of, nodes(plan)))
                is_bounded = way == "near" or query.text not in COMMON
                if is_bounded and touched > (NEAR if way == "near" else MOST_TOUCHED):
                    greedy.append((touched, query))
        assert not greedy, "\n".join(map(str, greedy))
    finally:
        await connection.close()


def ways(query: AssetQuery) -> tuple[str, ...]:
    """Name how `search_assets` looks for words."""
    if query.text is None or query.kind is not None:
        return ("filtered",)
    return ("near", "words") if query.text in COMMON else ("words",)


async def explained(connection: asyncpg.Connection, query: AssetQuery, way: str) -> Any:
    """Return how the server does it, having done it."""
    if query.text is None:
        statement, args = assets.page(query)
    else:
        column = "sort_name" if query.sort is AssetSort.NAME else query.sort
        statement = await connection.fetchval(
            "SELECT search_statement($1, $2, $3, true, false, $4)", column, query.descending, query.trashed, way
        )
        words = await connection.fetchval(
            "SELECT asset_query($1, asset_shelf($2, $3))::text", query.text, STUDIO, query.trashed
        )
        statement = statement.replace("@@ $2", "@@ $2::text::tsquery").replace(
            "$9::timestamptz", "$9::text::timestamptz"
        )
        place = query.after and str(query.after.value)
        args = [words, query.kind, None, None, None, None, None, place, query.after and query.after.id, query.limit]
        args += [0] if way == "words" else []
    found = await connection.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}", STUDIO, *args)
    return json.loads(found)[0]["Plan"]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def rows_of(node: dict[str, Any]) -> int:
    """Return how many rows came out of a place, and how many were looked at there in vain."""
    looked_at = sum(int(node.get(each, 0)) for each in ("Actual Rows", "Rows Removed by Filter"))
    return looked_at * int(node["Actual Loops"])
