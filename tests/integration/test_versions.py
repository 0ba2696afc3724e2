"""Versions over PostgreSQL: however many arrive at once, each gets a number of its own."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import asyncpg
from tests.harness import TUNING, Program

from asset_ingest.adapters.repos.postgres.migrate import MIGRATIONS, migrate
from asset_ingest.bootstrap import Ports, server_ports
from asset_ingest.core.errors import ChangedMeanwhile
from asset_ingest.core.model.assets import wearing
from asset_ingest.core.model.ids import PublisherId, StudioId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.repos import JobQuery
from asset_ingest.core.services.asset_edits import AssetEdit
from asset_ingest.settings import Settings

AT_ONCE = 6
FIRST_WITH_VERSIONS = 14
"""The migration that brings them."""
STUDIO = StudioId(UUID(int=1))

OLD = """
INSERT INTO studio (id, name, created_at) VALUES (lpad('1', 32, '0')::uuid, 'local', now());
INSERT INTO publisher (id, studio_id, source, external_id, name, created_at)
VALUES (lpad('3', 32, '0')::uuid, lpad('1', 32, '0')::uuid, 'store', '3', 'Maker', now());
INSERT INTO blob (id, studio_id, sha256, object_key, size, created_at)
VALUES (lpad('4', 32, '0')::uuid, lpad('1', 32, '0')::uuid, repeat('a', 64), 'key', 1, now());
INSERT INTO asset (id, studio_id, name, kind, created_by, created_at, updated_at, revision, current_version,
    publisher_id, metadata, provenance, ready_at)
VALUES (lpad('5', 32, '0')::uuid, lpad('1', 32, '0')::uuid, 'Old', 'unity_package', lpad('2', 32, '0')::uuid, now(),
    now(), 2, 1, lpad('3', 32, '0')::uuid, '{"title": "Old"}', '{"title": "header"}', now());
INSERT INTO asset_version (id, studio_id, asset_id, number, blob_id, filename, content_type, created_by, created_at,
    facts)
VALUES (lpad('6', 32, '0')::uuid, lpad('1', 32, '0')::uuid, lpad('5', 32, '0')::uuid, 1, lpad('4', 32, '0')::uuid, 'a',
    'application/gzip', lpad('2', 32, '0')::uuid, now(), '{"checks": {}}')"""


async def opened(database_url: str, data: Path, stack: AsyncExitStack) -> Ports:
    settings = Settings(data=data, database_connections=8, log_level="error")
    return await server_ports(settings, database_url, stack)


async def test_versions_that_arrive_at_once_get_numbers_in_a_row(database_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        program = Program(await opened(database_url, tmp_path, stack), TUNING)
        who = await program.found()
        await program.upload(who, "a.bin", b"first")
        await program.work()
        [card] = (await program.app.assets.page(who, AssetQuery(9))).items
        for number in range(AT_ONCE):
            await program.upload(who, "a.bin", bytes([number]), asset_id=card.id, change_note=str(number))
        await program.app.upkeep.dispatcher.once()
        while program.inbox.ids:  # all workers at once, each on a connection of its own
            ids, program.inbox.ids = program.inbox.ids, []
            await asyncio.gather(*(program.app.runner.run(step_id) for step_id in ids))
            await program.app.upkeep.dispatcher.once()
        versions = (await program.app.versions.page(who, card.id, 50, 2**31 - 1)).items
        assert [version.number for version in versions] == list(range(AT_ONCE + 1, 0, -1))
        assert {version.change_note for version in versions} == {"", *map(str, range(AT_ONCE))}
        asset = await program.app.assets.get(who, card.id)
        assert (asset.current_version, asset.latest_version) == (AT_ONCE + 1, AT_ONCE + 1)
        jobs = (await program.app.jobs.page(who, JobQuery(50))).items
        assert {job.status for job in jobs} == {JobStatus.COMPLETE}


async def test_of_many_edits_of_one_revision_one_wins(database_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        program = Program(await opened(database_url, tmp_path, stack), TUNING)
        who = await program.found()
        await program.upload(who, "a.bin", b"first")
        await program.work()
        [card] = (await program.app.assets.page(who, AssetQuery(9))).items
        read = frozenset({card.revision})
        edits = [program.app.asset_edits.edit(who, card.id, AssetEdit(name=f"name {n}"), read) for n in range(AT_ONCE)]
        done = await asyncio.gather(*edits, return_exceptions=True)
        lost = [each.current for each in done if isinstance(each, ChangedMeanwhile)]
        won = await program.app.assets.get(who, card.id)
        assert [(each.revision, each.name) for each in lost] == [(won.revision, won.name)] * (AT_ONCE - 1)


async def test_an_asset_from_before_there_were_versions_can_be_gone_back_to(
    empty_database_url: str, tmp_path: Path
) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for file in MIGRATIONS.glob("*.sql"):
        if int(file.name[:4]) < FIRST_WITH_VERSIONS:
            shutil.copy(file, before)
    await migrate(empty_database_url, before)
    await _asset_of_old(empty_database_url)
    await migrate(empty_database_url)
    async with AsyncExitStack() as stack:
        ports = await opened(empty_database_url, tmp_path / "data", stack)
        async with ports.records.transaction(STUDIO) as tx:
            [card] = await tx.assets.cards(AssetQuery(9, text="old make"))
            asset = card.asset
            [version] = await tx.versions.of_asset(asset.id)
    assert wearing(asset, version) == asset
    assert (asset.metadata, asset.publisher_id) == ({"title": "Old"}, PublisherId(UUID(int=3)))


async def _asset_of_old(url: str) -> None:
    connection = await asyncpg.connect(url, timeout=10, command_timeout=10)
    try:
        await connection.execute(OLD)
    finally:
        await connection.close()
