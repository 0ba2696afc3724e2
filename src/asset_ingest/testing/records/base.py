"""What each suite below stands on.

Subclasses bring the fixtures `records`, `system` (both over the same, empty rows) and `add_studio`, which makes a
member and their studio known to the store; a studio that is known already is no error.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, settings

from asset_ingest.core.model.access import Member, Studio
from asset_ingest.core.model.assets import Asset
from asset_ingest.core.ports.asset_repos import AssetQuery
from asset_ingest.core.ports.repos import Transaction
from asset_ingest.testing.records.samples import Samples

# Each example has studios of its own, so the rows of earlier ones do not matter. Several adapters share a test: that is
# no harm while no example is kept to be tried again.
ANY_ORDER = settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)

AddStudio = Callable[[Studio, Member], Awaitable[None]]


async def settled(add_studio: AddStudio) -> Samples:
    """Return the samples of a new studio."""
    samples = Samples.fresh()
    await add_studio(samples.studio, samples.member)
    return samples


async def listed(tx: Transaction, query: AssetQuery) -> list[Asset]:
    """Return the assets of a page of the catalogue."""
    return [card.asset for card in await tx.assets.cards(query)]


class InStudios:
    """Two studios, so that each suite can ask what one sees of the other."""

    @pytest.fixture
    async def ours(self, add_studio: AddStudio) -> Samples:
        return await settled(add_studio)

    @pytest.fixture
    async def theirs(self, add_studio: AddStudio) -> Samples:
        return await settled(add_studio)
