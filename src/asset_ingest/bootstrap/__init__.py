"""The composition root: Settings to ports to the program. The only package that names adapters."""

from asset_ingest.bootstrap.carriers import observer, task_broker
from asset_ingest.bootstrap.in_memory import memory_ports
from asset_ingest.bootstrap.opening import (
    Database,
    database,
    is_founded,
    migrate,
    pending,
    running,
    server_ports,
    serving,
)
from asset_ingest.bootstrap.ports import Ports, Tuning
from asset_ingest.bootstrap.program import App, wire
from asset_ingest.bootstrap.services import allow_browsers, outside
from asset_ingest.bootstrap.wiring.work import QUEUES

__all__ = [
    "QUEUES",
    "App",
    "Database",
    "Ports",
    "Tuning",
    "allow_browsers",
    "database",
    "is_founded",
    "memory_ports",
    "migrate",
    "observer",
    "outside",
    "pending",
    "running",
    "server_ports",
    "serving",
    "task_broker",
    "wire",
]
