from __future__ import annotations

import json
from contextlib import aclosing
from itertools import pairwise
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.pauses import Pauses

from asset_ingest.client import (
    Backoff,
    Client,
    Job,
    Missing,
    NotUnderstood,
    StillRunning,
    Unreachable,
)
from asset_ingest.client.event_stream import LONGEST_EVENT, EventStreamDecoder, ServerSentEvent
from asset_ingest.testing.http_server import KEY, StandIn, dropping, refusing, saying, stand_in


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
