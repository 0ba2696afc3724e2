"""Files that tus clients send, and what became of them."""

from __future__ import annotations

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.server import Server, ended


@dataclass(frozen=True, slots=True)
class Sample:
    """A file whose content no other test has."""

    path: Path
    content: bytes = field(repr=False)

    @classmethod
    def made(cls, path: Path, size: int) -> Sample:
        sample = cls(path, os.urandom(size))
        path.write_bytes(sample.content)
        return sample

    @property
    def name(self) -> str:
        return self.path.name

    def stream(self) -> io.BytesIO:
        return io.BytesIO(self.content)


def endpoint(server: Server, url: str | None = None) -> str:
    return f"{url or server.url}/api/v1/files"


def authorized(server: Server) -> dict[str, str]:
    return {"Authorization": f"Bearer {server.key}"}


async def arrived(server: Server, file: Sample, name: str | None = None) -> None:
    """Assert that the newest job of this name ends well, with exactly the bytes of the file."""
    async with server.client() as client:
        jobs = (await client.get("/jobs", params={"limit": 20})).json()["items"]
    job_id = next(job["id"] for job in jobs if job["original_filename"] == (name or file.name))
    await _became(server, job_id, file)


async def arrived_at(server: Server, url: str, file: Sample) -> str:
    """Assert that the upload at this address ends well, with exactly the bytes of the file; return its job's name."""
    async with server.client() as client:
        upload = (await client.get(f"/uploads/{url.rpartition('/')[2]}")).json()
    return str((await _became(server, upload["job_id"], file))["original_filename"])


async def _became(server: Server, job_id: str, file: Sample) -> dict[str, Any]:
    async with server.client() as client:
        job = await ended(client, job_id)
        assert job["status"] == "COMPLETE", job
        content = (await client.get(f"/assets/{job['asset_id']}/versions/1/content")).content
    assert content == file.content
    return job
