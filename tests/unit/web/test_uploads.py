"""Dropping files over HTTP: every byte safe, or a reason."""

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote

import pytest
from aiohttp import FormData, MultipartWriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.harness import TUNING
from tests.unit.web.conftest import Site

from asset_ingest.core.model.access import Role
from asset_ingest.core.services.landing import SMALL
from asset_ingest.core.services.uploads import UploadLimits
from asset_ingest.entrypoints.web.form_files import FIELDS_TOGETHER

TOO_MUCH_TEXT = b"--x\r\nContent-Disposition: form-data; name=f\r\n\r\n" + bytes(FIELDS_TOGETHER + 1) + b"\r\n--x--"
NDJSON = {"Accept": "application/x-ndjson"}


async def stored(site: Site) -> list[bytes]:
    store = site.program.ports.store
    keys = sorted([found.key async for found in store.list("studios/")])
    return [b"".join([chunk async for chunk in store.read(key)]) for key in keys]


def form(*files: tuple[str, bytes], **fields: str) -> FormData:
    data = FormData(quote_fields=False)
    for name, value in fields.items():
        data.add_field(name, value)
    for name, content in files:
        data.add_field("any name", content, filename=name)
    return data


async def statuses(site: Site) -> list[str]:
    return [job["status"] for job in (await site.admin.get("/jobs")).json["items"]]


# --- one file as the body ---------------------------------------------------------------------------------------


async def test_a_raw_body_is_stored_and_queued(site: Site) -> None:
    answer = await site.admin.upload("a.bin", b"hello")
    assert answer.status == 202
    [job] = answer.json["jobs"]
    assert (job["original_filename"], job["status"], job["size"]) == ("a.bin", "QUEUED", 5)
    assert answer.json["errors"] == []
    assert await stored(site) == [b"hello"]


async def test_a_raw_body_may_be_named_by_the_query_and_come_without_a_length(site: Site) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"one ", b"two ", b"three"):
            yield piece

    answer = await site.admin.post(f"/assets?filename={quote('né.bin')}&lane=bulk", data=pieces())
    assert answer.json["jobs"][0]["original_filename"] == "né.bin"
    assert await stored(site) == [b"one two three"]


async def test_an_extended_name_wins_over_the_plain_one_and_the_query(site: Site) -> None:
    headers = {"Content-Disposition": f"attachment; filename=\"x.bin\"; filename*=UTF-8''{quote('ü.bin')}"}
    answer = await site.admin.post("/assets?filename=q.bin", data=b"x", headers=headers)
    assert answer.json["jobs"][0]["original_filename"] == "ü.bin"


async def test_a_raw_body_acknowledged_as_a_line(site: Site) -> None:
    answer = await site.admin.upload("a.bin", b"hello", **NDJSON)
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    [line] = answer.lines
    assert line["job"]["status"] == "QUEUED"
    assert line["error"] is None


@pytest.mark.parametrize("size", [5, SMALL + 1])
async def test_a_kept_sha256_promise_completes_and_a_broken_one_is_refused(site: Site, size: int) -> None:
    content = bytes(size)
    kept, broken = hashlib.sha256(content).hexdigest().upper(), hashlib.sha256(b"other").hexdigest()
    good = (await site.admin.upload("a.bin", content, **{"X-Content-SHA256": kept})).json["jobs"][0]["id"]
    bad = await site.admin.upload("b.bin", content, **{"X-Content-SHA256": broken})
    bad.refused(422, "content_mismatch")
    await site.program.work()
    told = (await site.admin.get(f"/jobs/{good}")).json
    assert told["status"] == "COMPLETE"
    assert "promised_sha256" in {check["what"] for check in told["verified"]}
    assert len(await stored(site)) == 1


@pytest.mark.parametrize("header", ["Accept", "X-Anything"])
async def test_an_empty_file_is_refused_and_its_job_says_so(site: Site, header: str) -> None:
    answer = await site.admin.upload("a.bin", b"", **{header: "application/x-ndjson"})
    answer.refused(422, "empty_file")
    assert await statuses(site) == ["ERROR"]
    assert await stored(site) == []


