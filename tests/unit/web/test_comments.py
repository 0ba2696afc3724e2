"""Comments over HTTP: made, answered, changed, resolved, counted; and nothing of it for strangers."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import API
from tests.unit.web.reviewing import Review, id_of, reviewed

from asset_ingest.adapters.repos.memory import MemoryRecords

FRAMES = {"frames": {"start": 10, "end": 20, "rate_num": 24000, "rate_den": 1001}}
REGION = {"region": {"x": 0.25, "y": 0.5, "width": 0.75, "height": 0.1}}


@pytest.fixture
async def review(site: Site) -> Review:
    return await reviewed(site)


def uuid7(at: datetime) -> str:
    return str(UUID(int=int(at.timestamp() * 1000) << 80 | 0x7 << 76 | 0b10 << 62 | uuid4().int & (1 << 62) - 1))


async def test_a_comment_is_kept_as_it_was_said(review: Review) -> None:
    text = "<b>dark</b> & **bold** <script>alert(1)</script>\n\t日本 ✗"
    told = await review.comment(review.artist, f"  {text}\r\n  ", anchor=FRAMES)
    assert (told["text"], told["version"], told["revision"]) == (text, 1, 1)
    assert told["anchor"]["frames"] == FRAMES["frames"]
    assert told["thread_id"] == told["id"]
    assert told["author"]["id"] == await id_of(review.artist)
    answer = await review.director.get(f"/comments/{told['id']}")
    assert answer.headers["ETag"] == '"1"'
    assert answer.json == told | {"can": {"edit": True, "delete": True, "resolve": True}}


async def test_text_has_one_unicode_form(review: Review) -> None:
    assert (await review.comment(review.artist, "Bu\u0308sche"))["text"] == "Büsche"


@pytest.mark.parametrize(
    "text", ["", " \n ", "\u202e\u200b", "a\x00b", "a\x1bb", "a\x9fb", "x" * 10_001, "\ud800", 7, None]
)
async def test_text_that_is_none_is_refused(review: Review, text: object) -> None:
    raw = json.dumps({"text": text, "version": 1})
    answer = await review.admin.post(
        f"/assets/{review.asset_id}/comments", data=raw, headers={"Content-Type": "application/json"}
    )
    assert answer.status in {400, 422}, answer.body
    assert answer.json["code"] == "invalid_request"


@pytest.mark.parametrize("char", ["x", "é", "\U0001f600"])
async def test_ten_thousand_characters_fit_however_they_are_written(review: Review, char: str) -> None:
    assert len((await review.comment(review.artist, char * 10_000))["text"]) == 10_000


@pytest.mark.parametrize("anchor", [FRAMES, REGION, FRAMES | REGION])
async def test_anchors_come_back_as_they_were(review: Review, anchor: dict[str, Any]) -> None:
    told = (await review.comment(review.artist, anchor=anchor))["anchor"]
    assert {name: value for name, value in told.items() if value is not None} == anchor


@pytest.mark.parametrize(
    "anchor",
    [
        {},
        REGION | {"entry": {"guid": "e" * 32}},
        {"frames": FRAMES["frames"] | {"start": 21}},
        {"frames": FRAMES["frames"] | {"start": -1}},
        {"frames": FRAMES["frames"] | {"start": 1.5}},
        {"frames": FRAMES["frames"] | {"start": "1"}},
        {"frames": FRAMES["frames"] | {"rate_den": 0}},
        {"region": REGION["region"] | {"x": 0.26}},
        {"region": REGION["region"] | {"width": 0}},
        {"region": REGION["region"] | {"y": -0.1}},
        {"entry": {"guid": "f" * 31}},
        {"entry": {"guid": "e" * 32}},
        {"place": "left"},
        "left",
    ],
)
async def test_an_anchor_that_makes_no_sense_is_refused(review: Review, anchor: object) -> None:
    body = {"text": "here", "version": 1, "anchor": anchor}
    (await review.try_to_comment(review.artist, body)).refused(422, "invalid_request")


async def test_an_entry_of_the_package_can_be_meant(review: Review) -> None:
    entries = (await review.admin.get(f"/assets/{review.asset_id}/entries")).json["items"]
    guid = entries[0]["guid"]
    told = await review.comment(review.artist, anchor={"entry": {"guid": guid.upper()}})
    assert told["anchor"]["entry"] == {"guid": guid}


async def test_threads_come_newest_first_and_each_from_its_beginning(review: Review) -> None:
    first, second = await review.comment(review.artist, "one"), await review.comment(review.artist, "two")
    for n in range(3):
        await review.reply(review.director, first, f"one.{n}")
    await review.reply(review.director, second, "two.0")
    seen, cursor = list[str](), ""
    while True:
        page = await review.comments(review.admin, f"?limit=2{cursor}")
        seen += [each["text"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["two", "two.0", "one", "one.0", "one.1", "one.2"]


async def test_pages_can_leave_out_versions_and_resolved_threads(review: Review) -> None:
    done, still = await review.comment(review.artist, "done"), await review.comment(review.artist, "open")
    await review.reply(review.artist, done)
    await review.admin.post(f"/comments/{done['id']}/resolve")
    for query, texts in (
        ("?unresolved=true", ["open"]),
        ("?unresolved=true&version=1", ["open"]),
        ("?version=1", ["open", "done", "Brighter now"]),
        ("?version=2", []),
    ):
        assert [each["text"] for each in (await review.comments(review.admin, query))["items"]] == texts, query
    counted = (await review.admin.get(f"/assets/{review.asset_id}/reviews")).json["items"]
    assert counted == [{"version": 1, "comments": 3, "unresolved": 1, "state": "PENDING"}]
    again = await review.admin.post(f"/comments/{done['id']}/reopen")
    assert (again.json["resolved_at"], again.json["revision"]) == (None, 3)
    assert still["id"] in {each["id"] for each in (await review.comments(review.admin, "?unresolved=true"))["items"]}


async def test_a_reply_belongs_to_the_comment_that_began_the_thread(review: Review) -> None:
    thread = await review.comment(review.artist)
    reply = await review.reply(review.director, thread)
    assert (reply["thread_id"], reply["version"]) == (thread["id"], 1)
    for body in (
        {"text": "deeper", "reply_to": reply["id"]},
        {"text": "elsewhere", "reply_to": thread["id"], "version": 2},
        {"text": "there", "reply_to": thread["id"], "anchor": FRAMES},
    ):
        (await review.try_to_comment(review.artist, body)).refused(422, "invalid_request")
    (await review.try_to_comment(review.artist, {"text": "?", "reply_to": str(uuid4())})).refused(404, "not_found")
    (await review.artist.post(f"/comments/{reply['id']}/resolve")).refused(409, "not_possible_now")


async def test_a_version_has_to_be_named_and_be_there(review: Review) -> None:
    (await review.try_to_comment(review.artist, {"text": "a"})).refused(422, "invalid_request", "version")
    (await review.try_to_comment(review.artist, {"text": "a", "version": 2})).refused(404, "not_found")


async def test_an_own_id_says_a_comment_once(review: Review) -> None:
    mine = uuid7(datetime.now(UTC))
    assert (await review.comment(review.artist, id=mine))["id"] == mine
    again = await review.try_to_comment(review.artist, {"text": "Too dark", "version": 1, "id": mine})
    again.refused(409, "conflict")
    assert len((await review.comments(review.admin))["items"]) == 1


@pytest.mark.parametrize("off", [timedelta(days=-2), timedelta(hours=1)])
async def test_an_own_id_is_a_new_uuid7(review: Review, off: timedelta) -> None:
    for wrong in (str(uuid4()), uuid7(datetime.now(UTC) + off), f"ffffffff-ffff-7{'f' * 3}-8fff-{'f' * 12}"):
        body = {"text": "a", "version": 1, "id": wrong}
        (await review.try_to_comment(review.artist, body)).refused(422, "invalid_request", "id")


async def test_members_are_mentioned_in_the_text_or_beside_it(review: Review) -> None:
    director, admin = await id_of(review.director), await id_of(review.admin)
    told = await review.comment(review.artist, f"@{{{director}}} look, @{{{director}}}", mentions=[admin, director])
    assert [each["id"] for each in told["mentions"]] == [director, admin]
    stranger = await id_of(review.stranger)
    for body in ({"text": f"@{{{stranger}}}"}, {"text": "a", "mentions": [stranger]}, {"text": f"@{{{uuid4()}}}"}):
        answer = await review.try_to_comment(review.artist, body | {"version": 1})
        answer.refused(422, "invalid_request", "mentions")


async def test_who_has_left_stays_mentioned_when_the_rest_is_edited(review: Review) -> None:
    gone = await id_of(review.director)
    told = await review.comment(review.artist, f"@{{{gone}}} lok")
    records = review.site.program.ports.records
    assert isinstance(records, MemoryRecords)
    async with records._store.transaction() as tables:
        del tables.members[UUID(gone)]
    edited = (await review.edit(review.artist, told, f"@{{{gone}}} look")).json
    assert edited["mentions"] == [{"id": gone, "name": None}]
    body = {"text": f"@{{{gone}}}", "version": 1}
    (await review.try_to_comment(review.artist, body)).refused(422, "invalid_request", "mentions")


async def test_of_two_edits_one_wins_and_the_other_sees_what_is_there(review: Review) -> None:
    told = await review.comment(review.artist, anchor=REGION)
    answers = await asyncio.gather(
        review.edit(review.artist, told, "mine"), review.edit(review.director, told, "the moderator's")
    )
    won, lost = sorted(answers, key=lambda answer: answer.status)
    assert (won.status, won.json["revision"], won.headers["ETag"]) == (200, 2, '"2"')
    lost.refused(412, "precondition_failed")
    current = lost.json["current"]
    assert (current["text"], current["anchor"]) == (won.json["text"], won.json["anchor"])
    assert won.json["edited_by"]["id"] in {await id_of(review.artist), await id_of(review.director)}


@pytest.mark.parametrize("tag", ['"2"', "1", 'W/"1"', "nonsense"])
async def test_an_edit_of_what_is_no_more_is_refused(review: Review, tag: str) -> None:
    told = await review.comment(review.artist)
    path = f"{API}/comments/{told['id']}"
    answer = await review.artist("PATCH", path, json={"text": "b"}, headers={"If-Match": tag})
    assert answer.refused(412, "precondition_failed").json["current"]["revision"] == 1


@pytest.mark.parametrize("headers", [{}, {"If-Match": "*"}, {"If-Match": '"7", "1"'}])
async def test_who_says_so_changes_whatever_is_there(review: Review, headers: dict[str, str]) -> None:
    told = await review.comment(review.artist)
    answer = await review.artist("PATCH", f"{API}/comments/{told['id']}", json={"text": "b"}, headers=headers)
    assert (answer.status, answer.json["text"]) == (200, "b")


async def test_only_moderators_change_what_others_say(review: Review) -> None:
    told = await review.comment(review.director)
    assert (await review.artist.get(f"/comments/{told['id']}")).json["can"] == {
        "edit": False,
        "delete": False,
        "resolve": True,
    }
    (await review.edit(review.artist, told, "nice")).refused(403, "forbidden")
    (await review.delete(review.artist, told)).refused(403, "forbidden")
    assert (await review.delete(review.admin, told)).status == 204


async def test_a_deleted_comment_keeps_its_place_while_there_are_replies(review: Review) -> None:
    thread = await review.comment(review.artist, "rude")
    reply = await review.reply(review.director, thread)
    (await review.delete(review.artist, thread, **{"If-Match": '"7"'})).refused(412, "precondition_failed")
    assert (await review.delete(review.artist, thread, **{"If-Match": '"1"'})).status == 204
    place, _reply = (await review.comments(review.admin))["items"]
    assert (place["text"], place["deleted_at"] is None, place["can"]["edit"]) == ("", False, False)
    (await review.edit(review.artist, place, "back")).refused(409, "not_possible_now")
    (await review.delete(review.artist, place)).refused(409, "not_possible_now")
    assert (await review.delete(review.director, reply)).status == 204
    assert (await review.comments(review.admin))["items"] == []
    (await review.admin.get(f"/comments/{thread['id']}")).refused(404, "not_found")


async def test_facts_name_the_comment_and_never_quote_it(review: Review) -> None:
    thread = await review.comment(review.artist, "SECRET")
    await review.edit(review.artist, thread, "SECRETER")
    reply = await review.reply(review.director, thread, "SECRET TOO")
    for move in ("resolve", "resolve", "reopen", "reopen"):
        await review.director.post(f"/comments/{thread['id']}/{move}")
    await review.delete(review.director, reply)
    facts = await review.facts()
    assert [kind for kind, _data in facts] == [
        f"comment.{what}" for what in ("created", "edited", "created", "resolved", "reopened", "deleted")
    ]
    assert facts[0][1] == {
        "comment_id": thread["id"],
        "thread_id": thread["id"],
        "version": 1,
        "author_id": await id_of(review.artist),
        "comment_revision": 1,
    }
    assert "SECRET" not in json.dumps(facts)


async def test_another_studio_finds_nothing(review: Review) -> None:
    told = await review.comment(review.artist)
    stranger, mine = review.stranger, f"/comments/{told['id']}"
    for path in (f"/assets/{review.asset_id}/comments", f"/assets/{review.asset_id}/reviews", mine):
        (await stranger.get(path)).refused(404, "not_found")
    for path in (f"{mine}/resolve", f"{mine}/reopen"):
        (await stranger.post(path)).refused(404, "not_found")
    (await review.try_to_comment(stranger, {"text": "a", "version": 1})).refused(404, "not_found")
    (await review.edit(stranger, told, "b")).refused(404, "not_found")
    (await review.delete(stranger, told)).refused(404, "not_found")


@pytest.mark.parametrize("query", ["?cursor=x", "?version=a", "?unresolved=perhaps", "?limit=0", "?sort=a"])
async def test_a_question_that_makes_no_sense_is_refused(review: Review, query: str) -> None:
    (await review.admin.get(f"/assets/{review.asset_id}/comments{query}")).refused(422, "invalid_request")


async def test_in_the_trash_nothing_more_is_said(review: Review) -> None:
    thread = await review.comment(review.artist)
    await review.give(review.director, "APPROVED")
    await review.admin("DELETE", f"{API}/assets/{review.asset_id}")
    for answer in (
        await review.try_to_comment(review.artist, {"text": "one more", "version": 1}),
        await review.try_to_comment(review.artist, {"text": "one more", "reply_to": thread["id"]}),
        await review.edit(review.artist, thread, "in other words"),
        await review.delete(review.artist, thread),
        await review.artist.post(f"/comments/{thread['id']}/resolve"),
        await review.give(review.director, "CHANGES_REQUESTED"),
        await review.withdraw(review.director),
    ):
        answer.refused(409, "not_possible_now")
    assert [each["text"] for each in (await review.comments(review.artist))["items"]] == [thread["text"]]
    await review.admin.post(f"/assets/{review.asset_id}/restore")
    await review.reply(review.artist, thread)
