"""Nobody's address leads our fetches to where only we can go, and no body is larger than we take."""

from __future__ import annotations

import gzip
import os
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.adapters.safe_fetch import NotPublic, Refused, SafeFetch, TooMuch
from asset_ingest.adapters.safe_fetch.public_address import Address, is_public, is_this_machine
from asset_ingest.adapters.safe_fetch.unpacking import unpacker
from asset_ingest.core.errors import ServiceUnavailable

AGENT = "asset-ingest/1 (+ops@studio.example)"
LARGEST = 1 << 20


@dataclass
class Server:
    """Answers `body` to everybody and remembers what they called it."""

    port: int = 0
    body: bytes = b"hello"
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    called: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        self.called.append(request.host)
        self.asked.append(dict(request.headers))
        return web.Response(body=self.body, status=self.status, headers=self.headers)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/a?b=c#d"

    @property
    def hosts(self) -> set[str]:
        return {f"127.0.0.1:{self.port}", f"store.test:{self.port}"}


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        server.port = runner.addresses[0][1]
        yield server
    finally:
        await runner.cleanup()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as server:
        yield server


@pytest.fixture
def fetch() -> SafeFetch:
    return SafeFetch(AGENT, loopback=True)


class Names:
    """A resolver that gives its answers one after the other, the last one for ever."""

    def __init__(self, *answers: str) -> None:
        self._answers = [[ip_address(each) for each in answer.split()] for answer in answers]
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class TestAddresses:
    @pytest.mark.parametrize(
        "address", ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
    )
    def test_hosts_on_the_internet_are_public(self, address: str) -> None:
        assert is_public(ip_address(address))

    @pytest.mark.parametrize(
        "address",
        [
            *("127.0.0.1", "127.255.0.1", "0.0.0.0", "10.0.0.1", "172.16.0.1"),  # noqa: S104 -- not bound to
            *("192.168.1.1", "169.254.169.254"),
            *("100.100.100.200", "168.63.129.16", "192.0.0.170", "192.0.2.1", "192.88.99.1", "198.18.0.1"),
            *("224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
            *("::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd00:ec2::254", "ff02::1", "fec0::1", "100::1"),
            *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
            *("2001::1", "2001:db8::1", "2002:7f00:1::1", "3fff::1", "4000::1"),
        ],
    )
    def test_all_others_are_not(self, address: str) -> None:
        assert not is_public(ip_address(address))

    @given(st.ip_addresses())
    def test_every_address_is_judged_and_none_inside_passes(self, address: Address) -> None:
        if (mapped := getattr(address, "ipv4_mapped", None)) is not None:
            assert is_public(address) is is_public(mapped)
        else:
            assert not (is_public(address) and (address.is_private or address.is_loopback or address.is_link_local))

    @pytest.mark.parametrize(
        ("host", "so"),
        [("localhost", True), ("127.9.9.9", True), ("::1", True), ("localhost.x", False), ("10.0.0.1", False)],
    )
    def test_this_machine_is_known_by_its_names(self, host: str, so: object) -> None:
        assert is_this_machine(host) is so


class TestRefusals:
    @pytest.mark.parametrize(
        "url",
        [
            "",
            "store.test",
            "http://store.test/",
            "ftp://store.test/",
            "file:///etc/passwd",
            "https://",
            "https://me@store.test/",
            "https://store.test:8443/",
            "https://store.test:99999/",
            "https://store.test:x/",
            "https://[::1/",
            "https://store.test/ a",
            "https://store.test/\r\nX: y",
            "https://store.test\\@other.test/",
            "https://störe.test/",
            "https://store.test/" + "a" * 5_000,
        ],
    )
    async def test_an_address_that_is_not_plain_is_not_even_resolved(self, url: str) -> None:
        names = Names("1.1.1.1")
        with pytest.raises(Refused):
            await SafeFetch(AGENT, resolve=names).get(url, hosts=None, largest=LARGEST)
        assert names.asked == []

    @pytest.mark.parametrize(
        "url",
        [
            "https://other.test/",
            "https://store.test.other.test/",
            "https://store.test.:443/",
            "https://store.test:8443/",
        ],
    )
    async def test_a_host_that_was_not_named_is_not_asked(self, url: str) -> None:
        names = Names("1.1.1.1")
        with pytest.raises(Refused):
            await SafeFetch(AGENT, resolve=names).get(url, hosts={"store.test"}, largest=LARGEST)
        assert names.asked == []

    @pytest.mark.parametrize("found", ["127.0.0.1", "169.254.169.254", "1.1.1.1 10.0.0.1", "::ffff:127.0.0.1", "::1"])
    async def test_a_name_that_leads_inside_is_not_asked(self, found: str) -> None:
        with pytest.raises(NotPublic, match="no public address"):
            await SafeFetch(AGENT, resolve=Names(found)).get("https://store.test/", hosts=None, largest=LARGEST)

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "[::1]", "[::ffff:7f00:1]", "[::]"],
    )
    async def test_no_way_to_write_an_address_leads_inside(self, host: str) -> None:
        with pytest.raises(NotPublic):
            await SafeFetch(AGENT).get(f"https://{host}/", hosts=None, largest=LARGEST)

    async def test_even_for_stand_ins_only_this_machine_is_let_at(self) -> None:
        fetch = SafeFetch(AGENT, loopback=True, resolve=Names("10.0.0.1"))
        with pytest.raises(NotPublic):
            await fetch.get("https://store.test/", hosts=None, largest=LARGEST)
        with pytest.raises(Refused, match="https"):
            await fetch.get("http://store.test/", hosts=None, largest=LARGEST)


