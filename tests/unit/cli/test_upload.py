from __future__ import annotations

import re
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import pytest
from tests.unit.cli.program import BOMB, COMPLETE, Program, ended

from asset_ingest.client import Backoff, Client
from asset_ingest.entrypoints.cli.dropped import Found
from asset_ingest.entrypoints.cli.report import Lines
from asset_ingest.entrypoints.cli.upload import Tally, Uploading
from asset_ingest.testing.http_server import KEY, StandIn, dropping, stand_in


class TestUpload:
    async def test_files_and_folders_get_in_and_it_ends_with_0(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt", "deep/b.txt", "deep/er/c.txt", "deep/.hidden", "deep/.git/config")
        server.outcomes = {"a.txt": COMPLETE, "b.txt": COMPLETE | {"duplicate": True}, "c.txt": COMPLETE}
        ended = await program("upload", "a.txt", "deep")
        assert ended.code == 0, ended
        assert {upload.filename for upload in server.received} == {"a.txt", "b.txt", "c.txt"}
        assert "COMPLETE   a.txt\n" in ended.out
        assert "COMPLETE   deep/b.txt  already known\n" in ended.out
        assert ended.out.endswith("3 complete (1 already known), 0 failed\n")
        assert ended.err == ""

    async def test_a_job_that_fails_is_said_with_its_remedy_and_it_ends_with_1(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("bomb.txt", "fine.txt")
        server.outcomes = {"bomb.txt": BOMB, "fine.txt": COMPLETE}
        ended = await program("upload", "bomb.txt", "fine.txt")
        assert ended.code == 1
        assert ended.err == "bomb.txt: it inflates without end. Beware.\n"
        assert "COMPLETE   fine.txt" in ended.out

    async def test_a_refused_file_is_said_and_the_others_go_on(
        self, server: StandIn, program: Program, files: Callable[..., None], folder: Path
    ) -> None:
        files("b.txt")
        (folder / "a.txt").touch()
        server.outcomes = {"b.txt": COMPLETE}
        ended = await program("upload", "a.txt", "b.txt", "--jobs", "1")
        assert ended.code == 1
        assert ended.err == "a.txt: the file is empty. Remedy of empty_file.\n"
        assert ended.out.endswith("1 complete, 1 failed\n")

    async def test_a_broken_connection_fails_one_file(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt", "b.txt")
        server.outcomes = {"b.txt": COMPLETE}
        server.next("POST", "/assets", dropping(after=1))
        ended = await program("upload", "a.txt", "b.txt", "--jobs", "1")
        assert ended.code == 1
        assert ended.err.startswith(f"a.txt: the connection to {server.url} broke")
        assert "COMPLETE   b.txt" in ended.out

    async def test_without_a_known_key_it_stops_at_once(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files(*(f"{number}.txt" for number in range(50)))
        ended = await program("upload", ".", "--api-key", "wrong", "--jobs", "1")
        assert ended.code == 1
        assert ended.err.count("unknown or revoked. Remedy of unauthenticated.") == 1
        assert len([1 for method, _, _ in server.asked if method == "POST"]) == 1

    async def test_without_a_server_it_says_so_once(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        async with stand_in() as gone:
            url = gone.url
        (tmp_path / "a.txt").write_text("a")

        async def found() -> AsyncIterator[Found]:
            for _ in range(50):
                yield Found(tmp_path / "a.txt", 1)

        async with Client(url, KEY, backoff=Backoff(attempts=1)) as client:
            tally = Tally()
            await Uploading(client, None, Lines(), "interactive", tally).run(found(), 1)
        said = capsys.readouterr().err
        assert said.count("Check the address and that the server is running.") == 1
        assert tally.failed == 1

    async def test_no_wait_ends_once_the_bytes_are_there(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        ended = await program("upload", "a.txt", "--no-wait", "--bulk")
        (job,) = server.jobs.values()
        assert (ended.code, ended.out) == (0, f"SENT       a.txt  job {job['id']}\n1 sent, 0 complete, 0 failed\n")
        assert server.received[0].query == {"lane": "bulk"}
        assert all(path != "/events" for _, path, _ in server.asked)

    async def test_programs_get_one_json_object_per_line(
        self, server: StandIn, program: Program, files: Callable[..., None], folder: Path
    ) -> None:
        files("a.txt", "bomb.txt")
        (folder / "empty.txt").touch()
        server.outcomes = {"a.txt": COMPLETE, "bomb.txt": BOMB}
        ended = await program("upload", ".", "--json", "--jobs", "1")
        assert ended.code == 1
        told = {(event["event"], event["file"]): event for event in ended.events}
        assert set(told) == {
            *(("sent", "a.txt"), ("ended", "a.txt"), ("sent", "bomb.txt"), ("ended", "bomb.txt")),
            ("refused", "empty.txt"),
        }
        assert told["ended", "bomb.txt"]["job"]["code"] == "package_bomb"
        assert told["ended", "a.txt"]["job"]["status"] == "COMPLETE"
        assert told["ended", "a.txt"]["job"]["created_at"] == "2026-01-02T03:04:05+00:00"
        assert told["refused", "empty.txt"]["error"]["correlation_id"] == "c0ffee"

    async def test_ctrl_c_ends_it_in_order(self, server: StandIn, program: Program, files: Callable[..., None]) -> None:
        files("a.txt")
        process = await program.start("-m", "asset_ingest.entrypoints.cli", "upload", "a.txt")
        await server.listened()
        assert process.stdout is not None
        assert (await process.stdout.readline()).startswith(b"SENT")
        process.send_signal(signal.SIGINT)
        stopped = await ended(process)
        assert (stopped.code, stopped.err.count("\n")) == (130, 1)
        assert stopped.err.startswith("Stopped.")

    @pytest.mark.parametrize(
        "arguments", [["upload"], ["upload", "missing"], ["upload", ".", "--jobs", "0"], ["nothing"]]
    )
    async def test_what_makes_no_sense_ends_with_2(self, program: Program, arguments: Sequence[str]) -> None:
        ended = await program(*arguments)
        assert ended.code == 2
        assert "Usage" in ended.err

    async def test_an_empty_folder_is_nothing_to_upload(self, program: Program) -> None:
        ended = await program("upload", ".")
        assert (ended.code, ended.err) == (2, "There is nothing to upload.\n")

    async def test_hostile_words_of_the_server_cannot_steer_the_terminal(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        server.outcomes = {"a.txt": BOMB | {"error_message": "\x1b]0;owned\x07\u202e[bold]evil[/]"}}
        ended = await program("upload", "a.txt")
        assert "\x1b" not in ended.err
        assert "\u202e" not in ended.err
        assert "[bold]evil[/]" in ended.err

    async def test_in_a_terminal_there_are_bars_and_then_lines(
        self, server: StandIn, program: Program, files: Callable[..., None], terminal: None
    ) -> None:
        files("[red]a.txt")
        server.outcomes = {"[red]a.txt": COMPLETE}
        ended = await program("upload", "[red]a.txt")
        assert ended.code == 0, ended
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ended.out)
        assert "COMPLETE   [red]a.txt" in plain
        assert "bytes" in plain, "the bar says how many"
        assert ended.out.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in ended.out, "the cursor is back"
