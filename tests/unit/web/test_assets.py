"""The catalogue over HTTP, down to the bytes."""

import hashlib
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.adapters.object_store.memory import MemoryObjects
from asset_ingest.core.model.access import Role

CONTENT = bytes(range(256)) * 40


async def plain(site: Site, name: str = "a.bin", content: bytes = CONTENT) -> UUID:
    answer = await site.admin.upload(name, content)
    await site.program.work()
    return UUID((await site.admin.get(f"/jobs/{answer.json['jobs'][0]['id']}")).json["asset_id"])


# --- reading the catalogue --------------------------------------------------------------------------------------


async def test_a_package_shows_all_that_is_known_of_it(site: Site) -> None:
    asset_id = await site.package()
    asset = (await site.admin.get(f"/assets/{asset_id}")).json
    assert asset["name"] == "Crates & Barrels"
    assert asset["publisher"]["name"] == "Tiny Studio"
    assert asset["entry_count"] == 4
    assert asset["sha256"] == hashlib.sha256(small_package()).hexdigest()
    assert [version["number"] for version in asset["versions"]] == [1]


async def test_assets_come_page_by_page_and_can_be_narrowed(site: Site) -> None:
    package, text = await site.package(), await plain(site, "notes.txt", b"notes")
    assert await listed(site, "") == [str(text), str(package)]
    assert await listed(site, "?kind=unity_package") == [str(package)]
    assert await listed(site, "?q=NOTES") == [str(text)]
    first = (await site.admin.get("/assets?limit=1")).json
    second = (await site.admin.get(f"/assets?limit=1&cursor={first['next_cursor']}")).json
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [str(text), str(package)]
    [publisher] = (await site.admin.get("/publishers")).json["items"]
    assert await listed(site, f"?publisher_id={publisher['id']}") == [str(package)]


async def listed(site: Site, query: str) -> list[str]:
    return [asset["id"] for asset in (await site.admin.get(f"/assets{query}")).json["items"]]


async def test_entries_come_in_the_order_of_the_archive(site: Site) -> None:
    asset_id = await site.package()
    first = (await site.admin.get(f"/assets/{asset_id}/entries?limit=3")).json
    rest = (await site.admin.get(f"/assets/{asset_id}/entries?limit=3&cursor={first['next_cursor']}")).json
    assert len(first["items"]) == 3
    assert [entry["number"] for entry in first["items"] + rest["items"]] == [0, 1, 2, 3]
    assert rest["next_cursor"] is None
    found = (await site.admin.get(f"/assets/{asset_id}/entries?q=crate.PNG")).json["items"]
    assert [entry["path"] for entry in found] == ["Assets/Props/Crate.png"]


async def test_a_publisher_counts_its_assets(site: Site) -> None:
    await site.package()
    [publisher] = (await site.admin.get("/publishers?limit=5")).json["items"]
    assert publisher["asset_count"] == 1
    assert (await site.admin.get(f"/publishers/{publisher['id']}")).json == publisher


NOBODY = UUID(int=4, version=4)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("/assets?kind=spaceship", "kind"),
        ("/assets?publisher_id=7", "publisher_id"),
        ("/assets?sort=size", "sort"),
        ("/assets?status=gone", "status"),
        ("/assets?created_after=2026-01-01T00:00:00", "created_after"),
        ("/assets?created_before=0001-01-01T00:00:00%2B14:00", "created_before"),
        ("/assets?tag=%20", "tag"),
        ("/publishers?cursor=x", "cursor"),
        (f"/assets/{NOBODY}/entries?limit=1001", "limit"),
        (f"/assets/{NOBODY}/entries?cursor=-1", "cursor"),
        (f"/assets/{NOBODY}/entries?cursor=99999999999", "cursor"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_by_field(site: Site, query: str, field: str) -> None:
    (await site.admin.get(query)).refused(422, "invalid_request", field)


async def test_another_studio_finds_nothing_of_ours(site: Site) -> None:
    asset_id = await site.package()
    publisher = (await site.admin.get("/publishers")).json["items"][0]["id"]
    stranger = await site.join(Role.ADMIN, same_studio=False)
    for path in (
        f"/assets/{asset_id}",
        f"/assets/{asset_id}/entries",
        f"/assets/{asset_id}/entries/1/preview",
        f"/assets/{asset_id}/versions/1/content",
        f"/assets/{asset_id}/renditions/thumbnail",
        f"/publishers/{publisher}",
    ):
        assert (await site.admin.get(path)).status == 200
        (await stranger.get(path)).refused(404, "not_found")
    assert (await stranger.get("/assets")).json["items"] == []
    assert (await stranger.get("/publishers")).json["items"] == []


async def test_what_does_not_exist_is_not_found(site: Site) -> None:
    asset_id = await plain(site)
    for path in (
        "/assets/1",
        f"/assets/{uuid4()}",
        f"/assets/{uuid4()}/entries",
        f"/assets/{asset_id}/versions/2/content",
        f"/assets/{asset_id}/versions/-1/content",
        f"/assets/{asset_id}/versions/99999999999999999999/content",
        f"/assets/{asset_id}/renditions/thumbnail",
        f"/assets/{asset_id}/renditions/portrait",
        f"/assets/{asset_id}/renditions/entry_previews",
        f"/assets/{asset_id}/entries/0/preview",
        f"/publishers/{uuid4()}",
    ):
        (await site.admin.get(path)).refused(404, "not_found")


# --- bytes ------------------------------------------------------------------------------------------------------


async def test_an_original_is_saved_under_its_name_and_never_shown(site: Site) -> None:
    asset_id = await plain(site, "<b>ü.html", b"<script>alert(1)</script>")
    answer = await site.admin.get(f"/assets/{asset_id}/versions/1/content")
    assert answer.body == b"<script>alert(1)</script>"
    assert answer.headers["Content-Disposition"].startswith("attachment; ")
    assert "filename*=UTF-8''%3Cb%3E%C3%BC.html" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.body).hexdigest()}"'


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=10000-", 10000, 10240), ("bytes=-5", 10235, 10240)],
)
async def test_a_range_is_served_in_part(site: Site, asked: str, start: int, end: int) -> None:
    asset_id = await plain(site)
    answer = await content(site, asset_id, Range=asked)
    assert answer.status == 206
    assert answer.body == CONTENT[start:end]
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(CONTENT)}"
    assert answer.headers["Content-Length"] == str(end - start)


