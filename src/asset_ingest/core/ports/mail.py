"""Letters to people."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """A plain letter. Its text may hold a secret link, so it shows in no log."""

    to: str
    subject: str
    text: str = field(repr=False)


class Mailer(Protocol):
    """Hands letters over to whoever delivers them. Handed over is not read: nothing may depend on it."""

    @abstractmethod
    async def send(self, letter: Letter) -> None:
        """Return once somebody has taken the letter, or raise MailUnavailable, which quotes nothing of it."""
