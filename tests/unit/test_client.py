from __future__ import annotations

import gzip
import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.client import (
    Backoff,
    BrokenOff,
    Client,
    FileUnusable,
    Job,
    KeyRefused,
    Missing,
    Misused,
    NotUnderstood,
    Refused,
    StillRunning,
    Unavailable,
    Unreachable,
)
from asset_ingest.client.event_stream import LONGEST_EVENT, EventStreamDecoder, ServerSentEvent
from asset_ingest.client.part_file import part_of
from asset_ingest.client.sending import disposition
from asset_ingest.testing.http_server import KEY, StandIn, breaking_off, dropping, refusing, saying, stand_in
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20


class Pauses:
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await anyio.lowlevel.checkpoint()


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
def backoff(pauses: Pauses) -> Backoff:
    return Backoff(attempts=3, shortest=1, longest=3, sleep=pauses, chance=lambda: 1.0)


@pytest.fixture
async def client(server: StandIn, backoff: Backoff) -> AsyncIterator[Client]:
    async with Client(server.url, KEY, backoff=backoff) as client:
        yield client


@pytest.fixture
def a_file(tmp_path: Path) -> Callable[..., Path]:
    def make(content: bytes = b"content", name: str = "chair.txt") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return make


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
            await client.upload(a_file(pattern(64 * MIB)))
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


