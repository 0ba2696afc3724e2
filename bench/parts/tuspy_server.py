"""tuspyserver as its README shows it, under uvicorn. SYNC=1: the file is on the disk before its last answer."""

from __future__ import annotations

import asyncio
import os
import socket

import uvicorn
from fastapi import FastAPI
from tuspyserver import create_tus_router


async def sync(path: str, _metadata: dict[str, str]) -> None:
    file = os.open(path, os.O_RDWR)
    try:
        await asyncio.to_thread(os.fdatasync, file)
    finally:
        os.close(file)


def main() -> None:
    app = FastAPI()
    finish = sync if os.environ["SYNC"] == "1" else None
    app.include_router(create_tus_router(prefix="files", files_dir=os.environ["FOLDER"], on_upload_complete=finish))
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"READY http://127.0.0.1:{listener.getsockname()[1]}/files/", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)).run([listener])


if __name__ == "__main__":
    main()
