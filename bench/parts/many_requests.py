"""A client that costs next to nothing: sends requests made beforehand over connections that stay, and reads answers.

    python many_requests.py tus|form <url> <files> <at once> <files of a form> '{"header": "value"}'

Prints seconds, its own processor seconds, and how many files were acknowledged. One thread, one select: a load
generator that takes the processor from the server measures itself.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from random import Random
from urllib.parse import urlsplit

SIZE = 10 * 1024
BOUNDARY = b"----bench-of-small-files"
_dice = Random(11)


class Connection:
    """One request at a time; `acknowledged` counts files, in what way the answer says it."""

    def __init__(self, place: tuple[str, int], *, is_form: bool) -> None:
        self.socket = socket.create_connection(place)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._is_form = is_form
        self.left = memoryview(b"")
        self._answer = bytearray()

    def begin(self, request: bytes) -> None:
        self.left, self._answer = memoryview(request), bytearray()
        self.send()

    def send(self) -> None:
        try:
            self.left = self.left[self.socket.send(self.left) :]
        except BlockingIOError:
            return

    def receive(self) -> int | None:
        """Take in what is there; return the files of an answer that is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit(f"a server hung up: {bytes(self._answer[-500:])!r}")
        self._answer += piece
        if not self._is_whole():
            return None
        status = int(self._answer[9:12])
        if status not in {200, 201, 202}:
            sys.exit(f"a server refused: {bytes(self._answer[-1000:])!r}")
        return self._answer.count(b'"error":null') if self._is_form else 1

    def _is_whole(self) -> bool:
        end = self._answer.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = bytes(self._answer[:end]).lower()
        if b"transfer-encoding: chunked" in head:
            return self._answer.endswith(b"\r\n0\r\n\r\n")
        _, found, rest = head.partition(b"content-length: ")
        return len(self._answer) >= end + 4 + (int(rest.partition(b"\r\n")[0]) if found else 0)


def contents(files: int) -> Iterator[bytes]:
    """Yield as many files; no two are the same."""
    noise = _dice.randbytes(SIZE)
    for _ in range(files):
        yield _dice.randbytes(16) + noise[16:]


def tus_requests(path: str, host: str, files: int, headers: dict[str, str]) -> Iterator[bytes]:
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    for number, content in enumerate(contents(files)):
        name = b64encode(f"small-{number}.bin".encode()).decode()
        yield (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{told}Upload-Length: {SIZE}\r\nContent-Length: {SIZE}\r\n"
            f"Upload-Metadata: filename {name},filetype {b64encode(b'application/octet-stream').decode()}\r\n"
            "Content-Type: application/offset+octet-stream\r\n\r\n"
        ).encode() + content


def form_requests(path: str, host: str, files: int, together: int, headers: dict[str, str]) -> Iterator[bytes]:
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    for first in range(0, files, together):
        parts = [
            b'--%s\r\nContent-Disposition: form-data; name="file"; filename="small-%d.bin"\r\n\r\n%s\r\n'
            % (BOUNDARY, first + number, content)
            for number, content in enumerate(contents(min(together, files - first)))
        ]
        body = b"".join([*parts, b"--%s--\r\n" % BOUNDARY])
        yield (
            f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{told}Accept: application/x-ndjson\r\nContent-Length: {len(body)}"
            f"\r\nContent-Type: multipart/form-data; boundary={BOUNDARY.decode()}\r\n\r\n"
        ).encode() + body


def send_all(place: tuple[str, int], requests: list[bytes], at_once: int, *, is_form: bool) -> int:
    """Send all requests, the next as soon as a connection is free; return how many files were acknowledged."""
    waiting, acknowledged = iter(requests), 0
    with selectors.DefaultSelector() as selector:
        for request in (next(waiting, None) for _ in range(at_once)):
            if request is not None:
                connection = Connection(place, is_form=is_form)
                connection.begin(request)
                selector.register(connection.socket, _wanted(connection), connection)
        while selector.get_map():
            for key, events in selector.select():
                connection = key.data
                if events & selectors.EVENT_WRITE:
                    connection.send()
                if events & selectors.EVENT_READ and (files := connection.receive()) is not None:
                    acknowledged += files
                    if (request := next(waiting, None)) is None:
                        selector.unregister(connection.socket)
                        connection.socket.close()
                        continue
                    connection.begin(request)
                if key.events != (wanted := _wanted(connection)):
                    selector.modify(connection.socket, wanted, connection)
    return acknowledged


def _wanted(connection: Connection) -> int:
    return selectors.EVENT_READ | (selectors.EVENT_WRITE if connection.left else 0)


def main(kind: str, url: str, files: int, at_once: int, together: int, headers: dict[str, str]) -> None:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    made = (
        tus_requests(place.path, place.netloc, files, headers)
        if kind == "tus"
        else form_requests(place.path, place.netloc, files, together, headers)
    )
    requests = list(made)
    begun, processor = time.monotonic(), time.process_time()
    acknowledged = send_all((place.hostname, place.port), requests, at_once, is_form=kind == "form")
    print(json.dumps([time.monotonic() - begun, time.process_time() - processor, acknowledged]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6]), headers=json.loads(sys.argv[6]))
