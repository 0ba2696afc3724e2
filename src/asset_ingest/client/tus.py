"""tus 1.0 as far as we speak it: open an upload, ask how it stands, add a slice, give it up."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

from asset_ingest.client.connection import Connection
from asset_ingest.client.errors import NotUnderstood

ANSWER_SECONDS: Final = 300.0
"""How long the server may take to make the last byte of an upload durable."""
LOOK_SECONDS: Final = 60.0
"""How long it may take to say how an upload stands: it waits a little for one that is nearly finished."""

STILL_FINISHING: Final = 423

_VERSION: Final[Mapping[str, str]] = {"Tus-Resumable": "1.0.0"}
_ID = re.compile(r"[0-9A-Za-z_-]{1,128}", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mark:
    """What is to be known of a file on its way: its job, and its upload for as long as bytes are missing."""

    job_id: str
    upload_id: str | None = None


@dataclass(frozen=True, slots=True)
class Tus:
    """One request each; nothing is tried again here."""

    connection: Connection

    async def open(self, name: str, size: int, params: Mapping[str, str]) -> Mark:
        """Open an upload; nobody sees of it more than its name until its bytes come."""
        said = base64.b64encode(name.encode(errors="replace")).decode()
        headers = {**_VERSION, "Upload-Length": str(size), "Upload-Metadata": f"filename {said}"}
        async with self.connection.answer("POST", "/files", params=params, headers=headers) as response:
            return Mark(_job(response), _upload(response))

    async def stands(self, upload_id: str, size: int) -> int:
        """Return how many bytes the server has for good; when that is all of them, the upload is complete."""
        async with self.connection.answer(
            "HEAD", _path(upload_id), headers=_VERSION, patience=LOOK_SECONDS
        ) as response:
            if _count(response, "Upload-Length") != size:
                raise NotUnderstood("the server's upload has another size than the file")
            return _offset(response, size)

    async def append(
        self, upload_id: str, size: int, offset: int, length: int, sha256: bytes, content: AsyncIterable[bytes]
    ) -> int:
        """Send `length` bytes at `offset`, of which the server keeps all or none; return how many it then has."""
        headers = {
            **_VERSION,
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(length),
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sha256 {base64.b64encode(sha256).decode()}",
        }
        async with self.connection.answer(
            "PATCH", _path(upload_id), headers=headers, content=content, patience=ANSWER_SECONDS
        ) as response:
            return _offset(response, size)

    async def give_up(self, upload_id: str) -> None:
        """Let the server forget the upload and its bytes."""
        async with self.connection.answer("DELETE", _path(upload_id), headers=_VERSION):
            return


def is_ident(text: str) -> bool:
    """Tell whether this may be the name of an upload or a job, and is nothing else in an address."""
    return _ID.fullmatch(text) is not None


def _path(upload_id: str) -> str:
    return f"/files/{upload_id}"


def _upload(response: httpx.Response) -> str:
    """Return the upload's own name: we go on at the address we speak to, whatever the server believes it to be."""
    address: str = response.headers.get("Location", "")
    upload_id = urlsplit(address).path.rpartition("/files/")[2]
    if not is_ident(upload_id):
        raise NotUnderstood("the server does not say where the upload goes on")
    return upload_id


def _job(response: httpx.Response) -> str:
    job_id: str = response.headers.get("X-Job-Id", "")
    if not is_ident(job_id):
        raise NotUnderstood("the server does not say which job the upload belongs to")
    return job_id


def _offset(response: httpx.Response, size: int) -> int:
    offset = _count(response, "Upload-Offset")
    if offset > size:
        raise NotUnderstood("the server has more bytes of the file than there are")
    return offset


def _count(response: httpx.Response, header: str) -> int:
    said: str = response.headers.get(header, "")
    if not _COUNT.fullmatch(said):
        raise NotUnderstood(f"the server's answer says no number in {header}")
    return int(said)
