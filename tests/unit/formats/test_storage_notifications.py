"""What stores say of new objects, as each of them says it, and what nobody should say."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidRequest
from asset_ingest.core.formats.storage_notifications import created_keys

KEY = "studios/a/uploads/b/original"
QUOTED = "studios%2Fa%2Fuploads%2Fb%2Foriginal"


def s3(name: str, key: str = KEY, **more: Any) -> dict[str, Any]:
    return {"eventVersion": "2.0", "eventName": name, "s3": {"bucket": {"name": "b"}, "object": {"key": key}}, **more}


@pytest.mark.parametrize(
    "told",
    [
        {"EventName": "s3:ObjectCreated:Put", "Key": f"b/{KEY}", "Records": [s3("s3:ObjectCreated:Put", QUOTED)]},
        {"Records": [s3("ObjectCreated:CompleteMultipartUpload", eventSource="ceph:s3", eventId="1.2.3")]},
        {"Records": [s3("ObjectCreated:Put", eventSource="aws:s3")]},
        {"events": [{"eventType": "b2:ObjectCreated:Upload", "objectName": KEY, "objectSize": 5, "eventId": "x"}]},
        {"events": [{"eventType": "b2:ObjectCreated:MultipartUpload", "objectName": KEY}] * 50},
    ],
)
def test_each_store_is_understood(told: object) -> None:
    assert created_keys(json.dumps(told).encode()) == [KEY]


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"events": [{"eventType": "b2:TestEvent", "bucketName": "b"}]},
        {"events": [{"eventType": "b2:ObjectDeleted:Delete", "objectName": KEY}]},
        {"events": [{"eventType": "b2:HideMarkerCreated:Hide", "objectName": KEY}]},
        {"events": [{"eventType": "b2:MultipartUploadCreated:LiveRead", "objectName": KEY}]},
        {"Records": [s3("s3:ObjectRemoved:Delete"), s3("ObjectRemoved:DeleteMarkerCreated")]},
        {"Records": None, "events": {"eventType": "b2:ObjectCreated:Upload"}},
        {"Records": [1, None, [], {"eventName": 7}, {"eventName": "ObjectCreated:Put", "s3": []}]},
        {"Records": [{"eventName": "ObjectCreated:Put", "s3": {"object": {"key": 7}}}]},
    ],
)
def test_what_is_no_new_object_is_left_out(told: object) -> None:
    assert created_keys(json.dumps(told).encode()) == []


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"7", b"nonsense", b"\xff\xfe", b'{"Records": [', b"[" * 100_000, b"9" * 10_000, b"null"]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        created_keys(body)


WORDS = st.sampled_from(["Records", "events", "eventName", "eventType", "s3", "object", "key", "objectName"])
NAMES = st.sampled_from(["ObjectCreated:Put", "s3:ObjectCreated:Put", "b2:ObjectCreated:Upload"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(), inner, max_size=6),
    max_leaves=30,
)


@given(st.dictionaries(WORDS, JSON))
def test_whatever_it_says_the_answer_is_keys(told: object) -> None:
    keys = created_keys(json.dumps(told).encode())
    assert all(isinstance(key, str) for key in keys)
    assert len(keys) == len(set(keys))


@given(st.binary())
def test_whatever_it_is_nothing_else_goes_wrong(body: bytes) -> None:
    with suppress(InvalidRequest):
        created_keys(body)
