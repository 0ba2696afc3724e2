"""What addresses may name: one of each thing of a studio, and how to ask about it as somebody."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door

from asset_ingest.entrypoints.web.wire import Operation

NOWHERE = str(UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0000))
MARK = "zanzibar-quartz"
"""A word of the studio's own."""
NOT_THERE = frozenset({404, 405})
"""405 is what `POST /files/{id}` answers whoever does not say which method is meant."""
BODIES: dict[str, Any] = {
    "change_member": {"role": "ARTIST"},
    "sign_parts": {"numbers": [1]},
    "create_share": {"may_download": False},
    "add_comment": {"text": "There it is", "version": 1},
    "edit_comment": {"text": "There it is"},
    "give_verdict": {"verdict": "APPROVED"},
    "edit_asset": {"name": "Forest"},
    "roll_back_asset": {"version": 1},
}
QUERIES = {"compare_versions": "?a=1&b=2"}
_TUS = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}


def named(operation: Operation[Any, Any]) -> str:
    return f"{operation.method} {operation.path}"


def address(operation: Operation[Any, Any], ids: dict[str, str] | None = None) -> str:
    """Return an address of the operation; what `ids` does not name is the id of nothing."""
    known = {"role": "thumbnail", "number": "1", "provider": "minio", **(ids or {})}
    return API + re.sub(r"{(\w+)}", lambda part: known.get(part[1], NOWHERE), operation.path)


async def asked_about(door: Door, operation: Operation[Any, Any], ids: dict[str, str]) -> Answer:
    """Ask as somebody who does everything right but for whose it is."""
    path = address(operation, ids) + QUERIES.get(operation.name, "")
    body = {"json": BODIES[operation.name]} if operation.name in BODIES else {}
    more = {"headers": _TUS} if operation.path.startswith("/files/") else {}
    return await door(operation.method, path, **body, **more)


def alike(answer: Answer, ids: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Return the answer without what every answer has of its own, and without the id that was asked for."""
    headers = {name: value for name, value in answer.headers.items() if name not in {"Date", "X-Correlation-ID"}}
    body = answer.body.decode().replace(answer.headers["X-Correlation-ID"], "")
    for each in ids.values():
        if len(each) == len(NOWHERE):
            body = body.replace(each, NOWHERE)
    return answer.status, headers, body


async def some_of_all(site: Site) -> dict[str, str]:
    """Make one of each thing that an address may name, all of the admin's studio."""
    asset_id = await site.package()
    job = (await site.admin.get("/jobs")).json["items"][0]
    group = (await site.admin.post("/groups", json={"name": MARK})).json
    upload = (await site.admin.post("/uploads", json={"filename": f"{MARK}.bin", "size": 3})).json
    invited = (await site.admin.post("/invitations", json={"email": "bo@example.org", "role": "ARTIST"})).json
    key = (await site.admin.post("/api-keys", json={"name": "robot"})).json
    share = (await site.admin.post(f"/assets/{asset_id}/shares", json={"may_download": True})).json
    said = (await site.admin.post(f"/assets/{asset_id}/comments", json={"text": MARK, "version": 1})).json
    publishers = (await site.admin.get("/publishers")).json["items"]
    return {
        "asset_id": str(asset_id),
        "job_id": job["id"],
        "group_id": group["id"],
        "upload_id": upload["upload_id"],
        "member_id": (await site.admin.get("/auth/me")).json["member"]["id"],
        "invitation_id": invited["invitation"]["id"],
        "key_id": key["key"]["id"],
        "share_id": share["share"]["id"],
        "comment_id": said["id"],
        "publisher_id": publishers[0]["id"],
    }
