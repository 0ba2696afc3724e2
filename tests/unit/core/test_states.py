"""Every state meets every trigger: what the table has happens, all else is refused by name."""

from enum import StrEnum
from itertools import product

import pytest

from asset_ingest.core.errors import NotPossibleNow
from asset_ingest.core.model.jobs import (
    ENDED,
    JOB_MOVES,
    RUN_MOVES,
    STEP_MOVES,
    JobStatus,
    JobTrigger,
    RunStatus,
    RunTrigger,
    StepStatus,
    StepTrigger,
)
from asset_ingest.core.model.reviews import STANDING_MOVES, Standing, StandingTrigger
from asset_ingest.core.model.states import advance
from asset_ingest.core.model.uploads import SESSION_MOVES, SessionStatus, SessionTrigger

TABLES = [
    (JOB_MOVES, JobStatus, JobTrigger),
    (RUN_MOVES, RunStatus, RunTrigger),
    (STEP_MOVES, StepStatus, StepTrigger),
    (SESSION_MOVES, SessionStatus, SessionTrigger),
    (STANDING_MOVES, Standing, StandingTrigger),
]


@pytest.mark.parametrize(("table", "states", "triggers"), TABLES)
def test_a_move_is_in_the_table_or_refused(
    table: dict[tuple[StrEnum, StrEnum], StrEnum], states: type[StrEnum], triggers: type[StrEnum]
) -> None:
    for state, trigger in product(states, triggers):
        if (state, trigger) in table:
            assert advance(table, state, trigger) is table[state, trigger]
        else:
            with pytest.raises(NotPossibleNow, match=state.value):
                advance(table, state, trigger)


@pytest.mark.parametrize(("table", "states", "_triggers"), TABLES)
def test_every_state_can_be_reached(
    table: dict[tuple[StrEnum, StrEnum], StrEnum], states: type[StrEnum], _triggers: type[StrEnum]
) -> None:
    first = next(iter(states))
    assert {first, *table.values()} == set(states)


def test_only_an_error_leads_out_of_an_ended_job() -> None:
    out_of_the_end = {(state, trigger) for state, trigger in JOB_MOVES if state in ENDED}
    assert out_of_the_end == {(JobStatus.ERROR, JobTrigger.RETRY)}


def test_an_ended_session_stays_ended() -> None:
    open_states = {SessionStatus.PENDING, SessionStatus.UPLOADING, SessionStatus.FINALISING}
    assert {state for state, _ in SESSION_MOVES} == open_states
