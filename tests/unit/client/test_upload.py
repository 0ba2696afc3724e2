from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.pauses import Pauses

from asset_ingest.client import (
    Backoff,
    BrokenOff,
    Client,
    FileUnusable,
    KeyRefused,
    Misused,
    NotUnderstood,
    Refused,
    Unavailable,
    Unreachable,
)
from asset_ingest.client.whole import disposition
from asset_ingest.testing.http_server import KEY, StandIn, dropping, refusing, saying, stand_in
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20


class TestAddressAndKey:
    @pytest.mark.parametrize("url", ["", "server", "ftp://server", "http://", "http://u:secret@h", "http://h/?k=v"])
    def test_an_address_that_cannot_work_is_refused_before_anything_is_sent(self, url: str) -> None:
        with pytest.raises(Misused) as caught:
            Client(url, KEY)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("key", ["", " \n", "two words", "schlüssel-geheim", "line\nbreak"])
    def test_a_key_that_no_server_issues_is_refused_and_never_repeated(self, key: str) -> None:
        with pytest.raises(Misused) as caught:
            Client("http://127.0.0.1", key)
        assert not key.strip() or key not in str(caught.value)

    async def test_a_wrong_key_is_said_with_the_servers_words(self, server: StandIn, backoff: Backoff) -> None:
        async with Client(server.url, "wrong", backoff=backoff) as client:
            with pytest.raises(KeyRefused, match="unknown or revoked") as caught:
                await client.job("1")
        error = caught.value
        assert (error.code, error.status, error.correlation_id) == ("unauthenticated", 401, "c0ffee")
        assert error.remedy == "Remedy of unauthenticated."
        assert len(server.asked) == 1, "asking again cannot help"

    async def test_no_server_is_one_clear_sentence(self, backoff: Backoff, pauses: Pauses) -> None:
        async with stand_in() as gone:
            url = gone.url
        async with Client(url, KEY, backoff=backoff) as client:
            with pytest.raises(Unreachable, match=f"no connection to {url}"):
                await client.job("1")
        assert pauses.taken == [1, 2]


class TestUpload:
    @pytest.mark.parametrize("size", [1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])
    async def test_the_bytes_arrive_as_they_are(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], size: int
    ) -> None:
        heard: list[int] = []
        job = await client.upload(a_file(pattern(size)), on_progress=heard.append, lane="bulk")
        (received,) = server.received
        assert received.body == pattern(size)
        assert received.headers["Content-Length"] == str(size)
        assert received.headers["X-Content-SHA256"] == hashlib.sha256(pattern(size)).hexdigest()
        assert received.query == {"lane": "bulk"}
        assert (job.status, job.size, job.ended) == ("QUEUED", size, False)
        assert heard[0] == 0
        assert heard[-1] == size
        assert heard == sorted(heard)

    @pytest.mark.parametrize(
        "name",
        ["a b.txt", 'quo"te.txt', "per%20cent.txt", "ünï 椅子 🪑.txt", "back\\slash.txt", "semi;colon=x.txt", "'"],
    )
    async def test_the_name_arrives_as_it_is(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], name: str
    ) -> None:
        await client.upload(a_file(name=name))
        assert server.received[0].filename == name

    @given(st.text(st.characters(), min_size=1))
    def test_any_name_makes_one_printable_ascii_header(self, name: str) -> None:
        header = disposition(name)
        assert header.isascii()
        assert header.isprintable()
        assert header.count('"') == 2

    async def test_an_empty_file_is_for_the_server_to_refuse(
        self, client: Client, a_file: Callable[..., Path], server: StandIn
    ) -> None:
        with pytest.raises(Refused, match="the file is empty") as caught:
            await client.upload(a_file(b""))
        assert (caught.value.code, caught.value.status) == ("empty_file", 422)
        assert len(server.received) == 1

    async def test_what_is_no_readable_file_is_said(self, client: Client, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "pipe")
        for path in (tmp_path / "missing", tmp_path, tmp_path / "pipe"):
            with pytest.raises(FileUnusable, match=str(path)):
                await client.upload(path)

    async def test_a_file_that_changes_while_it_is_sent_is_never_kept(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        path = a_file(pattern(2 * MIB))

        def grow(sent: int) -> None:
            if sent == MIB:
                with path.open("ab") as file:
                    file.write(b"more")

        with pytest.raises(FileUnusable, match="changed while it was sent"):
            await client.upload(path, on_progress=grow)
        assert server.received == []

    async def test_a_file_that_shrinks_while_it_is_sent_is_never_kept(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        path = a_file(pattern(3 * MIB))
        with pytest.raises(FileUnusable, match="changed while it was sent"):
            await client.upload(path, on_progress=lambda sent: os.truncate(path, MIB) if sent else None)
        assert server.received == []

    async def test_a_connection_that_breaks_in_the_middle_is_told_and_not_repeated(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        server.next("POST", "/assets", dropping(after=MIB))
        with pytest.raises(BrokenOff) as caught:
            await client.upload(a_file(bytes(8 * MIB)))
        assert caught.value.code == "connection_broken"
        assert len(server.asked) == 1

    async def test_a_server_that_asks_to_come_back_is_obeyed(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], pauses: Pauses
    ) -> None:
        server.next("POST", "/assets", refusing(503, Retry_After="7"), refusing(429, Retry_After="100000"))
        assert (await client.upload(a_file())).original_filename == "chair.txt"
        assert pauses.taken == [7, 60], "no server makes us wait for ever"

    async def test_a_503_without_a_time_may_have_taken_the_file_so_it_is_told(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        server.next("POST", "/assets", refusing(503))
        with pytest.raises(Unavailable):
            await client.upload(a_file())

    @pytest.mark.parametrize("answer", [b"{", b"[]", b"{}", b'{"jobs": [1]}', b'{"jobs": [{"id": 5}]}', b"[" * 100_000])
    async def test_an_answer_that_makes_no_sense_is_said_to_be_such(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], answer: bytes
    ) -> None:
        server.next("POST", "/assets", saying(answer, status=202))
        with pytest.raises(NotUnderstood):
            await client.upload(a_file())
