"""What people's connections are sent, encoded once for everybody."""

from __future__ import annotations

import json

from asset_ingest.core.errors import Code
from asset_ingest.core.model.events import Fact
from asset_ingest.core.model.hearing import needed_for, rights_changed_by
from asset_ingest.core.model.ids import AssetId, MemberId
from asset_ingest.core.model.presence import Person
from asset_ingest.core.ports.notifier import Frame, Progressed


def fact_frame(fact: Fact) -> Frame:
    told = {
        "kind": "fact",
        "id": str(fact.id),
        "seq": fact.seq,
        "type": fact.type,
        "at": fact.at.isoformat(),
        "actor": fact.actor,
        "subject": {"kind": fact.subject_kind, "id": str(fact.subject_id)},
        "revision": fact.revision,
        "correlation_id": fact.correlation_id,
        "data": fact.data,
    }
    return Frame(fact.seq, "fact", json.dumps(told), needed_for(fact.type), rights_changed_by(fact))


def progress_frame(notice: Progressed) -> Frame:
    told = {"kind": "progress", "job_id": str(notice.job_id), "progress": notice.progress, "step": notice.step}
    return Frame(None, "progress", json.dumps(told))


def control_frame(kind: str, upto: int) -> Frame:
    """Return a hello, a watermark or a reset."""
    return Frame(None, kind, json.dumps({"kind": kind, "upto": upto}))


def withheld(frame: Frame) -> Frame:
    """Return the place of a fact that the listener may not hear."""
    return Frame(frame.seq, "withheld", "")


def rights_frame(member_id: MemberId) -> Frame:
    """Return what has a listener ask anew; it goes to no connection."""
    return Frame(None, "rights", "", rights_of=member_id)


def presence_frame(asset_id: AssetId, people: tuple[Person, ...]) -> Frame:
    named = [{"id": str(person.id), "name": person.name} for person in people]
    return Frame(None, "presence", json.dumps({"kind": "presence", "room": room_name(asset_id), "people": named}))


def refused_frame(asset_id: AssetId, code: Code) -> Frame:
    return Frame(None, "refused", json.dumps({"kind": "refused", "room": room_name(asset_id), "code": code}))


def room_name(asset_id: AssetId) -> str:
    return f"asset:{asset_id}"
