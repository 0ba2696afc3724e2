"""Uploads that went straight to the store and of whose end nobody told us; subclasses bring `site` and `later`."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.delivery_suite import BIG, PACKAGE, bytes_of, completed, part_of, plan
from tests.harness import Later, chunks_of
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer
from tests.unit.web.resuming import IetfClient, TusClient

from asset_ingest.core.services.arrivals import LOOKS_PER_ROUND
from asset_ingest.testing.direct_uploads import flipped, md5_of

TOKEN = "a-token-that-only-the-store-knows"
PAUSE = timedelta(minutes=2)
"""Longer than a sender is left alone."""


async def sent(site: Site, signed: Any, body: bytes, **headers: str) -> int:
    """Send what was signed, to the bucket or to our own door, as whoever holds the address."""
    headers = {**signed["headers"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    if signed["url"].startswith("/"):
        return (await site.anybody("PUT", signed["url"], data=BytesIO(body), headers=headers)).status
    async with httpx.AsyncClient(timeout=30) as client:
        return (await client.put(signed["url"], content=body, headers=headers)).status_code


async def key_of(site: Site, upload_id: str) -> str:
    studio = (await site.program.app.access.by_key(site.admin_key, "test")).studio_id
    return f"studios/{studio}/uploads/{upload_id}/original"


async def hinted(site: Site, *keys: str) -> Answer:
    """Tell of new objects as MinIO does, and follow what was told."""
    records = [{"eventName": "s3:ObjectCreated:Put", "s3": {"object": {"key": key}}} for key in keys]
    answer = await site.anybody(
        "POST",
        f"{API}/hooks/storage/minio",
        data=json.dumps({"Records": records}),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    await site.program.app.arrivals.follow()
    return answer


async def status(site: Site, upload_id: str) -> str:
    return str((await site.admin.get(f"/uploads/{upload_id}")).json["status"])


async def send_parts(site: Site, told: Any, *numbers: int) -> None:
    for part in told["parts"]:
        if part["number"] in numbers:
            assert await sent(site, part, part_of(part["number"])) == 200


Resuming = TusClient | IetfClient


async def begun(site: Site, protocol: type[Resuming] = TusClient) -> tuple[Resuming, str]:
    """Open an upload of BIG by that protocol, send its first part so, and return its client and its id."""
    client = protocol(site.admin)
    await client.create(Upload_Length=str(len(BIG)))
    assert (await client.append(0, BytesIO(part_of(1)))).status == 204
    return client, client.path.rpartition("/")[2]


async def signed(site: Site, upload_id: str, *numbers: int) -> list[Any]:
    answer = await site.admin.post(f"/uploads/{upload_id}/parts:sign", json={"numbers": numbers})
    assert answer.status == 200, answer
    parts: list[Any] = answer.json
    return parts


async def job_of(site: Site, upload_id: str) -> str:
    return str((await site.admin.get(f"/uploads/{upload_id}")).json["job_id"])


class ArrivalSuite:
    async def test_a_hint_finishes_what_its_sender_did_not(self, site: Site) -> None:
        told = await plan(site, method="single")
        key = await key_of(site, told["upload_id"])
        assert (await hinted(site, f"{key}.tail/landing", key)).status == 200
        assert await status(site, told["upload_id"]) == "PENDING"  # nothing is there, whatever the hint says
        assert await sent(site, told, PACKAGE) == 200
        assert (await hinted(site, f"{key}.tail/landing", key)).status == 200
        assert await status(site, told["upload_id"]) == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_the_same_hint_again_changes_nothing(self, site: Site) -> None:
        told = await plan(site, method="single")
        key = await key_of(site, told["upload_id"])
        await sent(site, told, PACKAGE)
        await hinted(site, key)
        await bytes_of(site, told["job_id"])
        before = (await site.admin.get(f"/jobs/{told['job_id']}")).json
        for _ in range(20):
            await hinted(site, *[key] * 50)
        assert (await site.admin.get(f"/jobs/{told['job_id']}")).json == before

    async def test_hints_and_their_sender_at_once_finish_it_once(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        await send_parts(site, told, 1, 2)
        key = await key_of(site, told["upload_id"])
        answers = await asyncio.gather(
            *(completed(site, told["upload_id"]) for _ in range(3)), *(hinted(site, key) for _ in range(3))
        )
        assert {answer.status for answer in answers} == {200, 202}
        assert await status(site, told["upload_id"]) == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_hints_of_what_is_not_ours_say_and_do_nothing(self, site: Site) -> None:
        told = await plan(site, method="single")
        await sent(site, told, PACKAGE)
        stranger = f"studios/{uuid4()}/uploads/{told['upload_id']}/original"
        unknown = await key_of(site, str(uuid4()))
        for key in (stranger, unknown, "holiday.jpg", "studios/../uploads", "", "\0", "studios/x/uploads/y/original"):
            answer = await hinted(site, key)
            assert (answer.status, answer.body) == (200, b"")
        assert await status(site, told["upload_id"]) == "PENDING"

    async def test_what_nobody_tells_of_is_found(self, site: Site, later: Later) -> None:
        told = await plan(site, method="single")
        await sent(site, told, PACKAGE)
        await site.program.app.arrivals.once()  # its sender has its minute
        assert await status(site, told["upload_id"]) == "PENDING"
        await later(PAUSE)
        await site.program.app.arrivals.once()
        assert await status(site, told["upload_id"]) == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_parts_are_written_down_as_they_come_and_finished_when_all_is_quiet(
        self, site: Site, later: Later
    ) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        for number, state in ((2, ["PENDING", "UPLOADED"]), (1, ["UPLOADED", "UPLOADED"])):
            await send_parts(site, told, number)
            await later(PAUSE)
            await site.program.app.arrivals.once()
            grid = (await site.admin.get(f"/uploads/{told['upload_id']}/parts")).json["items"]
            assert [part["status"] for part in grid] == state
            assert await status(site, told["upload_id"]) == "UPLOADING"
        job = (await site.admin.get(f"/jobs/{told['job_id']}")).json
        assert (job["status"], job["progress"]) == ("UPLOADING", 30)
        await later(PAUSE)
        await site.program.app.arrivals.once()
        assert await status(site, told["upload_id"]) == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_a_part_that_was_sent_anew_is_the_one_that_counts(self, site: Site, later: Later) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        assert await sent(site, told["parts"][1], bytes(len(part_of(2)))) == 200
        await later(PAUSE)
        await site.program.app.arrivals.once()
        await send_parts(site, told, 1, 2)
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_parts_that_somebody_else_has_made_the_object_are_taken_as_it_is(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        await send_parts(site, told, 1, 2)
        key = await key_of(site, told["upload_id"])
        store = site.program.ports.resumable
        [upload] = [each async for each in store.unfinished("studios/")]
        await store.complete(key, upload.upload_id, [part async for part in store.parts(key, upload.upload_id)])
        await hinted(site, key)
        assert await status(site, told["upload_id"]) == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_parts_that_the_store_has_forgotten_are_no_file(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        await send_parts(site, told, 1)
        store = site.program.ports.resumable
        [upload] = [each async for each in store.unfinished("studios/")]
        await store.abort(upload.key, upload.upload_id)
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")

    async def test_a_cancelled_upload_stays_cancelled(self, site: Site, later: Later) -> None:
        told = await plan(site, method="single")
        await sent(site, told, PACKAGE)
        await site.admin("DELETE", f"{API}/uploads/{told['upload_id']}")
        await hinted(site, await key_of(site, told["upload_id"]))
        await later(PAUSE)
        await site.program.app.arrivals.once()
        assert await status(site, told["upload_id"]) == "CANCELLED"

    async def test_objects_of_others_are_left_alone(self, site: Site, later: Later) -> None:
        store = site.program.ports.store
        keys = ("theirs/original", "studios/theirs/uploads/theirs/original")
        for key in keys:
            await store.put(key, chunks_of(PACKAGE))
        await hinted(site, *keys)
        await later(PAUSE)
        await site.program.app.arrivals.once()
        assert [(await store.stat(key)).size for key in keys] == [len(PACKAGE)] * 2
        for key in keys:
            await store.delete(key)

    async def test_a_round_is_bounded_and_the_next_one_goes_on(self, site: Site, later: Later) -> None:
        told = [await plan(site, method="single") for _ in range(LOOKS_PER_ROUND + 1)]
        await asyncio.gather(*(sent(site, each, PACKAGE) for each in told))
        await later(PAUSE)
        for finished in (LOOKS_PER_ROUND, LOOKS_PER_ROUND + 1):
            await site.program.app.arrivals.once()
            found = [await status(site, each["upload_id"]) for each in told]
            assert found.count("COMPLETED") == finished

    async def test_the_one_request_can_be_signed_again(self, site: Site) -> None:
        told = await plan(site, method="single")
        sign = f"/uploads/{told['upload_id']}/parts:sign"
        (again,) = (await site.admin.post(sign, json={"numbers": [1]})).json
        assert again["method"] == "PUT"
        assert await sent(site, again, PACKAGE) == 200
        (await site.admin.post(sign, json={"numbers": [2]})).refused(422, "invalid_request", "numbers")
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        (await site.admin.post(sign, json={"numbers": [1]})).refused(410, "upload_gone")
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_parts_that_changed_on_the_way_are_refused_and_sent_again(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        wanted = {"numbers": [1, 2], "content_md5": {str(number): md5_of(part_of(number)) for number in (1, 2)}}
        signed = (await site.admin.post(f"/uploads/{told['upload_id']}/parts:sign", json=wanted)).json
        assert [part["headers"]["Content-MD5"] for part in signed] == list(wanted["content_md5"].values())
        assert await sent(site, signed[1], part_of(2)) == 200
        assert await sent(site, signed[0], flipped(part_of(1))) in {400, 422}
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
        assert await sent(site, signed[0], part_of(1)) == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_a_file_in_one_request_is_held_to_the_digest_of_its_plan(self, site: Site) -> None:
        told = await plan(site, method="single", content_md5=md5_of(PACKAGE))
        assert told["headers"]["Content-MD5"] == md5_of(PACKAGE)
        assert await sent(site, told, flipped(PACKAGE)) in {400, 422}
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
        wanted = {"numbers": [1], "content_md5": {"1": md5_of(PACKAGE)}}
        (again,) = (await site.admin.post(f"/uploads/{told['upload_id']}/parts:sign", json=wanted)).json
        assert await sent(site, again, flipped(PACKAGE)) in {400, 422}
        assert await sent(site, again, PACKAGE) == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_the_type_that_was_announced_is_the_one_that_is_taken(self, site: Site) -> None:
        told = await plan(site, method="single", content_type="application/gzip")
        assert told["headers"]["Content-Type"] == "application/gzip"
        assert await sent(site, told, PACKAGE, Content_Type="text/html") in {403, 415}
        (await completed(site, told["upload_id"])).refused(409, "not_possible_now")
        assert await sent(site, told, PACKAGE) == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == PACKAGE

    async def test_more_than_one_request_takes_goes_in_parts(self, site: Site) -> None:
        direct = site.program.ports.direct
        assert direct
        most = direct.part_limits.largest
        if most < site.program.app.transfers.limits.largest:
            answer = await site.admin.post("/uploads", json={"filename": "a", "size": most + 1, "method": "single"})
            assert answer.json["method"] == "multipart"
        answer = await site.admin.post("/uploads", json={"filename": "a", "size": most, "method": "single"})
        assert answer.json["method"] == "single"

    @pytest.mark.parametrize("method", ["single", "multipart"])
    async def test_a_job_can_be_watched_without_being_told_twice(self, site: Site, method: str) -> None:
        told = await plan(site, method=method)
        first = await site.admin.get(f"/jobs/{told['job_id']}")
        held = {"If-None-Match": first.headers["ETag"]}
        assert (await site.admin.get(f"/jobs/{told['job_id']}", headers=held)).status == 304
        await sent(site, told if method == "single" else told["parts"][0], PACKAGE)
        await completed(site, told["upload_id"])
        queued = await site.admin.get(f"/jobs/{told['job_id']}", headers=held)
        assert (queued.status, queued.json["status"]) == (200, "QUEUED")

    async def test_a_part_sent_straight_takes_the_place_of_a_beginning_sent_through_us(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        here, first = f"{API}/files/{told['upload_id']}", len(part_of(1))
        said = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
        begun = await site.admin("PATCH", here, data=BIG[:1000], headers={**said, "Upload-Offset": "0"})
        assert begun.status == 204
        await send_parts(site, told, 1)
        looked = await site.admin.post(f"/uploads/{told['upload_id']}/parts:look")
        assert (looked.json["offset"], looked.json["status"]) == (first, "UPLOADING")
        rest = await site.admin("PATCH", here, data=BIG[first:], headers={**said, "Upload-Offset": str(first)})
        assert rest.status == 204
        assert await bytes_of(site, told["job_id"]) == BIG

    async def test_a_part_behind_a_gap_takes_nothing_back(self, site: Site) -> None:
        told = await plan(site, BIG, method="multipart", filename="big.bin")
        said = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
        assert (
            await site.admin("PATCH", f"{API}/files/{told['upload_id']}", data=BIG[:1000], headers=said)
        ).status == 204
        await send_parts(site, told, 2)
        assert (await site.admin.post(f"/uploads/{told['upload_id']}/parts:look")).json["offset"] == 1000
        await send_parts(site, told, 1)
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await bytes_of(site, told["job_id"]) == BIG

    @pytest.mark.parametrize("protocol", [TusClient, IetfClient])
    async def test_an_upload_that_was_begun_through_us_is_finished_by_parts_sent_straight(
        self, site: Site, protocol: type[Resuming]
    ) -> None:
        _client, upload_id = await begun(site, protocol)
        [last] = await signed(site, upload_id, 2)
        (await completed(site, upload_id)).refused(409, "not_possible_now")
        assert await sent(site, last, part_of(2)) == 200
        assert (await completed(site, upload_id)).json["status"] == "COMPLETED"
        assert await bytes_of(site, await job_of(site, upload_id)) == BIG

    @pytest.mark.parametrize("protocol", [TusClient, IetfClient])
    async def test_an_upload_that_was_opened_for_us_may_go_straight_from_its_first_byte_on(
        self, site: Site, protocol: type[Resuming]
    ) -> None:
        client = protocol(site.admin)
        await client.create(Upload_Length=str(len(PACKAGE)))
        upload_id = client.path.rpartition("/")[2]
        [whole] = await signed(site, upload_id, 1)
        assert await sent(site, whole, PACKAGE) == 200
        assert (await completed(site, upload_id)).json["status"] == "COMPLETED"
        assert await bytes_of(site, await job_of(site, upload_id)) == PACKAGE

    async def test_parts_are_signed_once_the_size_is_known(self, site: Site) -> None:
        client = TusClient(site.admin)
        await client.create(Upload_Defer_Length="1")
        sign = f"/uploads/{client.path.rpartition('/')[2]}/parts:sign"
        (await site.admin.post(sign, json={"numbers": [1]})).refused(409, "not_possible_now")
        assert (await client.append(0, PACKAGE[:100], Upload_Length=str(len(PACKAGE)))).status == 204
        assert (await site.admin.post(sign, json={"numbers": [1]})).status == 200

    async def test_the_parts_that_are_missing_are_listed_whatever_the_road(self, site: Site) -> None:
        client, upload_id = await begun(site)
        [first, last] = await signed(site, upload_id, 1, 2)
        grid = (await site.admin.get(f"/uploads/{upload_id}/parts")).json["items"]
        assert [part["status"] for part in grid] == ["UPLOADED", "PENDING"]
        assert await sent(site, first, part_of(1)) == 200  # which changes nothing
        assert await client.stands() == len(part_of(1))
        assert (await client.append(len(part_of(1)), BytesIO(part_of(2)))).status == 204
        assert await sent(site, last, part_of(2)) >= 400
        assert await bytes_of(site, await job_of(site, upload_id)) == BIG

    async def test_an_upload_that_has_switched_roads_is_found_without_being_told_of(
        self, site: Site, later: Later
    ) -> None:
        _client, upload_id = await begun(site)
        [last] = await signed(site, upload_id, 2)
        assert await sent(site, last, part_of(2)) == 200
        for state in ("UPLOADING", "COMPLETED"):  # what is new is written down, and left to its sender once more
            await later(PAUSE)
            await site.program.app.arrivals.once()
            assert await status(site, upload_id) == state
        assert await bytes_of(site, await job_of(site, upload_id)) == BIG

    async def test_who_looks_unasked_takes_no_upload_from_its_writer(self, site: Site, later: Later) -> None:
        client = TusClient(site.admin)
        await client.create(Upload_Length=str(len(BIG)))
        assert (await client.append(0, BIG[:1000])).status == 204
        upload_id = client.path.rpartition("/")[2]
        [last] = await signed(site, upload_id, 2)
        began, go_on = asyncio.Event(), asyncio.Event()

        async def slow() -> AsyncIterator[bytes]:
            yield BIG[1000:2000]
            began.set()
            await go_on.wait()
            yield part_of(1)[2000:]

        writing = asyncio.create_task(client.append(1000, slow()))
        await began.wait()
        assert await sent(site, last, part_of(2)) == 200
        await later(PAUSE)
        await site.program.app.arrivals.once()
        go_on.set()
        assert (await writing).status == 204
        assert (await completed(site, upload_id)).json["status"] == "COMPLETED"
        assert await bytes_of(site, await job_of(site, upload_id)) == BIG

    async def test_bytes_whose_checksum_was_wrong_are_never_taken_for_parts_that_arrived(
        self, site: Site, later: Later
    ) -> None:
        """They may lie in the store as a whole part, of which nobody was told, whatever road was planned."""
        opened = TusClient(site.admin)
        await opened.create(Upload_Length=str(len(PACKAGE)))
        planned = TusClient(site.admin, f"{API}/files/{(await plan(site, method='multipart'))['upload_id']}")
        wrong = "sha1 " + base64.b64encode(bytes(20)).decode()
        for client in (opened, planned):
            assert (await client.append(0, PACKAGE, Upload_Checksum=wrong)).status == 460
            upload_id = client.path.rpartition("/")[2]
            (await completed(site, upload_id)).refused(409, "not_possible_now")
            refused = await site.admin.post(f"/uploads/{upload_id}/parts:sign", json={"numbers": [1]})
            assert "under /files" in refused.refused(409, "not_possible_now").json["remedy"]
            await site.admin.post(f"/uploads/{upload_id}/parts:look")
            (await completed(site, upload_id)).refused(409, "not_possible_now")
            for _ in range(3):
                await later(PAUSE)
                await site.program.app.arrivals.once()
            assert await status(site, upload_id) == "UPLOADING"
            assert await client.stands() == 0
            assert (await client.append(0, PACKAGE)).status == 204
            assert await bytes_of(site, await job_of(site, upload_id)) == PACKAGE

    @pytest.mark.parametrize("protocol", [TusClient, IetfClient])
    async def test_bytes_for_the_one_request_of_another_road_are_told_where_to_go(
        self, site: Site, protocol: type[Resuming]
    ) -> None:
        told = await plan(site, method="single")
        client = protocol(site.admin, f"{API}/files/{told['upload_id']}")
        assert await client.stands() == 0
        answer = (await client.append(0, PACKAGE)).refused(409, "not_possible_now")
        assert "parts:sign" in answer.json["remedy"]
        [whole] = await signed(site, told["upload_id"], 1)
        assert await sent(site, whole, PACKAGE) == 200
        assert (await completed(site, told["upload_id"])).json["status"] == "COMPLETED"
        assert await client.stands() == len(PACKAGE)
