"""The one state-machine function. Every noun's moves are one table beside its dataclass."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from asset_ingest.core.errors import NotPossibleNow

State = TypeVar("State", bound=StrEnum)
Trigger = TypeVar("Trigger", bound=StrEnum)


def advance(table: Mapping[tuple[State, Trigger], State], state: State, trigger: Trigger) -> State:
    """Return the state after `trigger`, or raise NotPossibleNow when the table has no such move."""
    try:
        return table[state, trigger]
    except KeyError:
        raise NotPossibleNow(f"{trigger.value} is not possible in state {state.value}") from None
