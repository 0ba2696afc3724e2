"""The composition root: Settings to ports to the program. The only package that names adapters."""

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
from asset_ingest.bootstrap.program import QUEUES, App, Ports, Tuning, wire

__all__ = [
    "QUEUES",
    "App",
    "Database",
    "Ports",
    "Tuning",
    "database",
    "is_founded",
    "memory_ports",
    "migrate",
    "pending",
    "running",
    "server_ports",
    "serving",
    "wire",
]