class TestReading:
    async def test_a_job_is_read_with_its_steps_and_what_is_new_is_ignored(
        self, server: StandIn, client: Client
    ) -> None:
        made = server.add_job(
            "chair.unitypackage", status="ERROR", code="package_bomb", error_message="no", remedy="do"
        )
        job = await client.job(made["id"])
        assert (job.ended, job.complete, job.code, job.error_message, job.remedy) == (
            True,
            False,
            "package_bomb",
            "no",
            "do",
        )
        assert [step.name for step in job.steps] == ["digest"]
        assert job.created_at.isoformat() == "2026-01-02T03:04:05+00:00"

    async def test_a_list_is_read_page_by_page(self, server: StandIn, client: Client) -> None:
        for number in range(5):
            server.add_job(f"{number}", status="COMPLETE" if number % 2 else "ERROR")
        assert [job.original_filename async for job in client.jobs()] == ["4", "3", "2", "1", "0"]
        assert [job.original_filename async for job in client.jobs(statuses=["COMPLETE"])] == ["3", "1"]

    async def test_a_list_without_end_is_noticed(self, server: StandIn, client: Client) -> None:
        server.next("GET", "/jobs", *[saying(b'{"items": [], "next_cursor": "x"}')] * 2)
        with pytest.raises(NotUnderstood, match="circle"):
            assert [job async for job in client.jobs()] == []

    async def test_entries_of_an_asset(self, server: StandIn, client: Client) -> None:
        asset = server.add_asset(b"bytes")
        server.entries[asset["id"]] = [{"number": n, "path": f"Assets/{n}.png", "kind": "TEXTURE"} for n in range(3)]
        assert (await client.asset(asset["id"])).versions[0].size == 5
        assert [entry.path async for entry in client.entries(asset["id"])] == [f"Assets/{n}.png" for n in range(3)]

    async def test_passing_failures_are_outlived(self, server: StandIn, client: Client, pauses: Pauses) -> None:
        job = server.add_job("a")
        server.next("GET", f"/jobs/{job['id']}", refusing(503, Retry_After="2"), dropping())
        assert (await client.job(job["id"])).original_filename == "a"
        assert pauses.taken == [2, 2]

    async def test_lasting_failures_are_told_after_a_few_attempts(self, server: StandIn, client: Client) -> None:
        server.next("GET", "/jobs/1", *[refusing(503)] * 3)
        with pytest.raises(Unavailable, match="refused as service_unavailable"):
            await client.job("1")
        assert len(server.asked) == 3

    async def test_an_id_is_one_segment_of_the_path_whatever_it_holds(self, server: StandIn, client: Client) -> None:
        with pytest.raises(Missing):
            await client.job("../assets?x=1#y")
        assert [path for _, path, _ in server.asked] == ["/jobs/../assets?x=1#y"], "decoded once, not a path of its own"

    async def test_a_proxys_page_is_still_one_sentence(self, server: StandIn, client: Client) -> None:
        server.next("GET", "/jobs/1", saying(b"<html>nope</html>", "text/html", status=403))
        with pytest.raises(Refused, match="the server answered 403 Forbidden"):
            await client.job("1")

    async def test_a_huge_answer_is_not_read_to_its_end(self, server: StandIn, client: Client) -> None:
        server.next("GET", "/jobs/1", saying(b" " * (9 * MIB)))
        with pytest.raises(NotUnderstood, match="larger"):
            await client.job("1")

    @given(
        st.dictionaries(
            st.sampled_from(["id", "status", "progress", "created_at", "steps", "metadata", "duplicate", "x"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
                max_leaves=5,
            ),
        )
    )
    def test_any_json_is_a_job_or_said_to_be_none(self, fields: dict[str, Any]) -> None:
        from asset_ingest.client.record import Record  # noqa: PLC0415

        whole = {"id": "1", "original_filename": "a", "status": "NEW", "created_at": "2026-01-02T03:04:05Z"}
        try:
            job = Job.of(Record("job", whole | {"updated_at": "2026-01-02T03:04:05Z"} | fields))
        except NotUnderstood:
            return
        assert isinstance(job.status, str)
        assert isinstance(job.progress, int)


class TestEvents:
    async def test_frames_come_as_they_are_told(self, server: StandIn, client: Client) -> None:
        job = server.add_job("a")
        async with aclosing(client.events()) as frames:
            assert await anext(frames) == {"kind": "hello", "upto": 0}
            await server.listened()
            server.move(job, "PROCESSING")
            fact = await anext(frames)
            assert (fact["kind"], fact["seq"], fact["data"]) == ("fact", 1, {"status": "PROCESSING"})

    async def test_a_lost_stream_is_resumed_without_a_gap_or_a_repeat(
        self, server: StandIn, client: Client, pauses: Pauses
    ) -> None:
        job = server.add_job("a")
        async with aclosing(client.events()) as frames:
            await anext(frames)
            await server.listened()
            server.move(job, "PROCESSING")
            assert (await anext(frames))["seq"] == 1
            server.next("GET", "/events", refusing(503), dropping())
            server.tell_raw(b'event: fact\nid: 2\ndata: {"cut')
            server.tell_raw(None)
            assert (await anext(frames))["kind"] == "offline"
            server.move(job, "COMPLETE")
            assert await anext(frames) == {"kind": "hello", "upto": 2}
            assert (await anext(frames))["seq"] == 2
        resumed = [headers.get("Last-Event-ID") for _, path, headers in server.asked if path == "/events"]
        assert resumed == [None, "1", "1", "1"]
        assert pauses.taken == [1, 2, 3], "doubling, up to the longest"

    async def test_a_watermark_moves_the_place_to_resume_from(self, server: StandIn, client: Client) -> None:
        async with aclosing(client.events(after=0)) as frames:
            await anext(frames)
            await server.listened()
            server.tell({"kind": "watermark", "upto": 41})
            await anext(frames)
            server.tell_raw(None)
            assert [(await anext(frames))["kind"] for _ in range(2)] == ["offline", "hello"]
        assert server.asked[-1][2]["Last-Event-ID"] == "41"

    @pytest.mark.parametrize("event", [b"data: {\n\n", b"data: []\n\n", b'event: fact\ndata: {"seq": "x"}\n\n'])
    async def test_nonsense_in_the_stream_is_told(self, server: StandIn, client: Client, event: bytes) -> None:
        async with aclosing(client.events()) as frames:
            await anext(frames)
            await server.listened()
            server.tell_raw(event)
            with pytest.raises(NotUnderstood):
                await anext(frames)

    async def test_a_page_where_the_stream_should_be_is_told(self, server: StandIn, client: Client) -> None:
        server.next("GET", "/events", saying(b"<html>", "text/html"))
        with pytest.raises(NotUnderstood, match="no event stream"):
            await anext(client.events())

    async def test_a_server_that_was_never_there_is_told(self, backoff: Backoff) -> None:
        async with stand_in() as gone:
            url = gone.url
        async with Client(url, KEY, backoff=backoff) as client:
            with pytest.raises(Unreachable):
                await anext(client.events())


def encoded(event: ServerSentEvent, end: str) -> str:
    ident = f"id: {event.id}{end}" if event.id is not None else ""
    data = "".join(f"data: {line}{end}" for line in event.data.split("\n"))
    return f": a comment{end}event: {event.name}{end}{ident}{data}{end}"


LINE = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"))


class TestEventStreamDecoder:
    @given(
        st.lists(
            st.builds(ServerSentEvent, LINE.filter(bool), st.lists(LINE, min_size=1).map("\n".join), LINE), max_size=5
        ),
        st.sampled_from(["\n", "\r\n", "\r"]),
        st.lists(st.integers(0, 400)),
        st.sampled_from([b"", b"\xef\xbb\xbf"]),
    )
    def test_events_come_out_as_they_went_in_wherever_the_network_cuts(
        self, events: list[ServerSentEvent], end: str, cuts: list[int], bom: bytes
    ) -> None:
        stream = bom + "".join(encoded(event, end) for event in events).encode()
        places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
        decoder = EventStreamDecoder()
        found = [event for start, stop in pairwise(places) for event in decoder.feed(stream[start:stop])]
        assert found == events

    @given(st.lists(st.binary()))
    def test_no_bytes_break_it(self, chunks: list[bytes]) -> None:
        decoder = EventStreamDecoder()
        for chunk in chunks:
            decoder.feed(chunk)

    @pytest.mark.parametrize("piece", [b"x" * 65_536, b"data: " + b"x" * 65_536 + b"\n"])
    def test_an_event_without_end_is_refused(self, piece: bytes) -> None:
        decoder = EventStreamDecoder()
        with pytest.raises(NotUnderstood, match="longer"):
            [decoder.feed(piece) for _ in range(2 * LONGEST_EVENT // len(piece))]


class TestWait:
    async def test_it_returns_as_soon_as_the_stream_tells(self, server: StandIn, backoff: Backoff) -> None:
        job = server.add_job("a")
        never = Backoff(sleep=lambda _: anyio.sleep_forever())
        async with Client(server.url, KEY, backoff=never) as client, anyio.create_task_group() as group:

            async def finish() -> None:
                await server.listened()
                server.move(job, "COMPLETE", progress=100)

            group.start_soon(finish)
            assert (await client.wait(job["id"])).complete

    async def test_every_state_on_the_way_is_told_once(self, server: StandIn, client: Client) -> None:
        job = server.add_job("a")
        seen: list[tuple[str, int]] = []

        def hear(told: Job) -> None:
            seen.append((told.status, told.progress))
            if told.progress == 0:
                server.tell({"kind": "progress", "job_id": job["id"], "progress": 40, "step": "unity.unpack"})
            elif told.progress == 40:
                server.move(job, "ERROR", progress=40, code="package_bomb")

        async with client.following() as following:
            await server.listened()
            assert (await following.ended(job["id"], hear)).code == "package_bomb"
        assert list(dict.fromkeys(seen)) == [("QUEUED", 0), ("QUEUED", 40), ("ERROR", 40)]

    async def test_without_a_stream_it_asks(self, server: StandIn, client: Client) -> None:
        job = server.add_job("a")
        server.next("GET", "/events", refusing(404, "not_found"))

        async def finishing(_: object) -> Any:
            server.move(job, "COMPLETE")
            return await refusing(503)(None)  # type: ignore[arg-type]

        server.next("GET", f"/jobs/{job['id']}", saying(json.dumps(job).encode()), finishing)
        assert (await client.wait(job["id"])).complete

    async def test_it_outlives_a_lost_stream(self, server: StandIn, client: Client) -> None:
        job = server.add_job("a")
        async with anyio.create_task_group() as group:

            async def disturb() -> None:
                await server.listened()
                server.tell_raw(None)
                server.move(job, "COMPLETE")

            group.start_soon(disturb)
            assert (await client.wait(job["id"])).complete

    async def test_it_ends_when_the_patience_does(self, server: StandIn, client: Client) -> None:
        job = server.add_job("a")
        with pytest.raises(StillRunning):
            await client.wait(job["id"], timeout=0)

    async def test_an_unknown_job_is_told_as_such(self, client: Client) -> None:
        with pytest.raises(Missing):
            await client.wait("unknown")

    async def test_a_server_that_stays_away_is_told(self, backoff: Backoff) -> None:
        async with stand_in() as gone:
            url = gone.url
        async with Client(url, KEY, backoff=backoff) as client:
            with pytest.raises(Unreachable):
                await client.wait("1")


class TestDownload:
    CONTENT = pattern(3 * MIB + 5)

    def place(self, server: StandIn, content: bytes = CONTENT) -> tuple[str, str]:
        asset = server.add_asset(content)
        return asset["id"], f"/assets/{asset['id']}/versions/1/content"

    async def test_the_file_appears_whole(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        heard: list[int] = []
        to = await client.download(asset_id, 1, tmp_path / "x", heard.append)
        assert to.read_bytes() == self.CONTENT
        assert heard[-1] == len(self.CONTENT)
        assert not part_of(to).exists()

    async def test_in_a_folder_it_gets_the_versions_name(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        assert await client.download(asset_id, 1, tmp_path) == tmp_path / "chair.unitypackage"

    async def test_a_name_cannot_lead_out_of_the_folder(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        asset = server.add_asset(b"x", "../../evil")
        assert await client.download(asset["id"], 1, tmp_path / "in") == tmp_path / "in" / "evil"

    async def test_an_empty_version_is_an_empty_file(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server, b"")
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == b""

    async def test_it_goes_on_where_the_connection_broke(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        first, rest = self.CONTENT[: 2 * MIB], self.CONTENT[2 * MIB :]
        content_range = f"bytes {2 * MIB}-{len(self.CONTENT) - 1}/{len(self.CONTENT)}"
        server.next("GET", path, breaking_off(first, len(self.CONTENT)), refusing(503))
        server.next("GET", path, breaking_off(rest[:MIB], len(rest), Content_Range=content_range))
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT
        ranges = [headers.get("Range") for _, asked, headers in server.asked if asked == path]
        assert ranges == [None, f"bytes={2 * MIB}-", f"bytes={2 * MIB}-", f"bytes={3 * MIB}-"]

    async def test_it_goes_on_where_an_earlier_run_ended(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        server.next("GET", path, breaking_off(self.CONTENT[:MIB], len(self.CONTENT)), refusing(403, "forbidden"))
        with pytest.raises(Refused):
            await client.download(asset_id, 1, tmp_path / "x")
        assert part_of(tmp_path / "x").read_bytes() == self.CONTENT[:MIB]
        assert not (tmp_path / "x").exists()
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT
        assert server.asked[-1][2]["Range"] == f"bytes={MIB}-"

    @pytest.mark.parametrize("left", [b"of another version", CONTENT + b"too long", b"x" * len(CONTENT)])
    async def test_what_was_left_of_something_else_is_fetched_anew(
        self, server: StandIn, client: Client, tmp_path: Path, left: bytes
    ) -> None:
        asset_id, _ = self.place(server)
        part_of(tmp_path / "x").write_bytes(left)
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT

    async def test_a_server_without_ranges_sends_all_again(
        self, server: StandIn, client: Client, tmp_path: Path
    ) -> None:
        asset_id, path = self.place(server)
        part_of(tmp_path / "x").write_bytes(self.CONTENT[:100])
        server.next("GET", path, saying(self.CONTENT, "application/octet-stream"))
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT

    @pytest.mark.parametrize("wrong", [b"y" * len(CONTENT), CONTENT + b"more", CONTENT[:-1], gzip.compress(CONTENT)])
    async def test_bytes_that_are_not_the_versions_never_get_its_name(
        self, server: StandIn, client: Client, tmp_path: Path, wrong: bytes
    ) -> None:
        asset_id, path = self.place(server)
        server.next("GET", path, saying(wrong, "application/octet-stream"))
        with pytest.raises(NotUnderstood):
            await client.download(asset_id, 1, tmp_path / "x")
        assert not (tmp_path / "x").exists()

    async def test_bytes_of_another_range_are_refused(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        part_of(tmp_path / "x").write_bytes(self.CONTENT[:100])
        server.next("GET", path, breaking_off(b"", 9, Content_Range="bytes 50-58/9999"))
        with pytest.raises(NotUnderstood, match="another range"):
            await client.download(asset_id, 1, tmp_path / "x")

    async def test_a_place_that_cannot_be_written_is_said(
        self, server: StandIn, client: Client, tmp_path: Path
    ) -> None:
        asset_id, _ = self.place(server)
        with pytest.raises(FileUnusable, match="cannot be written"):
            await client.download(asset_id, 1, tmp_path / "missing" / "x")

    async def test_a_version_that_is_not_there_is_said(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        with pytest.raises(Missing, match="no version 2"):
            await client.download(asset_id, 2, tmp_path / "x")
