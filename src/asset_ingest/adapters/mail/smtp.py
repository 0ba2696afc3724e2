"""Letters by SMTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Final, Literal

import aiosmtplib
import anyio

from asset_ingest.core.errors import MailUnavailable
from asset_ingest.core.ports.mail import Letter, Mailer

PATIENCE: Final = 20.0
"""Seconds for one letter, from the first look-up to the server's word that it has it."""

Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class Post:
    """Whose mail server, and as whom we come."""

    host: str
    port: int
    sender: str
    security: Security = "starttls"
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None


class SmtpMailer(Mailer):
    """One connection for each letter: there are few, and a server that was away needs no minding."""

    def __init__(self, post: Post, *, patience: float = PATIENCE) -> None:
        self._post = post
        self._patience = patience

    async def send(self, letter: Letter) -> None:
        post = self._post
        try:
            with anyio.fail_after(self._patience):
                await aiosmtplib.send(
                    self._message(letter),
                    hostname=post.host,
                    port=post.port,
                    use_tls=post.security == "tls",
                    start_tls=post.security == "starttls",
                    username=post.user,
                    password=post.password,
                    cert_bundle=str(post.ca_file) if post.ca_file else None,
                    timeout=self._patience,
                )
        # What the server said may quote the address or what we proved ourselves with.
        except aiosmtplib.SMTPAuthenticationError:
            raise MailUnavailable("the mail server does not accept our user and password") from None
        except aiosmtplib.SMTPRecipientsRefused:
            raise MailUnavailable("the mail server does not take letters to this address") from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailUnavailable(f"the mail server refused the letter (code {error.code})") from None
        except (aiosmtplib.SMTPException, OSError, ValueError):  # OSError is TimeoutError too
            raise MailUnavailable("the mail server does not answer as it should") from None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._post.sender, letter.to, letter.subject
        message["Date"], message["Message-ID"] = formatdate(), make_msgid(domain=self._post.host)
        message["Auto-Submitted"] = "auto-generated"  # so that nobody's absence answers us (RFC 3834)
        message.set_content(letter.text)
        return message
