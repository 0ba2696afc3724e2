"""Notifications over HTTP: whom it concerns, once, until it is read."""

from __future__ import annotations

from typing import Any

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import Door
from tests.unit.web.reviewing import Review, id_of, reviewed


@pytest.fixture
async def review(site: Site) -> Review:
    return await reviewed(site)


async def heard(by: Door, query: str = "") -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = (await by.get(f"/notifications{query}")).json["items"]
    return told


async def reasons(by: Door) -> list[str]:
    return [each["reason"] for each in await heard(by)]


async def unread(by: Door) -> int:
    told: int = (await by.get("/notifications/count")).json["unread"]
    return told


async def test_each_hears_of_it_once_and_for_the_strongest_reason(review: Review) -> None:
    director, admin = await id_of(review.director), await id_of(review.admin)
    thread = await review.comment(review.artist, f"@{{{director}}}")
    await review.reply(review.director, thread, f"@{{{admin}}} and I agree")
    await review.give(review.director, "APPROVED")
    assert await reasons(review.director) == ["mention"]
    assert await reasons(review.artist) == ["reply"]
    assert await reasons(review.admin) == ["verdict", "mention", "comment"]
    assert await heard(review.stranger) == []


async def test_it_says_where_and_by_whom_but_not_what(review: Review) -> None:
    comment = await review.comment(review.artist, "SECRET")
    (told,) = await heard(review.admin)
    asset = (await review.admin.get(f"/assets/{review.asset_id}")).json
    assert (told["asset_id"], told["asset_name"], told["version"]) == (str(review.asset_id), asset["name"], 1)
    assert (told["comment_id"], told["by"]["id"]) == (comment["id"], await id_of(review.artist))
    assert "SECRET" not in str(told)


async def test_nobody_hears_of_what_they_did_themselves(review: Review) -> None:
    thread = await review.comment(review.admin, f"note to myself @{{{await id_of(review.admin)}}}")
    await review.reply(review.admin, thread)
    assert await heard(review.admin) == []


async def test_an_edit_tells_those_who_are_new_in_it(review: Review) -> None:
    director, artist = await id_of(review.director), await id_of(review.artist)
    told = await review.comment(review.admin, f"@{{{director}}}")
    await review.edit(review.admin, told, f"@{{{director}}} @{{{artist}}}")
    assert (await reasons(review.director), await reasons(review.artist)) == (["mention"], ["mention"])


async def test_they_are_read_one_by_one_or_all_up_to_one(review: Review) -> None:
    for n in range(5):
        await review.comment(review.artist, str(n))
    newest, *_others, oldest = await heard(review.admin)
    assert await unread(review.admin) == 5
    left = await review.admin.post("/notifications/read", json={"ids": [oldest["id"], oldest["id"]]})
    assert left.json == {"unread": 4}
    assert len(await heard(review.admin, "?unread=true")) == 4
    theirs = await review.stranger.post("/notifications/read", json={"ids": [newest["id"]], "until": newest["id"]})
    assert theirs.json == {"unread": 0}
    await review.comment(review.artist, "came meanwhile")
    left = await review.admin.post("/notifications/read", json={"until": newest["id"]})
    assert left.json == {"unread": 1}
    assert len(await heard(review.admin)) == 6


async def test_they_come_in_pages(review: Review) -> None:
    for n in range(3):
        await review.comment(review.artist, str(n))
    first = (await review.admin.get("/notifications?limit=2")).json
    rest = (await review.admin.get(f"/notifications?limit=2&cursor={first['next_cursor']}")).json
    found = [each["id"] for each in (*first["items"], *rest["items"])]
    assert (len(found), sorted(found, reverse=True), rest["next_cursor"]) == (3, found, None)


async def test_a_comment_that_is_gone_is_in_nobodys_list(review: Review) -> None:
    comment = await review.comment(review.artist)
    await review.delete(review.artist, comment)
    assert await heard(review.admin) == []
    assert await unread(review.admin) == 0


@pytest.mark.parametrize("body", [{"ids": ["x"]}, {"ids": "x"}, {"until": 7}, {"all": True}])
async def test_marks_that_make_no_sense_are_refused(review: Review, body: dict[str, object]) -> None:
    (await review.admin.post("/notifications/read", json=body)).refused(422, "invalid_request")
