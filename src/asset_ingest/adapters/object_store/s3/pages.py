"""What a page in a browser may do with the bucket, tried as a browser does it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

import aiohttp

from asset_ingest.adapters.object_store.s3.client import S3Place
from asset_ingest.adapters.object_store.s3.cors import EXPOSED, METHODS
from asset_ingest.adapters.object_store.s3.probes import ACCESS, Trial
from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.ports.examination import Finding

_SUBJECT: Final = "CORS"
_LIFETIME: Final = timedelta(minutes=5)
_BYTES: Final = b"doctor"
_REMEDY: Final = (
    "Run 'asset-ingest doctor --set-cors', or let the bucket's CORS rules allow PUT, GET and HEAD"
    " with any header and expose ETag."
)


@dataclass(frozen=True, slots=True)
class Pages:
    """Somebody without a key, holding only what was signed for him."""

    trial: Trial
    http: aiohttp.ClientSession

    @classmethod
    @asynccontextmanager
    async def visiting(cls, trial: Trial, place: S3Place) -> AsyncIterator[Pages]:
        """Open a connection that trusts whom we trust."""
        trusted = await asyncio.to_thread(_trusted, place.ca_file)
        waiting = aiohttp.ClientTimeout(total=place.patience.read_seconds, sock_connect=place.patience.connect_seconds)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusted), timeout=waiting) as http:
            yield cls(trial, http)

    async def hold_to_the_length(self) -> Finding:
        """Send as many bytes as were signed for, and one more."""
        url = await self._signed("signed")
        too_many, _ = await self._send("PUT", url, _BYTES + b"!")
        status, _ = await self._send("PUT", url, _BYTES)
        if status != 200:
            remedy = (
                "Correct the public endpoint: the signature covers the host, and a proxy must pass it on unchanged."
            )
            return Finding(ACCESS, f"a signed upload is refused ({status})", remedy)
        if too_many == 200:
            remedy = "Update the server; until then a client may send more than was planned for it."
            return Finding(ACCESS, "signed uploads are not held to the length that was signed", remedy)
        return Finding(ACCESS, "signed uploads are taken and held to their length")

    async def may_come_from(self, origin: str) -> Finding:
        """Ask as a page of `origin` would: first whether it may, then for real."""
        url = await self._signed("page")
        missing = [method for method in METHODS if not await self._allowed(url, origin, method)]
        _, headers = await self._send("PUT", url, _BYTES, {"Origin": origin})
        shown = _words(headers.get("Access-Control-Expose-Headers", ""))
        hidden = [name for name in EXPOSED if not {"*", name.lower()} & shown]
        if missing:
            return Finding(_SUBJECT, f"pages of {origin} may not {', '.join(missing)} in this bucket", _REMEDY)
        if hidden:
            return Finding(_SUBJECT, f"pages of {origin} may not read {', '.join(hidden)} of what they sent", _REMEDY)
        return Finding(_SUBJECT, f"pages of {origin} may send, read, and see ETags")

    async def _allowed(self, url: str, origin: str, method: str) -> bool:
        asking = {"Origin": origin, "Access-Control-Request-Method": method}
        if method == "PUT":  # the digest of a part is said by us, the type of what they send by browsers
            asking["Access-Control-Request-Headers"] = "content-md5,content-type"
        status, headers = await self._send("OPTIONS", url, b"", asking)
        methods = _words(headers.get("Access-Control-Allow-Methods", ""))
        welcome = headers.get("Access-Control-Allow-Origin") in {"*", origin}
        return status in {200, 204} and welcome and bool({"*", method.lower()} & methods)

    async def _signed(self, name: str) -> str:
        signed = await self.trial.store.direct.sign_put(self.trial.key(name), len(_BYTES), _LIFETIME)
        return signed.url

    async def _send(
        self, method: str, url: str, body: bytes, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str]]:
        """Return status and headers; the URL is a secret, so no error that quotes it leaves here."""
        try:
            async with self.http.request(method, url, data=body or None, headers=headers) as answer:
                return answer.status, answer.headers
        except (aiohttp.ClientError, TimeoutError) as error:
            reason = type(error).__name__
        raise StoreUnavailable(f"the address that browsers use cannot be reached from here: {reason}")


def _trusted(ca_file: Path | None) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=ca_file)


def _words(said: str) -> set[str]:
    return {word.strip().lower() for word in said.split(",")}
