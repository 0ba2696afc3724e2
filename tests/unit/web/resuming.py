"""Clients of the two resumable protocols, and what became of what they sent."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door

from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.model.ids import UploadId
from asset_ingest.core.ports.object_store import Collected, ResumableUploads, StoredObject
from asset_ingest.core.services.landing import SMALL

FILES = f"{API}/files"
TUS = {"Tus-Resumable": "1.0.0"}
OFFSET_BYTES = {"Content-Type": "application/offset+octet-stream"}
PARTIAL_BYTES = {"Content-Type": "application/partial-upload"}
LONG = bytes(SMALL + 1)
"""More than what is taken in at once."""


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


@dataclass(slots=True)
class TusClient:
    """Speaks tus as somebody, at one upload once it has created it."""

    door: Door
    path: str = FILES
    always: dict[str, str] = field(default_factory=lambda: dict(TUS))

    async def __call__(self, method: str, body: Any = None, /, path: str | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.door(method, path or self.path, data=body, headers={**self.always, **named})
        assert answer.headers["Tus-Resumable"] == "1.0.0"
        return answer

    async def create(self, body: bytes | None = None, /, query: str = "", **headers: str) -> Answer:
        typed = OFFSET_BYTES if body is not None else {}
        answer = await self("POST", body, path=FILES + query, **{**typed, **headers})
        if "Location" in answer.headers:
            self.path = urlsplit(answer.headers["Location"]).path
        return answer

    async def append(self, offset: int, body: Any, /, **headers: str) -> Answer:
        return await self("PATCH", body, **{"Upload-Offset": str(offset), **OFFSET_BYTES, **headers})

    async def stands(self) -> int:
        """Ask as every client does; the answer is kept by nobody."""
        answer = await self("HEAD")
        assert answer.status == 200, answer
        assert answer.headers["Cache-Control"] == "no-store"
        return int(answer.headers["Upload-Offset"])


@dataclass(slots=True)
class IetfClient:
    """Speaks the IETF's protocol as somebody."""

    door: Door
    path: str = FILES

    async def __call__(self, method: str, body: Any = None, /, path: str | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.door(method, path or self.path, data=body, headers=named)

    async def create(self, body: Any = None, /, complete: str = "?0", query: str = "", **headers: str) -> Answer:
        answer = await self("POST", body, path=FILES + query, Upload_Complete=complete, **headers)
        if "Location" in answer.headers:
            self.path = urlsplit(answer.headers["Location"]).path
        return answer

    async def append(self, offset: int, body: Any, /, complete: str = "?0", **headers: str) -> Answer:
        said = {"Upload-Offset": str(offset), "Upload-Complete": complete, **PARTIAL_BYTES, **headers}
        return await self("PATCH", body, **said)

    async def stands(self) -> int:
        answer = await self("HEAD")
        assert answer.status == 204, answer
        return int(answer.headers["Upload-Offset"])


class Away:
    """A store that takes every byte and can make no object of them, until it is back."""

    def __init__(self, inner: ResumableUploads) -> None:
        self._inner = inner
        self.away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def complete(self, *upload: Any) -> StoredObject:
        if self.away:
            raise StoreUnavailable("the store does not answer")
        return await self._inner.complete(*upload)


class DyingBehindTheLastByte:
    """A store that makes all bytes durable, and then, once, is away before anybody hears of it."""

    def __init__(self, inner: ResumableUploads) -> None:
        self._inner = inner
        self._died = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def append(self, *upload: Any) -> AsyncGenerator[Collected, None]:
        async with aclosing(self._inner.append(*upload)) as steps:
            async for collected in steps:
                yield collected
        if not self._died:
            self._died = True
            raise StoreUnavailable("the store does not answer")


async def finish(site: Site, path: str) -> None:
    """Finish the upload at this address, as the reconciler does."""
    who = await site.program.app.access.by_key(site.admin_key, "test")
    await site.program.app.transfers.finish(who.studio_id, UploadId(UUID(path.rpartition("/")[2])))


async def job_of(site: Site, path: str) -> dict[str, Any]:
    """Return the job of the upload at this address."""
    who = await site.program.app.access.by_key(site.admin_key, "test")
    view = await site.program.app.transfers.get(who, UploadId(UUID(path.rpartition("/")[2])))
    found: dict[str, Any] = (await site.admin.get(f"/jobs/{view.job_id}")).json
    return found


async def content_of(site: Site, path: str) -> tuple[str, bytes]:
    """Do the work on the upload and return the name and the bytes that became of it."""
    await site.program.work()
    job = await job_of(site, path)
    assert job["status"] == "COMPLETE", job
    answer = await site.admin.get(f"/assets/{UUID(job['asset_id'])}/versions/1/content")
    return job["original_filename"], answer.body
