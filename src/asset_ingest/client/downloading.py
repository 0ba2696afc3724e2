"""A version's bytes into a file: resumed where it broke, proved before it gets its name."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from asset_ingest.client.backoff import may_pass
from asset_ingest.client.connection import Connection
from asset_ingest.client.errors import ClientError, NotUnderstood
from asset_ingest.client.part_file import MIB, PartFile, part_file
from asset_ingest.client.views import Version

_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-\d{1,19}/(?:\d{1,19}|\*)")


@dataclass(frozen=True, slots=True)
class Download:
    """The content of one version, from `path` of the API."""

    connection: Connection
    path: str
    version: Version
    on_progress: Callable[[int], None]

    async def into(self, to: Path) -> None:
        """Fetch what is missing of `to`, prove the whole, then give it its name.

        What an earlier run left is used if the whole proves right with it, and fetched anew if not: it may have been of
        another version.
        """
        async with part_file(to) as part:
            inherited = part.held > 0
            await self._fill(part)
            right = await part.sha256() == self.version.sha256
            if not right and inherited:
                await part.empty()
                await self._fill(part)
                right = await part.sha256() == self.version.sha256
            if not right:
                await part.empty()
                raise NotUnderstood(f"the bytes that arrived for {to} are not those of the version")
            await part.sync()

    async def _fill(self, part: PartFile) -> None:
        """Fetch until the part is as long as the version; only failures in a row count."""
        if part.held > self.version.size:
            await part.empty()
        failures = 0
        while (before := part.held) < self.version.size:
            try:
                await self._fetch(part)
            except ClientError as error:
                failures = 1 if part.held > before else failures + 1
                if not may_pass(error) or failures >= self.connection.backoff.attempts:
                    raise
                retry_after = error.retry_after
            else:
                return
            await self.connection.backoff.rest(failures, retry_after)

    async def _fetch(self, part: PartFile) -> None:
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={part.held}-"} if part.held else {})}
        async with self.connection.answer("GET", self.path, headers=headers) as response:
            start = _start(response)
            if start == 0 and part.held:
                await part.empty()  # the server knows no ranges and sends everything
            if start != part.held:
                raise NotUnderstood("the server sends another range than the one asked for")
            async for chunk in response.aiter_raw(MIB):
                if part.held + len(chunk) > self.version.size:
                    raise NotUnderstood("the server sends more bytes than the version has")
                await part.add(chunk)
                self.on_progress(part.held)
        if part.held < self.version.size:
            raise NotUnderstood("the server sends fewer bytes than the version has")


def _start(response: httpx.Response) -> int | None:
    if response.status_code != httpx.codes.PARTIAL_CONTENT:
        return 0
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    return int(found[1]) if found else None
