"""Large files go in slice after slice, and what happens to a connection costs no more than the slice it carried."""

from __future__ import annotations

import io
import os
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import anyio
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.pauses import Pauses

from asset_ingest.client import (
    Backoff,
    Client,
    ClientError,
    FileChanged,
    FileUnusable,
    Mark,
    Missing,
    Misused,
    NotUnderstood,
    Refused,
    Unavailable,
)
from asset_ingest.client.slices import SMALLEST, Slices
from asset_ingest.testing.http_server import (
    KEY,
    StandIn,
    breaking_off,
    dropping,
    refusing,
    saying,
    stand_in,
    unheard,
)
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20
LARGE = 18 * MIB + 17


@pytest.fixture(scope="module")
def content() -> bytes:
    return pattern(LARGE)


@pytest.fixture
def large(a_file: Callable[..., Path], content: bytes) -> Path:
    return a_file(content, "crates.unitypackage")


class Noted:
    """A checkpoint that remembers in memory, and all that it was told."""

    def __init__(self, mark: Mark | None = None) -> None:
        self.mark = mark
        self.saved: list[Mark] = []

    async def load(self) -> Mark | None:
        return self.mark

    async def save(self, mark: Mark) -> None:
        self.mark = mark
        self.saved.append(mark)

    async def forget(self) -> None:
        self.mark = None


def asked(server: StandIn) -> list[str]:
    return [f"{method} {path}" for method, path, _ in server.asked]


async def pieces(content: bytes, length: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), length):
        yield content[start : start + length]


