"""How long questions about an upload of 10,000 parts take, and the signing of 1,000 of them.

    python bench/many_parts.py [questions [parts]]

A running `asset-ingest serve` is asked over one connection that stays, one question after the other: HEAD and GET of
an upload whose parts stand in the ledger (written as an append writes them, all but the last), the first page of its
parts, and 1,000 addresses signed at a time, for the disk by our HMAC, for S3 by its signature. The clock is the
client's. *processor* is what server and database took for each question, which moves less on a busy machine.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from parts.rivals import TUS
from parts.servers import Postgres, Server, emptied, ours, postgres, started, told

from asset_ingest.adapters.repos.postgres.pool import open_pool
from asset_ingest.adapters.repos.postgres.records import PostgresRecords
from asset_ingest.core.model.ids import StudioId, UploadId
from asset_ingest.core.model.uploads import FilePart
from asset_ingest.core.ports.upload_repos import Ledger

HERE = Path(__file__).parent
WORK, DRAIN = HERE / ".work" / "parts", HERE / "parts" / "s3_drain.py"
PART = 16 << 20
RUN, SIGNED, SIGNINGS = 100, 1000, 20
SOON, SIGNED_SOON = 10.0, 100.0


class Client:
    """One connection that stays."""

    def __init__(self, server: Server) -> None:
        place = urlsplit(server.url)
        assert place.hostname
        self._connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        self._headers = server.headers | TUS

    def ask(self, method: str, path: str, body: object = None) -> tuple[float, Any]:
        """Return how many milliseconds the answer took, and what it says."""
        sent = json.dumps(body) if body is not None else None
        more = {"Content-Type": "application/json"} if sent else {}
        begun = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", sent, self._headers | more)
        answer = self._connection.getresponse()
        said = answer.read()
        took = 1000 * (time.perf_counter() - begun)
        if answer.status >= http.client.BAD_REQUEST:
            sys.exit(f"the server refused {method} {path}: {answer.status} {said[:1000]!r}")
        return took, json.loads(said) if said else None

    def open(self, method: str, parts: int) -> UploadId:
        wanted = {"filename": "huge.bin", "size": parts * PART, "method": method}
        return UploadId(UUID(self.ask("POST", "/uploads", wanted)[1]["upload_id"]))


async def fill(dsn: str, upload_id: UploadId, count: int) -> None:
    """Write parts into the ledger as an append does."""
    async with open_pool(dsn, max_size=2) as pool:
        studio_id = StudioId(await pool.fetchval("SELECT id FROM studio"))
        async with PostgresRecords(pool).transaction(studio_id) as tx:
            session = await tx.uploads.take_over(upload_id)
            parts = tuple(
                FilePart(upload_id, studio_id, number, (number - 1) * PART, PART, f"{number:032x}")
                for number in range(1, count + 1)
            )
            until = datetime.now(UTC) + timedelta(days=1)
            await tx.uploads.record(Ledger(upload_id, session.writer_epoch, parts, 0, None, until))


def questions(server: Server, database: Postgres, count: int, parts: int) -> None:
    client = Client(server)
    upload = client.open("resumable", parts)
    asyncio.run(fill(database.dsn, upload, parts - 1))
    asked = {
        "HEAD, of no part": ("HEAD", f"/files/{client.open('resumable', parts)}"),
        "HEAD /files/…": ("HEAD", f"/files/{upload}"),
        "GET /uploads/…": ("GET", f"/uploads/{upload}"),
        "GET /uploads/…/parts": ("GET", f"/uploads/{upload}/parts?limit=1000"),
    }
    took: dict[str, list[float]] = {name: [] for name in asked}
    spent = dict.fromkeys(asked, 0.0)
    for first in range(0, count, RUN):  # in turns, and each long enough for the kernel's clock of the processor
        for name, (method, path) in asked.items():
            before = server.processor() + database.processor()
            took[name] += [client.ask(method, path)[0] for _ in range(min(RUN, count - first))]
            spent[name] += 1000 * (server.processor() + database.processor() - before) / count
    print(f"\n{parts} parts, in ms{'':7}{'median':>8}{'p99':>8}{'longest':>9}{'processor':>11}")
    for name, each in took.items():
        print(f"{name:24}{statistics.median(each):8.2f}{p99(each):8.2f}{max(each):9.2f}{spent[name]:11.2f}")
    for name in ("HEAD /files/…", "GET /uploads/…"):
        told(f"p99 of {name}, ms", p99(took[name]), f"< {SOON:.0f}", lambda it: it < SOON)


def p99(found: list[float]) -> float:
    return statistics.quantiles(found, n=100, method="inclusive")[98]


def signing(server: Server, where: str, parts: int) -> None:
    client = Client(server)
    upload = client.open("multipart", parts)
    before = server.processor()
    took = [
        client.ask("POST", f"/uploads/{upload}/parts:sign", {"numbers": list(range(first + 1, first + SIGNED + 1))})[0]
        for first in (SIGNED * turn % (parts - SIGNED) for turn in range(SIGNINGS))
    ]
    spent, middle = 1000 * (server.processor() - before) / SIGNINGS, statistics.median(took)
    print(f"\n{SIGNED} for {where}, in ms: median {middle:.0f}, longest {max(took):.0f}, processor {spent:.0f}")
    told(f"ms to sign for {where}", middle, f"< {SIGNED_SOON:.0f}", lambda it: it < SIGNED_SOON)


def main(count: int = 1000, parts: int = 10_000) -> None:
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    with emptied(WORK) as folder, postgres(folder / "database") as database:
        with ours(folder / "disk", database.dsn) as server:
            questions(server, database, count, parts)
            signing(server, "the disk", parts)
        with started([sys.executable, str(DRAIN)], folder / "drain.log") as (_, endpoint):
            s3 = {
                "ASSET_INGEST_S3_ENDPOINT": endpoint,
                "ASSET_INGEST_S3_BUCKET": "bench",
                "ASSET_INGEST_S3_ACCESS_KEY": "key",
                "ASSET_INGEST_S3_SECRET_KEY": "secret",
                "ASSET_INGEST_S3_PROFILE": "aws",
            }
            key = (folder / "disk" / "admin.key").read_text()
            (folder / "s3").mkdir(mode=0o700)
            (folder / "s3" / "admin.key").write_text(key)
            with ours(folder / "s3", database.dsn, **s3) as server:
                signing(server, "S3", parts)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
