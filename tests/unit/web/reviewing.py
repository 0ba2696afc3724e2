"""A studio that reviews: who brought an asset, who looks at it, and who should not know of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer, Door

from asset_ingest.core.model.access import Role


@dataclass(frozen=True, slots=True)
class Review:
    """An asset of the admin's with one version, and people."""

    site: Site
    asset_id: UUID
    artist: Door
    director: Door
    stranger: Door

    @property
    def admin(self) -> Door:
        return self.site.admin

    async def comment(self, by: Door, text: str = "Too dark", **more: Any) -> dict[str, Any]:
        body = {"text": text, "version": 1} | more
        answer = await self.try_to_comment(by, body)
        assert answer.status == 201, answer.body
        told: dict[str, Any] = answer.json
        return told

    async def try_to_comment(self, by: Door, body: dict[str, Any]) -> Answer:
        return await by.post(f"/assets/{self.asset_id}/comments", json=body)

    async def comments(self, by: Door, query: str = "") -> Any:
        return (await by.get(f"/assets/{self.asset_id}/comments{query}")).json

    async def reply(self, by: Door, thread: dict[str, Any], text: str = "Brighter now") -> dict[str, Any]:
        return await self.comment(by, text, version=None, reply_to=thread["id"])

    async def edit(self, by: Door, comment: dict[str, Any], text: str, **body: Any) -> Answer:
        tag = {"If-Match": f'"{comment["revision"]}"'}
        return await by("PATCH", f"{API}/comments/{comment['id']}", json={"text": text} | body, headers=tag)

    async def delete(self, by: Door, comment: dict[str, Any], **headers: str) -> Answer:
        return await by("DELETE", f"{API}/comments/{comment['id']}", headers=headers)

    async def give(self, by: Door, verdict: str, note: str = "") -> Answer:
        path = f"/assets/{self.asset_id}/versions/1/approval"
        return await by.post(path, json={"verdict": verdict, "note": note})

    async def withdraw(self, by: Door) -> Answer:
        return await by("DELETE", f"{API}/assets/{self.asset_id}/versions/1/approval")

    async def approvals(self, by: Door, query: str = "") -> Any:
        return (await by.get(f"/assets/{self.asset_id}/versions/1/approvals{query}")).json

    async def facts(self) -> list[tuple[str, dict[str, Any]]]:
        """Return the facts of reviews, in order."""
        await self.site.program.work()
        admin = await self.site.program.ports.system.access.first_admin()
        assert admin
        async with self.site.program.ports.records.transaction(admin.studio_id) as tx:
            found = await tx.events.after(0, 1000)
        return [(fact.type, fact.data) for fact in found if fact.type.startswith(("comment.", "approval."))]


async def reviewed(site: Site) -> Review:
    return Review(
        site,
        await site.package(),
        artist=await site.join(Role.ARTIST, same_studio=True),
        director=await site.join(Role.DIRECTOR, same_studio=True),
        stranger=await site.join(Role.ADMIN, same_studio=False),
    )


async def id_of(door: Door) -> str:
    me: str = (await door.get("/auth/me")).json["member"]["id"]
    return me
