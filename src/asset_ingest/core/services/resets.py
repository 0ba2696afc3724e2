"""Links to a new password: asked for by whoever forgot theirs, or by an admin for them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

import anyio

from asset_ingest.core.errors import IngestError, NotPossibleNow
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.model.access import Action, Member, MemberStatus, Principal, require
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.model.sign_in import PasswordReset, normalised_email
from asset_ingest.core.ports.identity import Tokens
from asset_ingest.core.ports.system_records import AccessRecords
from asset_ingest.core.services.access import digest_of
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.letters import Delivery, Letters

LINK_LIVES = timedelta(hours=1)
WAITING_AT_MOST = 200


@dataclass(slots=True)
class Resets:
    """Makes links. What strangers ask for is done behind their backs, so that no answer takes longer for a member."""

    journeys: Journeys
    access: AccessRecords
    attempts: Attempts
    tokens: Tokens
    letters: Letters
    _waiting: deque[tuple[str, str | None]] = field(default_factory=deque, init=False)
    _bell: anyio.Event = field(default_factory=anyio.Event, init=False)

    async def ask(self, email: str, studio: str | None, address: str) -> None:
        """Send a link to the address if a member has it. Who asks learns nothing, not even whether mail is set up."""
        email = normalised_email(email)
        await self.attempts.count("address", address, self.attempts.patience.address)
        await self.attempts.count("reset", email, self.attempts.patience.letters)
        if len(self._waiting) < WAITING_AT_MOST:
            self._waiting.append((email, studio))
            self._bell.set()

    async def run(self) -> None:
        """Send what was asked for; runs until cancelled."""
        while True:
            await self.send_waiting()
            self._bell = anyio.Event()
            if not self._waiting:
                await self._bell.wait()

    async def send_waiting(self) -> None:
        """Send the links that wait. One that cannot be made is told and forgotten: its person asks again."""
        while self._waiting:
            email, studio = self._waiting.popleft()
            try:
                await self._send(email, studio)
            except IngestError as error:
                self.journeys.observer.failed("resets", error)

    async def _send(self, email: str, slug: str | None) -> None:
        if self.letters.mailer is None:
            return  # nobody could read the link; an admin makes another
        for studio, member, _password in await self.access.by_email(email):
            if slug in {None, studio.slug}:
                await self.letters.reset(email, studio.name, await self._made(member))

    async def link_for(self, who: Principal, member_id: MemberId) -> Delivery:
        """Make a link for a member of the admin's studio, in place of an earlier one."""
        require(who, Action.MANAGE_MEMBERS)
        async with self.journeys.records.reading(who.studio_id) as tx:
            member, studio = await tx.members.get(member_id), await tx.members.studio()
        if member.status is not MemberStatus.ACTIVE or member.email is None:
            raise NotPossibleNow("only an active member with an e-mail address has a password")
        return await self.letters.reset(member.email, studio.name, await self._made(member))

    async def _made(self, member: Member) -> str:
        token, ends = self.tokens.new(), self.journeys.clock.now() + LINK_LIVES
        reset = PasswordReset(self.journeys.new_id(), member.studio_id, member.id, digest_of(token), ends)
        async with self.journeys.records.transaction(member.studio_id) as tx:
            await tx.members.lock(member.id)  # of two at once the later is the one that holds
            await tx.passwords.put_reset(reset)
        return token
