"""`asset-ingest sweep` over the data of a server that has stopped."""

from __future__ import annotations

from pathlib import Path

from tests.integration.server import run_cli, serving

AT_ONCE = {"ASSET_INGEST_ORPHAN_GRACE_SECONDS": "0"}


async def test_a_dry_run_names_what_the_sweep_then_deletes(tmp_path: Path) -> None:
    async with serving(tmp_path / "data") as server:
        pass
    orphan = server.data / "objects/studios/nobody/uploads/lost/original"
    orphan.parent.mkdir(parents=True)
    orphan.write_bytes(b"lost")
    dry = run_cli(server.data, "sweep", "--dry-run", **AT_ONCE)
    assert dry.returncode == 0, dry.stderr
    assert dry.stdout.splitlines() == [
        "             4  studios/nobody/uploads/lost/original",
        "0 uploads would expire",
        "0 unfinished multipart uploads with 0 bytes would be aborted",
        "1 orphan object with 4 bytes would be deleted",
        "0 half-made files with 0 bytes would be deleted",
        "4 bytes would be reclaimed",
    ]
    assert orphan.exists()
    assert run_cli(server.data, "sweep", **AT_ONCE).stdout.endswith("\n4 bytes reclaimed\n")
    assert not orphan.exists()