@pytest.mark.parametrize(
    "name", ["x" * 5000, "a%00b", "a%0Ab", "", "..", "%ED%A0%80", quote("gnp.\N{RIGHT-TO-LEFT OVERRIDE}exe")]
)
async def test_a_name_that_lies_on_screen_is_refused(site: Site, name: str) -> None:
    disposition = f"attachment; filename=\"\"; filename*=UTF-8''{name}"
    answer = await site.admin.post("/assets", data=b"x", headers={"Content-Disposition": disposition})
    answer.refused(422, "invalid_filename")


async def test_a_path_in_a_name_is_only_its_last_segment(site: Site) -> None:
    answer = await site.admin.upload("../../etc/passwd", b"x")
    assert answer.json["jobs"][0]["original_filename"] == "passwd"


@pytest.mark.parametrize(
    ("query", "headers", "field"),
    [
        ("", {}, "Content-Disposition"),
        ("", {"Content-Disposition": "attachment"}, "Content-Disposition"),
        ("", {"Content-Disposition": 'attachment; filename="open'}, "Content-Disposition"),
        ("?filename=a", {"X-Content-SHA256": "abc"}, "X-Content-SHA256"),
        ("?filename=a", {"X-Content-SHA256": "g" * 64}, "X-Content-SHA256"),
        ("?filename=a&lane=backfill", {}, "lane"),
        ("?filename=a&size=3", {}, "size"),
        ("", {"Content-Type": "multipart/mixed; boundary=x"}, "Content-Type"),
        ("", {"Content-Type": "multipart/form-data"}, "Content-Type"),
    ],
)
async def test_what_is_said_wrong_is_named(site: Site, query: str, headers: dict[str, str], field: str) -> None:
    answer = await site.admin.post(f"/assets{query}", data=b"x", headers=headers)
    answer.refused(422, "invalid_request", field)
    assert await statuses(site) == []


