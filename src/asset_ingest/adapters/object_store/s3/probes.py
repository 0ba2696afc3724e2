"""One question to the bucket each, and its answer in one sentence."""

from __future__ import annotations

import base64
import hashlib
import secrets
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from asset_ingest.adapters.object_store.s3 import S3Store
from asset_ingest.adapters.object_store.s3.errors import our_errors, status_of
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.examination import Finding

ACCESS: Final = "S3"
_BODY: Final = b"asset-ingest doctor was here; this object may be deleted"
_ANOTHER_SERVER: Final = "Use a server that does, or update this one: large files are read in pieces."


@dataclass(slots=True)
class Trial:
    """A folder of our own in the bucket for as long as somebody looks."""

    store: S3Store
    folder: str
    uploads: list[tuple[str, str]] = field(default_factory=list)
    left_behind: list[Finding] = field(default_factory=list)
    is_versioned: bool = False

    @classmethod
    @asynccontextmanager
    async def begun(cls, store: S3Store) -> AsyncIterator[Trial]:
        """Give it a name that nobody else uses; empty it at the end."""
        trial = cls(store, f"doctor/{secrets.token_hex(8)}/")
        try:
            yield trial
        finally:
            try:
                await trial._clean_up()
            except IngestError as error:
                text = f"what the doctor wrote to {trial.folder} is still there: {error.message}"
                trial.left_behind.append(Finding(ACCESS, text, error.remedy))

    @property
    def client(self) -> Any:
        """The S3 API itself, for what no port of ours asks."""
        return self.store.bucket.client

    def key(self, name: str) -> str:
        return self.folder + name

    def at(self, name: str) -> dict[str, str]:
        return self.store.bucket.at(self.key(name))

    async def begin_upload(self, name: str) -> str:
        """Open a multipart upload that is aborted at the end."""
        upload_id = await self.store.direct.begin(self.key(name))
        self.uploads.append((self.key(name), upload_id))
        return upload_id

    async def _clean_up(self) -> None:
        for key, upload_id in self.uploads:
            await self.store.direct.abort(key, upload_id)
        if self.is_versioned:
            await self._remove_versions()
        async for stored in self.store.objects.list(self.folder):
            await self.store.objects.delete(stored.key)

    async def _remove_versions(self) -> None:
        """Remove for good what a plain DELETE would only hide; far fewer than a page."""
        with our_errors():
            said = await self.client.list_object_versions(Bucket=self.store.bucket.name, Prefix=self.folder)
            for entry in (*said.get("Versions", ()), *said.get("DeleteMarkers", ())):
                at = self.store.bucket.at(entry["Key"])
                await self.client.delete_object(**at, VersionId=entry["VersionId"])


async def probe_objects(trial: Trial) -> Finding:
    """Write and read back."""
    with our_errors():
        said = await trial.client.put_object(**trial.at("object"), Body=_BODY)
        back = await (await trial.client.get_object(**trial.at("object")))["Body"].read()
    if back != _BODY:
        remedy = "Look for a proxy on the way that changes what passes."
        return Finding(ACCESS, "what is written does not come back as it was", remedy)
    is_md5 = said.get("ETag", "").strip('"') == hashlib.md5(_BODY, usedforsecurity=False).hexdigest()
    trial.is_versioned = said.get("VersionId", "null") != "null"
    kept = "; old versions are kept, and cost until a lifecycle rule ends them" if trial.is_versioned else ""
    return Finding(ACCESS, f"objects are written and read back, ETags are {'' if is_md5 else 'not '}their MD5{kept}")


async def probe_ranges(trial: Trial) -> Finding:
    with our_errors():
        said = await trial.client.get_object(**trial.at("object"), Range="bytes=3-6")
        back = await said["Body"].read()
    if back != _BODY[3:7]:
        return Finding(ACCESS, "the server does not answer with the range that was asked for", _ANOTHER_SERVER)
    return Finding(ACCESS, "ranges are answered")


async def probe_conditions(trial: Trial) -> Finding:
    refused = await _status(trial.client.get_object(**trial.at("object"), IfMatch=f'"{"0" * 32}"'))
    if refused != 412:
        return Finding(ACCESS, "the server ignores the condition of a read (If-Match)", _ANOTHER_SERVER)
    return Finding(ACCESS, "conditions of reads are held to")


async def probe_copies(trial: Trial) -> Finding:
    copied = await trial.store.objects.copy(trial.key("object"), trial.key("copy"))
    if copied.size != len(_BODY):
        return Finding(ACCESS, "a copy has another size than its original", "Update the server; its copies are broken.")
    return Finding(ACCESS, "objects are copied inside the server")


async def probe_multipart(trial: Trial) -> Finding:
    """Send one part, find it and the upload again, and make it an object."""
    upload_id = await trial.begin_upload("parts")
    with our_errors():
        at = {**trial.at("parts"), "UploadId": upload_id}
        await trial.client.upload_part(**at, PartNumber=1, Body=_BODY)
    parts = [part async for part in trial.store.direct.parts(trial.key("parts"), upload_id)]
    by_folder = await _finds(trial, trial.folder, upload_id)
    known = by_folder or await _finds(trial, trial.key("parts"), upload_id)
    stored = await trial.store.direct.complete(trial.key("parts"), upload_id, parts)
    if not known or stored.size != len(_BODY):
        return Finding(
            ACCESS,
            "multipart uploads are not listed or not put together as they should be",
            "Use another server, or update this one: large files could not be stored.",
        )
    listed = "by folder" if by_folder else "by their whole key only, so what the server forgets to drop stays"
    return Finding(ACCESS, f"multipart uploads are put together, and unfinished ones are listed {listed}")


async def _finds(trial: Trial, prefix: str, upload_id: str) -> bool:
    return any([upload.upload_id == upload_id async for upload in trial.store.direct.unfinished(prefix)])


async def probe_aborts(trial: Trial) -> Finding:
    upload_id = await trial.begin_upload("aborted")
    await trial.store.direct.abort(trial.key("aborted"), upload_id)
    if await _finds(trial, trial.key("aborted"), upload_id):
        remedy = "Give the key the right to abort multipart uploads (s3:AbortMultipartUpload)."
        return Finding(ACCESS, "an aborted multipart upload is still there", remedy)
    return Finding(ACCESS, "multipart uploads are aborted")


async def probe_checksums(trial: Trial) -> Finding:
    """Find out what becomes of headers that we never send, because too many servers refuse them."""
    right = base64.b64encode(zlib.crc32(_BODY).to_bytes(4, "big")).decode()
    taken = await _status(trial.client.put_object(**trial.at("sum"), Body=_BODY, ChecksumCRC32=right))
    if taken != 200:
        return Finding(ACCESS, f"checksum headers are refused ({taken}), and we send none")
    wrong = await _status(trial.client.put_object(**trial.at("sum"), Body=_BODY, ChecksumCRC32="AAAAAA=="))
    return Finding(ACCESS, f"checksum headers are {'verified' if wrong == 400 else 'ignored'}, and we send none")


async def _status(calling: Awaitable[Any]) -> int:
    """Return the status of the answer, whatever it is."""
    with our_errors():
        try:
            said = await calling
        except ClientError as error:
            return status_of(error)
    if "Body" in said:
        said["Body"].close()
    return 200


PROBES: Final[tuple[Callable[[Trial], Awaitable[Finding]], ...]] = (
    probe_ranges,
    probe_conditions,
    probe_copies,
    probe_multipart,
    probe_aborts,
    probe_checksums,
)
