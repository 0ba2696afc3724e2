"""Many tus clients at once, each as slow as it is told to be.

    python slow_clients.py <url> <clients> <bytes a second> <seconds> '{"header": "value"}'

Each makes its upload, then sends it in one PATCH, a piece at a time. Prints how many ended well.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from urllib.parse import urlsplit

from send_file import BYTES, created

PIECES_A_SECOND = 4


async def crawl(url: str, rate: int, seconds: int, headers: dict[str, str], number: int) -> bool:
    """Send what the rate allows; clients do not move in step."""
    piece = os.urandom(rate // PIECES_A_SECOND)
    pieces = seconds * PIECES_A_SECOND
    address = await asyncio.to_thread(created, url, pieces * len(piece), headers)
    place = urlsplit(address)
    told = "".join(f"{name}: {value}\r\n" for name, value in (headers | BYTES).items())
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    length = f"Content-Length: {pieces * len(piece)}\r\n"
    writer.write(f"PATCH {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n{told}{length}\r\n".encode())
    begun = time.monotonic() + number % PIECES_A_SECOND / PIECES_A_SECOND**2
    for sent in range(pieces):
        await asyncio.sleep(begun + sent / PIECES_A_SECOND - time.monotonic())
        writer.write(piece)
        await writer.drain()
    answer = await reader.readline()
    writer.close()
    if b" 204 " not in answer:
        print(answer, file=sys.stderr)
    return b" 204 " in answer


async def main(url: str, clients: int, rate: int, seconds: int, headers: dict[str, str]) -> None:
    ended = await asyncio.gather(*(crawl(url, rate, seconds, headers, number) for number in range(clients)))
    print(sum(ended))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:5]), headers=json.loads(sys.argv[5])))
