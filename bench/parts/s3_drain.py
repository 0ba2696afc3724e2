"""An S3 server that keeps nothing and costs next to nothing: a program that prints READY and where it is."""

from __future__ import annotations

import http.client
import socket
import threading
from urllib.parse import parse_qs, urlsplit

BUCKET = "bench"
ETAG = '"0123456789abcdef0123456789abcdef-1"'
MIB = 1 << 20


class Drain:
    """Says yes to everything. Bodies are dropped by the kernel: with MSG_TRUNC nothing is copied to us."""

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}

    def serve(self) -> None:
        listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        print(f"READY http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        room = bytearray(MIB)
        with connection, connection.makefile("rb", buffering=0) as lines:
            while request := lines.readline():
                headers = http.client.parse_headers(lines)
                if headers["Expect"]:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                left = length = int(headers["Content-Length"] or 0)
                while left and (dropped := connection.recv_into(room, min(left, MIB), socket.MSG_TRUNC)):
                    left -= dropped
                if left:
                    return
                method, target, _ = request.decode().split()
                connection.sendall(self._answer(method, target, length))

    def _answer(self, method: str, target: str, length: int) -> bytes:
        path, asked = urlsplit(target).path, parse_qs(urlsplit(target).query, keep_blank_values=True)
        body = (
            f"<Answer><Name>{BUCKET}</Name><Bucket>{BUCKET}</Bucket><UploadId>1</UploadId><ETag>{ETAG}</ETag></Answer>"
        )
        if method == "PUT":
            self._sizes[path] = self._sizes.get(path, 0) + length
        elif "uploads" in asked or method == "DELETE":
            self._sizes.pop(path, None)
        size = self._sizes.get(path, 0) if method == "HEAD" else len(body)
        head = f"HTTP/1.1 200 OK\r\nETag: {ETAG}\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        return f"{head}Content-Length: {size}\r\n\r\n{'' if method == 'HEAD' else body}".encode()


if __name__ == "__main__":
    Drain().serve()
