"""The previews of a package behind each other in one object, so that 20,000 pictures are not 20,000 objects."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, Self

from anyio import to_thread

from asset_ingest.core.errors import StoreUnavailable
from asset_ingest.core.formats.unitypackage import Picture, UnityPackage

IN_MEMORY = 4 * 1024 * 1024
ICON = ""
"""The GUID under which the reader tells the product icon."""
_BEST_FIRST = ("prefab", "model", "scene", "texture", "material")


@dataclass(slots=True)
class PreviewPack:
    """Collects pictures while a package is read; past 4 MiB they lie in a file without a name."""

    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    size: int = 0
    _file: IO[bytes] = field(default_factory=lambda: tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  closed by __exit__

    def add(self, picture: Picture) -> None:
        """Keep one picture; the first of a GUID wins. Blocking."""
        if picture.guid in self.places:
            return
        try:
            self._file.write(picture.png)
        except OSError as error:
            raise StoreUnavailable(f"the folder for temporary files failed: {error.strerror}") from error
        self.places[picture.guid] = (self.size, len(picture.png))
        self.size += len(picture.png)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the pack."""
        self._file.seek(0)
        while chunk := await to_thread.run_sync(self._file.read, 1 << 20):
            yield chunk

    def choose(self, package: UnityPackage, most: int) -> list[tuple[int, int]]:
        """Return where the pictures lie that show the package best: the icon, then things before surfaces."""

        def worth(guid_and_kind: tuple[str, str]) -> int:
            kind = guid_and_kind[1]
            return _BEST_FIRST.index(kind) if kind in _BEST_FIRST else len(_BEST_FIRST)

        pictured = [(entry.guid, str(entry.kind)) for entry in package.entries if entry.guid in self.places]
        guids = [ICON, *(guid for guid, _ in sorted(pictured, key=worth))]
        return [self.places[guid] for guid in guids if guid in self.places][:most]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
