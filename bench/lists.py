"""How long a page of each list takes at 10,000 and at 1,000,000 rows.

    python bench/lists.py [rounds [few [many]]]

Two databases of the PostgreSQL that `asset-ingest serve` brings are filled by SQL (parts/many_rows.sql): as many
assets, versions, jobs and facts as they are called, in one big studio among small ones. Then the use cases of the
program, wired as it runs and behind row-level security, are asked for pages of 50 from both in turns; each round asks
for other words, owners and places. The clock is around the use case: nothing of HTTP, which takes the same at any
size, flatters the ratio.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
from parts.servers import emptied, told

from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock
from asset_ingest.bootstrap import App, migrate, running
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.assets import AssetKind
from asset_ingest.core.model.ids import AssetId, CommentId, GroupId, JobId, MemberId, PublisherId, StudioId
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.core.ports.asset_repos import AssetQuery, AssetSort, Place
from asset_ingest.core.ports.repos import EntryQuery, JobQuery
from asset_ingest.core.ports.review_repos import CommentQuery
from asset_ingest.settings import Settings

HERE = Path(__file__).parent
WORK, SEED = HERE / ".work" / "lists", HERE / "parts" / "many_rows.sql"
WITHIN, PAGE = 1.5, 50
WARM = 5
TWENTIETHS = ("castle", "tower", "desert", "bridge")
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)

Ask = Callable[[int], Awaitable[object]]


def ident(number: int) -> UUID:
    return UUID(int=number)


WHO = Principal(StudioId(ident(1)), MemberId(ident(1)), "admin", Role.ADMIN, "bench")


# --- filling --------------------------------------------------------------------------------------------------------


async def filled(admin_dsn: str, dsn: str, rows: int) -> str:
    """Make a database with that many assets and jobs; return where it is for the program."""
    begun, name = time.perf_counter(), f"of_{rows}"
    await _run(admin_dsn, f"CREATE DATABASE {name} OWNER ingest")
    place = urlsplit(dsn)._replace(path=f"/{name}").geturl()
    await migrate(place)
    await _run(urlsplit(admin_dsn)._replace(path=f"/{name}").geturl(), SEED.read_text().replace(":n", str(rows)))
    print(f"{rows} rows of each took {time.perf_counter() - begun:.0f} s", flush=True)
    return place


_INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index
JOIN pg_class ON pg_class.oid = indrelid AND relnamespace = 'public'::regnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)"""


async def _run(admin_dsn: str, statements: str) -> None:
    """Run them without triggers, and with the indexes made once all rows are there: both take minutes for a million."""
    connection = await asyncpg.connect(admin_dsn, timeout=10, command_timeout=900)
    try:
        if not statements.startswith("--"):
            await connection.execute(statements)
            return
        indexes = await connection.fetch(_INDEXES)
        quick = (
            "SET session_replication_role = replica; SET synchronous_commit = off; SET maintenance_work_mem = '512MB'"
        )
        await connection.execute(quick)
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        await connection.execute(statements)
        for index in indexes:
            await connection.execute(index["made"])
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


# --- asking ---------------------------------------------------------------------------------------------------------


