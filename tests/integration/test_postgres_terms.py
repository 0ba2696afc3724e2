"""What assets are found by stands in rows of its own, which say what the assets say, whatever was done to those."""

from __future__ import annotations

from random import Random
from uuid import UUID

import asyncpg
import pytest

STUDIO = UUID(int=1)
BEGINNING = f"""
INSERT INTO studio (id, name, created_at) VALUES ('{STUDIO}', 'ours', now());
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
VALUES ('{UUID(int=7)}', '{STUDIO}', 'store', '7', 'Maker', now());
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, metadata, provenance, ready_at, tags)
SELECT lpad(to_hex(n), 32, '0')::uuid, '{STUDIO}', 'Forest_' || n, 'photo', '{UUID(int=9)}', now(), now(), 1, 1,
    CASE WHEN n % 2 = 0 THEN '{UUID(int=7)}'::uuid END, '{{"camera": "X-100"}}', '{{}}',
    CASE WHEN n % 3 > 0 THEN now() END, CASE WHEN n % 4 > 0 THEN ARRAY['hero', 'a b'] ELSE '{{}}' END
FROM generate_series(1, 12) AS n"""  # noqa: S608  ours
CHANGES = (
    "UPDATE asset SET name = name || ' Fôrêt''s %'",
    "UPDATE asset SET name = repeat('long', 500)",
    "UPDATE asset SET tags = ARRAY['#hero', 'forest', 'a b', '$']",
    "UPDATE asset SET tags = '{}'",
    """UPDATE asset SET custom = '{"shot": "sc01_0020", "note": "a:b shelf:c"}'""",
    "UPDATE asset SET updated_at = updated_at + interval '1 second'",
    "UPDATE asset SET trashed_at = now(), updated_at = now()",
    "UPDATE asset SET trashed_at = NULL",
    "UPDATE asset SET ready_at = now()",
    "UPDATE asset SET ready_at = NULL",
    "UPDATE asset SET publisher_id = NULL",
    "UPDATE asset SET name = '...', tags = '{}', custom = '{}', metadata = '{}', publisher_id = NULL",
    "UPDATE asset SET created_at = created_at - interval '1 day'",
    "UPDATE asset SET revision = revision + 1",
    "DELETE FROM asset",
)
RENAMED = "UPDATE publisher SET name = name || ' & Sons'"
ROWS = """
SELECT studio_id, asset_id, created_at, updated_at, trashed, term, sort_name FROM asset_term ORDER BY asset_id, term"""
SHOULD_BE = """
SELECT studio_id, id, created_at, updated_at, trashed_at IS NOT NULL, term, sort_name
FROM asset CROSS JOIN LATERAL (
    SELECT DISTINCT left(word, 100) COLLATE "C" AS term FROM unnest(tsvector_to_array(search)) AS word
    WHERE word <> asset_shelf(studio_id, trashed_at IS NOT NULL)
    UNION SELECT ('#' || tag) COLLATE "C" FROM unnest(tags) AS tag
) AS found
WHERE ready_at IS NOT NULL ORDER BY id, term"""


@pytest.mark.parametrize("seed", range(10))
async def test_terms_say_what_the_assets_say(database_url: str, seed: int) -> None:
    dice = Random(seed)  # noqa: S311  no secret
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=30)
    try:
        await connection.execute(BEGINNING)
        for _ in range(30):
            change = dice.choice((*CHANGES, RENAMED))
            only = "" if change is RENAMED else f" WHERE id = '{UUID(int=dice.randint(1, 12))}'"
            await connection.execute(change + only)
            rows = [tuple(row) for row in await connection.fetch(ROWS)]
            assert rows == [tuple(row) for row in await connection.fetch(SHOULD_BE)], change
        assert rows
    finally:
        await connection.close()
