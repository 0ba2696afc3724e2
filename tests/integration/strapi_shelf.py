"""The other side of Strapi, with every right: what tests look at and meddle with."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import httpx
from PIL import Image
from tests.integration.strapi_fixture import StrapiServer

from asset_ingest.core.ports.media import Picture
from asset_ingest.testing.cms import Editor, Shelf, Shown


@dataclass(frozen=True, slots=True)
class StrapiShelf(Shelf, Editor):
    """Assets in the view of visitors or of editors."""

    client: httpx.AsyncClient
    view: str = "published"

    def of(self, view: str) -> StrapiShelf:
        return StrapiShelf(self.client, view)

    async def assets(self) -> dict[str, Shown]:
        rows = await self.rows("assets")
        return {each["documentId"]: Shown(each["title"], (each["publisher"] or {}).get("name")) for each in rows}

    async def publishers(self) -> list[str]:
        return [each["name"] for each in await self.rows("publishers")]

    async def rename(self, ident: str, name: str) -> None:
        await self.change(ident, title=name)

    async def delete(self, ident: str) -> None:
        await self._ask("DELETE", f"assets/{ident}")

    # --- more than the contracts ask ----------------------------------------------------------------------------

    async def rows(self, collection: str) -> list[dict[str, Any]]:
        """Return every entry, page by page."""
        found: list[dict[str, Any]] = []
        params = {"populate": "*", "status": self.view, "sort": "id", "pagination[pageSize]": 100}
        while True:
            page = len(found) // 100 + 1
            told = await self._ask("GET", collection, params={**params, "pagination[page]": page})
            found += told["data"]
            if page >= told["meta"]["pagination"]["pageCount"]:
                return found

    async def read(self, ident: str) -> dict[str, Any]:
        told = await self._ask("GET", f"assets/{ident}", params={"populate": "*", "status": self.view})
        data: dict[str, Any] = told["data"]
        return data

    async def create(self, **fields: Any) -> str:
        told = await self._ask("POST", "assets", params=self._status, json={"data": fields})
        return str(told["data"]["documentId"])

    async def change(self, ident: str, **fields: Any) -> None:
        await self._ask("PUT", f"assets/{ident}", params=self._status, json={"data": fields})

    async def rename_publishers(self, name: str) -> None:
        for each in await self.rows("publishers"):
            await self._ask("PUT", f"publishers/{each['documentId']}", json={"data": {"name": name}})

    async def delete_publishers(self) -> None:
        for each in await self.rows("publishers"):
            await self._ask("DELETE", f"publishers/{each['documentId']}")

    async def files(self) -> list[str]:
        """Return the name of every file in the media library, with repetitions."""
        return [each["name"] for each in await self._ask("GET", "upload/files")]

    @property
    def _status(self) -> dict[str, str]:
        return {"status": self.view}

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        response = await self.client.request(method, path, **more)
        assert response.is_success, response.text
        return response.json() if response.content else None


async def unpublish(server: StrapiServer, ident: str) -> None:
    """Do what the admin panel's button does; the REST API has none."""
    await server.sql("DELETE FROM assets WHERE document_id = $1 AND published_at IS NOT NULL", ident)


async def publish_past_the_check(server: StrapiServer, ident: str) -> None:
    """Publish a draft as somebody does who slips through Strapi's check of unique fields."""
    columns = "document_id, ingest_key, title, slug, kind, created_at, updated_at"
    await server.sql(
        f"INSERT INTO assets ({columns}, published_at) SELECT {columns}, now() FROM assets WHERE document_id = $1",  # noqa: S608
        ident,
    )


def picture(colour: str) -> Picture:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "WEBP")
    return Picture(out.getvalue(), "image/webp", 40, 30)