def asset_lists(app: App, rows: int) -> dict[str, Ask]:
    """Name what is asked of the catalogue: each sort both ways, first and deep, each filter, words, and both."""

    def page(**asked: Any) -> Ask:
        return lambda _turn: app.assets.page(WHO, AssetQuery(PAGE, **asked))

    def varied(make: Callable[[int], dict[str, Any]]) -> Ask:
        return lambda turn: app.assets.page(WHO, AssetQuery(PAGE, **make(turn)))

    def deep(turn: int, sort: AssetSort) -> Place:
        number = rows * (turn % 97 + 1) // 100
        when: datetime | str = BEGINNING + timedelta(minutes=number)
        return Place(when if sort is not AssetSort.NAME else "acdefghmrtv"[turn % 11] + "o", AssetId(ident(number)))

    found: dict[str, Ask] = {}
    for sort in AssetSort:
        for descending, way in ((True, "down"), (False, "up")):
            found[f"by {sort} {way}"] = page(sort=sort, descending=descending)
            found[f"by {sort} {way}, deep"] = varied(
                lambda turn, sort=sort, descending=descending: {
                    "sort": sort,
                    "descending": descending,
                    "after": deep(turn, sort),
                }
            )
    day = timedelta(days=1)
    owner, publisher = (lambda turn: MemberId(ident(2 + turn % 50))), (lambda turn: PublisherId(ident(1 + turn % 30)))
    found |= {
        "of a kind": page(kind=AssetKind.PHOTO),
        "of a rare kind": page(kind=AssetKind.AUDIO),
        "of no such kind": page(kind=AssetKind.DOCUMENT),
        "of a kind, by name": page(kind=AssetKind.VIDEO, sort=AssetSort.NAME, descending=False),
        "of an owner": varied(lambda turn: {"owner": owner(turn)}),
        "of an owner of a third": page(owner=MemberId(ident(1))),
        "of an owner, by name": varied(lambda turn: {"owner": owner(turn), "sort": AssetSort.NAME}),
        "of an owner of a third, by name": page(owner=MemberId(ident(1)), sort=AssetSort.NAME),
        "of nobody": page(owner=MemberId(ident(10**9))),
        "of a publisher": varied(lambda turn: {"publisher_id": publisher(turn)}),
        "of a publisher, by change": varied(
            lambda turn: {"publisher_id": publisher(turn), "sort": AssetSort.UPDATED_AT}
        ),
        "of an hour": varied(
            lambda turn: {"since": BEGINNING + turn * day / 24, "until": BEGINNING + (turn + 1) * day / 24}
        ),
        "of a day, by name": varied(
            lambda turn: {
                "since": BEGINNING + turn % 5 * day,
                "until": BEGINNING + (turn % 5 + 1) * day,
                "sort": AssetSort.NAME,
            }
        ),
        "of a half, by name": page(since=BEGINNING + timedelta(minutes=rows // 2), sort=AssetSort.NAME),
        "with a tag of a fifth": page(tag="common"),
        "with a tag of a fifth, by name": page(tag="common", sort=AssetSort.NAME),
        "with a tag of one in 400": varied(lambda turn: {"tag": f"t{turn % 200}"}),
        "with a tag of one in 400, by name": varied(lambda turn: {"tag": f"t{turn % 200}", "sort": AssetSort.NAME}),
        "with a tag of twenty": page(tag="rare"),
        "with no such tag": page(tag="nowhere"),
        "in the trash": page(trashed=True),
        "in the trash, by name": page(trashed=True, sort=AssetSort.NAME),
        "in the trash, with a tag": page(trashed=True, tag="rare"),
        "kind and tag": page(kind=AssetKind.PHOTO, tag="common"),
        "kind and rare tag": page(kind=AssetKind.PHOTO, tag="rare"),
        "rare kind and tag": page(kind=AssetKind.AUDIO, tag="common"),
        "kind and owner": varied(lambda turn: {"kind": AssetKind.VIDEO, "owner": owner(turn)}),
        "kind, owner and tag": varied(lambda turn: {"kind": AssetKind.VIDEO, "owner": owner(turn), "tag": "common"}),
        "publisher and owner of none": varied(
            lambda turn: {"publisher_id": publisher(turn), "owner": MemberId(ident(10**9))}
        ),
        "publisher and kind": varied(lambda turn: {"publisher_id": publisher(turn), "kind": AssetKind.PHOTO}),
        "a single word": varied(lambda turn: {"text": md5(1 + turn * 7 % 9000)}),
        "the beginning of a single word": varied(lambda turn: {"text": md5(1 + turn * 7 % 9000)[:8]}),
        "a word of one in 400": varied(lambda turn: {"text": uncommon(turn)}),
        "a word of one in 400, by name": varied(lambda turn: {"text": uncommon(turn), "sort": AssetSort.NAME}),
        "a word of a twentieth": varied(lambda turn: {"text": TWENTIETHS[turn % 4]}),
        "a word of a twentieth, by name": varied(lambda turn: {"text": TWENTIETHS[turn % 4], "sort": AssetSort.NAME}),
        "a word of a quarter": varied(lambda turn: {"text": ("forest", "rock")[turn % 2]}),
        "a word of a quarter, by name": varied(
            lambda turn: {"text": ("forest", "rock")[turn % 2], "sort": AssetSort.NAME}
        ),
        "a word of all": page(text="2022.3.10f1"),
        "the beginning of words": varied(lambda turn: {"text": ("fo", "ro", "ca", "gl")[turn % 4]}),
        "two words": varied(lambda turn: {"text": f"forest {uncommon(turn)}"}),
        "two words that never meet": page(text="forest rock"),
        "words and not a word": page(text="v3 -forest"),
        "no such word": page(text="nowhere"),
        "a word and a kind": page(text="rock", kind=AssetKind.PHOTO),
        "a word and a rare kind": page(text="rock", kind=AssetKind.AUDIO),
        "a word and a tag": page(text="rock", tag="common"),
        "a word and a rare tag": page(text="rock", tag="rare"),
        "a word and an owner": varied(lambda turn: {"text": "rock", "owner": owner(turn)}),
        "a word of a publisher": varied(lambda turn: {"text": f"maker{1 + turn % 30}"}),
        "a word in the trash": page(text="rock", trashed=True),
    }
    return found


def uncommon(turn: int) -> str:
    """Return a word of one name in 400."""
    return f"{'abcdefghij'[turn % 10]}or{turn % 20}"


def md5(number: int) -> str:
    return hashlib.md5(str(number).encode(), usedforsecurity=False).hexdigest()[:10]


def job_lists(app: App, rows: int) -> dict[str, Ask]:
    def page(**asked: Any) -> Ask:
        return lambda _turn: app.jobs.page(WHO, JobQuery(PAGE, **asked))

    def deep(turn: int) -> JobId:
        return JobId(ident(rows * (turn % 97 + 1) // 100))

    running_ones = frozenset({JobStatus.PROCESSING, JobStatus.QUEUED, JobStatus.UPLOADING, JobStatus.PENDING})
    return {
        "all": page(),
        "all, deep": lambda turn: app.jobs.page(WHO, JobQuery(PAGE, deep(turn))),
        "complete": page(statuses=frozenset({JobStatus.COMPLETE})),
        "complete, deep": lambda turn: app.jobs.page(WHO, JobQuery(PAGE, deep(turn), frozenset({JobStatus.COMPLETE}))),
        "failed": page(statuses=frozenset({JobStatus.ERROR})),
        "running": page(statuses=running_ones),
        "failed or cancelled": page(statuses=frozenset({JobStatus.ERROR, JobStatus.CANCELLED})),
        "of no status there is": page(statuses=frozenset({JobStatus.SCRAPING})),
        "by a name of a quarter": page(text="forest"),
        "by a name of one in 400": lambda turn: app.jobs.page(WHO, JobQuery(PAGE, text=uncommon(turn))),
        "by a single name": lambda turn: app.jobs.page(WHO, JobQuery(PAGE, text=md5(1 + turn * 7 % 9000))),
        "by no such name": page(text="nowhere at all"),
        "failed, by a name": page(text="forest", statuses=frozenset({JobStatus.ERROR})),
        "complete, by no such name": page(text="nowhere at all", statuses=frozenset({JobStatus.COMPLETE})),
    }


def other_lists(app: App, rows: int) -> dict[str, Ask]:
    one, package = AssetId(ident(1)), AssetId(ident(2))

    def deep(turn: int, of: int) -> int:
        return of * (turn % 97 + 1) // 100

    return {
        "an asset": lambda turn: app.assets.get(WHO, AssetId(ident(3 + deep(turn, rows - 10)))),
        "an asset of many versions": lambda _: app.assets.get(WHO, one),
        "versions": lambda turn: app.versions.page(WHO, one, PAGE, 2 + deep(turn, 200)),
        "entries": lambda turn: app.assets.entries(WHO, package, EntryQuery(PAGE, deep(turn, rows // 10))),
        "entries, by a name": lambda _: app.assets.entries(WHO, package, EntryQuery(PAGE, -1, text="abc")),
        "an asset's comments": lambda _: app.comments.page(WHO, CommentQuery(one, PAGE)),
        "… deep": lambda turn: app.comments.page(
            WHO, CommentQuery(one, PAGE, (CommentId(ident(10 + deep(turn, rows // 20) // 5 * 5)),) * 2)
        ),
        "… unresolved, of a version": lambda _: app.comments.page(
            WHO, CommentQuery(one, PAGE, version=1, unresolved=True)
        ),
        "approvals": lambda _: app.approvals.of_version(WHO, one, 1, PAGE, None),
        "share links": lambda _: app.shares.page(WHO, one, PAGE, None),
        "tags": lambda _: app.asset_edits.tags(WHO, PAGE, "", ""),
        "tags, by a beginning": lambda turn: app.asset_edits.tags(WHO, PAGE, "", f"t{turn % 10}"),
        "publishers": lambda _: app.assets.publishers(WHO, PAGE, None),
        "a publisher": lambda turn: app.assets.publisher(WHO, PublisherId(ident(1 + turn % 30))),
        "members": lambda _: app.members.page(WHO, PAGE, None),
        "keys": lambda _: app.api_keys.page(WHO, PAGE, None),
        "invitations": lambda _: app.invitations.page(WHO, PAGE, None),
        "notifications": lambda _: app.notifications.page(WHO, PAGE, None, unread=False),
        "… unread": lambda _: app.notifications.page(WHO, PAGE, None, unread=True),
        "… counted": lambda _: app.notifications.unread(WHO),
        "audit": lambda _: app.audit.page(WHO, None, PAGE),
        "audit, deep": lambda turn: app.audit.page(WHO, None, PAGE, deep(turn, rows)),
        "an asset's audit": lambda _: app.audit.page(WHO, one, PAGE),
        "groups": lambda _: app.groups.page(WHO, PAGE, None),
        "jobs of a group": lambda turn: app.groups.jobs(WHO, GroupId(ident(1 + turn % 150)), PAGE, None),
    }


LISTS = {"assets": asset_lists, "jobs": job_lists, "others": other_lists}


# --- measuring ------------------------------------------------------------------------------------------------------


def p95(found: list[float]) -> float:
    return statistics.quantiles(found, n=20, method="inclusive")[18]


async def took(ask: Ask, turn: int) -> float:
    begun = time.perf_counter()
    await ask(turn)
    return 1000 * (time.perf_counter() - begun)


async def compare(few: dict[str, Ask], many: dict[str, Ask], rounds: int, what: str) -> tuple[list[float], list[float]]:
    print(f"\n{what}, in ms{'':30}{'few: p50':>9}{'p95':>7}{'many: p50':>11}{'p95':>7}{'ratio':>7}")
    every: tuple[list[float], list[float]] = ([], [])
    for name, ask in few.items():
        times: tuple[list[float], list[float]] = ([], [])
        for turn in range(WARM + rounds):
            for times_of, each in zip(times, (ask, many[name]), strict=True):
                times_of.append(await took(each, turn))
        of_few, of_many = (each[WARM:] for each in times)
        every[0].extend(of_few)
        every[1].extend(of_many)
        ratio = p95(of_many) / p95(of_few)
        print(
            f"{name:40}{statistics.median(of_few):9.2f}{p95(of_few):7.2f}{statistics.median(of_many):11.2f}"
            f"{p95(of_many):7.2f}{ratio:7.2f}  {'ok' if ratio <= WITHIN else 'MISSED'}",
            flush=True,
        )
    tell(what, every)
    return every


def tell(what: str, every: tuple[list[float], list[float]]) -> None:
    few, many = map(p95, every)
    print(f"p95 of all {what}: {few:.2f} and {many:.2f} ms")
    told(f"p95 of all {what}", many / few, f"<= {WITHIN}", lambda it: it <= WITHIN)


async def measure(places: dict[int, str], folder: Path, rounds: int) -> None:
    async with AsyncExitStack() as stack:
        apps = [
            (await stack.enter_async_context(running(_settings(folder / str(rows), dsn), dsn)), rows)
            for rows, dsn in places.items()
        ]
        every: tuple[list[float], list[float]] = ([], [])
        for what, make in LISTS.items():
            few, many = (make(app, rows) for app, rows in apps)
            found = await compare(few, many, rounds, what)
            if what != "others":
                for times, those in zip(every, found, strict=True):
                    times.extend(those)
        tell("assets and jobs", every)


def _settings(folder: Path, dsn: str) -> Settings:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Settings(data=folder, database_url=dsn)


async def run(rounds: int, sizes: tuple[int, int]) -> None:
    with emptied(WORK) as folder:
        (folder / "database").mkdir(mode=0o700)
        quick = {"max_wal_size": "8GB"}
        async with (
            DataFolderLock(folder / "database") as lock,
            embedded_postgres(folder / "database", lock, options=quick) as server,
        ):
            places = {rows: await filled(server.admin_dsn, server.dsn, rows) for rows in sizes}
            await measure(places, folder, rounds)


def main(rounds: int = 60, few: int = 10_000, many: int = 1_000_000) -> None:
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    asyncio.run(run(rounds, (few, many)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
