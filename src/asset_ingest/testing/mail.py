"""What every Mailer promises. Subclasses bring the fixture `mailbox`."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol

from asset_ingest.core.ports.mail import Letter, Mailer

LETTER = Letter("ada@example.org", "You are invited", "Dear Ada,\n\n.\n\nhttps://assets.example/#invitation=abc\n")


class Mailbox(Protocol):
    """A mailer, and what arrives behind it."""

    mailer: Mailer

    @abstractmethod
    def arrived(self) -> list[Letter]: ...


class MailerContract:
    async def test_a_letter_arrives_as_it_was_written(self, mailbox: Mailbox) -> None:
        await mailbox.mailer.send(LETTER)
        assert mailbox.arrived() == [LETTER]

    async def test_words_of_all_languages_arrive(self, mailbox: Mailbox) -> None:
        letter = Letter(
            "ada@example.org", "Einladung ins Studio „Nordlicht“ ☀", "Grüße aus 東京\n" + "lang " * 400 + "\n"
        )
        await mailbox.mailer.send(letter)
        assert mailbox.arrived() == [letter]

    async def test_letters_arrive_in_order(self, mailbox: Mailbox) -> None:
        letters = [Letter(f"{number}@example.org", f"Number {number}", f"{number}\n") for number in range(3)]
        for letter in letters:
            await mailbox.mailer.send(letter)
        assert mailbox.arrived() == letters
