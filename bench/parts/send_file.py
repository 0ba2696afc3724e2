"""A client that sends one file from the page cache by sendfile, and so takes little of the processor.

    python send_file.py tus|POST|PUT <url> <file> '{"header": "value"}' [how often the file, in one body]

By tus the upload is made first, and the clock runs over its single PATCH. Prints seconds from the first byte of the
request to the end of the answer's head, and the client's own processor seconds.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import sys
import time
from base64 import b64encode
from pathlib import Path
from urllib.parse import urlsplit

BYTES = {"Content-Type": "application/offset+octet-stream", "Upload-Offset": "0"}
NAMED = f"filename {b64encode(b'large.bin').decode()},filetype {b64encode(b'application/octet-stream').decode()}"


def created(url: str, size: int, headers: dict[str, str]) -> str:
    """Make the upload and return where it is."""
    place = urlsplit(url)
    assert place.hostname
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
    more = {"Upload-Length": str(size), "Upload-Metadata": NAMED, "Content-Length": "0"}
    connection.request("POST", place.path, headers=headers | more)
    answer = connection.getresponse()
    if answer.status != http.client.CREATED:
        sys.exit(f"a server refused to begin: {answer.status} {answer.read(1000)!r}")
    connection.close()
    return answer.headers["Location"]


def send(method: str, url: str, path: Path, headers: dict[str, str], times: int) -> tuple[float, float]:
    place, length = urlsplit(url), path.stat().st_size
    size = times * length
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\n{told}Content-Length: {size}\r\n\r\n"
    with path.open("rb") as file, socket.create_connection((place.hostname, place.port)) as connection:
        begun, processor = time.monotonic(), time.process_time()
        connection.sendall(head.encode())
        sent = 0
        while sent < size:
            sent += os.sendfile(connection.fileno(), file.fileno(), sent % length, length - sent % length)
        answer = connection.recv(65536)
        seconds = time.monotonic() - begun
    if answer[9:10] != b"2":
        sys.exit(f"a server refused: {answer[:1000]!r}")
    return seconds, time.process_time() - processor


def main(how: str, url: str, path: Path, headers: dict[str, str], times: int = 1) -> None:
    if how == "tus":
        url = created(url, times * path.stat().st_size, headers)
        how, headers = "PATCH", headers | BYTES
    print(json.dumps(send(how, url, path, headers, times)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), json.loads(sys.argv[4]), *map(int, sys.argv[5:6]))
