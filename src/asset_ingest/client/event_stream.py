"""Server-sent events from bytes (WHATWG HTML, 9.2.6): no socket, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field

from asset_ingest.client.errors import NotUnderstood

LONGEST_EVENT = 1 << 20
"""Bytes; our facts stay far below."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    name: str
    data: str
    id: str | None = None


@dataclass(slots=True)
class EventStreamDecoder:
    """Feed it chunks, cut anywhere; it gives the events that became complete. What the end cuts off is dropped."""

    _rest: bytes = b""
    _after_cr: bool = False
    _begun: bool = False
    _held: int = 0
    _name: str = ""
    _id: str | None = None
    _data: list[str] = field(default_factory=list)

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """Return the events that `chunk` completes; raises NotUnderstood for one without end."""
        *lines, self._rest = self._joined(chunk).split(b"\n")
        events = [event for line in lines if (event := self._take(line.decode("utf-8", "replace")))]
        if self._held + len(self._rest) > LONGEST_EVENT:
            raise NotUnderstood("the server's event is longer than any that the contract allows")
        return events

    def _joined(self, chunk: bytes) -> bytes:
        """Return the unfinished line and `chunk` with every line end as LF, also a CR LF cut in two."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        self._after_cr = self._after_cr or chunk.endswith(b"\r")
        return self._rest + chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _take(self, line: str) -> ServerSentEvent | None:
        if not self._begun:
            line, self._begun = line.removeprefix("\ufeff"), True
        if not line:
            return self._dispatch()
        self._held += len(line)
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._name = value
        elif name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None  # a comment, a retry time, or a field of tomorrow

    def _dispatch(self) -> ServerSentEvent | None:
        event = ServerSentEvent(self._name or "message", "\n".join(self._data), self._id) if self._data else None
        self._name, self._data, self._held = "", [], 0
        return event
