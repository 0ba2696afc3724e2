"""The client of many_requests.py, for questions: asks the addresses of its input over connections that stay.

    python get_requests.py <url> <questions> <at once> '{"header": "value"}' < addresses

Prints seconds, its own processor seconds, and how many were answered with 200.
"""

from __future__ import annotations

import json
import sys
import time
from itertools import cycle, islice
from urllib.parse import urlsplit

from many_requests import send_all


def main(url: str, questions: int, at_once: int, headers: dict[str, str]) -> None:
    place = urlsplit(url)
    assert place.hostname
    assert place.port
    told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    paths = sys.stdin.read().split()
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n{told}\r\n".encode()
        for path in islice(cycle(paths), questions)
    ]
    begun, processor = time.monotonic(), time.process_time()
    answered = send_all((place.hostname, place.port), requests, at_once, is_form=False)
    print(json.dumps([time.monotonic() - begun, time.process_time() - processor, answered]))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:4]), headers=json.loads(sys.argv[4]))
