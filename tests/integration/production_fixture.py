"""Fixtures: the production shape. Bytes on Ceph, facts in PostgreSQL, work over Redis, entries in Strapi."""

from __future__ import annotations

import pytest
from tests.integration.redis_fixture import RedisServer
from tests.integration.strapi_fixture import INGEST, StrapiServer

from asset_ingest.adapters.object_store.s3 import S3Place

Environment = dict[str, str]


@pytest.fixture
def production(database_url: str, ceph_place: S3Place, redis_server: RedisServer, strapi: StrapiServer) -> Environment:
    """Say where everything is, as an operator does; nothing of it has been used before."""
    return {
        "ASSET_INGEST_DATABASE_URL": database_url,
        "ASSET_INGEST_DATABASE_CONNECTIONS": "4",
        "ASSET_INGEST_REDIS_URL": redis_server.url,
        "ASSET_INGEST_NOTICES": "redis",
        **bucket_settings(ceph_place),
        "ASSET_INGEST_CMS": "strapi",
        "ASSET_INGEST_STRAPI_URL": strapi.url,
        "ASSET_INGEST_STRAPI_TOKEN": INGEST,
    }


def bucket_settings(place: S3Place) -> Environment:
    assert place.endpoint
    assert place.access_key
    assert place.secret_key
    return {
        "ASSET_INGEST_S3_BUCKET": place.bucket,
        "ASSET_INGEST_S3_ENDPOINT": place.endpoint,
        "ASSET_INGEST_S3_ACCESS_KEY": place.access_key,
        "ASSET_INGEST_S3_SECRET_KEY": place.secret_key,
        "ASSET_INGEST_S3_PROFILE": "ceph",
    }
