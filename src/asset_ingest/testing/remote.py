"""What every RemoteFiles promises.

Subclasses bring `remote`, and `there`: an address at which it serves CONTENT by the name of NAME, with a
version. Whatever they serve, there is nothing at `there` with "-not" behind it.
"""

from __future__ import annotations

import pytest

from asset_ingest.core.errors import AddressRefused
from asset_ingest.core.ports.remote import RemoteFiles, Rest

CONTENT = b"bytes of a stranger" * 5_000
NAME = "r\u00e9sum\u00e9 of crates.unitypackage"


class RemoteFilesContract:
    async def test_a_file_comes_whole_with_its_name_and_size(self, remote: RemoteFiles, there: str) -> None:
        async with remote.open(there) as file:
            assert (file.filename, file.size) == (NAME, len(CONTENT))
            assert b"".join([chunk async for chunk in file.chunks]) == CONTENT

    async def test_it_can_be_opened_again_and_left_at_any_point(self, remote: RemoteFiles, there: str) -> None:
        for pieces in (0, 1, 10**6):
            async with remote.open(there) as file:
                read = 0
                async for _ in file.chunks:
                    read += 1
                    if read >= pieces:
                        break

    async def test_what_is_not_there_is_refused(self, remote: RemoteFiles, there: str) -> None:
        with pytest.raises(AddressRefused) as caught:
            async with remote.open(f"{there}-not"):
                pass
        assert caught.value.field == "url"

    async def test_the_rest_of_its_version_comes_from_where_it_is_wanted(self, remote: RemoteFiles, there: str) -> None:
        rest = Rest(7, await _version(remote, there), len(CONTENT))
        async with remote.open(there, rest) as file:
            assert (file.start, file.size, file.version) == (7, len(CONTENT), rest.version)
            assert b"".join([chunk async for chunk in file.chunks]) == CONTENT[7:]

    async def test_where_that_version_is_no_more_the_file_comes_whole(self, remote: RemoteFiles, there: str) -> None:
        async with remote.open(there, Rest(7, '"another"', len(CONTENT))) as file:
            assert (file.start, file.size) == (0, len(CONTENT))
            assert b"".join([chunk async for chunk in file.chunks]) == CONTENT

    async def test_what_can_be_asked_passes_the_check(self, remote: RemoteFiles, there: str) -> None:
        remote.check(there)

    @pytest.mark.parametrize("url", ["", "crates.unitypackage", "file:///etc/passwd", "ftp://files.example/a", "//a/b"])
    async def test_what_is_no_web_address_is_refused_before_anybody_is_asked(
        self, remote: RemoteFiles, url: str
    ) -> None:
        with pytest.raises(AddressRefused):
            remote.check(url)
        with pytest.raises(AddressRefused):
            async with remote.open(url):
                pass


async def _version(remote: RemoteFiles, url: str) -> str:
    async with remote.open(url) as file:
        assert file.version is not None
        return file.version
