"""What both resumable protocols share: one resource per upload, how it is named, waited for and fed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Literal

from aiohttp import HttpVersion11, web

from asset_ingest.core.errors import (
    Forbidden,
    NotPossibleNow,
    OffsetMismatch,
    Overlong,
    UploadGone,
    UploadInterrupted,
    WriterReplaced,
)
from asset_ingest.core.model.ids import AssetId, GroupId, UploadId
from asset_ingest.core.model.uploads import Method, SessionStatus
from asset_ingest.core.services.transfers import Checksum, NewUpload, no_bytes
from asset_ingest.core.services.transfers.views import UploadView
from asset_ingest.entrypoints.web.asking import Note
from asset_ingest.entrypoints.web.options import BASE, OPTIONS
from asset_ingest.entrypoints.web.transfer import arriving, has_body, here_soon, invite_body
from asset_ingest.entrypoints.web.wire import Call

FILES: Final = "/files"
NAMELESS: Final = "upload.bin"
"""The name of a file whose client gives none."""
RETRY_AFTER: Final = "1"
TAKE_OVER_ATTEMPTS: Final = 3

CREATED: web.RequestKey[dict[str, str]] = web.RequestKey("created", dict)
"""Headers of every answer to a request that has created an upload: whatever went wrong then, its client may go on."""

Send = Callable[[UploadView], Awaitable[UploadView]]

_OF_PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")


@dataclass(frozen=True, slots=True)
class Creating:
    """`filename` is for clients that can say it nowhere else; `asset_id` and `change_note` make it a version."""

    lane: Literal["interactive", "bulk"] = "interactive"
    filename: str | None = None
    group_id: GroupId | None = None
    asset_id: AssetId | None = None
    change_note: Note | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    upload_id: UploadId


class StillFinishing(NotPossibleNow):
    """All bytes are here and safe; they are being made into one object, which takes longer than a client waits."""

    remedy = "Ask again in a moment; no byte has to be sent again."

    def __init__(self) -> None:
        super().__init__("the upload is being finished")


class Joined(Forbidden):
    """The upload gets its bytes from others, and from nobody else."""

    remedy = "Send bytes to the partial uploads before they are joined, or begin a new upload."

    def __init__(self) -> None:
        super().__init__("this upload is joined from others and takes no bytes of its own")


class BrokenOff(UploadInterrupted):
    """What arrived is kept: this upload can be continued."""

    remedy = "Ask for the offset and go on from there; what arrived is kept."


# --- its address ------------------------------------------------------------------------------------------------


def note_created(request: web.Request, view: UploadView) -> None:
    request[CREATED] = {"Location": address(request, view.id)}
    if view.job_id is not None:
        request[CREATED]["X-Job-Id"] = str(view.job_id)


def path_of(upload_id: UploadId) -> str:
    return f"{BASE}{FILES}/{upload_id}"


def address(request: web.Request, upload_id: UploadId) -> str:
    """Return where the upload is found: absolute, since not every client resolves a path.

    Behind a proxy that the operator has not told us of (`public_url`), we cannot know what clients call us: then it is
    a path, which all but the simplest clients resolve.
    """
    path = path_of(upload_id)
    public_url = request.app[OPTIONS].public_url
    if public_url:
        return public_url.rstrip("/") + path
    return path if _behind_proxy(request) else f"{request.scheme}://{request.host}{path}"


def _behind_proxy(request: web.Request) -> bool:
    """Say whether somebody hands us requests of others; old proxies say nothing but speak HTTP/1.0."""
    return request.version < HttpVersion11 or any(name in request.headers for name in _OF_PROXIES)


# --- its bytes --------------------------------------------------------------------------------------------------


async def body(request: web.Request) -> AsyncIterator[bytes]:
    """Yield the bytes, asked for only once the upload wants them; raises BrokenOff where they stop."""
    await invite_body(request)
    try:
        async for chunk in arriving(request):
            yield chunk
    except UploadInterrupted as error:
        raise BrokenOff from error


async def received_at_once(call: Call[Creating], new: NewUpload, checksum: Checksum | None) -> UploadView | None:
    """Take in a small file that comes whole with the request that creates its upload; None for any other.

    One with a checksum takes the long way: where it is wrong, there must be an upload to send the bytes to again.
    """
    if checksum is not None or new.size != call.request.content_length:
        return None
    if (content := await here_soon(call.request)) is None:
        return None
    view = await call.app.transfers.receive_whole(call.who, new, content)
    note_created(call.request, view)
    return view


def refuse_overlong(request: web.Request, offset: int, size: int | None) -> None:
    """Refuse a body that says it is longer than what is missing, before a byte of it is taken."""
    length = request.content_length or 0
    if size is not None and offset + length > size:
        raise Overlong(size, offset + length)


# --- how it stands ----------------------------------------------------------------------------------------------


async def waited(call: Call[Resource]) -> UploadView:
    """Wait while the upload is being finished, and tell how it stands; raises StillFinishing, UploadGone."""
    seconds = call.request.app[OPTIONS].finishing
    return ended_well(await call.app.transfers.settled(call.who, call.asked.upload_id, seconds))


async def standing(call: Call[Resource]) -> UploadView:
    """Tell how the upload stands once nothing is left to be waited for.

    Nobody learns that all bytes are here before they are one object, so an upload whose last request died between
    the two is finished first.
    """
    view = await waited(call)
    if not _is_full(view):
        return view
    try:
        return ended_well(await call.app.transfers.append(call.who, view.id, view.offset, no_bytes()))
    except (UploadGone, WriterReplaced):  # somebody else finishes it
        view = await waited(call)
    if _is_full(view):
        raise StillFinishing
    return view


def _is_full(view: UploadView) -> bool:
    return view.status is SessionStatus.UPLOADING and view.offset == view.size


async def stands_still(call: Call[Resource]) -> UploadView:
    """Tell how the upload stands, and make sure that nobody else moves it before its client goes on."""
    view = await standing(call)
    for _ in range(TAKE_OVER_ATTEMPTS):
        if view.status is not SessionStatus.UPLOADING or view.method is not Method.RESUMABLE:
            break
        try:
            return ended_well(await call.app.transfers.append(call.who, view.id, view.offset, no_bytes()))
        except (OffsetMismatch, UploadGone, WriterReplaced):  # it has moved meanwhile
            view = await standing(call)
    return view


async def continued(call: Call[Resource], offset: int, size: int | None, send: Send) -> UploadView:
    """Take bytes in by `send`; of a complete upload only its end may be repeated, and is answered again."""
    view = await standing(call)
    if view.joined_from:
        raise Joined
    if view.status is not SessionStatus.COMPLETED:
        if offset == view.offset:  # else it is the offset that is wrong
            refuse_overlong(call.request, offset, size if view.size is None else view.size)
        try:
            return await send(view)
        except UploadGone:  # somebody else may have completed it meanwhile
            view = await standing(call)
    _refuse_all_but_the_end(call.request, view, offset)
    return view


def _refuse_all_but_the_end(request: web.Request, view: UploadView, offset: int) -> None:
    if offset != view.offset:
        raise OffsetMismatch(view.offset, offset)
    if has_body(request):
        raise Overlong(view.offset, offset + (request.content_length or 1))


def ended_well(view: UploadView) -> UploadView:
    """Return an upload that is open, being joined or complete; raise how any other ended, naming its job."""
    if view.status is SessionStatus.FINALISING and not view.joined_from:
        raise StillFinishing
    if view.status in {SessionStatus.FAILED, SessionStatus.CANCELLED, SessionStatus.EXPIRED}:
        gone = UploadGone(view.status)
        gone.job_id = view.job_id
        raise gone
    return view
