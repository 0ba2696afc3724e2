"""What can go wrong between a program and the server.

They are no IngestErrors: a server newer than this client may say codes that our closed set does not hold.
"""

from __future__ import annotations


class ClientError(Exception):
    """The root. `code` and `remedy` are the server's where it spoke; `status` is that of its answer, if any."""

    code: str = "client_error"
    remedy: str = "Report this with what you did."

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        remedy: str | None = None,
        status: int | None = None,
        correlation_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code or self.code
        self.remedy = remedy or self.remedy
        self.status = status
        self.correlation_id = correlation_id
        self.retry_after = retry_after

    @property
    def message(self) -> str:
        """One sentence a person understands."""
        return str(self)


class Misused(ClientError):
    """An argument cannot work, whatever the server says."""

    code = "misused"
    remedy = "Correct it and try again."


class FileUnusable(ClientError):
    """A file on this machine cannot be read or written."""

    code = "file_unusable"
    remedy = "Check the file, its folder and the space left, then try again."


class FileChanged(FileUnusable):
    """The content is no longer what it was when the upload began, so what was sent of it is of no use."""

    code = "file_changed"
    remedy = "Send it again once it is complete."


class Unreachable(ClientError):
    """No connection came about: the server has seen nothing of the request."""

    code = "unreachable"
    remedy = "Check the address and that the server is running."


class BrokenOff(ClientError):
    """The connection was lost before the answer was complete; the server may have done its part."""

    code = "connection_broken"
    remedy = "Try again; the server recognises content that it already has."


class NotUnderstood(ClientError):
    """The answer is not what the contract says."""

    code = "not_understood"
    remedy = "Check that the address is that of an asset_ingest server of the same version as this client."


class StillRunning(ClientError):
    """The job goes on; only the waiting is over."""

    code = "still_running"
    remedy = "Look again later; the server works on without us."


class Refused(ClientError):
    """The server understood and said no."""

    code = "refused"
    remedy = "Read the server's reason."


class KeyRefused(Refused):
    """The server does not know the API key."""


class Missing(Refused):
    """There is no such thing, there is none any more, or it is not ours to see."""


class Unavailable(Refused):
    """The server, or what stands before it, cannot answer now; `retry_after` is its own guess in seconds."""


PASSING = (Unreachable, BrokenOff, Unavailable)
"""What time may mend."""
