from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.cli.program import Program

from asset_ingest.client import Misused
from asset_ingest.entrypoints.cli.dropped import Found, LeftOut, dropped
from asset_ingest.entrypoints.cli.sign_in import door
from asset_ingest.entrypoints.cli.wording import shown


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
        self, program: Program, files: Callable[..., None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        files("a.txt")
        monkeypatch.delenv("ASSET_INGEST_API_KEY")
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
