"""The built page: served safely, kept as long as is right."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.web.conftest import Site

from asset_ingest.entrypoints.web.options import WebOptions


@pytest.fixture
async def built(open_site: Callable, tmp_path: Path) -> Site:
    static = tmp_path / "page"
    (static / "static").mkdir(parents=True)
    (static / "index.html").write_text("<!doctype html>the page")
    (static / "static" / "main-abc123.js").write_text("export {};")
    (static / "icon.svg").write_text("<svg/>")
    (tmp_path / "secret.txt").write_text("secret")
    (static / "leak.txt").symlink_to(tmp_path / "secret.txt")
    return await open_site(WebOptions(static=static))


@pytest.mark.parametrize("path", ["/", "/jobs", "/assets/0190b5f4", "/index.html", "/jobs/x/y.z"])
async def test_every_address_of_the_page_is_the_page_and_asked_for_again(built: Site, path: str) -> None:
    answer = await built.anybody("GET", path)
    assert answer.body == b"<!doctype html>the page"
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.headers["Cache-Control"] == "no-cache"


async def test_a_hashed_file_is_kept_for_ever_and_others_are_not(built: Site) -> None:
    script, icon = await built.anybody("GET", "/static/main-abc123.js"), await built.anybody("GET", "/icon.svg")
    assert "javascript" in script.headers["Content-Type"]
    assert "immutable" in script.headers["Cache-Control"]
    assert icon.headers["Cache-Control"] == "no-cache"
    assert (await built.anybody("HEAD", "/icon.svg")).headers["Content-Length"] == "6"


async def test_a_hashed_file_of_an_older_build_is_gone_not_the_page(built: Site) -> None:
    (await built.anybody("GET", "/static/main-old.js")).refused(404, "not_found")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/leak.txt", "/%00", "/" + "x" * 3000]
)
async def test_nothing_outside_the_folder_is_served(built: Site, path: str) -> None:
    assert b"secret" not in (await built.anybody("GET", path)).body


async def test_an_unknown_address_of_the_api_is_never_the_page(built: Site) -> None:
    (await built.anybody("GET", "/api/v1/nowhere")).refused(404, "not_found")


async def test_a_page_that_was_not_built_says_so(site: Site) -> None:
    answer = await site.anybody("GET", "/")
    assert answer.status == 503
    assert b"has not been built" in answer.body
    assert b"/api/v1/docs" in answer.body
