"""A program of somebody else: an object store of their own, and one ingest over memory ports."""

from dataclasses import replace
from datetime import UTC, datetime

import anyio

from asset_ingest import ENDED, IncomingFile, ObjectStore, StoredObject
from asset_ingest.bootstrap import memory_ports, wire


class Drawer(ObjectStore):
    def __init__(self):
        self.things = {}

    async def put(self, key, chunks):
        self.things[key] = b"".join([chunk async for chunk in chunks])
        return await self.stat(key)

    async def read(self, key, start=0, end=None):
        yield self.things[key][start:end]

    async def stat(self, key):
        return StoredObject(key, len(self.things[key]), datetime.now(UTC))

    async def delete(self, key):
        self.things.pop(key, None)

    async def list(self, prefix):
        for key in [key for key in self.things if key.startswith(prefix)]:
            yield await self.stat(key)


async def main():
    app = wire(replace(memory_ports(), store=Drawer()))
    who = await app.access.by_key(await app.access.found_local_studio(), correlation_id="example")

    async def notes():
        yield b"what a person dropped"

    async with anyio.create_task_group() as group:
        group.start_soon(app.upkeep.run)
        group.start_soon(app.worker.run)
        job = await app.uploads.receive(who, IncomingFile("notes.txt"), notes())
        while (job := await app.jobs.get(who, job.id)).status not in ENDED:
            await anyio.sleep(0.01)
        group.cancel_scope.cancel()
    print(job.status, (await app.assets.get(who, job.asset_id)).name)


anyio.run(main)
