"""Those who ask: who they are, how they get in, how often they may."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.services.access import Access
from asset_ingest.core.services.accounts import Accounts
from asset_ingest.core.services.api_keys import ApiKeys
from asset_ingest.core.services.attempts import Attempts
from asset_ingest.core.services.invitations import Invitations
from asset_ingest.core.services.letters import Letters
from asset_ingest.core.services.members import Members
from asset_ingest.core.services.rates import Rates
from asset_ingest.core.services.resets import Resets
from asset_ingest.core.services.sign_in import SignIn


@dataclass(frozen=True)
class People:
    """Members, and what they come in with."""

    access: Access
    sign_in: SignIn
    accounts: Accounts
    resets: Resets
    members: Members
    invitations: Invitations
    api_keys: ApiKeys
    rates: Rates


def people(ports: Ports, tuning: Tuning, journeys: Journeys) -> People:
    """Wire what lets people in."""
    held, attempts = ports.system.access, Attempts(ports.system.attempts, ports.clock)
    letters = Letters(ports.mailer, ports.observer, tuning.public_url)
    sign_in = SignIn(journeys, held, attempts, ports.passwords, ports.tokens, ports.access_tokens, tuning.lives)
    return People(
        access=Access(held, ports.tokens, ports.access_tokens, ports.clock, ports.new_id),
        sign_in=sign_in,
        accounts=Accounts(journeys, held, sign_in, tuning.registration),
        resets=Resets(journeys, held, attempts, ports.tokens, letters),
        members=Members(journeys),
        invitations=Invitations(journeys, held, sign_in, letters),
        api_keys=ApiKeys(journeys, ports.tokens),
        rates=Rates(ports.clock, tuning.rates),
    )