class TestFetching:
    async def test_a_whole_answer(self, fetch: SafeFetch, server: Server) -> None:
        fetched = await fetch.get(server.url, hosts=server.hosts, largest=LARGEST, accept="text/x")
        assert (fetched.status, fetched.body) == (200, b"hello")
        assert fetched.headers["content-length"] == "5"
        assert server.asked[0] | {"User-Agent": AGENT, "Accept": "text/x", "Accept-Encoding": "gzip"} == server.asked[0]

    async def test_redirects_are_told_and_not_followed(self, fetch: SafeFetch, server: Server) -> None:
        server.status, server.headers = 302, {"Location": "https://169.254.169.254/"}
        fetched = await fetch.get(server.url, hosts=server.hosts, largest=LARGEST)
        assert (fetched.status, fetched.headers["location"], fetched.body) == (302, "https://169.254.169.254/", b"")

    async def test_proxies_of_the_environment_are_not_used(
        self, fetch: SafeFetch, server: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        assert (await fetch.get(server.url, hosts=server.hosts, largest=LARGEST)).body == b"hello"

    async def test_a_body_just_as_large_as_we_take(self, fetch: SafeFetch, server: Server) -> None:
        assert (await fetch.get(server.url, hosts=server.hosts, largest=5)).body == b"hello"
        with pytest.raises(TooMuch):
            await fetch.get(server.url, hosts=server.hosts, largest=4)

    async def test_a_bomb_is_noticed_by_what_it_unpacks_to(self, fetch: SafeFetch, server: Server) -> None:
        server.body, server.headers = gzip.compress(bytes(64 << 20)), {"Content-Encoding": "gzip"}
        assert len(server.body) < LARGEST
        with pytest.raises(TooMuch):
            await fetch.get(server.url, hosts=server.hosts, largest=LARGEST)

    async def test_a_body_may_be_taken_as_it_comes(self, fetch: SafeFetch, server: Server) -> None:
        server.body, server.headers = gzip.compress(bytes(3 << 20)), {"Content-Encoding": "gzip"}
        async with fetch.opened(server.url, hosts=server.hosts) as answer:
            sizes = [len(piece) async for piece in answer.chunks(3 << 20)]
        assert sum(sizes) == 3 << 20
        assert max(sizes) <= 64 << 10

    async def test_nobody_there_is_our_error(self, fetch: SafeFetch, server: Server) -> None:
        with pytest.raises(ServiceUnavailable, match="does not answer"):
            await fetch.get("http://127.0.0.1:9/", hosts={"127.0.0.1:9"}, largest=LARGEST)

    async def test_a_name_without_address_is_our_error(self) -> None:
        with pytest.raises(ServiceUnavailable, match="no address"):
            await SafeFetch(AGENT, resolve=Names("")).get("https://store.test/", hosts=None, largest=LARGEST)


class TestUnpacking:
    def test_members_may_follow_each_other(self) -> None:
        unpack = unpacker("GZIP")
        packed = gzip.compress(b"one") + gzip.compress(b"two")
        assert b"".join(piece for byte in packed for piece in unpack(bytes([byte]))) == b"onetwo"
        assert list(unpack(b"")) == []

    @pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip", "gzip;q=1"])
    def test_what_we_never_asked_for_is_refused(self, encoding: str) -> None:
        with pytest.raises(Refused):
            unpacker(encoding)

    @given(st.binary(max_size=200), st.integers(0, 30))
    def test_what_is_broken_or_cut_off_is_refused_or_right(self, data: bytes, lost: int) -> None:
        packed = gzip.compress(data, mtime=0)
        unpack = unpacker("gzip")
        kept = packed[: len(packed) - lost]
        try:
            unpacked = b"".join([*unpack(kept), *unpack(b"")])
        except Refused:
            assert lost
        else:
            assert unpacked == (data if kept == packed else b"")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for store.test, with its key in the same file."""
    if (openssl := shutil.which("openssl")) is None:
        message = "openssl makes the certificates of the tests: apt-get install openssl"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    path = tmp_path_factory.mktemp("tls") / "store.pem"
    command = [
        *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
        *(
            "-subj",
            "/CN=store.test",
            "-addext",
            "subjectAltName=DNS:store.test",
            "-keyout",
            str(path),
            "-out",
            f"{path}.crt",
        ),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=30)  # noqa: S603 -- words of ours
    path.write_bytes(path.read_bytes() + Path(f"{path}.crt").read_bytes())
    return path


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[Server]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    named: list[str] = []
    tls.sni_callback = lambda _, name, __: named.append(name)  # type: ignore[assignment]  # None lets it go on
    async with serving(tls) as server:
        server.called = named
        yield server


@pytest.fixture
def trust(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


class TestPinning:
    async def test_a_name_is_resolved_once_and_only_what_was_judged_is_connected_to(
        self, secure: Server, trust: ssl.SSLContext
    ) -> None:
        names = Names("127.0.0.1", "10.0.0.1")
        fetch = SafeFetch(AGENT, loopback=True, resolve=names, tls=trust)
        url = f"https://store.test:{secure.port}/"
        fetched = await fetch.get(url, hosts=secure.hosts, largest=LARGEST)
        assert fetched.body == b"hello"
        assert names.asked == ["store.test"]
        assert secure.asked[0]["Host"] == f"store.test:{secure.port}"
        assert secure.called[0] == "store.test"  # the name in the TLS handshake
        with pytest.raises(NotPublic):  # rebound meanwhile: the next fetch judges anew
            await fetch.get(url, hosts=secure.hosts, largest=LARGEST)

    async def test_the_certificate_must_be_for_the_name_and_not_for_the_address(
        self, secure: Server, trust: ssl.SSLContext
    ) -> None:
        fetch = SafeFetch(AGENT, loopback=True, resolve=Names("127.0.0.1"), tls=trust)
        with pytest.raises(ServiceUnavailable, match="certificate"):
            await fetch.get(f"https://other.test:{secure.port}/", hosts={f"other.test:{secure.port}"}, largest=LARGEST)

    async def test_a_certificate_that_nobody_trusts_is_not_taken(self, secure: Server) -> None:
        fetch = SafeFetch(AGENT, loopback=True, resolve=Names("127.0.0.1"))
        with pytest.raises(ServiceUnavailable, match="certificate"):
            await fetch.get(f"https://store.test:{secure.port}/", hosts=secure.hosts, largest=LARGEST)

    async def test_of_several_addresses_the_first_that_answers_is_taken(
        self, secure: Server, trust: ssl.SSLContext
    ) -> None:
        fetch = SafeFetch(AGENT, loopback=True, resolve=Names("127.0.0.9 127.0.0.1"), tls=trust)
        fetched = await fetch.get(f"https://store.test:{secure.port}/", hosts=secure.hosts, largest=LARGEST)
        assert fetched.status == 200
