"""What it takes to send a file on into S3, next to aiobotocore that makes the bytes itself, in the same run.

    python bench/s3_upload.py [rounds [MiB]]

A client sends a raw body over loopback to `asset-ingest serve`, which sends it on to an S3 server; in turns with
aiobotocore in a process of its own, which has one part in memory and sends it again and again. Both send parts of
8 MiB, four at a time, signed, without checksums that are not required. The S3 server has the kernel drop what comes.
Then fifty uploads crawl in at 1 MiB/s each, and fifty more come as fast as they can. At last a Ceph in memory takes
smaller files, if there is a Ceph. No worker reads what was stored: the server's PostgreSQL is not its child.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from anyio.from_thread import start_blocking_portal

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.integration.ceph import INSTALL, missing_programs, running_ceph

from asset_ingest.adapters.postgres_server.embedded import embedded_postgres
from asset_ingest.adapters.postgres_server.lock import DataFolderLock

HERE = Path(__file__).parent
WORK, DRAIN = HERE / ".work" / "s3", HERE / "parts" / "s3_drain.py"
MIB = 1 << 20
PART, PARALLEL, IN_CEPH = 8 * MIB, 4, 256
FAST_ENOUGH, CHEAP_ENOUGH, SMALL_ENOUGH = 0.8, 1.3, 256
CROWD, CROWD_SIZE, CRAWL, PIECE = 50, 12 * MIB, MIB, 64 << 10
PATIENCE = 120
BUCKET = "bench"


@dataclass(frozen=True, slots=True)
class Place:
    """An S3 server and a way in."""

    endpoint: str
    access_key: str = "key"
    secret_key: str = "secret"


@dataclass(frozen=True, slots=True)
class Sent:
    """Seconds by the clock of whoever sent, and of the processor in the process that spoke S3."""

    seconds: float
    processor: float


# --- aiobotocore alone ---------------------------------------------------------------------------------------------


def client(place: Place) -> Any:
    return get_session().create_client(
        "s3",
        endpoint_url=place.endpoint,
        region_name="us-east-1",
        aws_access_key_id=place.access_key,
        aws_secret_access_key=place.secret_key,
        config=AioConfig(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


async def make_bucket(place: Place) -> None:
    async with client(place) as s3:
        await s3.create_bucket(Bucket=BUCKET)


async def bare(place: Place, size: int) -> Sent:
    part = os.urandom(PART)
    async with client(place) as s3:
        await s3.put_object(Bucket=BUCKET, Key="warm", Body=b"warm")
        seconds, processor = time.monotonic(), time.process_time()
        await put_parts(s3, part, size // PART)
        sent = Sent(time.monotonic() - seconds, time.process_time() - processor)
        await empty(s3)
    return sent


async def put_parts(s3: Any, part: bytes, count: int) -> None:
    name = {"Bucket": BUCKET, "Key": "bare"}
    upload = {**name, "UploadId": (await s3.create_multipart_upload(**name))["UploadId"]}
    slots = asyncio.Semaphore(PARALLEL)

    async def send(number: int) -> dict[str, Any]:
        async with slots:
            said = await s3.upload_part(**upload, PartNumber=number, Body=part)
        return {"PartNumber": number, "ETag": said["ETag"]}

    parts = await asyncio.gather(*(send(number) for number in range(1, count + 1)))
    await s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


async def empty(s3: Any) -> None:
    """Give the memory of the bucket back, also what the other one sent."""
    for found in (await s3.list_objects_v2(Bucket=BUCKET)).get("Contents", ()):
        await s3.delete_object(Bucket=BUCKET, Key=found["Key"])


# --- ours ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Server:
    """A running `asset-ingest serve`."""

    pid: int
    url: str
    key: str

    def memory(self, line: str) -> float:
        return int(Path(f"/proc/{self.pid}/status").read_text().split(f"{line}:")[1].split()[0]) / 1024

    def processor(self) -> float:
        user, system = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def head(self, size: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", "Content-Length": str(size)}

    def take(self, size: int) -> Sent:
        """Send as fast as it takes the bytes, until it says that they are safe."""
        piece, processor, started = os.urandom(MIB), self.processor(), time.monotonic()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=PATIENCE)
        body = (piece for _ in range(size // MIB))
        connection.request("POST", "/api/v1/assets?filename=bench.bin", body, self.head(size))
        answer = connection.getresponse()
        said = answer.read()
        sent = Sent(time.monotonic() - started, self.processor() - processor)
        connection.close()
        if answer.status != http.client.ACCEPTED:
            sys.exit(f"the server refused an upload: {said.decode()}")
        return sent

    def crowd(self, rate: float) -> float:
        """Take many uploads at once, each of so many bytes a second; return the peak of memory."""
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

        async def all_at_once() -> None:
            await asyncio.gather(*(self._crawl(number, rate) for number in range(CROWD)))

        asyncio.run(all_at_once())
        return self.memory("VmHWM")

    async def _crawl(self, number: int, rate: float) -> None:
        place, piece = urlsplit(self.url), os.urandom(PIECE)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        head = "".join(f"{name}: {value}\r\n" for name, value in self.head(CROWD_SIZE).items())
        writer.write(f"POST /api/v1/assets?filename={number}.bin HTTP/1.1\r\nHost: bench\r\n{head}\r\n".encode())
        started = time.monotonic()
        for sent in range(0, CROWD_SIZE, PIECE):
            await asyncio.sleep(started + sent / rate - time.monotonic())
            writer.write(piece)
            await writer.drain()
        answer = await reader.readline()
        writer.close()
        if b" 202 " not in answer:
            sys.exit(f"the server refused an upload: {answer.decode()}")


@contextmanager
def started(command: list[str], **more: str) -> Iterator[tuple[int, str]]:
    """Run a server that says READY and where."""
    settings = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
    with (WORK / "server.log").open("a") as log:
        server = subprocess.Popen(command, env=settings | more, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert server.stdout
        line = server.stdout.readline()
        if not line.startswith("READY "):
            sys.exit(f"a server did not start:\n{(WORK / 'server.log').read_text()[-2000:]}")
        yield server.pid, line.split()[1]
    finally:
        server.terminate()
        server.wait(PATIENCE)


@contextmanager
def serving(place: Place, dsn: str) -> Iterator[Server]:
    settings = {
        "ASSET_INGEST_DATA": str(WORK / "data"),
        "ASSET_INGEST_PORT": "0",
        "ASSET_INGEST_DATABASE_URL": dsn,
        "ASSET_INGEST_S3_ENDPOINT": place.endpoint,
        "ASSET_INGEST_S3_BUCKET": BUCKET,
        "ASSET_INGEST_S3_ACCESS_KEY": place.access_key,
        "ASSET_INGEST_S3_SECRET_KEY": place.secret_key,
        "ASSET_INGEST_S3_PROFILE": "aws",  # its parts begin as small as the other's, and stay so for 4.9 GiB
    }
    with started([sys.executable, "-m", "asset_ingest.entrypoints.cli", "serve"], **settings) as (pid, url):
        yield Server(pid, url, (WORK / "data" / "admin.key").read_text().strip())


# --- the measurement ------------------------------------------------------------------------------------------------


def alone(place: Place, size: int) -> Sent:
    command = [sys.executable, __file__, "bare", place.endpoint, place.access_key, place.secret_key, str(size)]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if said.returncode:
        sys.exit(f"aiobotocore alone failed:\n{said.stderr[-2000:]}")
    return Sent(*json.loads(said.stdout))


def compare(title: str, place: Place, dsn: str, rounds: int, mebibytes: int) -> None:
    size = mebibytes * MIB // PART * PART
    ours, theirs = [], []
    with serving(place, dsn) as server:
        server.take(PART)
        for number in range(rounds):
            turns = [lambda: ours.append(server.take(size)), lambda: theirs.append(alone(place, size))]
            for turn in turns if number % 2 else reversed(turns):
                turn()
            print(f"  round {number + 1}  ours {ours[-1]}  alone {theirs[-1]}", file=sys.stderr, flush=True)
    print(f"\n{title}: {mebibytes} MiB, median of {rounds}\n{'':18}{'seconds':>8} {'MB/s':>6} {'processor s/GB':>15}")
    for name, sent in (("ours", ours), ("aiobotocore alone", theirs)):
        seconds, processor = (statistics.median(getattr(one, what) for one in sent) for what in Sent.__slots__)
        print(f"{name:18}{seconds:8.2f} {size / 1e6 / seconds:6.0f} {processor * 1e9 / size:15.2f}")
    pairs = list(zip(ours, theirs, strict=True))
    speed = statistics.median(other.seconds / mine.seconds for mine, other in pairs)
    cost = statistics.median(mine.processor / other.processor for mine, other in pairs)
    told("our speed to theirs", speed, speed >= FAST_ENOUGH, f"≥ {FAST_ENOUGH}")
    told("our processor time to theirs", cost, cost <= CHEAP_ENOUGH, f"≤ {CHEAP_ENOUGH}")


def crowded(place: Place, dsn: str) -> None:
    with serving(place, dsn) as server:
        idle = server.memory("VmRSS")
        crawling = server.crowd(CRAWL)
        hurried = server.crowd(float("inf"))
    print(f"\n{CROWD} uploads of {CROWD_SIZE // MIB} MiB at once: {idle:.0f} MiB idle, {hurried:.0f} MiB if they hurry")
    told("MiB at most while they crawl at 1 MiB/s", crawling, crawling < SMALL_ENOUGH, f"< {SMALL_ENOUGH}")


def told(what: str, found: float, well: bool, wanted: str) -> None:  # noqa: FBT001  it is said
    print(f"{what}: {found:.3g}, wanted {wanted}  {'ok' if well else 'MISSED'}", flush=True)


@asynccontextmanager
async def postgres() -> AsyncIterator[str]:
    async with DataFolderLock(WORK) as lock, embedded_postgres(WORK, lock) as server:
        yield server.dsn


def main(rounds: int = 5, mebibytes: int = 2048) -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "data").mkdir(mode=0o700, parents=True)
    print(f"the machine's load before: {os.getloadavg()[0]:.1f}")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(postgres()) as dsn:
        with started([sys.executable, str(DRAIN)]) as (_, endpoint):
            compare("a server that drops it", Place(endpoint), dsn, rounds, mebibytes)
            crowded(Place(endpoint), dsn)
        if missing := missing_programs():
            print(f"no Ceph here ({', '.join(missing)}), so no figure of it; on Debian, as root: {INSTALL}")
            return
        with tempfile.TemporaryDirectory() as folder, running_ceph(Path(folder)) as ceph:  # a socket's path is short
            place = Place(ceph.http, ceph.access_key, ceph.secret_key)
            asyncio.run(make_bucket(place))
            compare("Ceph", place, dsn, min(rounds, 5), min(mebibytes, IN_CEPH))  # it has room for 4 GiB


if __name__ == "__main__":
    if sys.argv[1:2] == ["bare"]:
        warnings.simplefilter("ignore", ResourceWarning)  # aiohttp's, of bodies that are large
        found = asyncio.run(bare(Place(*sys.argv[2:5]), int(sys.argv[5])))
        print(json.dumps([found.seconds, found.processor]))
    else:
        main(*map(int, sys.argv[1:3]))
