"""A small file into the server: one request, all or nothing."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from asset_ingest.client.connection import Connection, json_object
from asset_ingest.client.errors import NotUnderstood
from asset_ingest.client.record import Record
from asset_ingest.client.sending import OpenFile
from asset_ingest.client.tus import ANSWER_SECONDS
from asset_ingest.client.views import Job


async def send_whole(connection: Connection, file: OpenFile, on_progress: Callable[[int], None], lane: str) -> Job:
    """Send the file once, from its first byte, with the promise of its SHA-256, and return its job."""
    on_progress(0)
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": str(file.size),
        "Content-Disposition": disposition(file.name),
        "X-Content-SHA256": await file.sha256(),
    }
    content = file.chunks(on_progress)
    async with connection.answer(
        "POST", "/assets", params={"lane": lane}, headers=headers, content=content, patience=ANSWER_SECONDS
    ) as response:
        taken = Record("upload", await json_object(response)).records("jobs", "job")
    if len(taken) != 1:
        raise NotUnderstood(f"the server answers one upload with {len(taken)} jobs")
    return Job.of(taken[0])


def disposition(name: str) -> str:
    """Name the file in a Content-Disposition header: exactly in UTF-8, and roughly for old readers (RFC 6266)."""
    rough = "".join(char if " " <= char <= "~" and char not in '"\\%' else "_" for char in name)
    return f"attachment; filename=\"{rough}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
