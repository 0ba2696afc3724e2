"""Letters that are kept instead of sent."""

from __future__ import annotations

from asset_ingest.core.ports.mail import Letter, Mailer


class MemoryMailer(Mailer):
    """A Mailer whose letters a test can read."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    async def send(self, letter: Letter) -> None:
        self.sent.append(letter)
