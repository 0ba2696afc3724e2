"""One request, read as S3 reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree as ET

from aiohttp import web

from asset_ingest.testing.s3_server.answers import Refusal
from asset_ingest.testing.s3_server.body import Body, receive
from asset_ingest.testing.s3_server.bucket import Bucket
from asset_ingest.testing.s3_server.rules import Rules

# By what stands in the query or the headers, the first that fits; the last of each is for none of these.
_OF_BUCKET: Final = {
    "HEAD": {"": "HeadBucket"},
    "GET": {"cors": "GetBucketCors", "uploads": "ListMultipartUploads", "list-type": "ListObjectsV2"},
    "PUT": {"cors": "PutBucketCors"},
    "POST": {"delete": "DeleteObjects"},
    "OPTIONS": {"": "Preflight"},
}
_OF_OBJECT: Final = {
    "HEAD": {"": "HeadObject"},
    "GET": {"uploadId": "ListParts", "": "GetObject"},
    "PUT": {"uploadId+x-amz-copy-source": "UploadPartCopy", "uploadId": "UploadPart"}
    | {"x-amz-copy-source": "CopyObject", "": "PutObject"},
    "POST": {"uploads": "CreateMultipartUpload", "uploadId": "CompleteMultipartUpload"},
    "DELETE": {"uploadId": "AbortMultipartUpload", "": "DeleteObject"},
    "OPTIONS": {"": "Preflight"},
}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what the server knows about it."""

    request: web.Request
    operation: str
    bucket: Bucket
    rules: Rules
    key: str = ""
    payload: str = ""
    """The digest that the body must have."""

    def parameter(self, name: str, default: str = "") -> str:
        return self.request.query.get(name, default)

    async def body(self, *, keep: bool = True) -> Body:
        return await receive(self.request, self.payload, self.rules, keep=keep)

    async def xml(self) -> ET.Element:
        """Read the body as a document without namespaces."""
        content = (await self.body()).content or b""
        try:
            root = ET.fromstring(content)  # noqa: S314  # expat bounds entities; only tests send here
        except ET.ParseError as error:
            raise Refusal(400, "MalformedXML", "The XML you provided was not well-formed.") from error
        for node in root.iter():
            node.tag = node.tag.partition("}")[2] or node.tag
        return root


def address(request: web.Request) -> tuple[str, str]:
    """Split the path into bucket and key, path style."""
    bucket, _, key = unquote(request.raw_path.partition("?")[0]).lstrip("/").partition("/")
    return bucket, key


def operation_of(request: web.Request) -> str:
    """Name what is asked as the API reference does."""
    said = {"", *request.query, *map(str.lower, request.headers)}
    table = _OF_OBJECT if address(request)[1] else _OF_BUCKET
    for marks, operation in table.get(request.method, {}).items():
        if said >= set(marks.split("+")):
            return operation
    raise Refusal(405, "MethodNotAllowed", "The specified method is not allowed against this resource.")
