"""Running the same command again: what is in is left out, what was interrupted goes on."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from aiohttp import web
from rich.progress import Progress
from tests.unit.cli.program import BOMB, COMPLETE, Program, ended

from asset_ingest.entrypoints.cli.report import StateColumn
from asset_ingest.entrypoints.cli.state import state_folder
from asset_ingest.testing.http_server import NOW, StandIn, refusing
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20
LARGE = 18 * MIB


@pytest.fixture
def large(folder: Path) -> Path:
    (folder / "large.bin").write_bytes(pattern(LARGE))
    return folder / "large.bin"


def complete(server: StandIn, *names: str) -> None:
    asset = server.add_asset(b"")
    server.outcomes |= {name: COMPLETE | {"asset_id": asset["id"]} for name in names}


class TestAgain:
    async def test_what_is_in_is_left_out(
        self, server: StandIn, program: Program, files: Callable[..., None], large: Path
    ) -> None:
        files("a.txt", "bomb.txt")
        complete(server, "a.txt", "large.bin")
        server.outcomes["bomb.txt"] = BOMB
        assert (await program("upload", ".")).out.endswith("2 complete, 1 failed\n")
        again = await program("upload", ".", "--jobs", "1")
        assert again.code == 1
        assert again.out.splitlines() == [
            "COMPLETE   a.txt  sent before",
            *[line for line in again.out.splitlines() if line.startswith("SENT       bomb.txt")],
            "COMPLETE   large.bin  sent before",
            "2 complete (2 sent before), 1 failed",
        ]
        assert len(server.received) == 4, "what had failed is sent again"

    async def test_what_the_server_is_still_at_work_on_is_waited_for(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        assert (await program("upload", "a.txt", "--no-wait")).code == 0
        (job,) = server.jobs.values()

        async def finish(request: web.Request) -> web.StreamResponse:
            server.move(job, "COMPLETE")
            return await server.job(request)

        server.next("GET", f"/jobs/{job['id']}", server.job, finish)
        again = await program("upload", "a.txt")
        assert (again.code, again.out) == (
            0,
            "COMPLETE   a.txt  sent before\n1 complete (1 sent before), 0 failed\n",
        )
        assert len(server.received) == 1

    async def test_a_changed_file_is_sent(
        self, server: StandIn, program: Program, files: Callable[..., None], folder: Path
    ) -> None:
        files("a.txt")
        complete(server, "a.txt")
        await program("upload", "a.txt")
        (folder / "a.txt").write_text("something else")
        assert (await program("upload", "a.txt")).out.endswith("1 complete, 0 failed\n")
        assert len(server.received) == 2

    async def test_no_resume_neither_asks_nor_remembers(
        self, server: StandIn, program: Program, files: Callable[..., None], tmp_path: Path
    ) -> None:
        files("a.txt")
        complete(server, "a.txt")
        for _ in range(2):
            await program("upload", "a.txt", "--no-resume")
        assert not (tmp_path / "state").exists()
        await program("upload", "a.txt")
        await program("upload", "a.txt", "--no-resume")
        assert len(server.received) == 4

    async def test_a_state_that_cannot_be_kept_is_said_once_and_uploads_go_on(
        self, server: StandIn, program: Program, files: Callable[..., None], tmp_path: Path
    ) -> None:
        files("a.txt", "b.txt")
        complete(server, "a.txt", "b.txt")
        (tmp_path / "state").touch()
        ended = await program("upload", ".")
        assert (ended.code, ended.err.count("\n")) == (0, 1)
        assert ended.err.startswith("uploads cannot be remembered in ")


class TestGroup:
    async def test_files_go_into_the_group_of_that_name(
        self, server: StandIn, program: Program, files: Callable[..., None], large: Path
    ) -> None:
        files("a.txt")
        complete(server, "a.txt", "large.bin")
        for name in ("other", "older", "even older"):
            server.groups.append({"id": name, "name": name, "status": "COMPLETE", "created_at": NOW})
        assert (await program("upload", ".", "--group", "Spring  crates", "--bulk")).code == 0
        assert [group["name"] for group in server.groups] == ["Spring crates", "other", "older", "even older"]
        queries = [upload.query for upload in server.files.uploads.values()]
        assert queries == [{"lane": "bulk", "group_id": "g4"}] * 2, "small files, too"

    async def test_a_new_version_is_sent_however_often(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        complete(server, "a.txt")
        for _ in range(2):
            assert (await program("upload", "a.txt", "--asset", "a1", "--note", "more red")).code == 0
        queries = [upload.query for upload in server.files.uploads.values()]
        assert queries == [{"lane": "interactive", "asset_id": "a1", "change_note": "more red"}] * 2

    async def test_again_it_is_the_same_group_and_in_another_one_they_are_sent(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        complete(server, "a.txt")
        for name, sent in (("one", 1), ("one", 1), ("two", 2), ("one", 2)):
            await program("upload", "a.txt", "--group", name)
            assert len(server.received) == sent
        assert [group["name"] for group in server.groups] == ["two", "one"]

    async def test_a_name_that_the_server_refuses_stops_it(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        server.next("POST", "/groups", refusing(422, "invalid_request"))
        ended = await program("upload", "a.txt", "--group", "")
        assert (ended.code, ended.err) == (1, "refused as invalid_request. Remedy of invalid_request.\n")
        assert server.received == []


class TestInterrupted:
    async def interrupt(
        self, server: StandIn, program: Program, number: signal.Signals, *options: str
    ) -> tuple[int, str]:
        """Stop the program while the second slice of a large file is on its way."""
        reached, over = asyncio.Event(), asyncio.Event()

        async def hang(request: web.Request) -> web.StreamResponse:
            reached.set()
            await over.wait()
            return web.Response(status=503)

        server.next("PATCH", "/files/u1", server.files.append, hang)
        process = await program.start("-m", "asset_ingest.entrypoints.cli", "upload", "large.bin", *options)
        await reached.wait()
        process.send_signal(number)
        stopped = await ended(process)
        over.set()
        return stopped.code, stopped.err

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
    async def test_the_same_command_goes_on(
        self, server: StandIn, program: Program, large: Path, number: signal.Signals
    ) -> None:
        code, said = await self.interrupt(server, program, number)
        if number == signal.SIGINT:
            assert (code, said.count("\n")) == (130, 1)
            assert "run the same command again to go on" in said
        complete(server, "large.bin")
        again = await program("upload", "large.bin")
        assert again.code == 0, again
        assert "RESUMED    large.bin  at 16.8 MB of 18.9 MB\n" in again.out
        (upload,) = server.files.uploads.values()
        assert bytes(upload.body) == pattern(LARGE)
        assert sum(length for _, length in upload.writes) == LARGE, "no byte was sent again"

    async def test_without_resume_it_begins_anew(self, server: StandIn, program: Program, large: Path) -> None:
        code, said = await self.interrupt(server, program, signal.SIGINT, "--no-resume")
        assert code == 130
        assert "begins anew" in said
        complete(server, "large.bin")
        assert "RESUMED" not in (await program("upload", "large.bin")).out
        assert bytes(server.files.uploads["u2"].body) == pattern(LARGE)

    async def test_programs_are_told_in_json(self, server: StandIn, program: Program, large: Path) -> None:
        await self.interrupt(server, program, signal.SIGINT)
        complete(server, "large.bin")
        server.next("PATCH", "/files/u1", refusing(502))
        again = await program("upload", "large.bin", "--json")
        told = {event["event"]: event for event in again.events}
        assert list(told) == ["resumed", "trouble", "sent", "ended"]
        assert (told["resumed"]["sent"], told["resumed"]["size"]) == (16 * MIB, LARGE)
        assert told["trouble"]["error"]["status"] == 502
        (event,) = (await program("upload", "large.bin", "--json")).events
        assert (event["event"], event["job"]["status"]) == ("sent_before", "COMPLETE")

    async def test_trouble_is_said_while_it_lasts(self, server: StandIn, program: Program, large: Path) -> None:
        complete(server, "large.bin")
        server.next("PATCH", "/files/u1", refusing(502))
        said = await program("upload", "large.bin")
        assert (said.code, said.err) == (0, "large.bin: refused as service_unavailable. It is tried again.\n")


class TestBars:
    async def test_in_a_terminal_a_resumed_file_begins_where_it_stands(
        self, server: StandIn, program: Program, large: Path, terminal: None
    ) -> None:
        await TestInterrupted().interrupt(server, program, signal.SIGINT)
        complete(server, "large.bin")
        server.next("PATCH", "/files/u1", refusing(502))
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", (await program("upload", "large.bin")).out)
        assert "16.8 MB of 18.9 MB" in plain
        assert "COMPLETE   large.bin" in plain
        again = await program("upload", "large.bin")
        assert "COMPLETE   large.bin  sent before" in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", again.out)

    def test_bytes_come_with_their_speed_and_the_time_that_is_left(self) -> None:
        now = 0.0
        progress = Progress(get_time=lambda: now)
        bar = progress.add_task("a file", total=100_000_000, state="", trouble="")
        shown = []
        for now, sent in ((1.0, 40_000_000), (2.0, 42_000_000), (3.0, 44_000_000)):  # noqa: B007  the clock
            progress.update(bar, completed=sent)
            shown.append(StateColumn().render(progress.tasks[0]).plain)
        assert shown[0] == "40.0 MB of 100.0 MB", "what an earlier run sent is no speed of ours"
        assert shown[-1] == "44.0 MB of 100.0 MB  2.0 MB/s  0:28 left"
        progress.update(bar, trouble="it broke; trying again")
        assert StateColumn().render(progress.tasks[0]).plain.endswith("0:28 left  it broke; trying again")
        progress.update(bar, state="processing unity.unpack")
        assert StateColumn().render(progress.tasks[0]).plain == "processing unity.unpack"


class TestState:
    def test_it_is_where_the_user_wants_it(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
        assert state_folder() == tmp_path / "asset-ingest"
        monkeypatch.setenv("HOME", str(tmp_path))
        for nowhere in ("", "relative"):
            monkeypatch.setenv("XDG_STATE_HOME", nowhere)
            assert state_folder() == tmp_path / ".local" / "state" / "asset-ingest"
        assert os.environ["HOME"] == str(tmp_path)
