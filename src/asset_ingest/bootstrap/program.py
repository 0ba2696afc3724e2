"""The program over any ports."""

from __future__ import annotations

from dataclasses import dataclass

from asset_ingest.bootstrap.ports import USUAL, Ports, Tuning
from asset_ingest.bootstrap.wiring.catalogue import Catalogue, catalogue
from asset_ingest.bootstrap.wiring.people import People, people
from asset_ingest.bootstrap.wiring.reviews import Reviews, reviews
from asset_ingest.bootstrap.wiring.roads import Roads, roads
from asset_ingest.bootstrap.wiring.work import Work, pipelines, work
from asset_ingest.core.journeys import Journeys
from asset_ingest.core.ports.clock import NewId
from asset_ingest.core.ports.telemetry import Observer


@dataclass(frozen=True)
class App(People, Roads, Catalogue, Reviews, Work):
    """The use cases, wired."""

    observer: Observer
    new_id: NewId


def wire(ports: Ports, tuning: Tuning = USUAL) -> App:
    """Build the program over any ports; opens nothing."""
    journeys = Journeys(ports.records, ports.notifier, ports.clock, ports.new_id, ports.observer)
    pipes = pipelines(ports)
    come_by, told_by = roads(ports, tuning, journeys, pipes), reviews(ports, tuning, journeys)
    parts = (
        people(ports, tuning, journeys),
        come_by,
        catalogue(ports, tuning, journeys),
        told_by,
        work(ports, tuning, journeys, pipes, come_by=come_by, told_by=told_by),
    )
    wired = {name: part for each in parts for name, part in vars(each).items()}
    return App(**wired, observer=ports.observer, new_id=ports.new_id)
