from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.core.errors import IngestError, NotFound
from asset_ingest.core.model.access import Action
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import AddStudio, InStudios, settled
from asset_ingest.testing.records.members import shut_out
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, new_id

TICK = timedelta(microseconds=1)


class PasswordsContract(InStudios):
    async def test_a_person_is_found_in_every_studio_they_have_a_password_in(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples, add_studio: AddStudio
    ) -> None:
        email, third = ours.member.email or "", await settled(add_studio)
        same = theirs.colleague(email=email, created_at=LONG_AGO + HOUR)
        no_password = third.colleague(email=email)
        for samples, member in ((theirs, same), (third, no_password)):
            async with records.transaction(samples.id) as tx:
                await tx.members.add(member)
        mine, other = ours.password(), theirs.password(member_id=same.id, hash="h2")
        for password in (other, mine):
            async with records.transaction(password.studio_id) as tx:
                await tx.passwords.put(password)
        found = await system.access.by_email(email)
        assert found == [(ours.studio, ours.member, mine), (theirs.studio, same, other)]
        await shut_out(records, ours.member)
        assert await system.access.by_email(email) == found[1:]
        assert await system.access.by_email("nobody@example.org") == []

    async def test_a_password_is_replaced_only_over_the_hash_it_was_read_with(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            await tx.passwords.put(ours.password(hash="h1"))
            assert await tx.passwords.replace(ours.password(hash="h2"), "h1")
            assert not await tx.passwords.replace(ours.password(hash="h3"), "h1")
            held = await tx.passwords.of_member(ours.member.id)
            assert held == ours.password(hash="h2")
            await tx.passwords.put(ours.password(hash="h4"))
        async with records.transaction(theirs.id) as tx:
            assert await tx.passwords.of_member(ours.member.id) is None
            with pytest.raises(IngestError):
                await tx.passwords.put(ours.password())

    async def test_the_later_link_to_a_new_password_is_the_one_that_holds(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        early, late = ours.reset(), ours.reset()
        async with records.transaction(ours.id) as tx:
            await tx.passwords.put_reset(early)
            await tx.passwords.put_reset(late)
        assert await system.access.reset(early.token_hash, LONG_AGO) is None
        assert await system.access.reset(late.token_hash, FAR_AHEAD - TICK) == late
        assert await system.access.reset(late.token_hash, FAR_AHEAD) is None
        async with records.transaction(ours.id) as tx:
            assert await tx.passwords.take_reset(late.id) == late
            with pytest.raises(NotFound):
                await tx.passwords.take_reset(late.id)

    async def test_a_forgotten_password_takes_its_link_along(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        reset = ours.reset()
        async with records.transaction(ours.id) as tx:
            await tx.passwords.put(ours.password())
            await tx.passwords.put_reset(reset)
            await tx.passwords.forget(ours.member.id)
            assert await tx.passwords.of_member(ours.member.id) is None
        assert await system.access.reset(reset.token_hash, LONG_AGO) is None


class SessionsContract(InStudios):
    async def test_a_family_is_somebodys_until_it_ends_or_they_are_shut_out(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        family, other = ours.family(), ours.family()
        async with records.transaction(ours.id) as tx:
            for each in (family, other):
                await tx.sessions.open_family(each, ours.refresh_token(each))
        assert await system.access.by_family(family.id, FAR_AHEAD - TICK) == ours.member
        assert await system.access.by_family(family.id, FAR_AHEAD) is None
        async with records.transaction(ours.id) as tx:
            await tx.sessions.end_family(family.id)
            await tx.sessions.end_family(family.id)
        assert await system.access.by_family(family.id, LONG_AGO) is None
        await shut_out(records, ours.member)
        assert await system.access.by_family(other.id, LONG_AGO) is None

    async def test_a_refresh_token_is_spent_once_and_then_known_as_spent(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        family = ours.family()
        first, nexts = ours.refresh_token(family), [ours.refresh_token(family) for _ in range(4)]
        async with records.transaction(ours.id) as tx:
            await tx.sessions.open_family(family, first)

        async def rotate(index: int) -> bool:
            async with records.transaction(ours.id) as tx:
                return await tx.sessions.rotate(first.token_hash, nexts[index], LONG_AGO, FAR_AHEAD + HOUR)

        done = await asyncio.gather(*map(rotate, range(4)))
        assert sorted(done) == [False] * 3 + [True]
        spent = replace(first, spent_at=LONG_AGO)
        assert await system.access.refresh_token(first.token_hash, FAR_AHEAD) == (ours.member, spent)
        winner = nexts[done.index(True)]
        assert await system.access.refresh_token(winner.token_hash, FAR_AHEAD) == (ours.member, winner)
        assert await system.access.refresh_token(winner.token_hash, FAR_AHEAD + HOUR) is None
        async with records.transaction(ours.id) as tx:
            await tx.sessions.end_family(family.id)
        assert await system.access.refresh_token(first.token_hash, LONG_AGO) is None

    async def test_signing_out_everywhere_ends_all_but_the_one_that_asks(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        kept, gone, family, link = ours.browser(), ours.browser(), ours.family(), ours.link()
        strangers = theirs.browser()
        await system.access.add_link(link)
        async with records.transaction(theirs.id) as tx:
            await tx.sessions.open_browser(strangers)
        async with records.transaction(ours.id) as tx:
            await tx.sessions.open_browser(kept)
            await tx.sessions.open_browser(gone)
            await tx.sessions.open_family(family, ours.refresh_token(family))
            await tx.sessions.end_all(ours.member.id, but=kept.token_hash)
            await tx.sessions.end_all(theirs.member.id)
        assert await system.access.by_session(kept.token_hash, LONG_AGO) == ours.member
        assert await system.access.by_session(gone.token_hash, LONG_AGO) is None
        assert await system.access.by_family(family.id, LONG_AGO) is None
        assert await system.access.use_link(link.token_hash, ours.browser(), LONG_AGO) is None
        assert await system.access.by_session(strangers.token_hash, LONG_AGO) == theirs.member
        async with records.transaction(ours.id) as tx:
            await tx.sessions.end_all(ours.member.id)
        assert await system.access.by_session(kept.token_hash, LONG_AGO) is None

    async def test_who_is_shut_out_has_no_session_and_no_key(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        session, key = ours.browser(), ours.key()
        async with records.transaction(ours.id) as tx:
            await tx.sessions.open_browser(session)
            await tx.keys.add(key)
        await shut_out(records, ours.member)
        assert await system.access.by_session(session.token_hash, LONG_AGO) is None
        assert await system.access.by_key(key.secret_hash) is None
        assert await system.access.first_admin() is None


class KeysContract(InStudios):
    async def test_a_key_keeps_its_scopes_and_when_it_was_used(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        key = ours.key(scopes=(Action.READ, Action.UPLOAD))
        async with records.transaction(ours.id) as tx:
            await tx.keys.add(key)
        assert await system.access.by_key(key.secret_hash) == (ours.member, key)
        await system.access.used_key(key.id, FAR_AHEAD)
        async with records.transaction(ours.id) as tx:
            assert await tx.keys.page(10, None) == [replace(key, last_used_at=FAR_AHEAD)]

    async def test_keys_come_newest_first_without_the_revoked(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        keys = [ours.key() for _ in range(3)]
        async with records.transaction(ours.id) as tx:
            for key in keys:
                await tx.keys.add(key)
            assert await tx.keys.revoke(keys[1].id, FAR_AHEAD) == replace(keys[1], revoked_at=FAR_AHEAD)
            with pytest.raises(NotFound):
                await tx.keys.revoke(keys[1].id, FAR_AHEAD)
            assert await tx.keys.page(10, None) == [keys[2], keys[0]]
            assert await tx.keys.page(10, keys[2].id) == [keys[0]]
        assert await system.access.by_key(keys[1].secret_hash) is None
        async with records.transaction(theirs.id) as tx:
            with pytest.raises(NotFound):
                await tx.keys.revoke(keys[0].id, FAR_AHEAD)
        async with records.transaction(ours.id) as tx:
            await tx.keys.revoke_all(ours.member.id, FAR_AHEAD)
            assert await tx.keys.page(10, None) == []


class AttemptsContract:
    async def test_tries_are_counted_together_until_their_window_is_over(self, system: SystemRecords) -> None:
        key, other = digest(new_id()), digest(new_id())
        counted = await asyncio.gather(*(system.attempts.count(key, HOUR, LONG_AGO) for _ in range(5)))
        assert sorted(each.count for each in counted) == [1, 2, 3, 4, 5]
        assert {each.since for each in counted} == {LONG_AGO}
        assert (await system.attempts.count(other, HOUR, LONG_AGO)).count == 1
        late = await system.attempts.count(key, HOUR, LONG_AGO + HOUR - TICK)
        assert (late.count, late.since) == (6, LONG_AGO)
        anew = await system.attempts.count(key, HOUR, LONG_AGO + HOUR)
        assert (anew.count, anew.since) == (1, LONG_AGO + HOUR)

    async def test_a_try_can_be_taken_back_and_all_can_be_forgotten(self, system: SystemRecords) -> None:
        key = digest(new_id())
        await system.attempts.uncount(key)
        for _ in range(3):
            await system.attempts.count(key, HOUR, LONG_AGO)
        await system.attempts.uncount(key)
        assert (await system.attempts.count(key, HOUR, LONG_AGO)).count == 3
        await system.attempts.forget(key)
        assert (await system.attempts.count(key, HOUR, LONG_AGO)).count == 1
