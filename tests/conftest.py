"""What every test shares."""

import signal

import pytest
from hypothesis import settings

pytest.register_assert_rewrite(
    "asset_ingest.testing",
    "tests.journey_suite",
    "tests.killing_suite",
    "tests.harness",
    "tests.transfer_suite",
    "tests.sweeping_suite",
    "tests.delivery_suite",
)

pytest_plugins = [
    "tests.integration.ceph_fixture",
    "tests.integration.postgres_fixture",
    "tests.integration.redis_fixture",
    "tests.integration.strapi_fixture",
    "tests.integration.tus_fixture",
    "tests.integration.production_fixture",  # made of the others
    "tests.integration.client_server_fixture",
    "tests.integration.uppy_fixture",
]

settings.register_profile("ours", deadline=None)  # no test judges by the clock; each is bounded in time by pytest
settings.load_profile("ours")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Who started us in the background has Ctrl-C ignored, and so would every program be that a test interrupts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
