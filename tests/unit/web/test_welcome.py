"""Whether people are welcome is asked once for all their connections, and what the answer is counts for each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.errors import DatabaseUnavailable, Unauthenticated
from asset_ingest.core.model.access import Principal, Role
from asset_ingest.core.model.ids import MemberId, StudioId
from asset_ingest.core.services.listening import Listener
from asset_ingest.entrypoints.web.auth import Credential
from asset_ingest.entrypoints.web.welcome import SIGNED_OUT, Welcome

ADMIN = Principal(StudioId(UUID(int=1)), MemberId(UUID(int=2)), "Ada", Role.ADMIN, "one")
KEY, OTHER = Credential("a" * 20, is_key=True), Credential("b" * 20, is_key=True)


class Asked:
    """Answers with each of these, one after the other."""

    def __init__(self, *answers: Principal | Exception) -> None:
        self.answers = list(answers)
        self.times = 0

    async def __call__(self) -> Principal:
        self.times += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_one_question_counts_for_all_connections_of_a_credential() -> None:
    ask = Asked(replace(ADMIN, role=Role.ARTIST), DatabaseUnavailable("away"), Unauthenticated("gone"))
    listeners = [Listener(replace(ADMIN, correlation_id=str(n)), ask) for n in range(10)]
    welcome = Welcome(MemoryObserver(), every=0)
    codes = await asyncio.gather(*(welcome.ends(KEY, each) for each in listeners))
    assert codes == [SIGNED_OUT] * 10
    assert ask.times == 3
    assert [each.who for each in listeners] == [
        replace(ADMIN, role=Role.ARTIST, correlation_id=str(n)) for n in range(10)
    ]


async def test_who_leaves_takes_nobody_along_and_the_last_one_the_question() -> None:
    ask = Asked(*[ADMIN] * 3, Unauthenticated("gone"))
    welcome, unasked = Welcome(MemoryObserver(), every=0), Asked()
    stays = asyncio.create_task(welcome.ends(KEY, Listener(ADMIN, ask)))
    leaves = [asyncio.create_task(welcome.ends(key, Listener(ADMIN, unasked))) for key in (KEY, OTHER)]
    for each in leaves:
        each.cancel()
    assert await stays == SIGNED_OUT
    assert all(
        isinstance(each, asyncio.CancelledError) for each in await asyncio.gather(*leaves, return_exceptions=True)
    )
    assert not unasked.times


async def test_an_answer_does_not_undo_what_a_listener_has_learnt_meanwhile() -> None:
    class Slow(Asked):
        async def __call__(self) -> Principal:
            answer = await super().__call__()
            if self.times == 1:
                await other.ask_again()
            return answer

    ask = Slow(ADMIN, replace(ADMIN, role=Role.ARTIST), Unauthenticated("gone"))
    one, other = Listener(ADMIN, ask), Listener(ADMIN, ask)
    welcome = Welcome(MemoryObserver(), every=0)
    codes = await asyncio.gather(*(welcome.ends(KEY, each) for each in (one, other)))
    assert codes == [SIGNED_OUT] * 2
    assert (one.who.role, other.who.role) == (Role.ADMIN, Role.ARTIST)
