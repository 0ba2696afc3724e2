"""Every list of the API, asked as a client asks it, and each statement that this runs explained.

What this proves: with two thousand rows in each table, known to the planner, an index serves each statement.
Sequential scans are turned off, since small tables are read whole with good reason: so a scan that is left is one that
no index can replace. What is planned inside a function is not seen here. A new GET with a `limit` is asked too, or the
test fails for not knowing an id in its address.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer

from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.readers import Borrowed, Readers, open_readers
from asset_ingest.adapters.repos.postgres.records import PostgresRecords, PostgresTransaction
from asset_ingest.adapters.repos.postgres.sql import Sql
from asset_ingest.bootstrap import memory_ports, wire
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.ports.repos import Records, Transaction
from asset_ingest.entrypoints.web.app import OPERATIONS, make_app
from asset_ingest.entrypoints.web.options import WebOptions

LISTS = [each for each in OPERATIONS if each.method == "GET" and "limit" in each.in_query]
ONE = UUID(int=1)
IDS = {"asset_id": ONE, "number": 1, "group_id": ONE, "upload_id": ONE}
"""What stands in an address, and is there."""
SMALL = frozenset({"studio", "turn", "approval_policy", "unnest", "wanted"})
"""Read whole by their nature: as many rows as studios, or the answer's own."""

NEEDED = {"/assets/{asset_id}/versions/compare": "&a=1&b=1"}
"""What a list cannot be asked without."""

QUERIES = {
    "/assets": (
        *(f"sort={way}{name}" for name in ("created_at", "name", "updated_at") for way in ("", "-")),
        *(f"kind=photo&sort={name}" for name in ("created_at", "name", "updated_at")),
        *(f"tag=hero&sort={name}" for name in ("created_at", "name", "updated_at")),
        *(f"owner={ONE}&sort={name}" for name in ("created_at", "name", "updated_at")),
        *(f"publisher_id={ONE}&sort={name}" for name in ("created_at", "name", "updated_at")),
        *(f"status=trashed&sort={name}" for name in ("created_at", "name", "updated_at")),
        "status=trashed&tag=hero",
        "created_after=2020-01-02T00:00:00Z&created_before=2020-01-03T00:00:00Z",
        f"kind=photo&tag=hero&owner={ONE}",
        "q=forest",
        "q=no+such",
        "q=forest&kind=photo&tag=hero&sort=name",
    ),
    "/assets/{asset_id}/comments": ("version=1", "unresolved=true", "version=1&unresolved=true"),
    "/assets/{asset_id}/entries": ("q=png", "kind=texture"),
    "/jobs": ("status=ERROR", "status=ERROR,COMPLETE", "q=forest", "q=forest&status=ERROR"),
    "/notifications": ("unread=true",),
    "/tags": ("prefix=h",),
}
"""What lists are asked beyond their first page."""

FILL = """
CREATE FUNCTION pg_temp.ident(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(to_hex(n), 32, '0')::uuid;
INSERT INTO member (id, studio_id, name, role, created_at) SELECT pg_temp.ident(n), $1, 'm', 'ARTIST', now()
FROM generate_series(1, 2000) AS n;
INSERT INTO api_key (id, studio_id, member_id, name, secret_hash, created_at)
SELECT pg_temp.ident(n), $1, pg_temp.ident(n), 'k', n::text, now() FROM generate_series(1, 2000) AS n;
INSERT INTO invitation (id, studio_id, email, role, token_hash, invited_by, created_at, expires_at)
SELECT pg_temp.ident(n), $1, n || '@x.test', 'ARTIST', n::text, pg_temp.ident(1), now(), now()
FROM generate_series(1, 2000) AS n;
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
SELECT pg_temp.ident(n), $1, 'store', n::text, 'Maker', now() FROM generate_series(1, 2000) AS n;
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, metadata, provenance, ready_at, tags, trashed_at)
SELECT pg_temp.ident(n), $1, CASE n % 3 WHEN 0 THEN 'Forest ' ELSE 'Rock ' END || md5(n::text),
    CASE n % 4 WHEN 0 THEN 'photo' ELSE 'video' END, pg_temp.ident(1 + n % 50),
    '2020-01-01Z'::timestamptz + n * interval '1 hour', now(), 1, 1, pg_temp.ident(1 + n % 50), '{}', '{}', now(),
    CASE n % 10 WHEN 0 THEN ARRAY['hero'] ELSE ARRAY['t' || n % 50] END, CASE n % 30 WHEN 7 THEN now() END
FROM generate_series(1, 2000) AS n;
INSERT INTO blob (id, studio_id, sha256, object_key, size, created_at)
SELECT id, studio_id, md5(id::text) || md5(id::text), 'k/' || id, 1, now() FROM asset;
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at,
    facts)
SELECT id, studio_id, id, 1, id, name, 'image/png', created_by, created_at, '{}' FROM asset;
INSERT INTO rendition (version_id, studio_id, role, recipe, object_key, content_type, size)
SELECT id, studio_id, 'thumbnail', 'r', 'k/' || id || '/a/x', 'image/webp', 1 FROM asset;
INSERT INTO package_entry (version_id, studio_id, number, guid, path, kind, size)
SELECT pg_temp.ident(1 + n % 2), $1, n, md5(n::text), n || '.png', 'texture', 1 FROM generate_series(1, 2000) AS n;
INSERT INTO comment (id, studio_id, asset_id, version, thread_id, text, created_by, created_at, revision, mentions)
SELECT pg_temp.ident(n), $1, pg_temp.ident(1 + n % 9), 1, pg_temp.ident(n), 'so', pg_temp.ident(1), now(), 1, '{}'
FROM generate_series(1, 2000) AS n;
INSERT INTO approval (id, studio_id, asset_id, version, sha256, verdict, note, created_by, created_at,
    replaced_at)
SELECT pg_temp.ident(n), $1, pg_temp.ident(1 + n % 9), 1, repeat('a', 64), 'APPROVED', '', pg_temp.ident(1), now(),
    now()
FROM generate_series(1, 2000) AS n;
INSERT INTO share (id, studio_id, asset_id, token_hash, seal, may_download, created_by, created_at, expires_at)
SELECT pg_temp.ident(n), $1, pg_temp.ident(1 + n % 9), n::text, 'x', true, pg_temp.ident(1), now(), now()
FROM generate_series(1, 2000) AS n;
INSERT INTO notification (id, studio_id, member_id, reason, asset_id, version, created_by, created_at)
SELECT pg_temp.ident(n), $1, pg_temp.ident(1 + n % 9), 'comment', pg_temp.ident(n), 1, pg_temp.ident(2), now()
FROM generate_series(1, 2000) AS n;
INSERT INTO upload_group (id, studio_id, name, created_by, created_at, description)
SELECT pg_temp.ident(n), $1, 'g', pg_temp.ident(1), now(), '' FROM generate_series(1, 2000) AS n;
INSERT INTO upload_job (id, studio_id, upload_id, original_filename, status, created_by, correlation_id, created_at,
    updated_at, revision, progress, size, asset_id, duplicate, metadata)
SELECT id, studio_id, id, name, 'COMPLETE', created_by, 'c', now(), now(), 1, 100, 1, id, false, '{}' FROM asset;
INSERT INTO upload_session (id, studio_id, job_id, object_key, filename, status, created_at, expires_at, size, blob_id,
    group_id, part_size, method)
SELECT id, studio_id, id, 'u/' || id, name, 'COMPLETED', now(), now(), 100, id, pg_temp.ident(1), 10, 'multipart'
FROM asset;
INSERT INTO file_part (upload_id, studio_id, number, start, size, etag)
SELECT id, studio_id, 1, 0, 10, 'e' FROM upload_session;
INSERT INTO fact (id, studio_id, type, at, actor, subject_kind, subject_id, revision, correlation_id, data, seq)
SELECT id, studio_id, 'asset.created', now(), 'member:x', 'asset', id, 1, 'c', '{}',
    row_number() OVER () FROM asset;
ANALYZE"""


