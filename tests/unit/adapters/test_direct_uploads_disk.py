"""Signed requests to a local disk, through our own web door."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness import Program
from tests.unit.web.door import Server

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.clock.system import SystemClock
from asset_ingest.adapters.object_store.disk import DiskObjects
from asset_ingest.adapters.object_store.disk_direct import DiskDirectUploads
from asset_ingest.adapters.object_store.shared_secret import shared_secret
from asset_ingest.bootstrap import memory_ports
from asset_ingest.bootstrap.services import byte_store
from asset_ingest.core.errors import Misconfigured, SignatureRefused, StoreUnavailable
from asset_ingest.core.ports.object_store import Grant, PartToSign, SignedRequest
from asset_ingest.core.services.deliveries import Deliveries
from asset_ingest.entrypoints.web.app import make_app
from asset_ingest.entrypoints.web.options import WebOptions
from asset_ingest.settings import Settings
from asset_ingest.testing.direct_uploads import DirectUploadsContract, UnfinishedByPrefixContract, md5_of

SECRET = bytes(range(32))
AN_HOUR = timedelta(hours=1)
UPLOAD = "0123456789abcdef" * 2
MD5 = md5_of(b"123")


@asynccontextmanager
async def always(_: Grant) -> AsyncIterator[None]:
    """Bytes of every key are wanted: whose they are is the core's to know."""
    yield


class TestDiskDirectUploads(DirectUploadsContract, UnfinishedByPrefixContract):
    """One process signs, another one answers: all they share is a folder and a secret."""

    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        return tmp_path / "objects"

    @pytest.fixture
    async def address(self, root: Path, tmp_path: Path) -> AsyncIterator[str]:
        door = DiskDirectUploads(root, SECRET, "", SystemClock())
        deliveries = Deliveries(door, DiskObjects(root), door, always)
        app = replace(Program(memory_ports()).app, deliveries=deliveries)
        async with Server(make_app(app, WebOptions(static=tmp_path / "not-built"))) as server:
            yield str(server.make_url("/api/v1/direct"))

    @pytest.fixture
    def direct(self, root: Path, address: str) -> DiskDirectUploads:
        return DiskDirectUploads(root, SECRET, address, SystemClock())

    @pytest.fixture
    def store(self, root: Path) -> DiskObjects:
        return DiskObjects(root)

    @pytest.fixture
    async def http(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(trust_env=False) as client:
            yield client


class TestSignatures:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def direct(self, tmp_path: Path, clock: ManualClock) -> DiskDirectUploads:
        return DiskDirectUploads(tmp_path, SECRET, "/api/v1/direct", clock)

    async def test_what_was_signed_is_granted(self, direct: DiskDirectUploads) -> None:
        whole = await direct.sign_put("a/b.bin", 5, AN_HOUR)
        assert direct.admit(whole.method, said(whole)) == Grant("a/b.bin", 5)
        parts = await direct.sign_parts("a", UPLOAD, [PartToSign(7, 3), PartToSign(2, 1)], AN_HOUR)
        granted = [direct.admit(part.method, said(part)) for part in parts]
        assert granted == [Grant("a", 3, UPLOAD, 7), Grant("a", 1, UPLOAD, 2)]
        (checked,) = await direct.sign_parts("a", UPLOAD, [PartToSign(7, 3, MD5)], AN_HOUR)
        assert direct.admit("PUT", said(checked)) == Grant("a", 3, UPLOAD, 7, content_md5=MD5)
        assert direct.admit("PUT", said(await direct.sign_put("a", 3, AN_HOUR, None, MD5))).content_md5 == MD5

    async def test_a_path_is_signed_where_nobody_knows_what_clients_call_us(self, direct: DiskDirectUploads) -> None:
        assert (await direct.sign_put("a", 5, AN_HOUR)).url.startswith("/api/v1/direct?key=a&")

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "put", ""])
    async def test_another_method_is_not_what_was_signed(self, direct: DiskDirectUploads, method: str) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR)
        with pytest.raises(SignatureRefused):
            direct.admit(method, said(signed))

    @pytest.mark.parametrize("name", ["key", "size", "until", "upload", "part", "md5", "signature"])
    @pytest.mark.parametrize("value", [None, "", "0", "1", "99999999999", "a\n", "ä", "\ud800", "../../etc"])
    async def test_no_field_can_be_another(self, direct: DiskDirectUploads, name: str, value: str | None) -> None:
        (signed,) = await direct.sign_parts("a", UPLOAD, [PartToSign(7, 3, MD5)], AN_HOUR)
        forged = {**said(signed), name: value}
        with pytest.raises(SignatureRefused):
            direct.admit("PUT", {field: text for field, text in forged.items() if text is not None})

    async def test_an_object_cannot_be_turned_into_a_part(self, direct: DiskDirectUploads) -> None:
        signed = said(await direct.sign_put("a", 5, AN_HOUR))
        with pytest.raises(SignatureRefused):
            direct.admit("PUT", {**signed, "upload": UPLOAD, "part": "1"})
        assert direct.admit("PUT", {**signed, "upload": "", "part": ""}) == Grant("a", 5)

    @given(st.dictionaries(st.sampled_from(["key", "size", "until", "upload", "part", "signature"]), st.text()))
    def test_nothing_that_was_not_signed_is_granted(self, query: dict[str, str]) -> None:
        door = DiskDirectUploads(Path("nowhere"), SECRET, "", ManualClock())
        with pytest.raises(SignatureRefused):
            door.admit("PUT", query)

    async def test_fields_cannot_flow_into_each_other(self, direct: DiskDirectUploads) -> None:
        (signed,) = await direct.sign_parts("a", UPLOAD, [PartToSign(1, 3)], AN_HOUR)
        told = said(signed)
        shifted = {**told, "key": f"a\n{UPLOAD}", "upload": "1", "part": "3", "size": ""}
        with pytest.raises(SignatureRefused):
            direct.admit("PUT", shifted)

    async def test_it_ends_when_it_says(self, direct: DiskDirectUploads, clock: ManualClock) -> None:
        signed = await direct.sign_put("a", 5, AN_HOUR)
        clock.advance(AN_HOUR - timedelta(microseconds=1))
        direct.admit("PUT", said(signed))
        clock.advance(timedelta(microseconds=1))
        assert signed.expires_at == clock.now()
        with pytest.raises(SignatureRefused):
            direct.admit("PUT", said(signed))

    async def test_the_secret_of_another_folder_opens_nothing(
        self, direct: DiskDirectUploads, clock: ManualClock, tmp_path: Path
    ) -> None:
        other = DiskDirectUploads(tmp_path, bytes(32), "", clock)
        with pytest.raises(SignatureRefused):
            direct.admit("PUT", said(await other.sign_put("a", 5, AN_HOUR)))


