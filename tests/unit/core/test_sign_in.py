"""What people type in, made one; and how often one may ask."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.harness import TUNING, Program

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.mail.memory import MemoryMailer
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import Forbidden, InvalidRequest, MailUnavailable, TooManyRequests
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.model.sign_in import (
    LONGEST_PASSWORD,
    checked_name,
    checked_password,
    checked_slug,
    normalised_email,
    slug_of,
)
from asset_ingest.core.ports.mail import Letter
from asset_ingest.core.services.accounts import NewPassword, NewStudio, Registration
from asset_ingest.core.services.rates import BURST_SECONDS, KNOWN_AT_MOST, Buckets, RateLimits, Rates
from asset_ingest.core.services.sign_in import Credentials

PASSWORD = "correct horse battery"


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Love+lace@EXAMPLE.org\n", "ada.love+lace@example.org"),
        ("Å@example.org", "å@example.org"),
        ("straße@example.org", "strasse@example.org"),
        ("ada@localhost", "ada@localhost"),
    ],
)
def test_an_address_has_one_spelling(typed: str, known: str) -> None:
    assert normalised_email(typed) == known


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "@",
        "ada@",
        "@example.org",
        "a@b@c",
        "a b@c.d",
        "a\u200bb@c.d",
        "a@c.d\r\nBcc: e@f.g",
        "<a@b.c>",
        "a\x00@b.c",
        f"{'x' * 65}@b.c",
        f"a@{'x' * 253}",
        "a,b@c.d",
        '"a"@b.c',
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        normalised_email(typed)
    assert caught.value.field == "email"


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_normalised_address_is_its_own(local: str, domain: str) -> None:
    try:
        email = normalised_email(f"{local}@{domain}")
    except InvalidRequest:
        return
    assert normalised_email(email) == email
    assert len(email.split()) == 1
    assert email.isprintable()


@given(st.text(max_size=400))
def test_a_password_is_hashed_in_one_form(text: str) -> None:
    try:
        password = checked_password(text)
    except InvalidRequest:
        return
    assert checked_password(password) == password
    assert len(password) <= LONGEST_PASSWORD


def test_keyboards_compose_letters_differently_and_passwords_do_not() -> None:
    assert checked_password("pässword-pässword") == checked_password("pa\u0308ssword-pa\u0308ssword")


@given(st.text(max_size=300))
def test_a_name_always_suggests_a_short_one(name: str) -> None:
    assert checked_slug(slug_of(name))


@pytest.mark.parametrize("slug", ["", "-", "a-", "-a", "A", "a_b", "ä", "x" * 64, "a b"])
def test_what_is_no_short_name_is_refused(slug: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_slug(slug)


@given(st.text(max_size=200))
def test_a_name_is_one_line_that_can_be_shown(text: str) -> None:
    try:
        name = checked_name(text)
    except InvalidRequest:
        return
    assert re.fullmatch(r"\S(.*\S)?", name)
    assert name.isprintable()


# --- how often --------------------------------------------------------------------------------------------------


def test_a_burst_is_let_through_and_then_the_rate() -> None:
    clock = ManualClock()
    buckets = Buckets(5, clock)
    assert [buckets.take("a") for _ in range(5 * BURST_SECONDS)] == [0.0] * 5 * BURST_SECONDS
    assert buckets.take("a") == pytest.approx(0.2)
    assert buckets.take("b") == 0
    clock.advance(timedelta(seconds=0.2))
    assert buckets.take("a") == 0
    assert buckets.take("a") > 0


@given(st.lists(st.tuples(st.floats(-5, 60), st.integers(1, 40)), max_size=30))
def test_nobody_gets_more_than_the_burst_and_the_rate(visits: list[tuple[float, int]]) -> None:
    clock, rate, passed, given_out = ManualClock(), 3, 0.0, 0
    buckets = Buckets(rate, clock)
    for pause, asked in visits:
        clock.advance(timedelta(seconds=pause))
        passed += max(pause, 0)
        given_out += sum(buckets.take("a") == 0 for _ in range(asked))
    assert given_out <= rate * BURST_SECONDS + rate * passed + 1


def test_only_so_many_are_remembered() -> None:
    buckets = Buckets(1, ManualClock())
    for number in range(KNOWN_AT_MOST + 100):
        buckets.take(str(number))
    assert len(buckets._left) == KNOWN_AT_MOST


def test_a_studio_and_an_address_have_limits_of_their_own() -> None:
    rates, studio = Rates(ManualClock(), RateLimits(per_address=1, per_studio=2)), StudioId(UUID(int=1))
    for _ in range(BURST_SECONDS):
        rates.admit_address("a")
    for _ in range(2 * BURST_SECONDS):
        rates.admit_studio(studio)
    with pytest.raises(TooManyRequests) as caught:
        rates.admit_address("a")
    assert (caught.value.limit, caught.value.retry_after) == (1, 1)
    with pytest.raises(TooManyRequests):
        rates.admit_studio(studio)


def test_zero_is_no_limit() -> None:
    rates = Rates(ManualClock())
    for _ in range(1000):
        rates.admit_address("a")


# --- hashes of another time -------------------------------------------------------------------------------------


async def test_a_stale_hash_is_renewed_when_its_password_is_typed() -> None:
    ports = memory_ports()
    program = Program(ports, replace(TUNING, registration=Registration.OPEN))
    wanted = NewStudio("North", None, "Ada", "ada@example.org", PASSWORD, "here")
    who, _secret = await program.app.accounts.register(wanted, "c-1")

    async def held() -> str:
        async with ports.records.transaction(who.studio_id) as tx:
            password = await tx.passwords.of_member(who.member_id)
            assert password
            return password.hash

    class Dearer(type(ports.passwords)):  # type: ignore[misc]  another cost of the same
        async def hash(self, password: str) -> str:
            return "new:" + await super().hash(password)

        async def verify(self, held: str | None, password: str) -> bool:
            return await super().verify(held and held.removeprefix("new:"), password)

        def is_stale(self, held: str) -> bool:
            return not held.startswith("new:")

    before = await held()
    later = Program(replace(ports, passwords=Dearer()))
    for _ in range(2):
        await later.app.sign_in.browser(Credentials("ada@example.org", PASSWORD, None, "here"), "c-2")
    after = await held()
    assert not before.startswith("new:")
    assert after.startswith("new:")


async def test_a_password_that_was_changed_meanwhile_is_not_changed_back_by_who_knew_the_old_one() -> None:
    """A link to a new password is how one gets rid of whoever has the old one: they may be at the door just then."""
    ports = memory_ports()

    class Slow(type(ports.passwords)):  # type: ignore[misc]  the same, with time for something to happen
        meanwhile: Callable[[], Awaitable[None]] | None = None

        async def hash(self, password: str) -> str:
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile:
                await meanwhile()
            return str(await super().hash(password))

    passwords = Slow()
    program = Program(replace(ports, passwords=passwords), replace(TUNING, registration=Registration.OPEN))
    wanted = NewStudio("North", None, "Ada", "ada@example.org", PASSWORD, "here")
    who, _secret = await program.app.accounts.register(wanted, "c-1")

    async def replaced() -> None:
        link = (await program.app.resets.link_for(who, who.member_id)).link or ""
        await program.app.accounts.confirm_reset(link.partition("#reset=")[2], "hers alone, and new", "c-2")

    passwords.meanwhile = replaced
    with pytest.raises(Forbidden):
        await program.app.accounts.choose_password(who, NewPassword(PASSWORD, "the thief's, and new"))
    await program.app.sign_in.browser(Credentials("ada@example.org", "hers alone, and new", None, "here"), "c-3")


# --- behind the answer ------------------------------------------------------------------------------------------


class Ringing(MemoryMailer):
    """Tells when a letter has come; the first is refused."""

    def __init__(self) -> None:
        super().__init__()
        self.came, self.refused = anyio.Event(), 0

    async def send(self, letter: Letter) -> None:
        if not self.refused:
            self.refused += 1
            raise MailUnavailable("the mail server does not answer as it should")
        await super().send(letter)
        self.came.set()


async def test_links_are_sent_as_they_are_asked_for_and_one_that_fails_stops_no_other() -> None:
    mail = Ringing()
    program = Program(replace(memory_ports(), mailer=mail), replace(TUNING, registration=Registration.OPEN))
    for name in ("ada", "bo"):
        wanted = NewStudio(name, None, name, f"{name}@example.org", PASSWORD, "here")
        await program.app.accounts.register(wanted, "c-1")
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(program.app.resets.run)
            for name in ("ada", "nobody", "bo"):
                await program.app.resets.ask(f"{name}@example.org", None, "here")
            await mail.came.wait()
            group.cancel_scope.cancel()
    assert [letter.to for letter in mail.sent] == ["bo@example.org"]
