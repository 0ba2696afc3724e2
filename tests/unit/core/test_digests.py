"""Mails of what was not read: one for all of it, from one of many processes, and none is lost."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from asset_ingest.adapters.clock.memory import ManualClock
from asset_ingest.adapters.clock.system import Uuid7
from asset_ingest.adapters.repos.memory import MemoryRecords
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.bootstrap import Tuning, memory_ports, wire
from asset_ingest.core.errors import ServiceUnavailable
from asset_ingest.core.model.access import Member, Role
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.model.notifications import Reason
from asset_ingest.core.ports.mail import Letter, Mailer
from asset_ingest.core.services.digests import LEASE_SECONDS, DigestOptions, Digests
from asset_ingest.testing.records.samples import Samples, keep_asset

WAIT = timedelta(minutes=15)
A_MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class PostBox(Mailer):
    """Keeps letters, or refuses them; `pause` lets others in before it takes one."""

    letters: list[Letter] = field(default_factory=list)
    refuses: int = 0

    async def send(self, letter: Letter) -> None:
        await asyncio.sleep(0)  # whoever else wants to send the same comes in here
        if self.refuses:
            self.refuses -= 1
            raise ServiceUnavailable("the post office is closed")
        self.letters.append(letter)


@dataclass(slots=True)
class Post:
    """A studio with one reachable member, and a mail worker."""

    clock: ManualClock
    records: MemoryRecords
    people: Samples
    asset: Asset
    box: PostBox = field(default_factory=PostBox)
    observer: MemoryObserver = field(default_factory=MemoryObserver)

    def worker(self, url: str | None = "https://studio.example") -> Digests:
        told = (self.records, self.records.system.digests, self.box, self.clock, Uuid7(), self.observer)
        return Digests(*told, DigestOptions(WAIT, url))

    async def tell(self, **changes: object) -> None:
        async with self.records.transaction(self.people.id) as tx:
            now: datetime = self.clock.now()
            await tx.notifications.add(self.people.notification(self.asset, created_at=now, **changes))

    async def read_all(self) -> None:
        async with self.records.transaction(self.people.id) as tx:
            found = await tx.notifications.page(self.people.member.id, 99, None, unread=True)
            await tx.notifications.read(self.people.member.id, [told.id for told, _ in found], self.clock.now())

    async def be(self, member: Member) -> None:
        async with self.records._store.transaction() as tables:
            tables.members[member.id] = member


@pytest.fixture
async def post() -> Post:
    clock = ManualClock()
    records, people = MemoryRecords(clock), Samples.fresh()
    ada = Member(people.member.id, people.id, "Ada\nBcc: all", Role.ARTIST, clock.now(), email="ada@studio.example")
    async with records._store.transaction() as tables:
        tables.studios[people.id] = people.studio
        tables.members[ada.id] = ada
    async with records.transaction(people.id) as tx:
        asset, _version = await keep_asset(tx, people)
    return Post(clock, records, people, asset)


async def test_what_has_waited_goes_out_in_one_letter_once(post: Post) -> None:
    for reason in Reason:
        await post.tell(reason=reason)
    assert await post.worker().once() == 0
    post.clock.advance(WAIT)
    assert await post.worker().once() == 1
    (letter,) = post.box.letters
    assert (letter.to, letter.subject) == ("ada@studio.example", "4 unread notifications")
    assert letter.text.count("'Forest', version 1") == 4
    assert "https://studio.example" in letter.text
    assert "\nBcc" not in letter.text
    post.clock.advance(WAIT)
    assert await post.worker().once() == 0


async def test_what_was_read_meanwhile_is_in_no_letter(post: Post) -> None:
    await post.tell()
    await post.read_all()
    post.clock.advance(WAIT)
    assert await post.worker().once() == 0
    assert post.box.letters == []


async def test_of_many_workers_one_sends(post: Post) -> None:
    await post.tell()
    post.clock.advance(WAIT)
    sent = await asyncio.gather(*(post.worker().once() for _ in range(5)))
    assert (sum(sent), len(post.box.letters)) == (1, 1)


async def test_a_letter_that_failed_goes_out_later_with_what_came_meanwhile(post: Post) -> None:
    await post.tell()
    post.clock.advance(WAIT)
    post.box.refuses = 2
    assert await post.worker().once() == 0
    assert await post.worker().once() == 0  # it rests
    await post.tell()
    post.clock.advance(A_MINUTE)
    assert await post.worker().once() == 0
    assert post.box.refuses == 0
    post.clock.advance(WAIT)
    assert await post.worker().once() == 1
    assert post.box.letters[0].text.count("Forest") == 2
    assert [heard.what for heard in post.observer.heard] == ["digests", "digests"]


async def test_what_a_vanished_worker_held_goes_out_from_another(post: Post) -> None:
    await post.tell()
    post.clock.advance(WAIT)
    now = post.clock.now()
    await post.records.system.digests.claim(Uuid7()(), (now - WAIT, now), LEASE_SECONDS, 9)
    assert await post.worker().once() == 0
    post.clock.advance(timedelta(seconds=LEASE_SECONDS))
    assert await post.worker().once() == 1


async def test_who_has_no_address_gets_no_letter_and_is_not_asked_for_again(post: Post) -> None:
    await post.be(replace(post.people.member, email=None))
    await post.tell()
    post.clock.advance(WAIT)
    assert await post.worker().once() == 0
    now = post.clock.now()
    assert await post.records.system.digests.claim(Uuid7()(), (now - WAIT, now), 1.0, 9) == []


async def test_a_long_list_is_cut(post: Post) -> None:
    for _ in range(30):
        await post.tell()
    post.clock.advance(WAIT)
    assert await post.worker(None).once() == 1
    (letter,) = post.box.letters
    assert letter.text.count("Forest") == 20
    assert letter.text.endswith("- and 10 more\n")


def test_only_a_server_that_sends_mail_sends_this() -> None:
    silent = memory_ports()
    sending = replace(silent, mailer=PostBox())
    assert wire(silent).upkeep.send_digests is None
    assert wire(sending, Tuning(digests=DigestOptions(after=None))).upkeep.send_digests is None
    assert wire(sending).upkeep.send_digests is not None