@dataclass(slots=True)
class Overheard:
    """A connection whose questions are written down."""

    connection: Any
    said: list[tuple[str, tuple[Any, ...]]]

    def __getattr__(self, name: str) -> Any:
        ask = getattr(self.connection, name)

        def asked(sql: str, *args: Any, **more: Any) -> Any:
            self.said.append((sql, args))
            return ask(sql, *args, **more)

        return asked


@dataclass(slots=True)
class OverhearingRecords(Records):
    """Records of PostgreSQL that write down what is asked of them."""

    readers: Readers
    said: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    def transaction(self, studio_id: StudioId) -> AbstractAsyncContextManager[Transaction]:
        return self._reading(studio_id)

    @asynccontextmanager
    async def _reading(self, studio_id: StudioId) -> AsyncIterator[Transaction]:
        async with Borrowed(self.readers, lambda reader: reader, studio_id) as connection:
            yield PostgresTransaction(Sql(Overheard(connection, self.said)), studio_id)


@pytest.mark.timeout(240)  # most of it makes the rows
async def test_an_index_serves_every_statement_of_every_list(database_url: str, tmp_path: Path) -> None:
    async with open_pool(database_url, max_size=2) as pool, open_readers(database_url, max_size=2) as readers:
        heard = OverhearingRecords(readers)
        app = wire(replace(memory_ports(), records=heard, system=PostgresRecords(pool).system))
        key = await app.access.found_local_studio()
        await fill(database_url)
        server = TestServer(make_app(app, WebOptions(static=tmp_path / "not-built")))
        async with TestClient(server, headers={"Authorization": f"Bearer {key}"}) as client:
            for path in addresses():
                await ask_twice(client, path)
        await explain_all(readers, heard.said)


async def fill(database_url: str) -> None:
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=120)
    try:
        studio = await connection.fetchval("SELECT id FROM studio")
        await connection.execute(FILL.replace("$1", f"'{studio}'::uuid"))
    finally:
        await connection.close()


def addresses() -> Iterator[str]:
    """Name each list as it is, and with whatever it can be asked besides."""
    for each in LISTS:
        path = f"/api/v1{each.path.format(**IDS)}?limit=2{NEEDED.get(each.path, '')}"  # a KeyError: say it in IDS
        yield path
        for query in QUERIES.get(each.path, ()):
            yield f"{path}&{query}"


async def ask_twice(client: TestClient[Any, Any], path: str) -> None:
    """Ask for the first page and the one behind it."""
    async with client.get(path) as answer:
        told = await answer.json()
        assert answer.status == 200, (path, told)
    if told.get("next_cursor") is not None:
        async with client.get(f"{path}&cursor={told['next_cursor']}") as answer:
            assert answer.status == 200, (path, await answer.text())


async def explain_all(readers: Readers, said: list[tuple[str, tuple[Any, ...]]]) -> None:
    assert len({sql for sql, _ in said}) > len(LISTS), "lists were not overheard"
    async with Borrowed(readers, lambda reader: reader) as connection:
        await connection.execute("SET enable_seqscan = off")
        for sql, args in said:
            if " FROM search_" in sql:
                continue  # a function plans it: `test_postgres_many_assets` looks into that
            plan = json.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args))[0]["Plan"]
            read = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
            assert not read - SMALL, (sql, plan)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
