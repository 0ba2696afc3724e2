"""A promise of the whole file's CRC64NVME, and the record of what was checked, over HTTP."""

from __future__ import annotations

import base64

import pytest
from tests.packages import small_package
from tests.unit.web.conftest import Site

from asset_ingest.core.formats.crc64nvme import as_text, crc64nvme

PACKAGE = small_package()
CRC = as_text(crc64nvme(PACKAGE))
TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


async def sent(site: Site, promise: str, status: int, **headers: str) -> dict[str, str]:
    opened = {"filename": "a.unitypackage", "size": len(PACKAGE), "crc64nvme": promise}
    plan = (await site.admin.post("/uploads", json=opened)).json
    assert (await site.admin("PATCH", plan["url"], data=PACKAGE, headers=TUS | headers)).status == status
    plan["upload"] = (await site.admin.get(f"/uploads/{plan['upload_id']}")).json
    plan["job"] = (await site.admin.get(f"/jobs/{plan['job_id']}")).json
    return plan  # type: ignore[no-any-return]


async def test_a_kept_promise_is_on_record(site: Site) -> None:
    chunk = base64.b64encode(crc64nvme(PACKAGE).to_bytes(8, "big")).decode()
    told = await sent(site, CRC, 204, **{"Upload-Checksum": f"crc64nvme {chunk}"})
    for view in (told["upload"], told["job"]):
        assert view["crc64nvme"] == CRC
        assert {check["what"]: check["by"] for check in view["verified"]} == {
            "size": "store",
            "server_crc": "server",
            "promised_crc": "server",
        }
    assert told["upload"]["received"] == told["upload"]["offset"] == told["job"]["stored"] == len(PACKAGE)


async def test_a_broken_promise_ends_the_upload_and_says_why(site: Site) -> None:
    told = await sent(site, as_text(7), 410)
    assert (told["upload"]["status"], told["upload"]["verified"]) == ("FAILED", [])
    assert (told["job"]["status"], told["job"]["stage"], told["job"]["code"]) == ("ERROR", "failed", "content_mismatch")


async def test_a_chunk_with_another_checksum_is_refused_and_the_upload_lives(site: Site) -> None:
    told = await sent(site, CRC, 460, **{"Upload-Checksum": f"crc64nvme {as_text(7)}"})
    assert (told["upload"]["status"], told["upload"]["offset"]) == ("UPLOADING", 0)


@pytest.mark.parametrize("promise", ["", "AAAA", CRC[:-1], CRC[:-2] + "B=", f"{CRC}=", 7])
async def test_what_is_no_checksum_is_refused(site: Site, promise: object) -> None:
    told = await site.admin.post("/uploads", json={"filename": "a.bin", "size": 1, "crc64nvme": promise})
    told.refused(422, "invalid_request", "crc64nvme")
