"""Links that people need to get in, by mail where there is a mailer, else by the admin's own hand."""

from __future__ import annotations

from dataclasses import dataclass, field

from asset_ingest.core.errors import IngestError
from asset_ingest.core.ports.mail import Letter, Mailer
from asset_ingest.core.ports.telemetry import Observer


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a link: mailed, or here for the admin to hand over. Never in a log."""

    mailed: bool
    link: str | None = field(repr=False)
    problem: str | None = None  # why it was not mailed, where it should have been


@dataclass(frozen=True, slots=True)
class Letters:
    """Words around links. The address is the one an operator set: a request's Host is anybody's word."""

    mailer: Mailer | None
    observer: Observer
    public_url: str | None = None

    async def invitation(self, email: str, studio: str, inviter: str, token: str) -> Delivery:
        """Deliver the link of an invitation."""
        link = self._link("invitation", token)
        text = (
            f"{inviter} invites you to the studio {studio}.\n\nJoin within seven days:\n\n  {link}\n\n"
            "The link works once. If you expect no invitation, ignore this letter.\n"
        )
        return await self._deliver(Letter(email, f"You are invited to {studio}", text), link)

    async def reset(self, email: str, studio: str, token: str) -> Delivery:
        """Deliver the link to a new password."""
        link = self._link("reset", token)
        text = (
            f"Choose a new password for the studio {studio} within an hour:\n\n  {link}\n\n"
            "The link works once. If you did not ask for it, ignore this letter: your password stays as it is.\n"
        )
        return await self._deliver(Letter(email, f"Your password for {studio}", text), link)

    def _link(self, kind: str, token: str) -> str:
        """Return the link; its token stands behind the #, which browsers send to nobody."""
        return f"{(self.public_url or '').rstrip('/')}/#{kind}={token}"

    async def _deliver(self, letter: Letter, link: str) -> Delivery:
        if self.mailer is None:
            return Delivery(mailed=False, link=link)
        try:
            await self.mailer.send(letter)
        except IngestError as error:  # the link holds all the same, and whoever asked may hand it over
            self.observer.failed("mail", error)
            return Delivery(mailed=False, link=link, problem=error.message)
        return Delivery(mailed=True, link=None)
