"""A setting that cannot work is refused before anything is opened, and never by quoting a secret."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsError

from asset_ingest.bootstrap.opening import quotas_of
from asset_ingest.core.model.ids import StudioId
from asset_ingest.core.services.admission import Quota
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
        ({"smtp_host": "mail.example", "public_url": "https://a.example"}, "ASSET_INGEST_SMTP_SENDER"),
        ({"smtp_host": "mail.example", "smtp_sender": "a@b.example"}, "ASSET_INGEST_PUBLIC_URL"),
        ({"smtp_user": "ada"}, "ASSET_INGEST_SMTP_PASSWORD"),
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
        {"share_days": 0},
        {"share_days": 100},
        {"share_days_longest": 3},
        {"hook_minio_token": SECRET},
        {"hook_b2_secret": ""},
        {"token_keys": (SECRET,)},
        {"registration": "anybody"},
        {"token_minutes": 0},
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
        hook_ceph_token=f"{SECRET}-{SECRET}",
    )
    assert SECRET not in repr(settings)
    assert SECRET not in str(settings.model_dump())


def test_a_studio_has_the_usual_limits_or_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = StudioId(UUID(int=1)), StudioId(UUID(int=2))
    assert quotas_of(Settings()).of(one) == Quota()
    monkeypatch.setenv("ASSET_INGEST_QUOTA_BYTES", "10")
    monkeypatch.setenv("ASSET_INGEST_STUDIO_QUOTAS", f'{{"{one}": {{"uploads": 3}}}}')
    quotas = quotas_of(Settings())
    assert (quotas.of(one), quotas.of(other)) == (Quota(None, 3), Quota(10, None))


@pytest.mark.parametrize("own", ['{"no id": {}}', f'{{"{UUID(int=1)}": {{"bites": 3}}}}', "[]", "{"])
def test_a_quota_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, own: str) -> None:
    monkeypatch.setenv("ASSET_INGEST_STUDIO_QUOTAS", own)
    with pytest.raises((ValidationError, SettingsError)):
        Settings()
