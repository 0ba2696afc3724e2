from __future__ import annotations

import pytest

from asset_ingest.client import BrokenOff, Client, Refused
from asset_ingest.testing.http_server import StandIn, dropping, refusing

URL = "https://files.example/chair.zip"


class TestImport:
    async def test_an_address_becomes_a_job(self, server: StandIn, client: Client) -> None:
        job = await client.import_url(URL, filename="a.zip", sha256="ab", lane="bulk", group_id="g1")
        assert (job.original_filename, job.status) == ("a.zip", "PENDING")
        assert server.imports == [{"url": URL, "filename": "a.zip", "sha256": "ab", "lane": "bulk", "group_id": "g1"}]

    async def test_what_is_not_said_is_left_out(self, server: StandIn, client: Client) -> None:
        assert (await client.import_url(URL)).original_filename == "chair.zip"
        assert server.imports == [{"url": URL, "lane": "interactive"}]

    async def test_a_refusal_is_raised(self, server: StandIn, client: Client) -> None:
        server.next("POST", "/uploads", refusing(409, "not_possible_now"))
        with pytest.raises(Refused, match="not_possible_now"):
            await client.import_url(URL)

    async def test_an_answer_that_got_lost_is_not_asked_for_twice(self, server: StandIn, client: Client) -> None:
        server.next("POST", "/uploads", dropping())
        with pytest.raises(BrokenOff):
            await client.import_url(URL)
        assert server.imports == []
