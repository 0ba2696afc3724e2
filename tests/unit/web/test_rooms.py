"""Rooms of a socket: who looks at an asset, told to those who look too, and to nobody else."""

from __future__ import annotations

import json
from uuid import UUID

import aiohttp
import pytest
from tests.unit.web.conftest import Site
from tests.unit.web.door import Door
from tests.unit.web.reviewing import Review, id_of, reviewed
from tests.unit.web.watching import looking, watching

from asset_ingest.core.services.presence import ROOMS_AT_MOST

NOBODYS = UUID(int=7)


@pytest.fixture
async def review(site: Site) -> Review:
    return await reviewed(site)


def room(review: Review) -> str:
    return f"asset:{review.asset_id}"


async def ids(*doors: Door) -> list[str]:
    return [await id_of(door) for door in doors]


async def test_people_see_who_looks_as_they_come_and_go(review: Review) -> None:
    artist, director = await ids(review.artist, review.director)
    async with watching(review.artist) as first:
        await first.say(join=room(review))
        told = await first.sees(room(review), artist)
        assert told["people"] == [{"id": artist, "name": "member 1001"}]
        async with watching(review.director) as second:
            await second.say(join=room(review))
            await first.sees(room(review), artist, director)
            await second.sees(room(review), artist, director)
            await second.say(leave=room(review))
            await first.sees(room(review), artist)
            await second.say(join=room(review))
            await first.sees(room(review), artist, director)
        await first.sees(room(review), artist)


async def test_several_tabs_of_one_person_are_one(review: Review) -> None:
    artist, director = await ids(review.artist, review.director)
    async with watching(review.director) as looks, watching(review.artist) as tab:
        await looks.say(join=room(review))
        async with watching(review.artist) as other:
            await tab.say(join=room(review))
            await other.say(join=room(review))
            await looks.sees(room(review), artist, director)
            await other.sees(room(review), artist, director)
        await review.site.admin.post(f"/assets/{review.asset_id}/comments", json={"text": "x", "version": 1})
        await review.site.program.work()
        frames = await looks.heard_until(lambda frame: frame.get("type") == "comment.created")
        assert {json.dumps(looking(frame, room(review))) for frame in frames} == {"null"}


async def test_who_does_not_look_hears_of_nobody(review: Review) -> None:
    async with watching(review.director) as outside, watching(review.artist) as inside:
        await inside.say(join=room(review))
        await inside.sees(room(review), *await ids(review.artist))
        await review.comment(review.artist)
        await review.site.program.work()
        frames = await outside.heard_until(lambda frame: frame.get("type") == "comment.created")
        assert "presence" not in {frame["kind"] for frame in frames}


@pytest.mark.parametrize("whose", ["another studio's", "nobody's"])
async def test_a_room_of_another_studio_is_like_none_at_all(review: Review, whose: str) -> None:
    wanted = f"asset:{review.asset_id if whose.startswith('another') else NOBODYS}"
    async with watching(review.stranger) as outside, watching(review.artist) as inside:
        await inside.say(join=room(review))
        await inside.sees(room(review), *await ids(review.artist))
        await outside.say(join=wanted)
        refused = await outside.until(lambda frame: True)
        assert refused == {"kind": "refused", "room": wanted, "code": "not_found"}
        await inside.say(leave=room(review))
        await inside.say(join=room(review))
        await inside.sees(room(review), *await ids(review.artist))


@pytest.mark.parametrize(
    "message",
    [
        {"join": "studio:x"},
        {"join": "asset:1"},
        {"join": ["asset:1"]},
        {"leave": None},
        {"join": f"asset:{NOBODYS} "},
        {"look": f"asset:{NOBODYS}"},
        {},
    ],
)
async def test_what_makes_no_sense_ends_the_socket(site: Site, message: object) -> None:
    async with watching(site.admin) as socket:
        await socket.opened.send_json(message)
        assert await socket.closed_with() == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_nobody_looks_before_saying_where_to_resume(site: Site) -> None:
    async with site.admin.client.ws_connect("/api/v1/ws", headers=site.admin.headers()) as opened:
        await opened.send_json({"join": f"asset:{NOBODYS}"})
        assert (await opened.receive()).data == aiohttp.WSCloseCode.POLICY_VIOLATION


async def test_a_socket_looks_at_only_so_many(site: Site) -> None:
    for number in range(ROOMS_AT_MOST + 1):
        await site.admin.upload(f"{number}.bin", str(number).encode())
    await site.program.work()
    rooms = [f"asset:{asset['id']}" for asset in (await site.admin.get("/assets?limit=50")).json["items"]]
    [me] = await ids(site.admin)
    async with watching(site.admin) as socket:
        for each in rooms[:-1]:
            await socket.say(join=each)
            await socket.say(join=each)
        await socket.say(join=rooms[-1])
        refused = await socket.until(lambda frame: frame["kind"] == "refused")
        assert (refused["room"], refused["code"]) == (rooms[-1], "not_possible_now")
        await socket.say(leave=rooms[0])
        await socket.say(join=rooms[-1])
        await socket.sees(rooms[-1], me)
