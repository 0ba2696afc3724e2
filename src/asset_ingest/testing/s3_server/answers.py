"""How S3 words its answers: XML, quoted ETags, and errors that say who is to blame."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import escape

from aiohttp import web

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"


class Refusal(Exception):
    """A request that S3 answers with an error document."""

    def __init__(self, status: int, code: str, message: str = "", **facts: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.facts = facts

    def answer(self, resource: str = "", headers: Mapping[str, str] | None = None) -> web.Response:
        """Word it as S3 does."""
        return web.Response(status=self.status, body=self.document(resource), headers=headers, content_type="text/xml")

    def document(self, resource: str = "") -> bytes:
        said = {"Code": self.code, "Message": self.message, **self.facts, "Resource": resource, "RequestId": "c0ffee"}
        return b'<?xml version="1.0" encoding="UTF-8"?>' + element("Error", fields(said)).encode()


def no_such_key(key: str) -> Refusal:
    return Refusal(404, "NoSuchKey", "The specified key does not exist.", Key=key)


def no_such_upload() -> Refusal:
    return Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.")


def not_implemented() -> Refusal:
    message = "A header or query you provided implies functionality that is not implemented."
    return Refusal(501, "NotImplemented", message)


def invalid(message: str) -> Refusal:
    return Refusal(400, "InvalidArgument", message)


def element(name: str, content: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{content}</{name}>"


def fields(said: Mapping[str, object]) -> str:
    """One element for each field."""
    return "".join(element(name, escape(str(value))) for name, value in said.items())


def document(name: str, content: str) -> web.Response:
    """Answer 200 with this document."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    body = (head + element(name, content, f' xmlns="{NAMESPACE}"')).encode()
    return web.Response(body=body, content_type="application/xml")


def yes(value: bool) -> str:  # noqa: FBT001  # a word for a truth
    return "true" if value else "false"


def iso_time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def http_time(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
