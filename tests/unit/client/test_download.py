from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from asset_ingest.client import (
    Client,
    FileUnusable,
    Missing,
    NotUnderstood,
    Refused,
)
from asset_ingest.client.part_file import part_of
from asset_ingest.testing.http_server import StandIn, breaking_off, refusing, saying
from asset_ingest.testing.object_store import pattern

MIB = 1 << 20


class TestDownload:
    CONTENT = pattern(3 * MIB + 5)

    def place(self, server: StandIn, content: bytes = CONTENT) -> tuple[str, str]:
        asset = server.add_asset(content)
        return asset["id"], f"/assets/{asset['id']}/versions/1/content"

    async def test_the_file_appears_whole(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        heard: list[int] = []
        to = await client.download(asset_id, 1, tmp_path / "x", heard.append)
        assert to.read_bytes() == self.CONTENT
        assert heard[-1] == len(self.CONTENT)
        assert not part_of(to).exists()

    async def test_in_a_folder_it_gets_the_versions_name(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        assert await client.download(asset_id, 1, tmp_path) == tmp_path / "chair.unitypackage"

    async def test_a_name_cannot_lead_out_of_the_folder(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        asset = server.add_asset(b"x", "../../evil")
        assert await client.download(asset["id"], 1, tmp_path / "in") == tmp_path / "in" / "evil"

    async def test_an_empty_version_is_an_empty_file(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server, b"")
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == b""

    async def test_it_goes_on_where_the_connection_broke(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        first, rest = self.CONTENT[: 2 * MIB], self.CONTENT[2 * MIB :]
        content_range = f"bytes {2 * MIB}-{len(self.CONTENT) - 1}/{len(self.CONTENT)}"
        server.next("GET", path, breaking_off(first, len(self.CONTENT)), refusing(503))
        server.next("GET", path, breaking_off(rest[:MIB], len(rest), Content_Range=content_range))
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT
        ranges = [headers.get("Range") for _, asked, headers in server.asked if asked == path]
        assert ranges == [None, f"bytes={2 * MIB}-", f"bytes={2 * MIB}-", f"bytes={3 * MIB}-"]

    async def test_it_goes_on_where_an_earlier_run_ended(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        server.next("GET", path, breaking_off(self.CONTENT[:MIB], len(self.CONTENT)), refusing(403, "forbidden"))
        with pytest.raises(Refused):
            await client.download(asset_id, 1, tmp_path / "x")
        assert part_of(tmp_path / "x").read_bytes() == self.CONTENT[:MIB]
        assert not (tmp_path / "x").exists()
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT
        assert server.asked[-1][2]["Range"] == f"bytes={MIB}-"

    @pytest.mark.parametrize("left", [b"of another version", CONTENT + b"too long", b"x" * len(CONTENT)])
    async def test_what_was_left_of_something_else_is_fetched_anew(
        self, server: StandIn, client: Client, tmp_path: Path, left: bytes
    ) -> None:
        asset_id, _ = self.place(server)
        part_of(tmp_path / "x").write_bytes(left)
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT

    async def test_a_server_without_ranges_sends_all_again(
        self, server: StandIn, client: Client, tmp_path: Path
    ) -> None:
        asset_id, path = self.place(server)
        part_of(tmp_path / "x").write_bytes(self.CONTENT[:100])
        server.next("GET", path, saying(self.CONTENT, "application/octet-stream"))
        assert (await client.download(asset_id, 1, tmp_path / "x")).read_bytes() == self.CONTENT

    @pytest.mark.parametrize("wrong", [b"y" * len(CONTENT), CONTENT + b"more", CONTENT[:-1], gzip.compress(CONTENT)])
    async def test_bytes_that_are_not_the_versions_never_get_its_name(
        self, server: StandIn, client: Client, tmp_path: Path, wrong: bytes
    ) -> None:
        asset_id, path = self.place(server)
        server.next("GET", path, saying(wrong, "application/octet-stream"))
        with pytest.raises(NotUnderstood):
            await client.download(asset_id, 1, tmp_path / "x")
        assert not (tmp_path / "x").exists()

    async def test_bytes_of_another_range_are_refused(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, path = self.place(server)
        part_of(tmp_path / "x").write_bytes(self.CONTENT[:100])
        server.next("GET", path, breaking_off(b"", 9, Content_Range="bytes 50-58/9999"))
        with pytest.raises(NotUnderstood, match="another range"):
            await client.download(asset_id, 1, tmp_path / "x")

    async def test_a_place_that_cannot_be_written_is_said(
        self, server: StandIn, client: Client, tmp_path: Path
    ) -> None:
        asset_id, _ = self.place(server)
        with pytest.raises(FileUnusable, match="cannot be written"):
            await client.download(asset_id, 1, tmp_path / "missing" / "x")

    async def test_a_version_that_is_not_there_is_said(self, server: StandIn, client: Client, tmp_path: Path) -> None:
        asset_id, _ = self.place(server)
        with pytest.raises(Missing, match="no version 2"):
            await client.download(asset_id, 2, tmp_path / "x")
