from __future__ import annotations

import asyncio
import json
import re
import signal

from tests.unit.cli.program import BOMB, COMPLETE, Program, ended

from asset_ingest.testing.http_server import StandIn, refusing


class TestWatch:
    async def test_named_jobs_are_shown_until_they_have_ended(self, server: StandIn, program: Program) -> None:
        one, two = server.add_job("one.txt"), server.add_job("two.txt", **COMPLETE)
        watching = asyncio.create_task(program("watch", one["id"], two["id"]))
        await server.listened()
        server.move(one, "COMPLETE", progress=100)
        watched = await watching
        assert watched.code == 0, watched
        assert f"COMPLETE   100 %  one.txt  job {one['id']}\n" in watched.out

    async def test_a_failed_or_unknown_job_ends_it_with_1(self, server: StandIn, program: Program) -> None:
        job = server.add_job("bomb.txt", **BOMB)
        watched = await program("watch", job["id"], "unknown")
        assert watched.code == 1
        assert "it inflates without end. Beware." in watched.out
        assert watched.err == "job unknown: there is no such job. Remedy of not_found.\n"

    async def test_without_names_everything_is_shown_until_ctrl_c(self, server: StandIn, program: Program) -> None:
        server.add_job("old.txt", **COMPLETE)
        process = await program.start("-m", "asset_ingest.entrypoints.cli", "watch", "--json")
        assert process.stdout is not None
        first = json.loads(await process.stdout.readline())
        assert (first["event"], first["job"]["original_filename"]) == ("changed", "old.txt")
        new = server.add_job("new.txt")
        server.move(new, "PROCESSING", progress=10)
        assert json.loads(await process.stdout.readline())["job"]["status"] == "PROCESSING"
        server.tell({"kind": "progress", "job_id": new["id"], "progress": 60, "step": "unity.unpack"})
        assert json.loads(await process.stdout.readline())["job"]["progress"] == 60
        server.tell_raw(None)
        server.move(new, "COMPLETE", progress=100)
        assert json.loads(await process.stdout.readline())["job"]["status"] == "COMPLETE"
        process.send_signal(signal.SIGINT)
        watched = await ended(process)
        assert watched.code == 0
        assert watched.err.startswith("The connection is lost; trying again.")

    async def test_in_a_terminal_there_is_a_table(self, server: StandIn, program: Program, terminal: None) -> None:
        job = server.add_job("[red]bomb.txt", **BOMB)
        watched = await program("watch", job["id"])
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", watched.out)
        assert watched.code == 1
        assert re.search(r"ERROR +0 % +\[red\]bomb\.txt", plain)
        assert "it inflates without end. Beware." in plain

    async def test_a_refusal_is_one_sentence(self, server: StandIn, program: Program) -> None:
        server.next("GET", "/events", refusing(403, "forbidden"))
        watched = await program("watch")
        assert (watched.code, watched.err) == (1, "refused as forbidden. Remedy of forbidden.\n")
