"""What doctor asks of Strapi. Nothing is written: what would write is sent empty, and Strapi asks for rights first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from dataclasses import dataclass

from asset_ingest.adapters.cms.strapi.client import StrapiClient
from asset_ingest.adapters.cms.strapi.entries import View
from asset_ingest.adapters.cms.strapi.errors import Doubtful, EntryRefused, FieldMissing, NotStrapi5, TypeMissing
from asset_ingest.adapters.cms.strapi.mapping import Mapping
from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.examination import Finding

SUBJECT = "Strapi"
_NOBODY = "asset-ingest-doctor"
"""No document id of Strapi looks like this."""


@dataclass(frozen=True, slots=True)
class _Type:
    collection: str
    fields: tuple[str, ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examination:
    """One look at everything that publishing needs."""

    client: StrapiClient
    mapping: Mapping
    view: View

    async def findings(self) -> Sequence[Finding]:
        try:
            return [finding async for finding in self._findings()]
        except Doubtful as error:  # the rest would say the same again
            return [_wrong(error)]

    async def _findings(self) -> AsyncIterator[Finding]:
        for each in self._types():
            faults = [fault async for fault in self._faults(each)]
            for fault in faults:
                yield _wrong(fault)
            if not faults:
                yield Finding(SUBJECT, f"the content type '{each.collection}' is as we need it, and we may use it")
        if self.mapping.asset.thumbnail:
            async for finding in self._library():
                yield finding
        yield Finding(
            SUBJECT,
            f"entries become {'drafts' if self.view == 'draft' else 'public at once'}; whether the database has unique"
            f" indexes on the keys cannot be seen from here (see src/unique-keys.js of the project we ship)",
        )

    def _types(self) -> list[_Type]:
        to, of = self.mapping.asset, self.mapping.publisher
        plain = (to.key, to.title, to.slug, to.kind, to.metadata, *to.facts.values())
        assets = _Type(to.collection, _given(plain), _given((to.publisher, to.thumbnail)))
        publishers = _Type(of.collection, _given((of.key, of.name, of.slug, of.url)))
        return [publishers, assets] if to.publisher else [assets]

    async def _faults(self, of: _Type) -> AsyncIterator[IngestError]:
        """Yield what is wrong with a content type or our rights to it; alone what makes the rest pointless."""
        found = await _fault(self._is_strapi_5(of.collection))
        if found:
            yield found
            return
        read = self.client.get(f"read an entry of '{of.collection}'", f"{of.collection}/{_NOBODY}", {})
        if (found := await _fault(read)) and not isinstance(found, TypeMissing):  # there is no such entry: good
            yield found
        for doing, method, path in (
            (f"create an entry in '{of.collection}'", "POST", of.collection),
            (f"change an entry of '{of.collection}'", "PUT", f"{of.collection}/{_NOBODY}"),
        ):
            if (found := await self._refused(doing, method, path)) is not None:
                yield found
        async for fault in self._missing(of):
            yield fault

    async def _is_strapi_5(self, collection: str) -> None:
        """Raise what keeps us from looking: the token, the type, or a Strapi that knows no document ids."""
        params = {"pagination[pageSize]": "1", "filters[documentId][$eq]": _NOBODY, "status": self.view}
        try:
            await self.client.get(f"look for entries in '{collection}'", collection, params)
        except FieldMissing as error:
            raise NotStrapi5(f"'{collection}' has no document ids, so this is no Strapi 5") from error

    async def _refused(self, doing: str, method: str, path: str) -> IngestError | None:
        """Send nothing to be written: that it is found faulty shows that we may write."""
        fault = await _fault(self.client.write(doing, method, path, {}))
        if fault is None:
            return NotStrapi5("it takes an entry without anything in it, so this is no Strapi 5 with our content types")
        return None if isinstance(fault, EntryRefused) else fault

    async def _missing(self, of: _Type) -> AsyncIterator[FieldMissing]:
        """Yield the fields that are not there; Strapi names one at a time."""
        left = [*of.fields, *of.links]
        while left:
            params = {f"fields[{number}]": name for number, name in enumerate(left) if name in of.fields}
            params |= {f"populate[{number}]": name for number, name in enumerate(left) if name in of.links}
            try:
                await self.client.get(
                    f"read the fields of '{of.collection}'", of.collection, {"pagination[pageSize]": "1", **params}
                )
            except FieldMissing as error:
                yield error
                if error.name not in left:
                    return
                left.remove(error.name)
            else:
                return

    async def _library(self) -> AsyncIterator[Finding]:
        upload = await self._refused("upload a thumbnail", "POST", "upload")
        search = await _fault(
            self.client.get("search the media library", "upload/files", {"filters[name][$eq]": _NOBODY})
        )
        for fault in (upload, search):
            if fault:
                yield _wrong(fault)
        if not upload and not search:
            yield Finding(SUBJECT, "we may upload thumbnails and find them again")


async def _fault(call: Awaitable[object]) -> IngestError | None:
    """Return what a call found wrong; a Strapi that does not answer at all is another matter."""
    try:
        await call
    except Doubtful:
        raise
    except IngestError as error:
        return error
    return None


def _wrong(error: IngestError) -> Finding:
    return Finding(SUBJECT, error.message, error.remedy)


def _given(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(name for name in names if name is not None)
