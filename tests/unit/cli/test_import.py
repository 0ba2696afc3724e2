from __future__ import annotations

from tests.unit.cli.program import BOMB, COMPLETE, Program

from asset_ingest.testing.http_server import StandIn, refusing

URL = "https://files.example/chair.zip"


class TestImport:
    async def test_it_ends_once_the_server_has_begun(self, server: StandIn, program: Program) -> None:
        ended = await program("import", URL, f"{URL}2", "--group", "Chairs", "--bulk")
        assert ended.code == 0, ended
        assert [told["url"] for told in server.imports] == [URL, f"{URL}2"]
        assert {(told["group_id"], told["lane"]) for told in server.imports} == {("g1", "bulk")}
        for job in server.jobs.values():
            assert f"PENDING      0 %  {job['original_filename']}  job {job['id']}\n" in ended.out
        assert all(path != "/events" for _, path, _ in server.asked)

    async def test_with_watch_it_ends_with_them(self, server: StandIn, program: Program) -> None:
        server.outcomes = {"chair.zip": COMPLETE, "bomb.zip": BOMB}
        assert (await program("import", URL, "--watch")).code == 0
        bad = await program("import", URL, "https://files.example/bomb.zip", "--watch")
        assert bad.code == 1
        assert "it inflates without end" in bad.out

    async def test_what_is_refused_is_named_by_its_place_and_the_rest_goes_on(
        self, server: StandIn, program: Program
    ) -> None:
        server.next("POST", "/uploads", refusing(422, "invalid_request"))
        ended = await program("import", "file:///etc/passwd?token=secret", URL)
        assert ended.code == 1
        assert ended.err == "address 1: refused as invalid_request. Remedy of invalid_request.\n"
        assert [told["url"] for told in server.imports] == [URL]

    async def test_programs_get_one_json_object_per_line(self, server: StandIn, program: Program) -> None:
        server.next("POST", "/uploads", refusing(409, "not_possible_now"))
        ended = await program("import", URL, URL, "--json")
        refused, begun = ended.events
        assert (refused["event"], refused["address"], refused["error"]["code"]) == ("refused", 1, "not_possible_now")
        assert (begun["event"], begun["job"]["status"]) == ("changed", "PENDING")
