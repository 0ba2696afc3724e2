"""Assets by the thousand for a library to scroll through, as rows: as if somebody had uploaded them long ago."""

from __future__ import annotations

import asyncpg

# Assets n = 1 … count, the first the oldest: names, kinds, tags and dates follow from the number. All are one content.
FILL = """
WITH who AS (SELECT member.studio_id, member.id FROM member ORDER BY member.id LIMIT 1),
content AS (
    INSERT INTO blob (id, studio_id, sha256, object_key, size, created_at)
    SELECT gen_random_uuid(), studio_id, repeat('0', 64), 'blobs/none', 0, now() FROM who RETURNING id
),
made AS (
    INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
        metadata, provenance, ready_at, tags)
    SELECT lpad(to_hex(n), 32, '0')::uuid, who.studio_id,
        (ARRAY['Forest', 'Rock', 'Castle', 'River'])[1 + n % 4] || ' ' || lpad(n::text, 6, '0'),
        (ARRAY['unity_package', 'photo', 'model3d', 'video', 'audio'])[1 + n % 5], who.id,
        '2024-01-01Z'::timestamptz + n * interval '1 minute', '2024-01-01Z'::timestamptz + n * interval '1 minute',
        1, 1, '{}', '{}', now(),
        CASE WHEN n % 100 = 0 THEN ARRAY['hero', 'outdoor'] WHEN n % 7 = 0 THEN ARRAY['outdoor'] ELSE '{}' END
    FROM who, generate_series(1, $1::int) AS n
    RETURNING id, studio_id, created_by, created_at, name
)
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at,
    facts)
SELECT gen_random_uuid(), made.studio_id, made.id, 1, content.id, made.name, 'application/octet-stream', created_by,
    created_at, '{}'
FROM made, content"""


async def fill(dsn: str, count: int) -> None:
    """Give the studio of the server that uses this database so many assets."""
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=300)
    try:
        await connection.execute(FILL, count)
        await connection.execute("ANALYZE asset, asset_version, asset_term")
    finally:
        await connection.close()
