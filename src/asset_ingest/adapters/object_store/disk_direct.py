"""Signed requests for bytes on a local disk: our own server answers them, as a bucket would."""

from __future__ import annotations

import hmac
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from asset_ingest.adapters.object_store.disk_parts import DiskResumable
from asset_ingest.adapters.object_store.durable_files import FileCalls
from asset_ingest.adapters.object_store.keys import checked_key
from asset_ingest.core.errors import InvalidRequest, SignatureRefused
from asset_ingest.core.ports.clock import Clock
from asset_ingest.core.ports.object_store import DirectUploads, Grant, PartToSign, SignedDoor, SignedRequest

_METHOD: Final = "PUT"
_SIGNED: Final = ("key", "upload", "part", "size", "type", "md5", "until")
_LONGEST_LIFE: Final = timedelta(days=7)  # as in S3


class DiskDirectUploads(DiskResumable, DirectUploads, SignedDoor):
    """Direct uploads to the DiskObjects of the same `root`, and the door that knows them again.

    `address` is where our server takes them: absolute where we know what clients call us, else a path. Every process
    that signs or admits has the same `secret`. The signature is an HMAC-SHA256 over the method and all that is said.
    """

    through_us = True

    def __init__(self, root: Path, secret: bytes, address: str, clock: Clock, calls: FileCalls | None = None) -> None:
        super().__init__(root, calls)
        self._secret = secret
        self._address = address
        self._clock = clock

    async def sign_put(
        self,
        key: str,
        size: int,
        lifetime: timedelta,
        content_type: str | None = None,
        content_md5: str | None = None,
    ) -> SignedRequest:
        grant = Grant(checked_key(key), size, content_type=content_type, content_md5=content_md5)
        return self._signed(grant, lifetime)

    async def sign_parts(
        self, key: str, upload_id: str, parts: Sequence[PartToSign], lifetime: timedelta
    ) -> list[SignedRequest]:
        checked_key(key)
        return [
            self._signed(Grant(key, part.size, upload_id, part.number, content_md5=part.content_md5), lifetime)
            for part in parts
        ]

    def admit(self, method: str, query: Mapping[str, str]) -> Grant:
        proof = self._proof(method, query)
        if not hmac.compare_digest(proof.encode(), query.get("signature", "").encode("utf-8", "replace")):
            raise SignatureRefused("this request was not signed here, or not as it was sent")
        if self._clock.now().timestamp() >= int(query["until"]):
            raise SignatureRefused("the time of this request is over")
        return _granted(query)

    def _signed(self, grant: Grant, lifetime: timedelta) -> SignedRequest:
        if not timedelta(seconds=1) <= lifetime <= _LONGEST_LIFE:
            raise InvalidRequest("a signed request lives between one second and seven days")
        until = math.ceil((self._clock.now() + lifetime).timestamp())
        said = {**_said(grant), "until": str(until)}
        url = f"{self._address}?{urlencode({**said, 'signature': self._proof(_METHOD, said)}, safe='/')}"
        headers = {"Content-Length": str(grant.size)}
        if grant.content_type:
            headers["Content-Type"] = grant.content_type
        if grant.content_md5:
            headers["Content-MD5"] = grant.content_md5
        return SignedRequest(_METHOD, url, headers, datetime.fromtimestamp(until, UTC))

    def _proof(self, method: str, said: Mapping[str, str]) -> str:
        # What we sign has no line break, so no other fields make the same text.
        text = "\n".join((method, *(said.get(name, "") for name in _SIGNED)))
        return hmac.digest(self._secret, text.encode("utf-8", "replace"), "sha256").hex()


def _said(grant: Grant) -> dict[str, str]:
    said = {"key": grant.key, "size": str(grant.size)}
    if grant.content_type:
        said["type"] = grant.content_type
    if grant.content_md5:
        said["md5"] = grant.content_md5
    if grant.upload_id is None:
        return said
    return {**said, "upload": grant.upload_id, "part": str(grant.number)}


def _granted(said: Mapping[str, str]) -> Grant:
    """Return the grant that says so; `said` is ours, since the signature is."""
    whole = Grant(said["key"], int(said["size"]), content_type=said.get("type"), content_md5=said.get("md5") or None)
    if not said.get("upload"):
        return whole
    return replace(whole, upload_id=said["upload"], number=int(said["part"]))
