"""What people say of versions, and who hears of it."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.services.digests import Digests
from asset_ingest.core.services.events import Events
from asset_ingest.core.services.notifications import Notifications
from asset_ingest.core.services.presence import Presence
from asset_ingest.core.services.reviews import Approvals, Comments, Policies


@dataclass(frozen=True)
class Reviews:
    """Remarks and verdicts, and the ways in which people learn of things: live, in a list, by mail."""

    comments: Comments
    approvals: Approvals
    policies: Policies
    notifications: Notifications
    digests: Digests | None  # None where no mail is sent
    events: Events
    presence: Presence


def reviews(ports: Ports, tuning: Tuning, journeys: Journeys) -> Reviews:
    """Wire what is said to those who hear it."""
    presence = Presence(ports.records, ports.notifier, ports.observer, process=ports.new_id())
    return Reviews(
        comments=Comments(journeys),
        approvals=Approvals(journeys),
        policies=Policies(journeys),
        notifications=Notifications(ports.records, ports.clock),
        digests=_digests(ports, tuning),
        events=Events(ports.records, ports.notifier, ports.audience, ports.observer, presence),
        presence=presence,
    )


def _digests(ports: Ports, tuning: Tuning) -> Digests | None:
    """Return who sends members mails of what they have not read, where mail is sent at all."""
    if ports.mailer is None or tuning.digests.after is None:
        return None
    told = (ports.records, ports.system.digests, ports.mailer, ports.clock, ports.new_id, ports.observer)
    return Digests(*told, tuning.digests)
