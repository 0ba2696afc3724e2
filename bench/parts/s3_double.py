"""The strict S3 server of our tests as a program that prints READY and where it is. What it is sent stays in memory."""

from __future__ import annotations

import asyncio

from asset_ingest.testing.s3_server import s3_server


async def main() -> None:
    async with s3_server() as server:
        print(f"READY {server.url}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
