from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from asset_ingest.core.errors import Conflict
from asset_ingest.core.model.access import Role
from asset_ingest.core.model.ids import MemberId
from asset_ingest.core.ports.repos import Records
from asset_ingest.core.ports.system_records import SystemRecords
from asset_ingest.testing.records.base import AddStudio
from asset_ingest.testing.records.samples import FAR_AHEAD, HOUR, LONG_AGO, Samples, digest, new_id

TICK = timedelta(microseconds=1)


class AccessContract:
    async def test_before_the_first_studio_nobody_is_there(self, records: Records, system: SystemRecords) -> None:
        assert await system.access.first_admin() is None
        assert await system.access.by_key(digest("any")) is None
        async with records.transaction(Samples.fresh().id) as tx:
            assert await tx.events.watermark() == 0

    async def test_of_many_starters_one_founds_the_studio(self, system: SystemRecords) -> None:
        tries = [(samples, samples.key()) for samples in (Samples.fresh() for _ in range(6))]
        founded = await asyncio.gather(
            *(system.access.found(samples.studio, samples.member, key) for samples, key in tries)
        )
        assert founded.count(True) == 1
        founder, key = tries[founded.index(True)]
        assert await system.access.first_admin() == founder.member
        assert await system.access.by_key(key.secret_hash) == (founder.member, key)
        losers = [key for samples, key in tries if samples is not founder]
        assert {await system.access.by_key(key.secret_hash) for key in losers} == {None}

    async def test_the_first_admin_is_the_oldest_of_the_oldest_studio(
        self, system: SystemRecords, add_studio: AddStudio
    ) -> None:
        young, old = Samples.fresh(LONG_AGO + HOUR), Samples.fresh(LONG_AGO)
        artist = replace(old.member, id=MemberId(new_id()), email=None, role=Role.ARTIST, created_at=LONG_AGO - HOUR)
        later = replace(old.member, id=MemberId(new_id()), email=None, created_at=LONG_AGO + HOUR)
        await add_studio(young.studio, young.member)
        await add_studio(old.studio, later)
        await add_studio(old.studio, artist)
        await add_studio(old.studio, old.member)
        assert await system.access.first_admin() == old.member

    async def test_a_key_opens_until_it_is_revoked(self, system: SystemRecords, add_studio: AddStudio) -> None:
        samples = Samples.fresh()
        await add_studio(samples.studio, samples.member)
        good, revoked = samples.key(), samples.key(revoked_at=LONG_AGO)
        await system.access.add_key(good)
        await system.access.add_key(revoked)
        assert await system.access.by_key(good.secret_hash) == (samples.member, good)
        assert await system.access.by_key(revoked.secret_hash) is None
        assert await system.access.by_key(digest("unknown")) is None
        with pytest.raises(Conflict):
            await system.access.add_key(samples.key(secret_hash=good.secret_hash))

    async def test_a_link_opens_one_session_once(self, system: SystemRecords, add_studio: AddStudio) -> None:
        samples, stranger = Samples.fresh(), Samples.fresh()
        await add_studio(samples.studio, samples.member)
        link = samples.link()
        await system.access.add_link(link)
        sessions = [stranger.browser() for _ in range(6)]
        members = await asyncio.gather(
            *(system.access.use_link(link.token_hash, session, LONG_AGO) for session in sessions)
        )
        assert sorted(members, key=str) == sorted([samples.member, *[None] * 5], key=str)
        signed_in = sessions[members.index(samples.member)]
        assert await system.access.by_session(signed_in.token_hash, LONG_AGO) == samples.member

    async def test_an_unknown_or_expired_link_opens_nothing(self, system: SystemRecords, add_studio: AddStudio) -> None:
        samples = Samples.fresh()
        await add_studio(samples.studio, samples.member)
        link, session = samples.link(expires_at=LONG_AGO), samples.browser()
        await system.access.add_link(link)
        assert await system.access.use_link(link.token_hash, session, LONG_AGO) is None
        assert await system.access.use_link(digest("unknown"), session, LONG_AGO) is None
        assert await system.access.by_session(session.token_hash, LONG_AGO) is None
        assert await system.access.use_link(link.token_hash, session, LONG_AGO - TICK) == samples.member

    async def test_a_session_ends_when_it_expires_or_is_dropped(
        self, system: SystemRecords, add_studio: AddStudio
    ) -> None:
        samples = Samples.fresh()
        await add_studio(samples.studio, samples.member)
        link, session = samples.link(), samples.browser(expires_at=FAR_AHEAD)
        await system.access.add_link(link)
        await system.access.use_link(link.token_hash, session, LONG_AGO)
        assert await system.access.by_session(session.token_hash, FAR_AHEAD - TICK) == samples.member
        assert await system.access.by_session(session.token_hash, FAR_AHEAD) is None
        await system.access.drop_session(digest("unknown"))
        await system.access.drop_session(session.token_hash)
        assert await system.access.by_session(session.token_hash, LONG_AGO) is None
