"""Direct roads to a disk through the web door, over any records: subclasses bring `site`. One promise per test."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site
from tests.unit.web.door import Answer

from asset_ingest.core.ports.object_store import PartToSign
from asset_ingest.testing.direct_uploads import flipped, md5_of
from asset_ingest.testing.object_store import pattern

PACKAGE = small_package()
MIB = 1 << 20
BIG = pattern(16 * MIB + 5)
"""Two parts of the grid."""


async def plan(site: Site, content: bytes = PACKAGE, **wish: Any) -> Any:
    body = {"filename": "crates.unitypackage", "size": len(content), **wish}
    answer = await site.admin.post("/uploads", json=body)
    assert answer.status == 201, answer
    return answer.json


async def put(site: Site, url: str, body: Any, **headers: str) -> Answer:
    """Send as anybody: no key, no cookie."""
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return await site.anybody("PUT", url, data=BytesIO(body) if isinstance(body, bytes) else body, headers=told)


async def completed(site: Site, upload_id: str) -> Answer:
    return await site.admin.post(f"/uploads/{upload_id}/complete")


async def bytes_of(site: Site, job_id: str) -> bytes:
    """Do the work and return the bytes of the asset that the job became."""
    await site.program.work()
    job = (await site.admin.get(f"/jobs/{job_id}")).json
    assert job["status"] == "COMPLETE", job
    return (await site.admin.get(f"/assets/{job['asset_id']}/versions/1/content")).body


def part_of(number: int) -> bytes:
    return BIG[(number - 1) * 16 * MIB : number * 16 * MIB]


class DeliverySuite:
    async def test_one_request_is_a_file(self, site: Site) -> None:
        told = await plan(site, method="single")
        assert (told["method"], told["part_count"]) == ("single", None)
        answer = await site.anybody("PUT", told["url"], data=PACKAGE, headers=told["headers"])
        assert (answer.status, answer.body) == (200, b"")
        assert answer.headers["ETag"].startswith('"')
        done = await completed(site, told["upload_id"])
        assert (done.status, done.json["status"]) == (202, "COMPLETED")
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_parts_in_any_order_are_a_file(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        assert [part["number"] for part in told["parts"]] == [1, 2]
        for part in reversed(told["parts"]):
            assert (await put(site, part["url"], part_of(part["number"]))).status == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_what_has_arrived_is_listed_once_somebody_looks(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        upload, job = (f"/uploads/{told['upload_id']}", f"/jobs/{told['job_id']}")
        assert (await site.admin.post(f"{upload}/parts:look")).json["status"] == "PENDING"
        await put(site, told["parts"][1]["url"], part_of(2))
        assert (await site.admin.post(f"{upload}/parts:look")).json["status"] == "UPLOADING"
        listed = (await site.admin.get(f"{upload}/parts")).json["items"]
        assert [part["status"] for part in listed] == ["PENDING", "UPLOADED"]
        watched = (await site.admin.get(job)).json
        assert (watched["status"], watched["upload_id"]) == ("UPLOADING", told["upload_id"])
        await put(site, told["parts"][0]["url"], part_of(1))
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_the_road_without_a_wish_is_the_resumable_one(self, site: Site) -> None:
        assert (await plan(site))["method"] == "resumable"

    async def test_a_part_can_be_signed_again_and_sent_again(self, site: Site) -> None:
        told = await plan(site, method="multipart")
        signed = await site.admin.post(f"/uploads/{told['upload_id']}/parts:sign", json={"numbers": [1]})
        urls = [told["parts"][0]["url"], signed.json[0]["url"]]
        tags = {(await put(site, url, PACKAGE)).headers["ETag"] for url in [*urls, *urls]}
        assert len(tags) == 1
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_other_bytes_take_the_place_of_a_part(self, site: Site) -> None:
        told = await plan(site, method="multipart")
        for body in (bytes(len(PACKAGE)), PACKAGE):
            assert (await put(site, told["parts"][0]["url"], body)).status == 200
        await completed(site, told["upload_id"])
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_of_bytes_that_changed_on_the_way_nothing_is_kept(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        signed = await site.admin.post(
            f"/uploads/{told['upload_id']}/parts:sign", json={"numbers": [1], "content_md5": {"1": md5_of(PACKAGE)}}
        )
        (part,) = signed.json
        assert (await put(site, part["url"], PACKAGE, **part["headers"])).status == 200
        (await put(site, part["url"], flipped(PACKAGE), **part["headers"])).refused(422, "checksum_mismatch")
        (await put(site, part["url"], PACKAGE)).refused(403, "forbidden")
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    @pytest.mark.parametrize("said", ["", "x", "A" * 24, "A" * 21 + "B==", "A" * 22 + "==\n", "Ä" * 22 + "==", 7, None])
    async def test_a_digest_that_is_none_is_never_signed(self, site: Site, said: object) -> None:
        told = await plan(site, method="multipart")
        sign = f"/uploads/{told['upload_id']}/parts:sign"
        answer = await site.admin.post(sign, json={"numbers": [1], "content_md5": {"1": said}})
        answer.refused(422, "invalid_request", "content_md5.1")

    @pytest.mark.parametrize("number", ["2", "0", "-1", "1_0", " 1", "x", ""])
    async def test_a_digest_of_what_is_not_signed_is_refused(self, site: Site, number: str) -> None:
        told = await plan(site, method="multipart")
        sign = f"/uploads/{told['upload_id']}/parts:sign"
        answer = await site.admin.post(sign, json={"numbers": [1], "content_md5": {number: md5_of(PACKAGE)}})
        assert (answer.status, answer.json["code"]) == (422, "invalid_request")
        assert answer.json["errors"][0]["field"].startswith("content_md5")

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_a_digest_that_nobody_signed_is_held_against_the_bytes(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        url = told["url"] or told["parts"][0]["url"]
        (await put(site, url, PACKAGE, Content_MD5="x")).refused(422, "invalid_request", "Content-MD5")
        (await put(site, url, PACKAGE, Content_MD5="")).refused(422, "invalid_request", "Content-MD5")
        (await put(site, url, flipped(PACKAGE), Content_MD5=md5_of(PACKAGE))).refused(422, "checksum_mismatch")
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
        assert (await put(site, url, PACKAGE, Content_MD5=md5_of(PACKAGE))).status == 200

    async def test_what_was_cancelled_cannot_be_completed(self, site: Site) -> None:
        told = await plan(site, method="single")
        await put(site, told["url"], PACKAGE)
        assert (await site.admin("DELETE", f"/api/v1/uploads/{told['upload_id']}")).status == 204
        refused = (await completed(site, told["upload_id"])).refused(409, "cancelled")
        assert refused.json["job_id"] == told["job_id"]

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_two_at_once_are_one(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        url = told["url"] or told["parts"][0]["url"]
        answers = await asyncio.gather(*(put(site, url, PACKAGE) for _ in range(3)))
        assert {answer.status for answer in answers} == {200}
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_nothing_is_replaced_once_the_upload_is_complete(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        url = told["url"] or told["parts"][0]["url"]
        await put(site, url, PACKAGE)
        await completed(site, told["upload_id"])
        (await put(site, url, bytes(len(PACKAGE)))).refused(410, "upload_gone")
        assert await bytes_of(site, told["job_id"]) == PACKAGE
        (await put(site, url, bytes(len(PACKAGE)))).refused(410, "upload_gone")

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_what_completes_while_bytes_come_is_not_replaced_by_them(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        url = told["url"] or told["parts"][0]["url"]
        began, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield bytes(1)
            began.set()
            await go_on.wait()
            yield bytes(len(PACKAGE) - 1)

        late = asyncio.create_task(put(site, url, slow(), Content_Length=str(len(PACKAGE))))
        await began.wait()
        assert (await put(site, url, PACKAGE)).status == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        go_on.set()
        (await late).refused(410, "upload_gone")
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_a_cancelled_upload_takes_nothing_more(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        await site.admin("DELETE", f"/api/v1/uploads/{told['upload_id']}")
        (await put(site, told["url"] or told["parts"][0]["url"], PACKAGE)).refused(409, "cancelled")
        assert [each async for each in site.program.ports.store.list("studios/")] == []

    async def test_what_is_missing_is_said(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart")
        await put(site, told["parts"][1]["url"], part_of(2))
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
        told = await plan(site, method="single")
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")

    async def test_a_number_outside_the_grid_is_never_signed(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart")
        answer = await site.admin.post(f"/uploads/{told['upload_id']}/parts:sign", json={"numbers": [3]})
        answer.refused(422, "invalid_request", "numbers")

    async def test_a_signature_for_another_upload_of_the_key_opens_nothing(self, site: Site) -> None:
        """The store's name of the upload is signed, and compared with the one that the session has."""
        told = await plan(site, method="single")
        direct = site.program.ports.direct
        assert direct
        studio = (await site.program.app.access.by_key(site.admin_key, "test")).studio_id
        key = f"studios/{studio}/uploads/{told['upload_id']}/original"
        (signed,) = await direct.sign_parts(key, await direct.begin(key), [PartToSign(1, 3)], timedelta(minutes=1))
        (await put(site, signed.url, b"123")).refused(404, "not_found")

    async def test_bytes_keep_the_upload_from_expiring(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart")
        before = (await site.admin.get(f"/uploads/{told['upload_id']}")).json["expires_at"]
        await put(site, told["parts"][1]["url"], part_of(2))
        assert (await site.admin.get(f"/uploads/{told['upload_id']}")).json["expires_at"] > before