class TestTheWayThrough:
    async def test_a_large_file_goes_in_slice_after_slice(
        self, server: StandIn, client: Client, large: Path, content: bytes
    ) -> None:
        heard: list[int] = []
        job = await client.upload(large, on_progress=heard.append, lane="bulk")
        (upload,) = server.files.uploads.values()
        assert (upload.filename, bytes(upload.body)) == ("crates.unitypackage", content)
        assert (job.id, job.status, upload.query) == (upload.job_id, "QUEUED", {"lane": "bulk"})
        ends = [start + length for start, length in upload.writes]
        assert heard == [0, *ends], "what is heard is what the server has for good"
        assert all(end % (16 * MIB) == 0 for end in ends[:-1]), "as the server likes to store it"
        assert asked(server)[:2] == ["POST /files", "PATCH /files/u1"], "nothing is asked that is known"

    async def test_a_small_file_takes_one_request_and_a_byte_more_takes_the_other_road(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        await client.upload(a_file(bytes(8 * MIB)))
        assert asked(server) == ["POST /assets"]
        await client.upload(a_file(bytes(8 * MIB + 1)))
        assert asked(server)[1:3] == ["POST /files", "PATCH /files/u1"]

    @pytest.mark.parametrize("name", ["a,b.txt", "ünï 椅子 🪑.txt", 'quo"te.txt', "\udce9.txt"])
    async def test_the_name_arrives_as_it_is_where_it_can_be_said(
        self, server: StandIn, client: Client, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "file").write_bytes(b"x")
        await client.upload_resumable(tmp_path / "file", filename=name)
        assert server.files.uploads["u1"].filename == name.encode(errors="replace").decode()

    async def test_an_empty_file_is_for_the_server_to_refuse(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        with pytest.raises(Refused, match="the file is empty"):
            await client.upload_resumable(a_file(b""))
        assert len(server.asked) == 1

    async def test_the_key_stays_with_the_address_it_is_for(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        server.files.address = "http://elsewhere.invalid/api/v1/files"
        await client.upload_resumable(a_file(b"content"))
        assert server.received[0].body == b"content", "we go on where we began, whatever Location says"

    async def test_an_upload_that_takes_long_to_finish_is_waited_for(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], pauses: Pauses
    ) -> None:
        server.files.finishing = 20
        trouble: list[ClientError] = []
        job = await client.upload_resumable(a_file(b"content"), on_trouble=trouble.append)
        assert job.status == "QUEUED"
        assert (pauses.taken, trouble) == ([1] * 20, []), "nothing is wrong, it only takes its time"


class TestTrouble:
    @pytest.mark.parametrize(
        "fault",
        [
            *(dropping(), dropping(after=MIB), breaking_off(b"", 10)),
            *(refusing(status) for status in (408, 409, 423, 429, 460, 500, 502, 503, 504)),
            saying(b"<html>", "text/html", 502),
        ],
    )
    async def test_what_may_pass_is_waited_for_and_then_it_goes_on(
        self, server: StandIn, client: Client, large: Path, content: bytes, fault: Callable
    ) -> None:
        await client_survives(server, client, large, content, fault)

    async def test_what_had_arrived_is_not_sent_again_when_its_answer_is_lost(
        self, server: StandIn, client: Client, large: Path, content: bytes
    ) -> None:
        await client_survives(server, client, large, content, unheard(server.files.append))

    async def test_a_lost_last_answer_is_asked_for(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        server.next("PATCH", "/files/u1", unheard(server.files.append))
        job = await client.upload_resumable(a_file(b"content"))
        assert asked(server)[:3] == ["POST /files", "PATCH /files/u1", "HEAD /files/u1"]
        assert (job.status, server.received[0].body) == ("QUEUED", b"content")

    async def test_only_failures_in_a_row_count(
        self, server: StandIn, client: Client, large: Path, content: bytes, pauses: Pauses
    ) -> None:
        async def through(request: web.Request) -> web.StreamResponse:
            return await server.files.append(request)

        for _ in range(3):
            server.next("PATCH", "/files/u1", *[refusing(502)] * 5, through)
        trouble: list[ClientError] = []
        await client.upload(large, on_trouble=trouble.append)
        assert server.received[0].body == content
        assert pauses.taken == [1, 2, 3, 3, 3] * 3
        assert [error.status for error in trouble] == [502] * 3, "told once for each row"

    async def test_it_is_borne_longer_than_elsewhere_and_not_for_ever(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], pauses: Pauses
    ) -> None:
        server.next("PATCH", "/files/u1", refusing(503, Retry_After="7"))
        server.next("HEAD", "/files/u1", *[refusing(502)] * 5)
        with pytest.raises(Unavailable):
            await client.upload_resumable(a_file())
        assert pauses.taken == [7, 2, 3, 3, 3]

    @pytest.mark.parametrize("status", [400, 401, 403, 413, 415, 422, 501, 507])
    async def test_what_does_not_pass_is_told_at_once(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], status: int, pauses: Pauses
    ) -> None:
        server.next("PATCH", "/files/u1", refusing(status, "no"))
        with pytest.raises(Refused, match="refused as no"):
            await client.upload_resumable(a_file())
        assert (pauses.taken, asked(server)) == ([], ["POST /files", "PATCH /files/u1"])

    async def test_opening_is_tried_again(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], pauses: Pauses
    ) -> None:
        server.next("POST", "/files", unheard(server.files.open), refusing(503))
        await client.upload_resumable(a_file(b"content"))
        assert server.received[0].body == b"content"
        assert pauses.taken == [1, 2]

    @pytest.mark.parametrize("status", [429, 503])
    async def test_a_server_that_asks_to_come_back_is_obeyed(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], pauses: Pauses, status: int
    ) -> None:
        server.next("POST", "/files", refusing(status, "too_many_uploads", Retry_After="5"))
        server.next("PATCH", "/files/u1", refusing(status, "too_many_bodies", Retry_After="7"))
        await client.upload_resumable(a_file(b"content"))
        assert server.received[0].body == b"content"
        assert pauses.taken == [5, 7]

    async def test_slices_get_smaller_where_connections_break(
        self, server: StandIn, client: Client, large: Path, content: bytes
    ) -> None:
        server.next("PATCH", "/files/u1", *[dropping(after=MIB)] * 4)
        await client.upload(large)
        lengths = [length for _, length in server.files.uploads["u1"].writes]
        assert lengths[:4] == [MIB, MIB, 2 * MIB, 4 * MIB], "and larger again where they hold"
        assert server.received[0].body == content

    @pytest.mark.parametrize("seed", range(8))
    async def test_whatever_happens_in_whatever_order_the_content_is_right(
        self, server: StandIn, client: Client, seed: int
    ) -> None:
        chance = random.Random(seed)  # noqa: S311  to be repeatable
        content = chance.randbytes(chance.randrange(1, 12 * MIB))
        for _ in range(chance.randrange(12)):
            method = chance.choice(["PATCH", "PATCH", "HEAD"])
            lost = unheard(server.files.append if method == "PATCH" else server.files.look)
            faults = [lost, dropping(), refusing(chance.choice([409, 423, 460, 500, 503]))]
            server.next(method, "/files/u1", chance.choice(faults))
        heard: list[int] = []
        async with Client(server.url, KEY, backoff=Backoff(attempts=20, sleep=Pauses())) as patient:
            await patient.upload_resumable(
                pieces(content, chance.randrange(1000, MIB)),
                filename="noise.bin",
                size=len(content),
                on_progress=heard.append,
            )
        assert server.received[0].body == content
        assert heard == sorted(heard), "what the server has for good never gets less"
        assert heard[-1] == len(content)


