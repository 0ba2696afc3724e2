from __future__ import annotations

import io
import json
import traceback

import pytest

from asset_ingest.adapters.telemetry.logs import LogObserver
from asset_ingest.adapters.telemetry.memory import MemoryObserver
from asset_ingest.core.errors import ObjectMissing, StoreFull
from asset_ingest.testing.telemetry import ObserverContract, Told


class TestMemoryObserver(ObserverContract):
    @pytest.fixture
    def observer(self) -> MemoryObserver:
        return MemoryObserver()

    @pytest.fixture
    def told(self, observer: MemoryObserver) -> Told:
        def text() -> str:
            return "".join(
                f"{one.what} {one.correlation_id} {one.facts} {type(one.error).__name__}" for one in observer.heard
            )

        return text

    def test_it_remembers_the_latest_and_forgets_the_oldest(self, observer: MemoryObserver) -> None:
        for number in range(10_001):
            observer.noted("x", number=number)
        assert len(observer.heard) == 10_000
        assert observer.heard[-1].facts == {"number": 10_000}


class TestLogObserver(ObserverContract):
    @pytest.fixture
    def stream(self) -> io.StringIO:
        return io.StringIO()

    @pytest.fixture
    def observer(self, stream: io.StringIO) -> LogObserver:
        return LogObserver(stream=stream)

    @pytest.fixture
    def told(self, stream: io.StringIO) -> Told:
        return stream.getvalue

    def test_an_outage_is_told_once_and_then_counted(
        self, observer: LogObserver, stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: now)
        for _ in range(50):
            observer.failed("doorbell", StoreFull())
        observer.failed("doorbell", StoreFull(), correlation_id="another")
        now += 11
        observer.failed("doorbell", StoreFull())
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [(line["correlation_id"], line.get("repeated")) for line in lines] == [
            ("", None),
            ("another", None),
            ("", 49),
        ]

    def test_a_line_is_one_json_object(self, observer: LogObserver, stream: io.StringIO) -> None:
        observer.noted("upload.stored", correlation_id="c-1", name="a\nb", size=1, parts=[1, 2])
        line = json.loads(stream.getvalue())
        assert stream.getvalue().count("\n") == 1
        assert line.pop("at").endswith("Z")
        assert line == {
            "event": "upload.stored",
            "level": "info",
            "correlation_id": "c-1",
            "name": "a\nb",
            "size": 1,
            "parts": [1, 2],
        }

    def test_an_error_comes_with_code_and_traceback(self, observer: LogObserver, stream: io.StringIO) -> None:
        try:
            raise StoreFull  # noqa: TRY301  # raised to have a traceback
        except StoreFull as error:
            observer.failed("upload.failed", error)
            expected = "".join(traceback.format_exception(error))
        line = json.loads(stream.getvalue())
        assert line["level"] == "error"
        assert line["error"] == {"type": "StoreFull", "code": "store_full", "traceback": expected}

    def test_a_password_in_an_errors_message_is_hidden(self, observer: LogObserver, stream: io.StringIO) -> None:
        observer.failed("x", OSError("cannot reach postgresql://ingest:s3cr3t@127.0.0.1/db"))
        assert "s3cr3t" not in stream.getvalue()
        assert "ingest:[hidden]@127.0.0.1" in stream.getvalue()

    def test_the_address_of_an_object_is_no_secret(self, observer: LogObserver, stream: io.StringIO) -> None:
        observer.failed("x", ObjectMissing("a/b"), object_key="a/b")
        assert json.loads(stream.getvalue())["object_key"] == "a/b"

    def test_what_is_below_its_level_is_left_out(self, stream: io.StringIO) -> None:
        observer = LogObserver("error", stream)
        observer.noted("fine")
        observer.failed("broken", ValueError())
        assert json.loads(stream.getvalue())["event"] == "broken"

    def test_a_stream_that_is_gone_harms_nobody(self, observer: LogObserver, stream: io.StringIO) -> None:
        stream.close()
        observer.noted("x")
        observer.failed("x", ValueError())
