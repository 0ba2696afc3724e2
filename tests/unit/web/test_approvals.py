"""Approvals over HTTP: by the policy, bound to one version, taken back, replaced."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API, Answer
from tests.unit.web.reviewing import Review, id_of, reviewed
from tests.unit.web.test_versions import roll_back, send

from asset_ingest.core.model.access import Role

USUAL = {"approvers": ["ADMIN", "DIRECTOR", "PRODUCER"], "needs": {"any": 1}, "not_own": True}


@pytest.fixture
async def review(site: Site) -> Review:
    return await reviewed(site)


async def set_policy(review: Review, revision: int = 0, **changes: Any) -> Answer:
    return await review.admin(
        "PUT", f"{API}/approval-policy", json=USUAL | changes, headers={"If-Match": f'"{revision}"'}
    )


async def test_a_version_begins_pending(review: Review) -> None:
    told = await review.approvals(review.artist)
    assert (told["state"], told["missing"], told["items"]) == ("PENDING", {"any": 1}, [])
    assert told["can"] == {"approve": False, "withdraw": False}


async def test_an_approval_is_bound_to_the_version_and_its_content(review: Review) -> None:
    answer = await review.give(review.director, "APPROVED", "ship it")
    told = answer.json
    assert (answer.status, told["state"], told["missing"]) == (200, "APPROVED", {})
    (given,) = told["items"]
    assert (given["note"], given["author"]["id"], given["counts"]) == ("ship it", await id_of(review.director), True)
    asset = (await review.admin.get(f"/assets/{review.asset_id}")).json
    assert told["sha256"] == asset["sha256"]
    summary = (await review.artist.get(f"/assets/{review.asset_id}/reviews")).json["items"]
    assert summary == [{"version": 1, "comments": 0, "unresolved": 0, "state": "APPROVED"}]


async def test_one_who_wants_changes_outweighs_all_who_approve(review: Review) -> None:
    producer = await review.site.join(Role.PRODUCER, same_studio=True)
    await review.give(review.director, "APPROVED")
    assert (await review.give(producer, "CHANGES_REQUESTED", "the seam")).json["state"] == "CHANGES_REQUESTED"
    assert (await review.withdraw(producer)).json["state"] == "APPROVED"
    assert (await review.give(producer, "CHANGES_REQUESTED")).json["state"] == "CHANGES_REQUESTED"
    told = (await review.give(producer, "APPROVED")).json
    assert told["state"] == "APPROVED"
    assert [(each["verdict"], each["counts"]) for each in told["items"]] == [
        ("APPROVED", True),
        ("CHANGES_REQUESTED", False),
        ("CHANGES_REQUESTED", False),
        ("APPROVED", True),
    ]


async def test_only_what_stands_can_be_withdrawn(review: Review) -> None:
    (await review.withdraw(review.director)).refused(409, "not_possible_now")
    await review.give(review.director, "APPROVED")
    told = (await review.withdraw(review.director)).json
    assert (told["state"], told["items"][0]["withdrawn_at"] is None) == ("PENDING", False)
    (await review.withdraw(review.director)).refused(409, "not_possible_now")


async def test_saying_the_same_again_changes_nothing(review: Review) -> None:
    await review.give(review.director, "APPROVED", "fine")
    assert len((await review.give(review.director, "APPROVED", "fine")).json["items"]) == 1
    assert [kind for kind, _data in await review.facts()] == ["approval.given"]


async def test_who_may_not_approve_is_told_why(review: Review) -> None:
    (await review.give(review.artist, "APPROVED")).refused(403, "forbidden")
    own = (await review.give(review.admin, "APPROVED")).refused(403, "forbidden")
    assert "not_own" in own.json["remedy"]
    await set_policy(review, approvers=["PRODUCER"])
    (await review.give(review.director, "APPROVED")).refused(403, "forbidden")
    await set_policy(review, 1, not_own=False)
    assert (await review.give(review.admin, "APPROVED")).json["state"] == "APPROVED"


async def test_a_policy_holds_at_once_for_what_was_said_before(review: Review) -> None:
    await review.give(review.director, "APPROVED")
    told = await set_policy(review, needs={"any": 2, "PRODUCER": 1})
    assert (told.status, told.json["revision"], told.headers["ETag"]) == (200, 1, '"1"')
    now = await review.approvals(review.artist)
    assert (now["state"], now["missing"]) == ("PENDING", {"any": 1, "PRODUCER": 1})
    producer = await review.site.join(Role.PRODUCER, same_studio=True)
    assert (await review.give(producer, "APPROVED")).json["state"] == "APPROVED"


async def test_of_two_policies_one_wins(review: Review) -> None:
    usual = await review.artist.get("/approval-policy")
    assert (usual.json["revision"], usual.headers["ETag"]) == (0, '"0"')
    assert {name: usual.json[name] for name in USUAL} == USUAL
    answers = await asyncio.gather(set_policy(review, needs={"any": 2}), set_policy(review, needs={"any": 3}))
    won, lost = sorted(answers, key=lambda answer: answer.status)
    lost.refused(412, "precondition_failed")
    assert lost.json["current"] == won.json
    put = await review.director("PUT", f"{API}/approval-policy", json=USUAL, headers={"If-Match": '"1"'})
    put.refused(403, "forbidden")
    assert [kind for kind, _data in await review.facts()] == ["approval.policy_changed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"needs": {}},
        {"needs": {"any": 0}},
        {"needs": {"any": 21}},
        {"needs": {"ARTIST": 1}},
        {"needs": {"DIRECTOR": 1}, "approvers": ["PRODUCER"]},
        {"approvers": []},
        {"approvers": ["ARTIST"]},
        {"approvers": ["BOSS"]},
        {"needs": {"BOSS": 1}},
        {"not_own": "no"},
        {"quorum": 3},
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused(review: Review, wrong: dict[str, Any]) -> None:
    (await set_policy(review, **wrong)).refused(422, "invalid_request")


async def test_a_new_version_begins_anew_and_who_goes_back_finds_the_approval_of_the_old(review: Review) -> None:
    await review.give(review.director, "APPROVED")
    asset_id = review.asset_id
    assert (await send(review.site, asset_id, b"brighter"))["status"] == "COMPLETE"
    assert await standing(review) == (2, "PENDING", [])
    answer = await roll_back(review.director, asset_id, {"version": 1})
    assert (answer.status, answer.json["current_version"]) == (200, 1)
    assert await standing(review) == (1, "APPROVED", ["APPROVED"])
    await review.comment(review.artist, version=2)
    summary = (await review.artist.get(f"/assets/{asset_id}/reviews")).json["items"]
    assert [(each["version"], each["state"]) for each in summary] == [(2, "PENDING"), (1, "APPROVED")]


async def standing(review: Review) -> tuple[int, str, list[str]]:
    """Return the current version, how it stands, and the verdicts on it."""
    number = (await review.artist.get(f"/assets/{review.asset_id}")).json["current_version"]
    told = (await review.artist.get(f"/assets/{review.asset_id}/versions/{number}/approvals")).json
    return number, told["state"], [each["verdict"] for each in told["items"]]


async def test_verdicts_come_in_pages(review: Review) -> None:
    for n in range(5):
        await review.give(review.director, "APPROVED", str(n))
    first = await review.approvals(review.artist, "?limit=3")
    rest = await review.approvals(review.artist, f"?limit=3&cursor={first['next_cursor']}")
    assert [each["note"] for each in (*first["items"], *rest["items"])] == ["4", "3", "2", "1", "0"]
    assert rest["next_cursor"] is None


async def test_many_verdicts_at_once_leave_one_standing(review: Review) -> None:
    await asyncio.gather(*(review.give(review.director, "APPROVED", str(n)) for n in range(6)))
    told = await review.approvals(review.artist)
    assert len(told["items"]) == 6
    assert sum(each["replaced_at"] is None for each in told["items"]) == 1


async def test_facts_name_version_author_and_state(review: Review) -> None:
    await review.give(review.director, "APPROVED", "SECRET")
    await review.withdraw(review.director)
    (given, data), (withdrawn, after) = await review.facts()
    assert (given, withdrawn) == ("approval.given", "approval.withdrawn")
    assert data["author_id"] == await id_of(review.director)
    assert (data["version"], data["verdict"], data["state"], after["state"]) == (1, "APPROVED", "APPROVED", "PENDING")
    assert "note" not in data


@pytest.mark.parametrize("body", [{}, {"verdict": "MAYBE"}, {"verdict": "APPROVED", "note": "a\x00"}])
async def test_a_verdict_that_is_none_is_refused(review: Review, body: dict[str, str]) -> None:
    answer = await review.director.post(f"/assets/{review.asset_id}/versions/1/approval", json=body)
    answer.refused(422, "invalid_request")


async def test_another_studio_finds_nothing(review: Review) -> None:
    await review.give(review.director, "APPROVED")
    (await review.give(review.stranger, "APPROVED")).refused(404, "not_found")
    (await review.withdraw(review.stranger)).refused(404, "not_found")
    for number in (0, 2):
        missing = await review.director.get(f"/assets/{review.asset_id}/versions/{number}/approvals")
        missing.refused(404, "not_found")
    for asset_id in (review.asset_id, uuid4()):
        (await review.stranger.get(f"/assets/{asset_id}/versions/1/approvals")).refused(404, "not_found")
