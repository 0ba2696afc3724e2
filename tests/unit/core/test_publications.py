"""What somebody changed or deleted in the CMS is seen, told and can be set right."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.harness import Program
from tests.packages import small_package

from asset_ingest.adapters.cms.memory import MemoryCMS
from asset_ingest.bootstrap import memory_ports
from asset_ingest.core.errors import Forbidden, NotFound, NotPossibleNow, ServiceUnavailable
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.assets import PublicationStatus
from asset_ingest.core.model.ids import AssetId
from asset_ingest.core.ports.cms import AssetEntry


@pytest.fixture
def cms() -> MemoryCMS:
    return MemoryCMS()


@pytest.fixture
def program(cms: MemoryCMS) -> Program:
    return Program(replace(memory_ports(), cms=cms, drift=cms))


@pytest.fixture
async def who(program: Program) -> Principal:
    return await program.found()


@pytest.fixture
async def asset_id(program: Program, who: Principal) -> AssetId:
    job = await program.upload(who, "crates.unitypackage", small_package())
    await program.work()
    asset_id = (await program.app.jobs.get(who, job.id)).asset_id
    assert asset_id
    return asset_id


async def told(program: Program, who: Principal) -> list[tuple[str, str]]:
    await program.app.upkeep.relay.once()
    async with program.ports.records.transaction(who.studio_id) as tx:
        facts = await tx.events.after(0, 1_000)
    return [(fact.type, fact.actor) for fact in facts if fact.type.startswith("publish.")]


def rename_there(cms: MemoryCMS, asset_id: AssetId) -> None:
    cms.entries[str(asset_id)] = replace(cms.entries[str(asset_id)], name="Renamed over there")


async def test_an_entry_as_we_sent_it_has_not_drifted(program: Program, who: Principal, asset_id: AssetId) -> None:
    checked = await program.app.publications.check(who, asset_id)
    assert (checked.status, checked.gone, checked.differences) == (PublicationStatus.PUBLISHED, False, [])
    assert await told(program, who) == [("publish.done", "worker")]


async def test_a_change_over_there_is_named_and_remembered(
    program: Program, who: Principal, asset_id: AssetId, cms: MemoryCMS
) -> None:
    rename_there(cms, asset_id)
    for _ in range(2):  # told once, however often it is looked at
        checked = await program.app.publications.check(who, asset_id)
        assert [(one.field, one.ours, one.theirs) for one in checked.differences] == [
            ("name", "Crates & Barrels", "Renamed over there")
        ]
    (seen,) = (await program.app.assets.get(who, asset_id)).publications
    assert seen.status == "DRIFTED"
    assert await told(program, who) == [("publish.done", "worker"), ("publish.drifted", who.actor)]


async def test_an_entry_that_vanished_is_gone(
    program: Program, who: Principal, asset_id: AssetId, cms: MemoryCMS
) -> None:
    cms.entries.clear()
    checked = await program.app.publications.check(who, asset_id)
    assert (checked.status, checked.gone) == (PublicationStatus.DRIFTED, True)


async def test_publishing_again_sets_it_right(
    program: Program, who: Principal, asset_id: AssetId, cms: MemoryCMS
) -> None:
    rename_there(cms, asset_id)
    await program.app.publications.check(who, asset_id)
    repeated = await program.app.publications.repeat(who, asset_id)
    assert repeated.status is PublicationStatus.PUBLISHED
    assert cms.entries[str(asset_id)].name == "Crates & Barrels"
    assert not (await program.app.publications.check(who, asset_id)).differences


async def test_a_drift_that_somebody_undid_is_no_drift_any_more(
    program: Program, who: Principal, asset_id: AssetId, cms: MemoryCMS
) -> None:
    was = dict(cms.entries)
    rename_there(cms, asset_id)
    await program.app.publications.check(who, asset_id)
    cms.entries = was
    assert (await program.app.publications.check(who, asset_id)).status is PublicationStatus.PUBLISHED


async def test_an_operator_sees_every_publication_and_repairs_what_drifted(
    program: Program, who: Principal, asset_id: AssetId, cms: MemoryCMS
) -> None:
    other = await program.upload(who, "notes.txt", b"remember")
    await program.work()
    rename_there(cms, asset_id)
    seen = [each async for each in program.app.publications.survey(repair=True)]
    assert {each.asset_id: each.status.value for each in seen} == {
        asset_id: "DRIFTED",
        (await program.app.jobs.get(who, other.id)).asset_id: "PUBLISHED",
    }
    assert {each.status.value async for each in program.app.publications.survey(repair=False)} == {"PUBLISHED"}


async def test_publishing_again_is_not_for_everybody(program: Program, who: Principal, asset_id: AssetId) -> None:
    with pytest.raises(Forbidden):
        await program.app.publications.repeat(replace(who, role=Role.ARTIST), asset_id)


async def test_without_a_cms_there_is_nothing_to_check(asset_id: AssetId, who: Principal, program: Program) -> None:
    without = Program(replace(program.ports, cms=None, drift=None))
    for call in (without.app.publications.check, without.app.publications.repeat):
        with pytest.raises(NotPossibleNow, match="CMS"):
            await call(who, asset_id)


async def test_what_was_never_published_is_not_found(program: Program, who: Principal) -> None:
    unpublished = Program(replace(program.ports, cms=None, drift=None))
    job = await unpublished.upload(who, "notes.txt", b"remember")
    await unpublished.work()
    asset_id = (await program.app.jobs.get(who, job.id)).asset_id
    assert asset_id
    with pytest.raises(NotFound):
        await program.app.publications.check(who, asset_id)
    assert (await program.app.publications.repeat(who, asset_id)).external_id


async def test_a_publication_made_meanwhile_is_not_called_drifted(who: Principal, program: Program) -> None:
    class SlowCMS(MemoryCMS):
        async def differences(self, entry: AssetEntry, external_id: str) -> None:
            await program.app.publications.repeat(who, asset_id)

    job = await program.upload(who, "notes.txt", b"remember")
    await program.work()
    asset_id = (await program.app.jobs.get(who, job.id)).asset_id
    assert asset_id
    await Program(replace(program.ports, drift=SlowCMS())).app.publications.check(who, asset_id)
    (seen,) = (await program.app.assets.get(who, asset_id)).publications
    assert seen.status == "PUBLISHED"


async def test_a_cms_that_does_not_answer_changes_nothing(who: Principal, program: Program, asset_id: AssetId) -> None:
    class AwayCMS(MemoryCMS):
        async def differences(self, entry: AssetEntry, external_id: str) -> None:
            raise ServiceUnavailable("the CMS does not answer")

    with pytest.raises(ServiceUnavailable):
        await Program(replace(program.ports, drift=AwayCMS())).app.publications.check(who, asset_id)
    (seen,) = (await program.app.assets.get(who, asset_id)).publications
    assert seen.status == "PUBLISHED"
