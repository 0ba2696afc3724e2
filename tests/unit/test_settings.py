"""A setting that cannot work is refused before anything is opened, and never by quoting a secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from asset_ingest.settings import Settings

SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    ("chosen", "needed"),
    [
        ({"notices": "redis"}, "ASSET_INGEST_REDIS_URL"),
        ({"s3_bucket": "b", "s3_access_key": "k"}, "ASSET_INGEST_S3_SECRET_KEY"),
        ({"s3_endpoint": "http://127.0.0.1:9000"}, "ASSET_INGEST_S3_BUCKET"),
        ({"cms": "strapi", "strapi_token": SECRET}, "ASSET_INGEST_STRAPI_URL"),
        ({"cms": "strapi", "strapi_url": "http://127.0.0.1:1337"}, "ASSET_INGEST_STRAPI_TOKEN"),
        ({"store_page": True}, "ASSET_INGEST_STORE_PAGE_CONTACT"),
    ],
)
def test_a_choice_that_lacks_something_names_it(chosen: dict[str, Any], needed: str) -> None:
    with pytest.raises(ValidationError, match=needed) as caught:
        Settings(**chosen)
    assert SECRET not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize(
    "wrong",
    [
        {"redis_url": f"http://:{SECRET}@127.0.0.1"},
        {"strapi_url": "127.0.0.1:1337"},
        {"s3_endpoint": "ftp://127.0.0.1", "s3_bucket": "b"},
        {"s3_public_endpoint": "minio:9000"},
        {"s3_profile": "floppy"},
        {"store_page_seconds": 0},
    ],
)
def test_a_value_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(**wrong)
    assert SECRET not in str(caught.value.errors(include_input=False))


def test_secrets_do_not_show() -> None:
    settings = Settings(
        database_url=f"postgresql://u:{SECRET}@h/d",
        redis_url=f"redis://:{SECRET}@h",
        s3_secret_key=SECRET,
        strapi_token=SECRET,
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())
