"""tus 1.0 as the server speaks it, in memory; uploads are called u1, u2 and so on, so that a test can name them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import web

from asset_ingest.testing.http_faults import problem


@dataclass(slots=True)
class TusUpload:
    """One upload as it stands; `writes` are the places and lengths of what was taken, in order."""

    filename: str
    size: int
    query: dict[str, str]
    job_id: str = ""
    body: bytearray = field(default_factory=bytearray)
    writes: list[tuple[int, int]] = field(default_factory=list)
    complete: bool = False
    ended: bool = False


@dataclass
class TusUploads:
    """`finishing` is how often an upload that has all its bytes answers that it is not complete yet."""

    begun: Callable[[TusUpload], str]
    all_there: Callable[[TusUpload], None]
    uploads: dict[str, TusUpload] = field(default_factory=dict)
    finishing: int = 0
    address: str = "/api/v1/files"

    async def open(self, request: web.Request) -> web.StreamResponse:
        assert request.headers["Tus-Resumable"] == "1.0.0"
        name = request.headers["Upload-Metadata"].removeprefix("filename ")
        size = int(request.headers["Upload-Length"])
        upload = TusUpload(base64.b64decode(name, validate=True).decode(), size, dict(request.query))
        if not size:
            return problem(422, "empty_file", "the file is empty")
        upload.job_id = self.begun(upload)
        ident = f"u{len(self.uploads) + 1}"
        self.uploads[ident] = upload
        return web.Response(
            status=201, headers={"Location": f"{self.address}/{ident}", "X-Job-Id": upload.job_id, "Upload-Offset": "0"}
        )

    async def look(self, request: web.Request) -> web.StreamResponse:
        upload = self._known(request)
        return upload if isinstance(upload, web.Response) else self._stands(upload, 200)

    async def append(self, request: web.Request) -> web.StreamResponse:
        upload = self._known(request)
        if isinstance(upload, web.Response):
            return upload
        offset, body = int(request.headers["Upload-Offset"]), await request.read()
        if offset != len(upload.body):
            return problem(409, "offset_mismatch", f"upload is at byte {len(upload.body)}, not {offset}")
        if request.headers["Upload-Checksum"] != _checksum(body):
            return problem(460, "checksum_mismatch", "the bytes are not those that were promised")
        upload.body += body
        upload.writes.append((offset, len(body)))
        return self._stands(upload, 204)

    async def end(self, request: web.Request) -> web.StreamResponse:
        upload = self._known(request)
        if isinstance(upload, web.Response):
            return upload
        upload.ended = True
        return web.Response(status=204)

    def _known(self, request: web.Request) -> TusUpload | web.Response:
        assert request.headers["Tus-Resumable"] == "1.0.0"
        upload = self.uploads.get(request.match_info["id"])
        if upload is None:
            return problem(404, "not_found", "there is no such upload")
        return problem(410, "upload_gone", "the upload has ended") if upload.ended else upload

    def _stands(self, upload: TusUpload, status: int) -> web.StreamResponse:
        if len(upload.body) == upload.size and not upload.complete:
            if self.finishing:
                self.finishing -= 1
                return problem(423, "not_possible_now", "the upload is being finished", **{"Retry-After": "1"})
            upload.complete = True
            self.all_there(upload)
        headers = {"Upload-Offset": str(len(upload.body)), "Upload-Length": str(upload.size)}
        return web.Response(status=status, headers=headers)


def _checksum(body: bytes) -> str:
    return f"sha256 {base64.b64encode(hashlib.sha256(body).digest()).decode()}"
