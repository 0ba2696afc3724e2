from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.core.errors import Conflict, IngestError, NotFound
from asset_ingest.core.model.access import Action, Member, MemberStatus, Role
from asset_ingest.core.model.events import SubjectKind
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import AddStudio, InStudios, settled
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, new_id

TICK = timedelta(microseconds=1)


async def shut_out(records: Records, member: Member, status: MemberStatus = MemberStatus.DEACTIVATED) -> None:
    async with records.transaction(member.studio_id) as tx:
        held = await tx.members.lock(member.id)
        await tx.members.save(replace(held, status=status, revision=held.revision + 1))


class MembersContract(InStudios):
    async def test_a_studio_knows_itself_and_its_own_members(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        async with records.transaction(ours.id) as tx:
            assert await tx.members.studio() == ours.studio
            assert await tx.members.get(ours.member.id) == ours.member
            assert await tx.members.of_email(ours.member.email or "") == ours.member
            assert await tx.members.of_email(theirs.member.email or "") is None
            for look in (tx.members.get, tx.members.lock):
                with pytest.raises(NotFound):
                    await look(theirs.member.id)
        async with records.transaction(Samples.fresh().id) as tx:
            with pytest.raises(NotFound):
                await tx.members.studio()

    async def test_an_address_is_one_members_in_a_studio_and_free_in_others(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.members.add(ours.colleague(email=ours.member.email))
        async with records.transaction(theirs.id) as tx:
            await tx.members.add(theirs.colleague(email=ours.member.email))
        async with records.transaction(ours.id) as tx:
            await tx.members.add(ours.colleague(email=None))
            await tx.members.add(ours.colleague(email=None))

    async def test_a_member_is_saved_over_the_revision_it_was_read_in(self, records: Records, ours: Samples) -> None:
        changed = replace(ours.member, role=Role.DIRECTOR, name="Eda", revision=2)
        async with records.transaction(ours.id) as tx:
            await tx.members.save(changed)
        with pytest.raises(Conflict):
            async with records.transaction(ours.id) as tx:
                await tx.members.save(replace(ours.member, revision=2))
        async with records.transaction(ours.id) as tx:
            assert await tx.members.get(ours.member.id) == changed

    async def test_members_come_newest_first_without_the_removed(self, records: Records, ours: Samples) -> None:
        more = [ours.colleague() for _ in range(3)]
        async with records.transaction(ours.id) as tx:
            for each in more:
                await tx.members.add(each)
        await shut_out(records, more[1], MemberStatus.REMOVED)
        async with records.transaction(ours.id) as tx:
            first = await tx.members.page(2, None)
            rest = await tx.members.page(2, first[-1].id)
        assert [each.id for each in (*first, *rest)] == [more[2].id, more[0].id, ours.member.id]

    async def test_of_two_who_demote_each_other_one_finds_only_themselves(
        self, records: Records, ours: Samples
    ) -> None:
        other = ours.colleague(role=Role.ADMIN)
        async with records.transaction(ours.id) as tx:
            await tx.members.add(other)
            await tx.members.add(ours.colleague(role=Role.ADMIN, status=MemberStatus.DEACTIVATED))

        async def demote(member: Member) -> int:
            async with records.transaction(ours.id) as tx:
                admins = await tx.members.lock_admins()
                if len(admins) > 1:
                    held = await tx.members.lock(member.id)
                    await tx.members.save(replace(held, role=Role.ARTIST, revision=held.revision + 1))
                return len(admins)

        assert sorted(await asyncio.gather(demote(ours.member), demote(other))) == [1, 2]

    async def test_facts_may_be_about_members_and_studios(self, records: Records, ours: Samples) -> None:
        async with records.transaction(ours.id) as tx:
            await tx.events.add(*(ours.fact(subject_kind=kind) for kind in (SubjectKind.MEMBER, SubjectKind.STUDIO)))


class InvitationsContract(InStudios):
    async def test_an_invitation_is_found_by_its_token_until_it_expires(
        self, records: Records, system: SystemRecords, ours: Samples
    ) -> None:
        invitation = ours.invitation()
        async with records.transaction(ours.id) as tx:
            await tx.invitations.put(invitation)
        assert await system.access.invitation(invitation.token_hash, FAR_AHEAD - TICK) == invitation
        assert await system.access.invitation(invitation.token_hash, FAR_AHEAD) is None
        assert await system.access.invitation(digest("unknown"), LONG_AGO) is None

    async def test_the_later_invitation_of_an_address_is_the_one_that_holds(
        self, records: Records, system: SystemRecords, ours: Samples, theirs: Samples
    ) -> None:
        early, expired = ours.invitation(), ours.invitation(expires_at=LONG_AGO + HOUR)
        late = ours.invitation(email=early.email, created_at=LONG_AGO + HOUR)
        elsewhere = theirs.invitation(email=early.email)
        async with records.transaction(theirs.id) as tx:
            await tx.invitations.put(elsewhere)
        for each in (early, expired, late):
            async with records.transaction(ours.id) as tx:
                await tx.invitations.put(each)
        assert await system.access.invitation(early.token_hash, LONG_AGO) is None
        assert await system.access.invitation(elsewhere.token_hash, LONG_AGO) == elsewhere
        async with records.transaction(ours.id) as tx:
            assert await tx.invitations.page(10, None) == [late]
            assert await tx.invitations.page(10, late.id) == []

    async def test_of_many_who_take_an_invitation_one_gets_it(self, records: Records, ours: Samples) -> None:
        invitation = ours.invitation()
        async with records.transaction(ours.id) as tx:
            await tx.invitations.put(invitation)

        async def take() -> bool:
            try:
                async with records.transaction(ours.id) as tx:
                    return await tx.invitations.take(invitation.id) == invitation
            except NotFound:
                return False

        assert sorted(await asyncio.gather(*(take() for _ in range(4)))) == [False] * 3 + [True]

    async def test_another_studios_invitation_cannot_be_taken(
        self, records: Records, ours: Samples, theirs: Samples
    ) -> None:
        invitation = theirs.invitation()
        async with records.transaction(theirs.id) as tx:
            await tx.invitations.put(invitation)
        with pytest.raises(NotFound):
            async with records.transaction(ours.id) as tx:
                await tx.invitations.take(invitation.id)


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


class RegisteringContract:
    async def test_of_many_who_register_first_one_does(self, system: SystemRecords) -> None:
        tries = [Samples.fresh() for _ in range(5)]
        done = await asyncio.gather(
            *(
                system.access.register(each.studio, each.member, each.password(), [each.fact()], only_first=True)
                for each in tries
            )
        )
        assert done.count(True) == 1
        winner = tries[done.index(True)]
        assert await system.access.first_admin() == winner.member
        assert await system.access.by_email(winner.member.email or "") == [
            (winner.studio, winner.member, winner.password())
        ]
        assert await system.relay.number(10) == {winner.id: 1}

    async def test_a_short_name_is_one_studios(self, system: SystemRecords, records: Records) -> None:
        first, second = Samples.fresh(), Samples.fresh()
        assert await system.access.register(first.studio, first.member, first.password(), [], only_first=False)
        studio = replace(second.studio, slug=first.studio.slug)
        with pytest.raises(Conflict):
            await system.access.register(studio, second.member, second.password(), [], only_first=False)
        async with records.transaction(second.id) as tx:
            with pytest.raises(NotFound):
                await tx.members.studio()


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
