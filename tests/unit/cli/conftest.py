from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from tests.unit.cli.program import Program

from asset_ingest.testing.http_server import KEY, StandIn, stand_in


@pytest.fixture
async def server() -> AsyncIterator[StandIn]:
    async with stand_in() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


@pytest.fixture
def program(folder: Path, server: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.chdir(folder)
    environment = {"ASSET_INGEST_URL": server.url, "ASSET_INGEST_API_KEY": KEY, "COLUMNS": "200"}
    environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Program(folder, server.url, environment)


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rich believe that a person looks."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")


@pytest.fixture
def files(folder: Path) -> Callable[..., None]:
    def make(*names: str) -> None:
        for name in names:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"content of {name}")

    return make
