"""A client of many WebSockets that costs little: one thread, one epoll, and frames that all sockets get parsed once.

    python many_sockets.py <url> <sockets> '{"header": "value"}'

Prints READY once all are open. Then each line `<seconds> <events>` on stdin has it listen so long, and on until every
socket has had that many messages or nothing comes any more; it answers with a line of JSON: messages, milliseconds
(p50, p99) since the clock's reading that stands in each message as @nanoseconds@, its own processor seconds a second,
and how many sockets are open still.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import resource
import select
import socket
import sys
import time
from array import array
from urllib.parse import urlsplit

AT_ONCE, QUIET, LARGEST = 50, 2.0, 1 << 20
STAMP = re.compile(rb"@(\d+)@")
TEXT, CLOSE, PING = 1, 8, 9


class Sockets:
    """Open connections by their descriptor, and what of a frame each has received so far."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._place = urlsplit(url)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._open: dict[int, socket.socket] = {}
        self._begun: dict[int, bytes] = {}
        self._epoll = select.epoll()
        self._last: tuple[bytes, tuple[list[int], bytes, list[bytes]]] = (b"", ([], b"", []))

    def __len__(self) -> int:
        return len(self._open)

    def connect(self, count: int) -> None:
        """Shake hands, some at once."""
        for first in range(0, count, AT_ONCE):
            fresh = [self._ask() for _ in range(min(AT_ONCE, count - first))]
            for each in fresh:
                rest = _answer(each)
                each.setblocking(False)
                self._open[each.fileno()] = each
                self._begun[each.fileno()] = rest
                self._epoll.register(each.fileno(), select.EPOLLIN)

    def _ask(self) -> socket.socket:
        fresh = socket.create_connection((self._place.hostname or "", self._place.port or 80), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        fresh.sendall(
            f"GET {self._place.path or '/'}?{self._place.query} HTTP/1.1\r\nHost: {self._place.netloc}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{self._headers}\r\n".encode()
        )
        return fresh

    def listen(self, seconds: float, events: int) -> dict[str, float]:
        """Take in everything; latencies are those of messages that hold a reading of the clock."""
        late, wanted = array("Q"), events * len(self._open)
        begun, processor = time.monotonic(), time.process_time()
        last = begun
        while True:
            ready = self._epoll.poll(0.05)
            now = time.monotonic()
            for number, _ in ready:
                self._receive(number, late)
            last = now if ready else last
            if now - begun >= seconds and (len(late) >= wanted or now - last >= QUIET):
                break
        found = sorted(late)
        return {
            "messages": len(found),
            "p50": _of(found, 0.5),
            "p99": _of(found, 0.99),
            "processor": (time.process_time() - processor) / (time.monotonic() - begun),
            "open": len(self._open),
        }

    def _receive(self, number: int, late: array[int]) -> None:
        try:
            piece = self._open[number].recv(LARGEST)
        except BlockingIOError:
            return
        except ConnectionError:
            piece = b""
        now = time.monotonic_ns()
        if not piece:
            self._drop(number)
            return
        if begun := self._begun[number]:
            piece = begun + piece
        if piece != self._last[0]:
            self._last = piece, parsed(piece)
        stamps, rest, pings = self._last[1]
        self._begun[number] = rest
        for stamp in stamps:
            late.append(now - stamp)
        for payload in pings:
            self._open[number].send(bytes((0x80 | 10, 0x80 | len(payload))) + bytes(4) + payload)  # masked by zeros

    def _drop(self, number: int) -> None:
        self._epoll.unregister(number)
        self._open.pop(number).close()


def parsed(piece: bytes) -> tuple[list[int], bytes, list[bytes]]:
    """Return the stamps of whole frames, what is left of one that is not whole, and the pings to answer."""
    stamps, pings, at = [], [], 0
    while len(piece) - at >= 2:
        head, size = 2, piece[at + 1]
        if size >= 126:
            more = 2 if size == 126 else 8
            head += more
            size = int.from_bytes(piece[at + 2 : at + 2 + more], "big")
        if len(piece) - at < head + size:
            break
        payload = piece[at + head : at + head + size]
        if (kind := piece[at] & 15) == PING:
            pings.append(payload)
        elif kind == TEXT and (found := STAMP.search(payload)):
            stamps.append(int(found[1]))
        at += head + size
    return stamps, piece[at:], pings


def _answer(opened: socket.socket) -> bytes:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = opened.recv(65536)
        if not piece:
            sys.exit(f"a server hung up: {head!r}")
        head += piece
    head, _, rest = head.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 101 "):
        sys.exit(f"a server refused: {head!r}")
    return rest


def _of(found: list[int], part: float) -> float:
    return found[min(int(len(found) * part), len(found) - 1)] / 1e6 if found else 0.0


def main(url: str, count: int, headers: dict[str, str]) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sockets = Sockets(url, headers)
    sockets.connect(count)
    print("READY", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            seconds, events = line.split()
            print(json.dumps(sockets.listen(float(seconds), int(events))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
