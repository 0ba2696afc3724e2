"""Letters to a real SMTP server on this machine: in the clear, by STARTTLS, by TLS; and servers that misbehave."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from asset_ingest.adapters.mail.memory import MemoryMailer
from asset_ingest.adapters.mail.smtp import Post, SmtpMailer
from asset_ingest.core.errors import MailUnavailable
from asset_ingest.core.ports.mail import Letter
from asset_ingest.testing.mail import LETTER, Mailbox, MailerContract

SECRET = "hunter2-hunter2"


@dataclass
class Inbox(Mailbox):
    """A mail server's side, and the mailer that writes to it."""

    mailer: SmtpMailer
    envelopes: list[Envelope] = field(default_factory=list)
    refusal: str | None = None

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        if self.refusal:
            return self.refusal
        self.envelopes.append(envelope)
        return "250 taken"

    async def handle_RCPT(  # noqa: N802  aiosmtpd's
        self, _server: object, _session: object, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("nobody"):
            return f"550 {address} is not here, {SECRET}"
        envelope.rcpt_tos.append(address)
        return "250 known"

    def arrived(self) -> list[Letter]:
        found = []
        for envelope in self.envelopes:
            message = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]  bytes
            assert message["From"] == "studio@example.org"
            assert message["Auto-Submitted"] == "auto-generated"
            assert envelope.rcpt_tos == [message["To"]]
            found.append(Letter(message["To"], message["Subject"], message.get_content().replace("\r\n", "\n")))
        return found


@pytest.fixture
def mailbox() -> Iterator[Inbox]:
    inbox = Inbox(SmtpMailer(Post("127.0.0.1", 0, "studio@example.org", "none")))
    with running(inbox):
        yield inbox


class running:  # noqa: N801  reads as a verb
    """A server that listens while the block lasts, and that the inbox's mailer finds."""

    def __init__(self, inbox: Inbox, **options: Any) -> None:
        self._inbox = inbox
        self._controller = _OnAnyPort(inbox, hostname="127.0.0.1", port=0, ready_timeout=10, **options)

    def __enter__(self) -> None:
        self._controller.start()
        post = replace(self._inbox.mailer._post, port=self._controller.port)
        self._inbox.mailer = SmtpMailer(post, patience=10)

    def __exit__(self, *_: object) -> None:
        self._controller.stop()


class _OnAnyPort(Controller):
    """Learns its port once it listens."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class TestMemoryMailer(MailerContract):
    @pytest.fixture
    def mailbox(self) -> Mailbox:
        class Kept(Mailbox):
            def __init__(self) -> None:
                self.mailer = self.kept = MemoryMailer()

            def arrived(self) -> list[Letter]:
                return self.kept.sent

        return Kept()


class TestSmtpMailer(MailerContract):
    @pytest.fixture
    def mailbox(self, mailbox: Inbox) -> Mailbox:
        return mailbox


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 that it signed itself, and its key."""
    if (openssl := shutil.which("openssl")) is None:
        message = "openssl makes the certificates of the tests: apt-get install openssl"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    folder = tmp_path_factory.mktemp("mail")
    cert, key = folder / "cert.pem", folder / "key.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*made, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True, timeout=30)  # noqa: S603  ours
    return cert, key


def _context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


def _open_to(_server: SMTP, _session: object, _envelope: object, _mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=(data.login, data.password) == (b"ada", SECRET.encode()), handled=False)


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_a_letter_goes_over_a_line_that_is_proven(certificate: tuple[Path, Path], security: Any) -> None:
    post = Post("127.0.0.1", 0, "studio@example.org", security, "ada", SECRET, certificate[0])
    inbox, context = Inbox(SmtpMailer(post)), _context(certificate)
    # Over TLS from the first byte aiosmtpd does not know that it is: it neither requires nor forbids anything then.
    options: dict[str, Any] = {"ssl_context": context, "auth_require_tls": False}
    if security == "starttls":
        options = {"tls_context": context, "require_starttls": True, "auth_required": True}
    with running(inbox, authenticator=_open_to, **options):
        await inbox.mailer.send(LETTER)
        assert inbox.arrived() == [LETTER]
        wrong = SmtpMailer(replace(inbox.mailer._post, password="wrong-" + SECRET))
        with pytest.raises(MailUnavailable, match="user and password") as caught:
            await wrong.send(LETTER)
        assert SECRET not in str(caught.value)
        untrusting = SmtpMailer(replace(inbox.mailer._post, ca_file=None))
        with pytest.raises(MailUnavailable):
            await untrusting.send(LETTER)


async def test_a_server_without_tls_gets_no_letter_that_wants_it(mailbox: Inbox) -> None:
    with pytest.raises(MailUnavailable):
        await SmtpMailer(replace(mailbox.mailer._post, security="starttls")).send(LETTER)
    assert mailbox.arrived() == []


async def test_a_refusal_is_told_without_the_servers_words(mailbox: Inbox) -> None:
    with pytest.raises(MailUnavailable, match="this address") as caught:
        await mailbox.mailer.send(replace(LETTER, to="nobody@example.org"))
    assert SECRET not in str(caught.value)
    mailbox.refusal = f"451 try later, {SECRET}"
    with pytest.raises(MailUnavailable, match="code 451") as caught:
        await mailbox.mailer.send(LETTER)
    assert SECRET not in str(caught.value)


async def test_a_line_in_a_subject_begins_no_header(mailbox: Inbox) -> None:
    with pytest.raises(MailUnavailable):
        await mailbox.mailer.send(replace(LETTER, subject="Hello\r\nBcc: eve@example.org"))
    assert mailbox.arrived() == []


async def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(MailUnavailable):
        await SmtpMailer(Post("127.0.0.1", port, "studio@example.org", "none")).send(LETTER)


@asynccontextmanager
async def _saying(words: bytes) -> AsyncIterator[int]:
    """A server that says this to whoever comes, and nothing else."""

    async def say(stream: anyio.abc.SocketStream) -> None:
        async with stream:
            await stream.send(words or b"2")
            await anyio.sleep_forever()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=0)
    async with listener, anyio.create_task_group() as group:
        group.start_soon(listener.serve, say)
        yield listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610  no Django
        group.cancel_scope.cancel()


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 hello\r\n"])
async def test_a_server_that_hangs_or_speaks_otherwise_is_given_up(words: bytes) -> None:
    async with _saying(words) as port:
        mailer = SmtpMailer(Post("127.0.0.1", port, "studio@example.org", "none"), patience=0.3)
        with pytest.raises(MailUnavailable):
            await mailer.send(LETTER)
