"""What every test shares."""

import pytest

pytest.register_assert_rewrite("asset_ingest.testing", "tests.journey_suite", "tests.killing_suite", "tests.harness")

pytest_plugins = ["tests.integration.postgres_fixture"]
