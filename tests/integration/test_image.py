"""What the Dockerfile makes serves: an ordinary user makes it in a bare folder and runs it as a container would."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.integration.bare_image import CHECKOUT, BareImage, Builder

BUILD_SECONDS = 420
START_SECONDS = 60
STOP_SECONDS = 30


@pytest.fixture
def bare() -> Iterator[BareImage]:
    """An image that nothing was done for, in a folder that its builder can reach."""
    if missing := [program for program in ("git", "sh") if shutil.which(program) is None]:
        text = f"no {', '.join(missing)} here: the image is made of the files that git knows"
        pytest.fail(text) if os.environ.get("CI") == "true" else pytest.skip(text)
    folder = Path(tempfile.mkdtemp(prefix="ai-"))  # short: a socket's path has little room
    folder.chmod(0o755)
    try:
        yield BareImage(folder, Builder.here())
    finally:
        shutil.rmtree(folder)


@pytest.mark.timeout(BUILD_SECONDS + START_SECONDS + STOP_SECONDS)
def test_the_image_serves_says_so_takes_a_file_and_stops(bare: BareImage) -> None:
    image = bare.build(CHECKOUT / "Dockerfile")
    check = image.command("HEALTHCHECK")
    bare.environment |= {"ASSET_INGEST_HOST": "127.0.0.1", "ASSET_INGEST_PORT": str(_free_port())}
    url = f"http://127.0.0.1:{bare.environment['ASSET_INGEST_PORT']}"
    with pytest.raises(AssertionError):
        bare.run(check)
    with _serving(bare, [*image.command("ENTRYPOINT"), *image.command("CMD")]) as server:
        bare.run(check)
        assert '<div id="' in bare.run(
            ["python", "-c", f"import urllib.request as r; print(r.urlopen('{url}').read())"]
        )
        (bare.folder / "note.txt").write_text("remember the milk")
        sent = bare.run(
            [*image.command("ENTRYPOINT"), "upload", "--json", "--url", url, str(bare.folder / "note.txt")], seconds=60
        )
        assert [json.loads(line)["job"]["status"] for line in sent.splitlines() if '"ended"' in line] == ["COMPLETE"]
        os.kill(server.pid, signal.SIGTERM)
        assert server.wait(STOP_SECONDS) == 0
    assert (bare.root / "data/admin.key").stat().st_mode & 0o777 == 0o600
    assert not (bare.root / "app/dist").exists(), "what only the build needs is not in the image"


@contextmanager
def _serving(bare: BareImage, command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """Run the server and return once it says that it is ready; what it says is read all the time, like by Docker."""
    ready, said = threading.Event(), []

    def listen(server: subprocess.Popen[str]) -> None:
        assert server.stdout
        for line in server.stdout:
            said.append(line)
            if line.startswith("READY "):
                ready.set()
        ready.set()

    with bare.running(command) as server:
        listener = threading.Thread(target=listen, args=(server,), daemon=True)
        listener.start()
        try:
            assert ready.wait(START_SECONDS), "".join(said)
            assert server.poll() is None, "".join(said)
            yield server
        finally:
            if server.poll() is None:
                os.killpg(server.pid, signal.SIGTERM)
            listener.join(STOP_SECONDS)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
