"""Fixtures: servers for clients that other people wrote, one over the disk and one over Ceph, for all of them together.

Their uploads do not meet. Pages of one other site may call them.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import uuid4

import pytest
from anyio.from_thread import start_blocking_portal
from tests.integration.ceph import Ceph
from tests.integration.ceph_fixture import ceph_place_of, emptied
from tests.integration.production_fixture import bucket_settings
from tests.integration.server import Server, serving

from asset_ingest.adapters.object_store.s3 import S3Place, open_s3
from asset_ingest.adapters.object_store.s3.cors import set_cors


@dataclass(frozen=True, slots=True)
class OtherSite:
    """A site of somebody else: what lies in the folder is served at the origin."""

    origin: str
    folder: Path


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of every request."""


@pytest.fixture(scope="session")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherSite]:
    folder = tmp_path_factory.mktemp("other-site")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))) as server:
        running = threading.Thread(target=server.serve_forever)
        running.start()
        yield OtherSite(f"http://127.0.0.1:{server.server_port}", folder)
        server.shutdown()
        running.join()


@pytest.fixture(scope="session", params=["disk", "ceph"])
def client_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, other_site: OtherSite
) -> Iterator[Server]:
    """Yield a server over each kind of store."""
    data = tmp_path_factory.mktemp(f"client-server-{request.param}") / "data"
    ceph = request.getfixturevalue("ceph") if request.param == "ceph" else None
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(_serving(data, other_site.origin, ceph)) as server,
    ):
        yield server


@asynccontextmanager
async def _serving(data: Path, origin: str, ceph: Ceph | None) -> AsyncIterator[Server]:
    settings = {"ASSET_INGEST_CORS_ORIGINS": f'["{origin}"]'}
    if ceph is None:
        async with serving(data, **settings) as server:
            yield server
        return
    async with _bucket(ceph, origin) as place, serving(data, **settings, **bucket_settings(place)) as server:
        yield server


@asynccontextmanager
async def _bucket(ceph: Ceph, origin: str) -> AsyncIterator[S3Place]:
    place = ceph_place_of(ceph, f"clients-{uuid4().hex}", ceph.http)
    async with open_s3(place) as s3:
        await s3.bucket.client.create_bucket(Bucket=place.bucket)
        await set_cors(place, [origin])
        yield place
        await emptied(s3)
        await s3.bucket.client.delete_bucket(Bucket=place.bucket)
