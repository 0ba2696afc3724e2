"""Thumbnails in the media library: uploaded once, found again by a name that tells their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from asset_ingest.adapters.cms.strapi.client import Part, StrapiClient
from asset_ingest.adapters.cms.strapi.errors import Doubtful, NotStrapi5, RightMissing
from asset_ingest.adapters.cms.strapi.mapping import slug
from asset_ingest.core.ports.media import Picture

_ENDINGS: Final = {"image/webp": "webp", "image/png": "png", "image/jpeg": "jpg", "image/gif": "gif"}


@dataclass(frozen=True, slots=True)
class Pictures:
    """Puts pictures into the media library. Strapi resizes each one while we wait, so `seconds` is long."""

    client: StrapiClient
    seconds: float

    async def have(self, picture: Picture, key: str, title: str) -> int:
        """Return the id of the file that is `picture`, uploading it only if it is not there.

        A token that may not search the library uploads once more after each lost answer; doctor tells of that.
        """
        name = file_name(picture, key)
        held = await self._find(name)
        if held is not None:
            return held
        try:
            return await self._upload(name, picture, title)
        except Doubtful:
            held = await self._find(name)
            if held is None:
                raise
            return held

    async def _find(self, name: str) -> int | None:
        """Return the id of the oldest file of that name; None also where the token may not ask."""
        params = {"filters[name][$eq]": name, "sort": "id:asc", "fields[0]": "name"}
        try:
            files = await self.client.get("search the media library", "upload/files", params)
        except RightMissing:
            return None
        return next((_id(file) for file in _listed(files) if file.get("name") == name), None)

    async def _upload(self, name: str, picture: Picture, title: str) -> int:
        part = Part(name, picture.content, picture.content_type, {"name": name, "alternativeText": title})
        files = await self.client.upload("upload a thumbnail", part, self.seconds)
        for file in _listed(files):
            return _id(file)
        raise NotStrapi5("Strapi took a thumbnail and names no file")


def file_name(picture: Picture, key: str) -> str:
    """Return the one name that this picture of this asset has."""
    digest = hashlib.sha256(picture.content).hexdigest()[:32]
    return f"{slug(key, key)}-{digest}.{_ENDINGS.get(picture.content_type, 'img')}"


def _listed(files: object) -> list[Mapping[str, Any]]:
    return [file for file in files if isinstance(file, dict)] if isinstance(files, list) else []


def _id(file: Mapping[str, Any]) -> int:
    if not isinstance(file.get("id"), int):
        raise NotStrapi5("a file of the media library is not in the form of Strapi 5")
    return int(file["id"])
