"""How many reads of the API are answered in a second, beside the least that answers them.

    python bench/api_reads.py [rounds [questions [assets]]]

`GET /api/v1/assets/{id}` of all assets in turn and `GET /api/v1/assets?limit=50`, over 16 connections that stay, from
one client that costs next to nothing. *ours* is `asset-ingest serve` with an API key: whose it is, whether it holds and
may, row-level security, checked questions, every header. *bare* is aiohttp and asyncpg (parts/bare_reads.py): the same
statements for a role that no policy binds, and `json.dumps` of what comes back. Both ask one PostgreSQL, with the
settings that the program brings; *processor* is what a question took of server and database.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg
from parts.servers import PATIENCE, Postgres, Server, emptied, ours, postgres, started, told

HERE = Path(__file__).parent
UNLIMITED = {"ASSET_INGEST_REQUESTS_PER_ADDRESS": "0", "ASSET_INGEST_REQUESTS_PER_STUDIO": "0"}
WORK, CLIENT, BARE = HERE / ".work" / "reads", HERE / "parts" / "get_requests.py", HERE / "parts" / "bare_reads.py"
AT_ONCE, WARM, ENOUGH = 16, 300, 0.5

FILL = """
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
SELECT lpad(to_hex(n), 32, '0')::uuid, $1, 'store', n::text, 'Maker ' || n, now() FROM generate_series(1, 50) AS n;
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, metadata, provenance, ready_at, tags)
SELECT lpad(to_hex(n), 32, '0')::uuid, $1, 'Forest rocks ' || n, 'unity_package', $2, now() - n * interval '1 minute',
    now(), 1, 1, lpad(to_hex(1 + n % 50), 32, '0')::uuid,
    '{"entry_count": 20, "unity_version": "2022.3.10f1", "title": "Rocks"}',
    '{"entry_count": "file", "unity_version": "header", "title": "header"}', now(), ARRAY['rock', 'forest']
FROM generate_series(1, $3) AS n;
INSERT INTO blob (id, studio_id, sha256, object_key, size, created_at)
SELECT id, studio_id, md5(id::text) || md5(id::text), 'k/' || id, 10000, created_at FROM asset;
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at,
    facts)
SELECT id, studio_id, id, 1, id, name || '.unitypackage', 'application/gzip', created_by, created_at,
    '{"checks": {"verified": {"size": {"by": "server", "at": "2026-01-01T00:00:00+00:00"}}}}' FROM asset;
INSERT INTO rendition (version_id, studio_id, role, recipe, object_key, content_type, size)
SELECT id, studio_id, unnest(ARRAY['thumbnail', 'contact_sheet']), 'r', 'k/' || id || '/a/x.webp', 'image/webp',
    4000 FROM asset;
INSERT INTO package_entry (version_id, studio_id, number, guid, path, kind, size)
SELECT id, studio_id, e, md5(e::text), 'Assets/' || e, (ARRAY['texture', 'model'])[1 + e % 2], 10
FROM asset, generate_series(1, 20) AS e;
ANALYZE"""


async def fill(dsn: str, assets: int) -> UUID:
    """Add assets to the studio that the server has founded."""
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=300)
    try:
        studio, member = await connection.fetchrow("SELECT studio_id, id FROM member")
        filling = FILL.replace("$1", f"'{studio}'::uuid").replace("$2", f"'{member}'::uuid").replace("$3", str(assets))
        await connection.execute(filling)
        return UUID(str(studio))
    finally:
        await connection.close()


@contextmanager
def bare(folder: Path, dsn: str, studio: UUID) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = {"DSN": dsn, "STUDIO": str(studio), "PORT": str(port)}
    with started([sys.executable, str(BARE)], folder / "bare.log", **settings) as (process, url):
        yield Server(url, process.pid)


def asked(server: Server, database: Postgres, paths: list[str], questions: int) -> tuple[float, float]:
    """Return how many questions were answered in a second, and the milliseconds of processor for each."""
    before = server.processor() + database.processor()
    done = subprocess.run(
        [sys.executable, str(CLIENT), server.url, str(questions), str(AT_ONCE), json.dumps(server.headers)],
        input="\n".join(paths), capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    seconds, _, answered = json.loads(done.stdout)
    return answered / seconds, 1000 * (server.processor() + database.processor() - before) / answered


def main(rounds: int = 5, questions: int = 3000, assets: int = 10_000) -> None:
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    with (
        emptied(WORK) as folder,
        postgres(folder / "database") as database,
        ours(folder / "ours", database.dsn, **UNLIMITED) as us,
    ):
        studio = asyncio.run(fill(database.dsn, assets))
        paths = {
            "GET /assets/{id}": [f"/api/v1/assets/{UUID(int=1 + n * 7919 % assets)}" for n in range(1000)],
            "GET /assets?limit=50": ["/api/v1/assets?limit=50"],
        }
        with bare(folder, database.dsn, studio) as them:
            for name, each in paths.items():
                compare(name, (us, them), database, each, rounds, questions)


def compare(
    name: str, servers: tuple[Server, Server], database: Postgres, paths: list[str], rounds: int, questions: int
) -> None:
    for server in servers:
        asked(server, database, paths, WARM)
    found = [[asked(server, database, paths, questions) for server in servers] for _ in range(rounds)]
    print(f"\n{name:24}{'per second':>12}{'processor ms':>14}")
    for row, of_server in zip(("ours", "bare"), zip(*found, strict=True), strict=True):
        rate, spent = (statistics.median(each) for each in zip(*of_server, strict=True))
        print(f"{row:24}{rate:12.0f}{spent:14.2f}")
    ratio = statistics.median(us / them for (us, _), (them, _) in found)
    told(f"ours to bare, {name}", ratio, f">= {ENOUGH}", lambda it: it >= ENOUGH)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