async def content(site: Site, asset_id: UUID, method: str = "GET", **headers: str):  # noqa: ANN201  an Answer
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.admin(method, f"/api/v1/assets/{asset_id}/versions/1/content", headers=named)


async def test_a_range_outside_names_the_size(site: Site) -> None:
    asset_id = await plain(site)
    answer = await content(site, asset_id, Range="bytes=10240-")
    answer.refused(416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == "bytes */10240"


async def test_if_range_gives_the_part_only_of_the_same_bytes(site: Site) -> None:
    asset_id = await plain(site)
    whole = await content(site, asset_id, Range="bytes=0-1", If_Range='"other"')
    assert (whole.status, whole.body) == (200, CONTENT)
    for same in (whole.headers["ETag"], whole.headers["Last-Modified"]):
        assert (await content(site, asset_id, Range="bytes=0-1", If_Range=same)).status == 206
    weak = await content(site, asset_id, Range="bytes=0-1", If_Range=f"W/{whole.headers['ETag']}")
    assert weak.status == 200


async def test_head_tells_what_get_would_without_the_bytes(site: Site) -> None:
    asset_id = await plain(site)
    head = await content(site, asset_id, "HEAD", Range="bytes=0-1")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(CONTENT))
    assert head.headers["Accept-Ranges"] == "bytes"


async def test_held_bytes_are_not_sent_again(site: Site) -> None:
    asset_id = await plain(site)
    tag = (await content(site, asset_id, "HEAD")).headers["ETag"]
    answer = await content(site, asset_id, If_None_Match=f'"other", {tag}', Range="bytes=99999-")
    assert (answer.status, answer.body) == (304, b"")
    assert answer.headers["ETag"] == tag


async def test_pictures_are_kept_for_ever_at_an_address_that_changes_with_them(site: Site) -> None:
    asset_id = await site.package()
    asset = (await site.admin.get(f"/assets/{asset_id}")).json
    for url in (asset["thumbnail_url"], asset["contact_sheet_url"]):
        kept = await site.admin("GET", url)
        assert kept.headers["Content-Type"] == "image/png"
        assert kept.body.startswith(b"\x89PNG")
        assert "immutable" in kept.headers["Cache-Control"]
        bare = await site.admin("GET", url.partition("?")[0])
        assert "no-cache" in bare.headers["Cache-Control"]


async def test_an_entrys_preview_is_cut_out_of_the_pack(site: Site) -> None:
    asset_id = await site.package()
    entries = (await site.admin.get(f"/assets/{asset_id}/entries")).json["items"]
    urls = [entry["preview_url"] for entry in entries if entry["preview_url"]]
    assert len(urls) == 2
    for url in urls:
        answer = await site.admin("GET", url)
        assert answer.headers["Content-Type"] == "image/png"
        assert answer.body.startswith(b"\x89PNG")
        assert answer.body[-8:-4] == b"IEND"
        assert (await site.admin("GET", url, headers={"Range": "bytes=1-3"})).body == b"PNG"


async def test_bytes_that_are_gone_are_our_problem_and_are_told(open_site: Callable) -> None:
    site = await open_site()
    asset_id = await plain(site)
    store = site.program.ports.store
    assert isinstance(store, MemoryObjects)
    for key in [found.key async for found in store.list("studios/")]:
        await store.delete(key)
    answer = await site.admin.get(f"/assets/{asset_id}/versions/1/content")
    answer.refused(503, "object_missing")
    told = [heard for heard in site.observer.heard if heard.what == "http.failed"]
    assert [heard.correlation_id for heard in told] == [answer.headers["X-Correlation-ID"]]


# --- where it is published --------------------------------------------------------------------------------------


async def test_a_publication_can_be_compared_and_repeated(site: Site) -> None:
    asset_id = await site.package()
    checked = await site.admin.post(f"/assets/{asset_id}/publication/check")
    assert (checked.status, checked.json["status"], checked.json["differences"]) == (200, "PUBLISHED", [])
    cms = site.program.ports.cms
    assert isinstance(cms, MemoryCMS)
    cms.entries.clear()
    gone = await site.admin.post(f"/assets/{asset_id}/publication/check")
    assert (gone.json["status"], gone.json["gone"]) == ("DRIFTED", True)
    repeated = await site.admin.post(f"/assets/{asset_id}/publication")
    assert (repeated.status, repeated.json["status"]) == (200, "PUBLISHED")
    assert list(cms.entries) == [str(asset_id)]


async def test_an_asset_that_is_not_there_has_no_publication(site: Site) -> None:
    for path in ("publication", "publication/check"):
        answer = await site.admin.post(f"/assets/{uuid4()}/{path}")
        assert (answer.status, answer.json["code"]) == (404, "not_found")
