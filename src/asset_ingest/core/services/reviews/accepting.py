"""What a comment must be to be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from asset_ingest.core.errors import InvalidRequest, NotPossibleNow
from asset_ingest.core.model.anchors import Anchor
from asset_ingest.core.model.assets import AssetVersion
from asset_ingest.core.model.ids import AssetId, CommentId, MemberId
from asset_ingest.core.model.reviews import Comment, mentioned, said
from asset_ingest.core.ports.repos import Transaction

MOST_MENTIONS: Final = 50
MOST_REPLIES: Final = 1000
OLDEST_ID, NEWEST_ID = timedelta(days=1), timedelta(minutes=5)
"""How far the time in an id that a client made may lie behind and before ours: ids are the order of threads."""


@dataclass(frozen=True, slots=True)
class NewComment:
    """What somebody wants to say: of a version, or in reply to the comment that began a thread.

    With an `id` of the client's own, sending it again cannot say it twice.
    """

    text: str
    version: int | None = None
    reply_to: CommentId | None = None
    anchor: Anchor | None = None
    mentions: Sequence[MemberId] = ()
    id: CommentId | None = None


def some(text: str) -> str:
    """Return what was said as it is kept; raises InvalidRequest where nothing was."""
    text = said(text)
    if not text:
        raise InvalidRequest("is empty", "text")
    return text


def check_id(proposed: CommentId, now: datetime) -> CommentId:
    """Return an id that a client made; raises InvalidRequest unless it is a UUIDv7 of just now."""
    made = _time_in(proposed)
    if made is None or not now - OLDEST_ID <= made <= now + NEWEST_ID:
        raise InvalidRequest("should be a UUIDv7 made just now", "id")
    return proposed


async def thread_of(tx: Transaction, asset_id: AssetId, new: NewComment) -> Comment | None:
    """Return the comment that is replied to, if one is; raises unless it can be."""
    if new.reply_to is None:
        return None
    thread = await tx.comments.get(new.reply_to)
    if thread.asset_id != asset_id:
        raise InvalidRequest("is a comment on another asset", "reply_to")
    if not thread.begins_thread:
        raise InvalidRequest("is a reply itself; reply to the comment that began the thread", "reply_to")
    if new.id is not None and new.id <= thread.id:
        raise InvalidRequest("is older than the comment that it replies to", "id")
    if await tx.comments.replies(thread.id) >= MOST_REPLIES:
        raise NotPossibleNow(f"a thread takes {MOST_REPLIES} replies; begin a new one")
    return thread


def number_of(new: NewComment, thread: Comment | None) -> int:
    """Return the version that is meant: a reply means that of its thread."""
    if thread is None:
        if new.version is None:
            raise InvalidRequest("says which version is meant", "version")
        return new.version
    if new.version not in {None, thread.version}:
        raise InvalidRequest("is not that of the comment that is replied to", "version")
    return thread.version


async def check_anchor(tx: Transaction, version: AssetVersion, new: NewComment) -> None:
    """Raise InvalidRequest for an anchor that is not in the version, or where none can be."""
    if new.anchor is None:
        return
    if new.reply_to is not None:
        raise InvalidRequest("belongs to the comment that began the thread", "anchor")
    if new.anchor.entry and not await tx.derived.has_entry(version.id, new.anchor.entry.guid):
        raise InvalidRequest("this version has no entry with that GUID", "anchor.entry")


async def mentioned_in(
    tx: Transaction, text: str, named: Sequence[MemberId], before: Sequence[MemberId] = ()
) -> tuple[MemberId, ...]:
    """Return who is mentioned, in the text or beside it; raises InvalidRequest for who is not in the studio.

    Those who were mentioned before may have left it since.
    """
    wanted = tuple(dict.fromkeys([*mentioned(text), *named]))
    if len(wanted) > MOST_MENTIONS:
        raise InvalidRequest(f"more than {MOST_MENTIONS} people are mentioned", "mentions")
    present = await tx.people.present(wanted) if wanted else {}
    if strangers := [member_id for member_id in wanted if member_id not in {*present, *before}]:
        raise InvalidRequest(f"there is no member {strangers[0]} in this studio", "mentions")
    return wanted


def _time_in(ident: UUID) -> datetime | None:
    """Return when a UUIDv7 was made; None where it is none."""
    if ident.version != 7:
        return None
    try:
        return datetime.fromtimestamp((ident.int >> 80) / 1000, UTC)
    except (OverflowError, ValueError, OSError):  # a time that no calendar has
        return None
