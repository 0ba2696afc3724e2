"""Everything in this process: for tests, demonstrations and programs that bring some adapter of their own."""

from __future__ import annotations

from asset_ingest.bootstrap.ports import Ports


def memory_ports() -> Ports:
    """Return ports that keep everything in this process and need nothing but the base install.

    Replace some with `dataclasses.replace(memory_ports(), store=MyStore())`.
    """
    from asset_ingest.adapters.clock.system import SystemClock, Uuid7
    from asset_ingest.adapters.cms.memory import MemoryCMS
    from asset_ingest.adapters.identity.memory import QuickPasswords, RememberedTokens
    from asset_ingest.adapters.identity.system import SystemTokens
    from asset_ingest.adapters.media.memory import MemoryImages
    from asset_ingest.adapters.notifier.memory import MemoryNotifier
    from asset_ingest.adapters.notifier.websockets import Hub
    from asset_ingest.adapters.object_store.memory import MemoryObjects
    from asset_ingest.adapters.object_store.memory_parts import MemoryResumable
    from asset_ingest.adapters.repos.memory import MemoryRecords
    from asset_ingest.adapters.task_queue.memory import MemoryTaskQueue
    from asset_ingest.adapters.telemetry.memory import MemoryObserver

    clock, cms = SystemClock(), MemoryCMS()
    records, queue, store = MemoryRecords(clock), MemoryTaskQueue(), MemoryObjects(clock)
    return Ports(
        records=records,
        system=records.system,
        store=store,
        resumable=MemoryResumable(store, clock),
        queue=queue,
        source=queue,
        notifier=MemoryNotifier(),
        audience=Hub(),
        images=MemoryImages(),
        tokens=SystemTokens(),
        passwords=QuickPasswords(),
        access_tokens=RememberedTokens(clock),
        clock=clock,
        new_id=Uuid7(),
        observer=MemoryObserver(),
        cms=cms,
        drift=cms,
    )