async def test_a_coded_body_is_refused_not_inflated(site: Site) -> None:
    answer = await site.admin.upload("a.bin", b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    answer.refused(415, "unsupported_media_type")


async def test_nobody_uploads_without_being_known(site: Site) -> None:
    (await site.anybody.upload("a.bin", b"x")).refused(401, "unauthenticated")
    assert await stored(site) == []


async def test_a_file_over_the_limit_is_refused(open_site: Callable) -> None:
    site = await open_site(tuning=replace(TUNING, uploads=UploadLimits(largest=10)))
    (await site.admin.upload("a.bin", b"x" * 11)).refused(413, "too_large")
    answer = await site.admin.post("/assets", data=form(("a.bin", b"x" * 11)))
    answer.refused(413, "too_large")
    assert await stored(site) == []


# --- many files as a form ---------------------------------------------------------------------------------------


async def test_every_file_of_a_form_becomes_a_job_in_order(site: Site) -> None:
    files = [("a.txt", b"one"), ("b.txt", b"two"), ("ü.txt", b"three")]
    answer = await site.admin.post("/assets?lane=bulk", data=form(*files, note="ignored"))
    assert [job["original_filename"] for job in answer.json["jobs"]] == [name for name, _ in files]
    assert sorted(await stored(site)) == sorted(content for _, content in files)


async def test_each_file_of_a_form_is_acknowledged_by_its_line(site: Site) -> None:
    answer = await site.admin.post("/assets", data=form(("a.txt", b"one"), ("b.txt", b"")), headers=NDJSON)
    first, second = answer.lines
    assert first["job"]["original_filename"] == "a.txt"
    assert second["job"] is None
    assert second["filename"] == "b.txt"
    assert second["error"]["code"] == "empty_file"


async def test_a_refused_file_does_not_stop_the_others(site: Site) -> None:
    files = [("..", b"x" * 300_000), ("empty.txt", b""), ("good.txt", b"good")]
    answer = await site.admin.post("/assets", data=form(*files))
    assert answer.status == 202
    assert [job["original_filename"] for job in answer.json["jobs"]] == ["good.txt"]
    assert [each["error"]["code"] for each in answer.json["errors"]] == ["invalid_filename", "empty_file"]
    assert await stored(site) == [b"good"]


async def test_a_name_in_no_encoding_is_told_as_well_as_can_be(site: Site) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="f"; filename="%s"\r\n\r\none\r\n'
    body = part % b"\xff.txt" + part % (b"y" * 5000) + part % b"good.txt" + b"--x--"
    answer = await site.admin.post("/assets", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert [each["filename"] for each in answer.json["errors"]] == ["?.txt", "y" * 255]
    assert [job["original_filename"] for job in answer.json["jobs"]] == ["good.txt"]


async def test_a_form_of_which_nothing_is_taken_is_the_first_files_problem(site: Site) -> None:
    answer = await site.admin.post("/assets", data=form(("empty.txt", b""), ("..", b"x")))
    answer.refused(422, "empty_file")


async def test_what_landed_before_a_form_breaks_stays_acknowledged(site: Site) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\none\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="b"\r\n\r\ntw'
    )
    answer = await site.admin.post("/assets", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert [job["original_filename"] for job in answer.json["jobs"]] == ["a"]
    assert [each["error"]["code"] for each in answer.json["errors"]] == ["upload_interrupted"]
    assert await stored(site) == [b"one"]
    assert await statuses(site) == ["ERROR", "QUEUED"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "upload_interrupted"),
        (b"no boundary at all", "upload_interrupted"),
        (b"--x--\r\n", "invalid_request"),
        (b"--x\r\nContent-Disposition: form-data; name=f\r\n\r\nv\r\n--x--", "invalid_request"),
        (TOO_MUCH_TEXT, "invalid_request"),
        (b'--x\r\nContent-Disposition: attachment; filename="a"\r\n\r\nv\r\n--x--', "invalid_request"),
        (b"--x\r\nContent-Type: text/plain\r\n\r\nv\r\n--x--", "invalid_request"),
        (b"--x\r\nhead", "upload_interrupted"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
async def test_a_form_without_a_file_is_a_problem(site: Site, body: bytes, code: str, accept: str) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": accept}
    answer = await site.admin.post("/assets", data=BytesIO(body), headers=headers)
    assert answer.status in {400, 422}
    assert answer.json["code"] == code
    assert await stored(site) == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(contents=st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=4))
async def test_any_bytes_survive_a_form_and_a_raw_body(site: Site, contents: list[bytes]) -> None:
    with MultipartWriter("form-data") as writer:
        for content in contents:
            writer.append(content).set_content_disposition("form-data", name="f", filename="a.bin")
    answer = await site.admin.post("/assets", data=writer)
    raw = await site.admin.upload("a.bin", contents[0])
    hashes = [hashlib.sha256(content).hexdigest() for content in (*contents, contents[0])]
    await site.program.work()
    found = [await sha256_of(site, job["id"]) for job in answer.json["jobs"] + raw.json["jobs"]]
    assert found == hashes


async def sha256_of(site: Site, job_id: str) -> str:
    asset_id = (await site.admin.get(f"/jobs/{job_id}")).json["asset_id"]
    return (await site.admin.get(f"/assets/{asset_id}")).json["sha256"]


async def test_an_artist_uploads_too_and_strangers_get_their_own_asset(site: Site) -> None:
    artist = await site.join(Role.ARTIST, same_studio=True)
    stranger = await site.join(Role.ARTIST, same_studio=False)
    ids = []
    for door in (site.admin, artist, stranger):
        job_id = (await door.upload("a.bin", b"same bytes")).json["jobs"][0]["id"]
        await site.program.work()
        ids.append((await door.get(f"/jobs/{job_id}")).json["asset_id"])
    assert ids[0] == ids[1] != ids[2]
