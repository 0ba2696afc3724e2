from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.core.errors import Conflict, NotFound
from asset_ingest.core.model.access import Member, MemberStatus, Role
from asset_ingest.core.model.events import SubjectKind
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import InStudios
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest

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
        assert [(fact.studio_id, fact.seq) for fact in await system.relay.number(10)] == [(winner.id, 1)]

    async def test_a_short_name_is_one_studios(self, system: SystemRecords, records: Records) -> None:
        first, second = Samples.fresh(), Samples.fresh()
        assert await system.access.register(first.studio, first.member, first.password(), [], only_first=False)
        studio = replace(second.studio, slug=first.studio.slug)
        with pytest.raises(Conflict):
            await system.access.register(studio, second.member, second.password(), [], only_first=False)
        async with records.transaction(second.id) as tx:
            with pytest.raises(NotFound):
                await tx.members.studio()
