"""A client of many WebSockets that costs little: one thread, one epoll, and frames that all sockets get parsed once.

    python many_sockets.py <url> <sockets> '{"header": "value"}' '["asset:…", …]'

With rooms, each socket says where it resumes and joins one of them, and is ready once it was greeted and has heard who
is there. Prints READY once all are. Then each line `<seconds> <events> <first>` on stdin has it say LISTENING and do
so, on until every socket has had that many messages or nothing comes any more. The next line is a JSON list of the
moments at which they were announced, in nanoseconds of the clock that all processes share: that of message @first@, of
the one after it, and so on. It answers with a line of JSON: messages, milliseconds (p50, p99) since then, its
own processor seconds a second, and how many sockets are open still. Pings are answered at all times.
"""

from __future__ import annotations

import base64
import json
import os
import re
import resource
import select
import socket
import sys
import time
from array import array
from collections.abc import Iterator
from urllib.parse import urlsplit

AT_ONCE, QUIET, LONGEST, LARGEST = 50, 1.0, 5.0, 1 << 20
PATIENCE = 60.0
STAMP = re.compile(rb"@(\d+)@")
KIND = re.compile(rb'"kind":\s?"(hello|presence)"')
TEXT, PING = 1, 9

Parsed = tuple[list[int], bytes, list[bytes], set[bytes]]
"""Numbers of messages, what is left of one that is not whole, pings to answer, and kinds that a start waits for."""


class Sockets:
    """Open connections by their descriptor, and what of a frame each has received so far."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._place = urlsplit(url)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._open: dict[int, socket.socket] = {}
        self._begun: dict[int, bytes] = {}
        self._epoll = select.epoll()
        self._last: tuple[bytes, Parsed] = (b"", ([], b"", [], set()))

    def __len__(self) -> int:
        return len(self._open)

    def connect(self, count: int, rooms: list[str]) -> None:
        """Shake hands, some at once; with rooms, return when everybody sits in one."""
        for first in range(0, count, AT_ONCE):
            fresh = [self._ask() for _ in range(min(AT_ONCE, count - first))]
            for asked in fresh:
                each, rest = self._answered(asked)
                if rooms:
                    each.sendall(_said({"after": None}) + _said({"join": rooms[each.fileno() % len(rooms)]}))
                each.setblocking(False)
                self._open[each.fileno()] = each
                self._begun[each.fileno()] = rest
                self._epoll.register(each.fileno(), select.EPOLLIN)
        if rooms:
            self._settle()

    def _answered(self, asked: socket.socket) -> tuple[socket.socket, bytes]:
        """Return the socket with what came behind the handshake; a server that is too busy is asked again."""
        by = time.monotonic() + PATIENCE
        while (rest := _answer(asked, may_refuse=time.monotonic() < by)) is None:
            asked.close()
            time.sleep(1.0)
            asked = self._ask()
        return asked, rest

    def _settle(self) -> None:
        """Wait until each socket was greeted and heard who is in its room."""
        wanted = {number: {b"hello", b"presence"} for number in self._open}
        by, heard = time.monotonic() + PATIENCE, array("q")
        while wanted:
            if time.monotonic() > by or len(self._open) < len(wanted):
                sys.exit(f"{len(wanted)} sockets were not greeted")
            for number, _ in self._epoll.poll(0.05):
                self._receive(number, heard, heard)
                wanted.get(number, set()).difference_update(self._last[1][3])
                if not wanted.get(number, True):
                    del wanted[number]

    def _ask(self) -> socket.socket:
        fresh = socket.create_connection((self._place.hostname or "", self._place.port or 80), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        fresh.sendall(
            f"GET {self._place.path or '/'}?{self._place.query} HTTP/1.1\r\nHost: {self._place.netloc}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Version: 13\r\n{self._headers}\r\n".encode()
        )
        return fresh

    def lines(self) -> Iterator[str]:
        """Yield the lines of stdin, hearing on while there is none."""
        begun, unheard = b"", array("q")
        self._epoll.register(0, select.EPOLLIN)
        while True:
            while b"\n" in begun:
                line, _, begun = begun.partition(b"\n")
                yield line.decode()
            for number, _ in self._epoll.poll():
                if number:
                    self._receive(number, unheard, unheard)
                elif piece := os.read(0, LARGEST):
                    begun += piece
                else:
                    return
            del unheard[:]

    def listen(self, seconds: float, events: int, first: int, lines: Iterator[str]) -> dict[str, float]:
        """Take in everything; then be told when it was announced."""
        numbers, moments, wanted = array("q"), array("q"), events * len(self._open)
        begun, processor = time.monotonic(), time.process_time()
        last = now = begun
        self._epoll.modify(0, 0)
        while now - begun < seconds or (
            len(numbers) < wanted and now - last < QUIET and now - begun < seconds + LONGEST
        ):
            ready = self._epoll.poll(0.05)
            now = time.monotonic()
            for number, _ in ready:
                self._receive(number, numbers, moments)
            last = now if ready else last
        took = (time.process_time() - processor) / (time.monotonic() - begun)
        self._epoll.modify(0, select.EPOLLIN)
        announced = json.loads(next(lines))
        heard = zip(numbers, moments, strict=True)
        late = sorted(at - announced[n - first] for n, at in heard if 0 <= n - first < len(announced))
        return {
            "messages": len(late),
            "p50": _of(late, 0.5),
            "p99": _of(late, 0.99),
            "processor": took,
            "open": len(self._open),
        }

    def _receive(self, number: int, numbers: array[int], moments: array[int]) -> None:
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
        stamps, rest, pings, _ = self._last[1]
        self._begun[number] = rest
        for stamp in stamps:
            numbers.append(stamp)
            moments.append(now)
        for payload in pings:
            self._open[number].send(bytes((0x80 | 10, 0x80 | len(payload))) + bytes(4) + payload)  # masked by zeros

    def _drop(self, number: int) -> None:
        self._epoll.unregister(number)
        self._open.pop(number).close()


def parsed(piece: bytes) -> Parsed:
    stamps, pings, kinds, at = [], [], set(), 0
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
        elif kind == TEXT and (said := KIND.search(payload)):
            kinds.add(said[1])
        at += head + size
    return stamps, piece[at:], pings, kinds


def _said(message: object) -> bytes:
    """Return a short text message, masked by zeros."""
    payload = json.dumps(message).encode()
    return bytes((0x81, 0x80 | len(payload))) + bytes(4) + payload


def _answer(opened: socket.socket, *, may_refuse: bool) -> bytes | None:
    head = b""
    while b"\r\n\r\n" not in head:
        piece = opened.recv(65536)
        if not piece:
            sys.exit(f"a server hung up: {head!r}")
        head += piece
    head, _, rest = head.partition(b"\r\n\r\n")
    if may_refuse and head.startswith(b"HTTP/1.1 503 "):
        return None
    if not head.startswith(b"HTTP/1.1 101 "):
        sys.exit(f"a server refused: {head!r}")
    return rest


def _of(found: list[int], part: float) -> float:
    return found[min(int(len(found) * part), len(found) - 1)] / 1e6 if found else 0.0


def main(url: str, count: int, headers: dict[str, str], rooms: list[str]) -> None:
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sockets = Sockets(url, headers)
    sockets.connect(count, rooms)
    print("READY", flush=True)
    lines = sockets.lines()
    for line in lines:
        seconds, events, first = line.split()
        print("LISTENING", flush=True)
        print(json.dumps(sockets.listen(float(seconds), int(events), int(first), lines)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), json.loads(sys.argv[4]))
