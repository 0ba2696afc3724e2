from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.pauses import Pauses

from asset_ingest.client import (
    Client,
    Job,
    Missing,
    NotUnderstood,
    Refused,
    Unavailable,
)
from asset_ingest.client.record import Record
from asset_ingest.testing.http_server import StandIn, dropping, refusing, saying

MIB = 1 << 20


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
        whole = {"id": "1", "original_filename": "a", "status": "NEW", "created_at": "2026-01-02T03:04:05Z"}
        try:
            job = Job.of(Record("job", whole | {"updated_at": "2026-01-02T03:04:05Z"} | fields))
        except NotUnderstood:
            return
        assert isinstance(job.status, str)
        assert isinstance(job.progress, int)
