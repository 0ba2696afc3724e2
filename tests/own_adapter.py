"""A program of somebody else: a CMS of their own, and one ingest over memory ports."""

from dataclasses import replace

import anyio

from asset_ingest import CMS, ENDED, IncomingFile
from asset_ingest.bootstrap import memory_ports, wire


class Shelf(CMS):
    target = "shelf"

    async def publish(self, entry):
        print("published", entry.name, "as", entry.kind)
        return f"shelf/{entry.key}"


async def note():
    yield b"remember the milk"


async def main():
    app = wire(replace(memory_ports(), cms=Shelf()))
    who = await app.access.by_key(await app.access.found_local_studio(), correlation_id="example")
    async with anyio.create_task_group() as group:
        group.start_soon(app.upkeep.run)
        group.start_soon(app.worker.run)
        job = await app.uploads.receive(who, IncomingFile("milk.txt"), note())
        while (job := await app.jobs.get(who, job.id)).status not in ENDED:
            await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    print(job.status, job.cms_id)


anyio.run(main)
