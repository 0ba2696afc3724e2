"""Nobody's address leads an import to where only we can go, and no server keeps us longer than its file is worth."""

from __future__ import annotations

import asyncio
import gzip
import traceback
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import ip_address
from itertools import count
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.adapters.stranger import Origin, Stranger, leading, said_of, stranger

from asset_ingest.adapters.remote.http import HttpRemoteFiles
from asset_ingest.adapters.remote.memory import MemoryRemoteFiles, serving
from asset_ingest.adapters.remote.naming import filename_of
from asset_ingest.adapters.remote.pace import Pace
from asset_ingest.adapters.remote.redirects import led_on
from asset_ingest.adapters.remote.versions import part_of, version_of
from asset_ingest.adapters.safe_fetch import Reach, SafeFetch
from asset_ingest.adapters.safe_fetch.public_address import Address
from asset_ingest.core.errors import AddressRefused, SourceUnavailable, TooLarge
from asset_ingest.core.ports.remote import Rest
from asset_ingest.testing.remote import CONTENT, NAME, RemoteFilesContract

AGENT = "asset-ingest/1"
OUTSIDE = "127.0.0.2"
"""Stands for a public host; all the rest of this machine is inside."""
LARGEST = 1 << 20


class Names:
    """A resolver whose answers of a name come one after the other, the last one for ever."""

    def __init__(self, **answers: Sequence[str]) -> None:
        self._answers = {name: list(found) for name, found in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        found = self._answers.get(host.partition(".")[0], [host])
        answer = found.pop(0) if len(found) > 1 else found[0]
        return [ip_address(each) for each in answer.split()]


@pytest.fixture
async def outside() -> AsyncIterator[Stranger]:
    async with stranger(OUTSIDE) as server:
        yield server


@pytest.fixture
async def inside() -> AsyncIterator[Stranger]:
    async with stranger("127.0.0.1") as server:
        server.answers["/secret"] = said_of(200, b"the secret")
        yield server


def remote_files(*servers: Stranger, names: Names | None = None, **tuning: object) -> HttpRemoteFiles:
    """Let only OUTSIDE be asked; the ports of all are free, so that nothing but the address decides."""
    ports = (80, 443, *(server.port for server in servers))
    reach = Reach(("https", "http"), ports, inside=[ip_address(OUTSIDE)])
    fetch = SafeFetch(AGENT, reach=reach, resolve=names or Names())
    return HttpRemoteFiles(fetch, largest=LARGEST, **tuning)  # type: ignore[arg-type]


async def read(remote: HttpRemoteFiles, url: str) -> bytes:
    async with remote.open(url) as file:
        return b"".join([chunk async for chunk in file.chunks])


async def refused(remote: HttpRemoteFiles, url: str) -> str:
    with pytest.raises(AddressRefused) as caught:
        await read(remote, url)
    return caught.value.message


class TestMemoryRemoteFiles(RemoteFilesContract):
    @pytest.fixture
    def there(self) -> str:
        return "https://files.example/crates"

    @pytest.fixture
    def remote(self, there: str) -> MemoryRemoteFiles:
        return MemoryRemoteFiles({there: serving(CONTENT, NAME)})


class TestHttpRemoteFiles(RemoteFilesContract):
    @pytest.fixture
    def there(self, outside: Stranger) -> str:
        named = f"Content-Disposition: attachment; filename*=UTF-8''{quote(NAME)}"
        return Origin(CONTENT, headers=(named,)).on(outside, "/crates")

    @pytest.fixture
    def remote(self, outside: Stranger) -> HttpRemoteFiles:
        return remote_files(outside)


class TestRebinding:
    async def test_a_name_is_resolved_once_and_only_what_was_judged_is_connected_to(
        self, outside: Stranger, inside: Stranger
    ) -> None:
        outside.answers["/a"] = said_of(200, b"file")
        names = Names(files=[OUTSIDE, "127.0.0.1"])
        assert await read(remote_files(outside, inside, names=names), outside.at("/a", "files.test")) == b"file"
        assert names.asked == ["files.test"]
        assert f"Host: files.test:{outside.port}" in outside.asked[0]

    async def test_a_name_that_is_bound_anew_meanwhile_is_judged_anew(
        self, outside: Stranger, inside: Stranger
    ) -> None:
        outside.answers["/a"] = leading(inside.at("/secret", "files.test"))
        names = Names(files=[OUTSIDE, "127.0.0.1"])
        said = await refused(remote_files(outside, inside, names=names), outside.at("/a", "files.test"))
        assert "127." not in said
        assert inside.asked == []

    @pytest.mark.parametrize(
        "found",
        ["127.0.0.1", f"{OUTSIDE} 127.0.0.1", "1.1.1.1 10.0.0.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0"],  # noqa: S104
    )
    async def test_a_name_with_any_address_inside_is_not_asked(
        self, outside: Stranger, inside: Stranger, found: str
    ) -> None:
        remote = remote_files(outside, inside, names=Names(evil=[found]))
        said = await refused(remote, inside.at("/secret", "evil.test"))
        assert not any(address in said for address in found.split())
        assert inside.asked == outside.asked == []


class TestRedirects:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    async def test_they_are_followed(self, outside: Stranger, status: int) -> None:
        outside.answers |= {"/a": leading("/b/../c.bin?d=e#f", status), "/c.bin?d=e": said_of(200, b"file")}
        async with remote_files(outside).open(outside.at("/a")) as file:
            assert (file.filename, file.size) == ("c.bin", 4)

    async def test_one_to_loopback_is_not_followed(self, outside: Stranger, inside: Stranger) -> None:
        outside.answers["/a"] = leading(inside.at("/secret"))
        said = await refused(remote_files(outside, inside), outside.at("/a"))
        assert "127." not in said
        assert inside.asked == []

    @pytest.mark.parametrize(
        "host", ["localhost", "127.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0"]
    )
    async def test_no_way_to_write_loopback_is_followed(self, outside: Stranger, inside: Stranger, host: str) -> None:
        outside.answers["/a"] = leading(inside.at("/secret", host))
        reach = Reach(("https", "http"), (outside.port, inside.port), inside=[ip_address(OUTSIDE)])
        remote = HttpRemoteFiles(SafeFetch(AGENT, reach=reach), largest=LARGEST)  # with the machine's own resolver
        await refused(remote, outside.at("/a"))
        assert inside.asked == []

    @pytest.mark.parametrize(
        "to",
        [
            "file:///etc/passwd",
            "ftp://files.test/",
            "http://me:secret@127.0.0.2/",
            "http://[::1",
            "http://127.0.0.2:22/",
        ],
    )
    async def test_one_to_what_we_would_not_ask_is_not_followed(self, outside: Stranger, to: str) -> None:
        outside.answers["/a"] = leading(to)
        assert "secret" not in await refused(remote_files(outside), outside.at("/a"))
        assert len(outside.asked) == 1

    async def test_five_are_enough(self, outside: Stranger) -> None:
        outside.answers |= {f"/{n}": leading(f"/{n + 1}") for n in range(6)}
        outside.answers |= {"/5": said_of(200, b"file"), "/loop": leading("/loop")}
        assert await read(remote_files(outside), outside.at("/0")) == b"file"
        asked = len(outside.asked)
        assert "on and on" in await refused(remote_files(outside), outside.at("/loop"))
        assert len(outside.asked) == asked + 6

    def test_what_is_secure_stays_so(self) -> None:
        assert led_on("https://a.test/b", "//c.test/d") == "https://c.test/d"
        assert led_on("http://a.test/b", "https://c.test/") == "https://c.test/"
        with pytest.raises(AddressRefused, match="less safe"):
            led_on("https://a.test/b", "http://a.test/b")

    @given(st.text(max_size=40))
    def test_whatever_a_server_says_is_an_address_or_refused(self, location: str) -> None:
        with suppress(AddressRefused):
            led_on("http://a.test/b", location)


class TestAddresses:
    @pytest.mark.parametrize(
        "host", ["[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[::1]", "127.0.0.1", "10.0.0.1", "[64:ff9b::7f00:1]"]
    )
    async def test_one_inside_is_refused_before_anybody_is_asked(self, inside: Stranger, host: str) -> None:
        remote = remote_files(inside)
        with pytest.raises(AddressRefused) as caught:
            remote.check(inside.at("/secret", host))
        assert host.strip("[]") not in caught.value.message
        await refused(remote, inside.at("/secret", host))
        assert inside.asked == []

    @pytest.mark.parametrize("found", ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"])
    async def test_one_that_is_mapped_into_ipv6_is_judged_as_what_it_is(self, inside: Stranger, found: str) -> None:
        await refused(remote_files(inside, names=Names(evil=[found])), inside.at("/secret", "evil.test"))
        assert inside.asked == []

    async def test_only_ports_of_the_web_are_asked(self, outside: Stranger) -> None:
        assert "port" in await refused(remote_files(), outside.at("/a"))
        assert outside.asked == []

    async def test_nothing_tells_who_we_are(self, outside: Stranger, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://me:secret@127.0.0.1:9")
        outside.answers["/a"] = said_of(200, b"file", "Set-Cookie: a=b")
        remote = remote_files(outside)
        await read(remote, outside.at("/a"))
        await read(remote, outside.at("/a"))
        names = {line.partition(":")[0].lower() for line in outside.asked[1].splitlines()[1:] if line}
        assert names <= {"host", "user-agent", "accept", "accept-encoding"}
        assert "Accept-Encoding: identity" in outside.asked[1]


class TestLengths:
    async def test_a_file_that_ends_before_its_length_is_no_file(self, outside: Stranger) -> None:
        outside.answers["/a"] = said_of(200, b"half", "Content-Length: 8")
        with pytest.raises(SourceUnavailable):
            await read(remote_files(outside), outside.at("/a"))

    async def test_nothing_is_read_beyond_the_length(self, outside: Stranger) -> None:
        outside.answers["/a"] = said_of(200, b"file" + bytes(LARGEST), "Content-Length: 4")
        assert await read(remote_files(outside), outside.at("/a")) == b"file"

    async def test_a_length_beyond_what_we_take_is_refused_by_its_word(self, outside: Stranger) -> None:
        outside.answers["/a"] = said_of(200, b"", f"Content-Length: {LARGEST + 1}")
        with pytest.raises(TooLarge):
            async with remote_files(outside).open(outside.at("/a")):
                pass

    async def test_a_body_without_end_is_read_no_further_than_we_take(self, outside: Stranger) -> None:
        sent = 0

        async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal sent
            writer.write(said_of(200, b"", "Transfer-Encoding: chunked"))
            while True:
                writer.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
                await writer.drain()
                sent += 1 << 16

        outside.answers["/a"] = flood
        with pytest.raises(TooLarge):
            await read(remote_files(outside), outside.at("/a"))
        assert sent < 64 * LARGEST  # what the system's buffers took, and no more

    @pytest.mark.parametrize(
        "headers",
        [
            ("Content-Length: 4", "Content-Length: 5"),
            ("Content-Length: -4",),
            ("Content-Length: 4e9",),
            ("Content-Length: " + "9" * 5_000,),
            ("Transfer-Encoding: chunked",),
            ("Transfer-Encoding: pigeon",),
            ("Transfer-Encoding: chunked", "Content-Length: 4"),
        ],
    )
    async def test_one_that_makes_no_sense_is_the_servers_fault(
        self, outside: Stranger, headers: tuple[str, ...]
    ) -> None:
        outside.answers["/a"] = said_of(200, b"file", *headers)
        with pytest.raises(SourceUnavailable):
            await read(remote_files(outside), outside.at("/a"))

    async def test_a_body_without_a_length_is_fine(self, outside: Stranger) -> None:
        outside.answers["/a"] = said_of(200, b"4\r\nfile\r\n0\r\n\r\n", "Transfer-Encoding: chunked")
        async with remote_files(outside).open(outside.at("/a")) as file:
            assert file.size is None
            assert [chunk async for chunk in file.chunks] == [b"file"]


def partial(body: bytes, said: str, *headers: str, tag: str = 'ETag: "1"') -> bytes:
    return said_of(206, body, f"Content-Range: {said}", tag, *headers)


class TestRests:
    """The rest of a file is only ever the rest of that file."""

    REST = Rest(4, '"1"', 8)

    async def test_it_is_asked_for_by_its_version(self, outside: Stranger) -> None:
        outside.answers["/a"] = partial(b"tail", "bytes 4-7/8")
        async with remote_files(outside).open(outside.at("/a"), self.REST) as file:
            assert (file.start, file.size) == (4, 8)
            assert [chunk async for chunk in file.chunks] == [b"tail"]
        assert 'Range: bytes=4-\r\nIf-Range: "1"' in outside.asked[0]

    async def test_it_is_asked_for_behind_redirects_too(self, outside: Stranger) -> None:
        outside.answers |= {"/a": leading("/b"), "/b": partial(b"tail", "bytes 4-7/8")}
        async with remote_files(outside).open(outside.at("/a"), self.REST) as file:
            assert file.start == 4

    @pytest.mark.parametrize(
        ("said", "body"),
        [
            ("bytes 0-3/8", b"head"),  # from another byte than was asked for
            ("bytes 5-7/8", b"ail"),
            ("bytes 4-7/9", b"tail"),  # of a file of another size
            ("bytes 4-8/8", b"tail!"),  # beyond its end
            ("bytes 4-3/8", b""),
            ("bytes 4-7/8", b"tai"),  # not as long as it says
            ("bytes */8", b"tail"),
            ("pigeons 4-7/8", b"tail"),
            ("", b"tail"),
            ("bytes 4-" + "9" * 5_000 + "/8", b"tail"),
        ],
    )
    async def test_a_part_that_is_not_what_was_asked_is_refused(
        self, outside: Stranger, said: str, body: bytes
    ) -> None:
        outside.answers["/a"] = partial(body, said)
        with pytest.raises(SourceUnavailable):
            async with remote_files(outside).open(outside.at("/a"), self.REST):
                pass

    async def test_a_part_without_end_is_read_no_further_than_it_says(self, outside: Stranger) -> None:
        chunked = b"10\r\n" + bytes(16) + b"\r\n0\r\n\r\n"
        outside.answers["/a"] = partial(chunked, "bytes 4-7/8", "Transfer-Encoding: chunked")
        with pytest.raises(SourceUnavailable, match="more than it said"):
            async with remote_files(outside).open(outside.at("/a"), self.REST) as file:
                assert [chunk async for chunk in file.chunks] == []

    async def test_a_part_of_a_file_of_unknown_size_is_refused(self, outside: Stranger) -> None:
        outside.answers["/a"] = partial(b"tail", "bytes 4-7/*")
        with pytest.raises(SourceUnavailable, match="how large"):
            async with remote_files(outside).open(outside.at("/a"), replace(self.REST, size=None)):
                pass

    async def test_a_part_of_more_than_we_take_is_refused(self, outside: Stranger) -> None:
        outside.answers["/a"] = partial(b"tail", f"bytes 4-7/{LARGEST + 1}")
        with pytest.raises(TooLarge):
            async with remote_files(outside).open(outside.at("/a"), replace(self.REST, size=None)):
                pass

    @pytest.mark.parametrize(
        "first",
        [
            partial(b"tail", "bytes 4-7/8", tag='ETag: "2"'),
            partial(b"tail", "bytes 4-7/8", tag="X-Tag: forgotten"),
            said_of(416, b"", "Content-Range: bytes */4"),
        ],
    )
    async def test_where_it_is_of_another_version_the_whole_is_asked_for(self, outside: Stranger, first: bytes) -> None:
        answers = iter([first, said_of(200, b"another", 'ETag: "2"')])

        async def one_after_the_other(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(next(answers))
            await writer.drain()

        outside.answers["/a"] = one_after_the_other
        async with remote_files(outside).open(outside.at("/a"), self.REST) as file:
            assert (file.start, file.size, file.version) == (0, 7, '"2"')
            assert [chunk async for chunk in file.chunks] == [b"another"]
        assert "Range" not in outside.asked[1]

    async def test_the_rest_is_judged_like_the_whole(self, outside: Stranger, inside: Stranger) -> None:
        outside.answers["/a"] = leading(inside.at("/secret"))
        with pytest.raises(AddressRefused):
            async with remote_files(outside, inside).open(outside.at("/a"), self.REST):
                pass
        assert inside.asked == []


class TestVersions:
    OLD = "Wed, 21 Oct 2015 07:28:00 GMT"
    NOW = "Wed, 21 Oct 2015 07:29:00 GMT"

    @pytest.mark.parametrize(
        ("headers", "version"),
        [
            ({"etag": '"a"'}, '"a"'),
            ({"etag": '"a"', "last-modified": OLD, "date": NOW}, '"a"'),
            ({"last-modified": OLD, "date": NOW}, OLD),
            ({"last-modified": OLD, "date": OLD}, None),  # it may have been written again in the same second
            ({"last-modified": OLD}, None),
            ({"last-modified": "2015-10-21", "date": NOW}, None),
            ({"etag": 'W/"a"', "last-modified": OLD, "date": NOW}, None),  # alike, but not byte for byte
            ({"etag": '"a", "b"'}, None),
            ({"etag": "a"}, None),
            ({"etag": '"' + "a" * 300 + '"'}, None),
            ({}, None),
        ],
    )
    def test_only_what_names_the_very_bytes_is_one(self, headers: dict[str, str], version: str | None) -> None:
        assert version_of(headers) == version

    @given(st.dictionaries(st.sampled_from(["etag", "last-modified", "date"]), st.text(max_size=60)))
    def test_whatever_a_server_says_is_read(self, headers: dict[str, str]) -> None:
        version = version_of(headers)
        assert version is None or (version.isascii() and version.isprintable())

    @given(st.text(max_size=40), st.integers(0, 99), st.integers(1, 99) | st.none())
    def test_whatever_part_a_server_says_is_the_one_or_refused(self, said: str, start: int, size: int | None) -> None:
        with suppress(SourceUnavailable):
            part_of({"content-range": said}, start, size)


class TestAnswers:
    @pytest.mark.parametrize("status", [401, 403, 404, 410])
    async def test_what_is_not_for_us_is_refused(self, outside: Stranger, status: int) -> None:
        outside.answers["/a"] = said_of(status, b"no")
        assert str(status) in await refused(remote_files(outside), outside.at("/a"))

    @pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 429, 500, 503])
    async def test_what_is_no_file_is_the_servers_fault(self, outside: Stranger, status: int) -> None:
        outside.answers["/a"] = said_of(status)
        with pytest.raises(SourceUnavailable, match=str(status)):
            await read(remote_files(outside), outside.at("/a"))

    async def test_what_is_called_packed_in_gzip_is_kept_as_it_is(self, outside: Stranger) -> None:
        packed = gzip.compress(b"file")
        outside.answers["/a"] = said_of(200, packed, "Content-Encoding: x-gzip")
        assert await read(remote_files(outside), outside.at("/a")) == packed

    async def test_what_is_packed_otherwise_is_refused(self, outside: Stranger) -> None:
        outside.answers["/a"] = said_of(200, b"file", "Content-Encoding: br")
        assert "packed" in await refused(remote_files(outside), outside.at("/a"))

    async def test_nobody_there_is_said_in_our_words(self, outside: Stranger) -> None:
        outside.answers["/a"] = b"SSH-2.0-OpenSSH_9.9\r\n"
        with pytest.raises(SourceUnavailable):
            await read(remote_files(outside), outside.at("/a"))

    @pytest.mark.parametrize(
        "said", [b"no such thing: %s\r\n", b"HTTP/1.1 200 OK\r\n%s\r\n\r\n", b"HTTP/1.1 200 OK\r\nLocation %s:\r\n\r\n"]
    )
    async def test_what_repeats_the_address_is_not_quoted(self, outside: Stranger, said: bytes) -> None:
        path = "/s3cr3t?X-Amz-Credential=s3cr3t"
        outside.answers[path] = said % path.encode()
        with pytest.raises(SourceUnavailable) as caught:
            await read(remote_files(outside), outside.at(path))
        assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Say no more, until whoever asked hangs up."""
    await writer.drain()
    await reader.read()


class TestPatience:
    async def test_a_server_that_never_answers_is_given_up(self, outside: Stranger) -> None:
        outside.answers["/a"] = silence
        with pytest.raises(SourceUnavailable, match="too long"):
            await read(remote_files(outside, head_seconds=0.05), outside.at("/a"))

    async def test_a_server_that_falls_silent_is_given_up(self, outside: Stranger) -> None:
        async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said_of(200, b"half", "Content-Length: 8"))
            await silence(reader, writer)

        outside.answers["/a"] = half
        with pytest.raises(SourceUnavailable, match="stopped"):
            await read(remote_files(outside, new_pace=lambda: Pace(1, window=0.05)), outside.at("/a"))

    async def test_a_server_that_drips_is_given_up(self, outside: Stranger) -> None:
        async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(said_of(200, b"", f"Content-Length: {LARGEST}"))
            while not reader.at_eof():
                writer.write(b".")
                await writer.drain()
                await asyncio.sleep(0)

        outside.answers["/a"] = drip
        ticks = count(0, 20)  # seconds that seem to pass from each look at the time to the next
        with pytest.raises(SourceUnavailable, match="too slowly"):
            await read(remote_files(outside, now=lambda: float(next(ticks))), outside.at("/a"))

    @given(st.lists(st.tuples(st.integers(0, 1 << 20), st.floats(0, 120)), max_size=30))
    def test_whoever_sends_fast_enough_is_never_too_slow(self, pieces: list[tuple[int, float]]) -> None:
        pace = Pace(slowest=100, window=60)
        assert all(pace.keeps_up(size + int(100 * waited) + 1, waited) for size, waited in pieces)

    def test_a_slow_minute_is_not_forgiven_for_a_fast_one(self) -> None:
        pace = Pace(slowest=100, window=60)
        assert pace.keeps_up(1 << 30, 60)
        assert pace.keeps_up(0, 59)
        assert not pace.keeps_up(1, 1)


class TestNames:
    @pytest.mark.parametrize(
        ("disposition", "url", "name"),
        [
            ('attachment; filename="a b.zip"', "https://x.test/c", "a b.zip"),
            ("attachment; filename*=UTF-8''%E2%82%AC.zip; filename=e.zip", "https://x.test/c", "€.zip"),
            ('attachment; filename="é.zip"'.encode().decode("latin-1"), "https://x.test/c", "é.zip"),
            ('attachment; filename="é.zip"', "https://x.test/c", "é.zip"),
            ("attachment", "https://x.test/b/c%20d.zip?token=secret#e", "c d.zip"),
            ('attachment; filename=""', "https://x.test/c", "c"),
            ('attachment; =;"', "https://x.test/c", "c"),
            ("", "https://x.test/", None),
            ("", "https://x.test", None),
        ],
    )
    def test_a_file_is_called_as_its_server_says_or_as_its_address_ends(
        self, disposition: str, url: str, name: str | None
    ) -> None:
        assert filename_of(disposition, url) == name

    @given(st.text(st.characters(max_codepoint=255), max_size=60))
    def test_whatever_a_header_says_is_read(self, header: str) -> None:
        assert filename_of(f"attachment; {header}", "https://x.test/c")