async def client_survives(server: StandIn, client: Client, large: Path, content: bytes, fault: Callable) -> None:
    """Send a file whose second slice and the question after it meet trouble."""
    met = 0

    async def second(request: web.Request) -> web.StreamResponse:
        nonlocal met
        met += 1
        return await (server.files.append if met == 1 else fault)(request)

    server.next("PATCH", "/files/u1", second, second)
    server.next("HEAD", "/files/u1", dropping())
    heard: list[int] = []
    await client.upload(large, on_progress=heard.append)
    (upload,) = server.files.uploads.values()
    assert bytes(upload.body) == content
    assert sum(length for _, length in upload.writes) == len(content), "no byte is taken twice"
    assert heard == sorted(heard)
    assert asked(server)[3:5] == ["HEAD /files/u1"] * 2, "only the server knows where to go on"


class TestGone:
    @pytest.mark.parametrize("status", [404, 410])
    async def test_an_upload_that_the_server_lost_is_begun_anew(
        self, server: StandIn, client: Client, large: Path, content: bytes, status: int
    ) -> None:
        heard: list[int] = []
        server.next("PATCH", "/files/u1", server.files.append, refusing(status, "upload_gone"))
        checkpoint = Noted()
        await client.upload_resumable(large, on_progress=heard.append, checkpoint=checkpoint)
        assert server.received[0].body == content
        assert heard[:3] == [0, 16 * MIB, 0], "progress tells the truth, backwards too"
        assert [mark.upload_id for mark in checkpoint.saved] == ["u1", "u2", None]

    async def test_once(self, server: StandIn, client: Client, a_file: Callable[..., Path]) -> None:
        for upload in ("u1", "u2"):
            server.next("PATCH", f"/files/{upload}", refusing(404, "not_found"))
        with pytest.raises(Missing):
            await client.upload_resumable(a_file())
        assert list(server.files.uploads) == ["u1", "u2"]

    async def test_not_when_somebody_stopped_it(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        async def stopped(request: web.Request) -> web.StreamResponse:
            upload = server.files.uploads["u1"]
            upload.ended = True
            server.move(server.jobs[upload.job_id], "CANCELLED")
            return await server.files.append(request)

        server.next("PATCH", "/files/u1", stopped)
        checkpoint = Noted()
        with pytest.raises(Refused, match="the upload was stopped at the server"):
            await client.upload_resumable(a_file(), checkpoint=checkpoint)
        assert list(server.files.uploads) == ["u1"]
        assert checkpoint.mark is None


class TestChanges:
    async def test_a_file_that_changes_between_two_slices_is_never_kept(
        self, server: StandIn, client: Client, large: Path
    ) -> None:
        def touch(sent: int) -> None:
            if sent == 16 * MIB:
                with large.open("r+b") as file:
                    file.seek(17 * MIB)
                    file.write(b"other")

        checkpoint = Noted()
        with pytest.raises(FileChanged, match="changed while it was sent"):
            await client.upload_resumable(large, on_progress=touch, checkpoint=checkpoint)
        assert server.received == []
        assert server.files.uploads["u1"].ended, "half a file that is no more is of no use to anybody"
        assert checkpoint.mark is None

    async def test_a_file_that_shrinks_is_never_kept(self, server: StandIn, client: Client, large: Path) -> None:
        with pytest.raises(FileChanged):
            await client.upload(large, on_progress=lambda sent: os.truncate(large, MIB) if sent else None)
        assert server.received == []

    async def test_a_file_that_is_replaced_goes_on_as_it_was(
        self, server: StandIn, client: Client, large: Path, content: bytes
    ) -> None:
        def replace(_: int) -> None:
            (large.parent / "new").write_bytes(b"something else")
            (large.parent / "new").replace(large)

        await client.upload(large, on_progress=replace)
        assert server.received[0].body == content, "we still hold the one that we opened"


class TestSources:
    @pytest.mark.parametrize("length", [1000, MIB, 9 * MIB])
    async def test_chunks_of_any_size_may_be_sent(self, server: StandIn, client: Client, length: int) -> None:
        content = pattern(9 * MIB)
        server.next("PATCH", "/files/u1", dropping(), unheard(server.files.append))
        await client.upload_resumable(pieces(content, length), filename="a.bin", size=len(content))
        assert server.received[0].body == content

    async def test_chunks_that_end_early_are_said(self, server: StandIn, client: Client) -> None:
        with pytest.raises(FileUnusable, match=r"a\.bin ends at byte 7 instead of 8"):
            await client.upload_resumable(pieces(b"content", 3), filename="a.bin", size=8)
        assert server.received == []

    @pytest.mark.parametrize("length", [2, 3, 100])
    async def test_chunks_that_do_not_end_are_said(self, server: StandIn, client: Client, length: int) -> None:
        with pytest.raises(FileChanged, match=r"a\.bin holds more than the 6 bytes it should"):
            await client.upload_resumable(pieces(b"content", length), filename="a.bin", size=6)
        assert server.received == []

    async def test_chunks_that_the_server_lost_cannot_be_sent_again(self, server: StandIn, client: Client) -> None:
        async def lose(request: web.Request) -> web.StreamResponse:
            server.files.uploads["u1"].body.clear()
            return await server.files.append(request)

        server.next("PATCH", "/files/u1", server.files.append, lose)
        with pytest.raises(FileUnusable, match="cannot be read a second time from byte 0 on"):
            await client.upload_resumable(pieces(bytes(9 * MIB), MIB), filename="a.bin", size=9 * MIB)

    async def test_an_open_file_is_sent_from_where_it_stands_and_stays_open(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        with a_file(b"headcontent").open("rb") as file:
            file.seek(4)
            await client.upload_resumable(file)
            assert not file.closed
        assert (server.received[0].filename, server.received[0].body) == ("chair.txt", b"content")

    async def test_bytes_in_memory_need_a_name(self, server: StandIn, client: Client) -> None:
        with pytest.raises(Misused, match="needs a filename"):
            await client.upload_resumable(io.BytesIO(b"content"))
        await client.upload_resumable(io.BytesIO(b"content"), filename="a.txt")
        assert server.received[0].body == b"content"

    async def test_chunks_need_a_name_and_a_size(self, client: Client) -> None:
        with pytest.raises(Misused, match="chunks need a filename and a size"):
            await client.upload_resumable(pieces(b"content", 3), filename="a.txt")

    async def test_a_pipe_is_said_to_be_none_that_can_be_read_twice(self, client: Client) -> None:
        reading, writing = os.pipe()
        os.close(writing)
        with (
            os.fdopen(reading, "rb") as pipe,
            pytest.raises(Misused, match="cannot be read from a place of our choice"),
        ):
            await client.upload_resumable(pipe, filename="a.txt")

    async def test_a_file_object_that_grows_is_never_kept(self, server: StandIn, client: Client) -> None:
        file = io.BytesIO(b"content")

        def grow(_: int) -> None:
            file.seek(0, os.SEEK_END)
            file.write(b"more")

        with pytest.raises(FileChanged):
            await client.upload_resumable(file, filename="a.txt", on_progress=grow)
        assert server.received == []


class TestCheckpoint:
    async def interrupted(self, server: StandIn, client: Client, large: Path, checkpoint: Noted) -> None:
        with anyio.CancelScope() as scope:
            await client.upload_resumable(
                large, checkpoint=checkpoint, on_progress=lambda sent: scope.cancel() if sent else None
            )
        assert scope.cancelled_caught

    async def test_another_run_goes_on_where_the_server_stands(
        self, server: StandIn, client: Client, large: Path, content: bytes, backoff: Backoff
    ) -> None:
        checkpoint = Noted()
        await self.interrupted(server, client, large, checkpoint)
        heard: list[int] = []
        async with Client(server.url, KEY, backoff=backoff) as later:
            job = await later.upload_resumable(large, checkpoint=checkpoint, on_progress=heard.append)
        assert heard[0] == 16 * MIB
        (upload,) = server.files.uploads.values()
        assert bytes(upload.body) == content
        assert checkpoint.mark == Mark(job.id)

    async def test_chunks_are_read_up_to_there_and_not_kept(
        self, server: StandIn, client: Client, large: Path, content: bytes
    ) -> None:
        checkpoint = Noted()
        await self.interrupted(server, client, large, checkpoint)
        await client.upload_resumable(
            pieces(content, 3 * MIB), filename="crates.unitypackage", size=len(content), checkpoint=checkpoint
        )
        assert bytes(server.files.uploads["u1"].body) == content

    async def test_an_upload_that_is_no_more_is_begun_anew(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        checkpoint = Noted(Mark("old", "gone"))
        await client.upload_resumable(a_file(b"content"), checkpoint=checkpoint)
        assert server.received[0].body == b"content"

    async def test_an_upload_of_another_size_is_not_continued(
        self, server: StandIn, client: Client, a_file: Callable[..., Path]
    ) -> None:
        checkpoint = Noted()
        await client.upload_resumable(a_file(b"content"), checkpoint=checkpoint)
        checkpoint.mark = checkpoint.saved[0]
        with pytest.raises(NotUnderstood, match="another size"):
            await client.upload_resumable(a_file(b"other content"), checkpoint=checkpoint)


class TestAnswersThatMakeNoSense:
    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Location": "/api/v1/files/u1"},
            {"X-Job-Id": "j", "Location": "/elsewhere"},
            {"X-Job-Id": "j", "Location": "/api/v1/files/"},
            {"X-Job-Id": "j", "Location": "/api/v1/files/%2e%2e"},
            {"X-Job-Id": "../../j", "Location": "/api/v1/files/u1"},
        ],
    )
    async def test_of_opening(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], headers: dict[str, str]
    ) -> None:
        server.next("POST", "/files", saying(b"", status=201, **headers))
        with pytest.raises(NotUnderstood):
            await client.upload_resumable(a_file())

    @pytest.mark.parametrize("offset", [None, "", "-1", "x", "8", "9" * 30, "1.5"])
    async def test_of_asking(
        self, server: StandIn, client: Client, a_file: Callable[..., Path], offset: str | None
    ) -> None:
        headers = {"Upload-Length": "7", **({} if offset is None else {"Upload-Offset": offset})}
        server.next("PATCH", "/files/u1", refusing(503))
        server.next("HEAD", "/files/u1", saying(b"", **headers))
        with pytest.raises(NotUnderstood):
            await client.upload_resumable(a_file(b"content"))

    @pytest.mark.parametrize("offset", ["0", "3", "8"])
    async def test_of_sending(self, server: StandIn, client: Client, a_file: Callable[..., Path], offset: str) -> None:
        server.next("PATCH", "/files/u1", saying(b"", status=204, **{"Upload-Offset": offset}))
        with pytest.raises(NotUnderstood):
            await client.upload_resumable(a_file(b"content"))


class TestSlices:
    @given(st.data(), st.integers(1, 10**12), st.sampled_from([8 * MIB, 64 * MIB]))
    def test_slices_cover_the_file_and_stay_within_their_bounds(
        self, data: st.DataObject, size: int, largest: int
    ) -> None:
        slices = Slices(largest)
        for _ in range(data.draw(st.integers(0, 20))):
            start = data.draw(st.integers(0, size - 1))
            end = slices.end(start, size)
            assert start < end <= min(size, start + largest)
            assert end == size or end % SMALLEST == 0
            if data.draw(st.booleans()):
                slices.broke()
            else:
                slices.passed(data.draw(st.floats(0, 1000)))


async def test_without_a_server_it_says_so(backoff: Backoff, a_file: Callable[..., Path], pauses: Pauses) -> None:
    async with stand_in() as gone:
        url = gone.url
    async with Client(url, KEY, backoff=backoff) as client:
        with pytest.raises(ClientError, match="no connection"):
            await client.upload_resumable(a_file())
    assert pauses.taken == [1, 2]
