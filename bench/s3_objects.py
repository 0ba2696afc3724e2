"""How fast, how dear and how large the S3 adapter is, next to aiobotocore alone with the same parts, in the same run.

    python bench/s3_objects.py [rounds [MiB]]

Both send a stream of unknown length in parts of 8 MiB, four at a time, and read it back in pieces of at most 1 MiB, in
turns, to and from a Ceph of our own, plain and over TLS. Ceph keeps everything in memory, so the file is small. Then
fifty uploads crawl at once and the memory of the process is watched. Needs Ceph: see tests/integration/ceph.py.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session

from asset_ingest.adapters.object_store.s3 import S3Place, S3Store, open_s3

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.integration.ceph import Ceph, running_ceph

PART, PARALLEL, CHUNK, MIB = 8 << 20, 4, 64 << 10, 1 << 20
CRAWLING, CRAWLED = 50, 9 * MIB
BUCKET = "bench"
NOISE = os.urandom(CHUNK)


async def stream(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // CHUNK):
        yield NOISE


@dataclass
class Figures:
    """Seconds on the clock and of the processor, round by round."""

    size: int
    clock: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    async def take(self, name: str, work: Awaitable[None]) -> None:
        clock, processor = time.perf_counter(), time.process_time()
        await work
        self.clock.setdefault(name, []).append(time.perf_counter() - clock)
        self.processor.setdefault(name, []).append(time.process_time() - processor)

    def show(self, title: str) -> None:
        print(f"\n{title}\n| | MB/s | of bare | processor s/GB | of bare |\n|---|---|---|---|---|")
        for name in self.clock:
            bare = name.replace("ours", "bare")
            speed, dear = ratio(self.clock[bare], self.clock[name]), ratio(self.processor[name], self.processor[bare])
            rate = self.size / 1e6 / statistics.median(self.clock[name])
            per_gb = statistics.median(self.processor[name]) * 1e9 / self.size
            print(f"| {name} | {rate:.0f} | {speed:.2f} | {per_gb:.2f} | {dear:.2f} |")


def ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


async def put_bare(client: Any, size: int) -> None:
    name = {"Bucket": BUCKET, "Key": "bare"}
    upload = {**name, "UploadId": (await client.create_multipart_upload(**name))["UploadId"]}
    slots, tasks = asyncio.Semaphore(PARALLEL), []

    async def send(number: int, body: bytes) -> dict[str, Any]:
        try:
            said = await client.upload_part(**upload, PartNumber=number, Body=body)
        finally:
            slots.release()
        return {"PartNumber": number, "ETag": said["ETag"]}

    buffer = bytearray()
    async for chunk in stream(size):
        buffer += chunk
        if len(buffer) >= PART:
            await slots.acquire()
            tasks.append(asyncio.create_task(send(len(tasks) + 1, bytes(buffer))))
            buffer = bytearray()
    await client.complete_multipart_upload(**upload, MultipartUpload={"Parts": await asyncio.gather(*tasks)})


async def get_bare(client: Any) -> None:
    async with (await client.get_object(Bucket=BUCKET, Key="bare"))["Body"] as body:
        while await body.read(MIB):
            pass


async def put_ours(s3: S3Store, size: int) -> None:
    await s3.objects.put("ours", stream(size))


async def get_ours(s3: S3Store) -> None:
    async for _ in s3.objects.read("ours"):
        pass


async def compare(place: S3Place, title: str, rounds: int, size: int) -> None:
    config = AioConfig(
        signature_version="s3v4",
        s3={"addressing_style": "path"},
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    keys = {"aws_access_key_id": place.access_key, "aws_secret_access_key": place.secret_key}
    bare = get_session().create_client(
        "s3", endpoint_url=place.endpoint, region_name=place.region, verify=str(place.ca_file), config=config, **keys
    )
    figures = Figures(size)
    async with open_s3(place) as s3, bare as client:
        await s3.bucket.client.create_bucket(Bucket=BUCKET)
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "bare put": lambda: put_bare(client, size),
            "ours put": lambda: put_ours(s3, size),
            "bare get": lambda: get_bare(client),
            "ours get": lambda: get_ours(s3),
        }
        for _ in range(rounds):
            for name, work in works.items():
                await figures.take(name, work())
            await s3.objects.delete("bare")
            await s3.objects.delete("ours")
    figures.show(title)


async def crawl(place: S3Place) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        for _ in range(CRAWLED // CHUNK):
            yield os.urandom(CHUNK)
            await asyncio.sleep(0.05)

    async with open_s3(place) as s3:
        await s3.bucket.client.create_bucket(Bucket=BUCKET)
        await put_ours(s3, PART)
        before = peak = resident()
        uploads = [asyncio.create_task(s3.objects.put(f"slow/{number}", slowly())) for number in range(CRAWLING)]
        while not all(upload.done() for upload in uploads):
            await asyncio.sleep(0.05)
            peak = max(peak, resident())
        await asyncio.gather(*uploads)
        for number in range(CRAWLING):
            await s3.objects.delete(f"slow/{number}")
    print(f"\n{CRAWLING} crawling uploads of {CRAWLED / MIB:.0f} MiB: {before} MiB before, {peak} MiB at most")


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // MIB


def place_of(ceph: Ceph, endpoint: str) -> S3Place:
    return S3Place(
        BUCKET, endpoint, access_key=ceph.access_key, secret_key=ceph.secret_key, profile="ceph", ca_file=ceph.ca_file
    )


async def main(ceph: Ceph, rounds: int = 5, mebibytes: int = 256) -> None:
    print(f"load {os.getloadavg()[0]:.1f}, {rounds} rounds of {mebibytes} MiB")
    await crawl(place_of(ceph, ceph.http))
    await compare(place_of(ceph, ceph.http), "plain HTTP", rounds, mebibytes * MIB)
    await compare(place_of(ceph, ceph.https), "TLS", rounds, mebibytes * MIB)


if __name__ == "__main__":
    # aiohttp warns of large bodies given as bytes, which is what aiobotocore alone does.
    warnings.simplefilter("ignore", ResourceWarning)
    with tempfile.TemporaryDirectory() as folder, running_ceph(Path(folder)) as ceph:
        asyncio.run(main(ceph, *map(int, sys.argv[1:])))
