"""Mails to members of what they have not read. One mail for all that has waited, so nobody gets a flood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import anyio

from asset_ingest.core.errors import IngestError, ServiceUnavailable
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.notifications import Notification, Reason
from asset_ingest.core.ports.clock import Clock, NewId
from asset_ingest.core.ports.mail import Letter, Mailer
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.review_repos import DigestRecords, DueDigest
from asset_ingest.core.ports.telemetry import Observer

AT_ONCE: Final = 20
LINES: Final = 20
SEND_SECONDS: Final = 30.0
LEASE_SECONDS: Final = AT_ONCE * (SEND_SECONDS + 30.0)
"""Longer than a whole round may take, each letter with its database calls: who holds a member has sent, or is dead."""
FIRST_REST, LONGEST_REST = 60.0, 6 * 3600.0
OLD_NEWS: Final = timedelta(days=7)
"""What could not be mailed for so long is in no mail any more; it stays in the list."""

_SAYS = {
    Reason.MENTION: "{who} mentioned you in a comment on {asset}, version {version}",
    Reason.REPLY: "{who} replied to your comment on {asset}, version {version}",
    Reason.COMMENT: "{who} commented on {asset}, version {version}, which you brought",
    Reason.VERDICT: "{who} gave a verdict on {asset}, version {version}, which you brought",
}


@dataclass(frozen=True, slots=True)
class DigestOptions:
    """How long a notification waits before a mail tells of it, if one ever does; `url` is where the page is."""

    after: timedelta | None = timedelta(minutes=15)
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Digests:
    """Sends each member one mail for what waits. Any number of processes may run this: each mail goes out from one.

    A mail that fails is tried again later, with what has come meanwhile. If a process dies between handing a letter
    over and noting so, the letter goes out once more: better twice than never.
    """

    records: Records
    digests: DigestRecords
    mailer: Mailer
    clock: Clock
    new_id: NewId
    observer: Observer
    options: DigestOptions

    async def once(self) -> int:
        """Send what is due; return how many letters went out."""
        until = self.clock.now() - (self.options.after or timedelta())
        sent, token = 0, self.new_id()
        for due in await self.digests.claim(token, (until - OLD_NEWS, until), LEASE_SECONDS, AT_ONCE):
            sent += await self._deal_with(token, due, until)
        return sent

    async def _deal_with(self, token: UUID, due: DueDigest, until: datetime) -> bool:
        rest: float | None = None
        try:
            return await self._send(due, until)
        except IngestError as error:  # one who cannot be reached now holds up no other
            rest = min(FIRST_REST * 2**due.failures, LONGEST_REST)
            self.observer.failed("digests", error, member_id=str(due.member_id))
            return False
        finally:
            await self.digests.release(token, due, rest)

    async def _send(self, due: DueDigest, until: datetime) -> bool:
        """Send one member's letter, unless they have read everything meanwhile or have no address."""
        async with self.records.reading(due.studio_id) as tx:
            told = await tx.notifications.unmailed(due.member_id, until, LINES)
            names = await tx.people.names([each.created_by for each, _asset in told])
            member = (await tx.people.present([due.member_id])).get(due.member_id)
            unread = await tx.notifications.unread(due.member_id)
        address = member.email if member else None
        if told and address:
            await self._hand_over(Letter(address, _subject(unread), self._text(told, names, unread)))
        async with self.records.transaction(due.studio_id) as tx:
            await tx.notifications.mailed(due.member_id, until, self.clock.now())
        return bool(told and address)

    async def _hand_over(self, letter: Letter) -> None:
        try:
            with anyio.fail_after(SEND_SECONDS):
                await self.mailer.send(letter)
        except TimeoutError as error:
            raise ServiceUnavailable("nobody took the letter in time") from error

    def _text(self, told: list[tuple[Notification, str]], names: dict[MemberId, str], unread: int) -> str:
        lines = [f"- {_line(each, asset, names)}" for each, asset in told]
        if unread > len(told):
            lines.append(f"- and {unread - len(told)} more")
        where = [f"Read them at {self.options.url}"] if self.options.url else []
        return "\n".join(["Since you last looked:", "", *lines, "", *where]).rstrip() + "\n"


def _subject(unread: int) -> str:
    return "1 unread notification" if unread == 1 else f"{unread} unread notifications"


def _line(told: Notification, asset: str, names: dict[MemberId, str]) -> str:
    who = names.get(told.created_by, "Somebody")
    return _SAYS[told.reason].format(who=_one_line(who), asset=f"'{_one_line(asset)}'", version=told.version)


def _one_line(text: str) -> str:
    return " ".join(text.split())