async def test_every_process_over_a_folder_knows_what_another_has_signed(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, public_url="https://assets.example/")
    async with AsyncExitStack() as stack:
        signing, answering = [await byte_store(settings, SystemClock(), stack) for _ in range(2)]
    assert signing.direct
    assert answering.door
    signed = await signing.direct.sign_put("a", 5, AN_HOUR)
    assert signed.url.startswith("https://assets.example/api/v1/direct?")
    assert answering.door.admit("PUT", said(signed)) == Grant("a", 5)


def said(signed: SignedRequest) -> Mapping[str, str]:
    return dict(parse_qsl(urlsplit(signed.url).query))


class TestSharedSecret:
    async def test_all_who_ask_at_once_get_the_same(self, tmp_path: Path) -> None:
        file = tmp_path / "data" / "direct.key"
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(8) as threads:
            found = await asyncio.gather(*(loop.run_in_executor(threads, shared_secret, file) for _ in range(32)))
        assert len(set(found)) == 1
        assert len(found[0]) == 32

    def test_only_we_can_read_it(self, tmp_path: Path) -> None:
        file = tmp_path / "direct.key"
        shared_secret(file)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_every_folder_has_its_own(self, tmp_path: Path) -> None:
        assert shared_secret(tmp_path / "a") != shared_secret(tmp_path / "b")

    @pytest.mark.parametrize("left", [b"", b"half of it", bytes(32)])
    def test_what_a_power_cut_left_of_it_is_made_whole(self, tmp_path: Path, left: bytes) -> None:
        file = tmp_path / "direct.key"
        file.write_bytes(left)
        made = shared_secret(file)
        assert made != left
        assert shared_secret(file) == made == file.read_bytes()

    def test_what_is_not_ours_is_never_written_over(self, tmp_path: Path) -> None:
        file = tmp_path / "direct.key"
        file.write_bytes(b"the only copy of a novel, somehow here")
        with pytest.raises(Misconfigured, match=r"direct\.key"):
            shared_secret(file)
        assert file.read_bytes() == b"the only copy of a novel, somehow here"
        link = tmp_path / "link"
        link.symlink_to(file)
        with pytest.raises(StoreUnavailable):
            shared_secret(link)
