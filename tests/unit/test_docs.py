"""What the documentation shows is what the program does."""

import json
from http import HTTPMethod
from pathlib import Path

from asset_ingest.core.formats.unity_findings import FindingCode
from asset_ingest.entrypoints.web.app import OPERATIONS
from asset_ingest.settings import Settings

ROOT = Path(__file__).parents[2]


def test_the_example_of_the_how_to_is_the_program_that_is_tested() -> None:
    shown = (ROOT / "docs/how-to/bring-your-own-adapter.md").read_text()
    assert (ROOT / "tests/own_adapter.py").read_text() in shown


def test_the_module_of_the_how_to_is_the_one_that_uppy_is_tested_with() -> None:
    shown = (ROOT / "docs/how-to/upload-with-uppy.md").read_text()
    assert (ROOT / "tests/integration/uppy_client/ingest.js").read_text() in shown
    tested = json.loads((ROOT / "tests/integration/uppy_client/package.json").read_text())["dependencies"]
    packages = [f"{name}@{version}" for name, version in tested.items() if name.startswith("@uppy/")]
    (install,) = [line.split() for line in shown.splitlines() if line.startswith("    npm install ")]
    assert sorted(install[2:]) == sorted(packages)


def test_every_setting_is_documented() -> None:
    shown = (ROOT / "docs/reference/settings.md").read_text()
    for name, setting in Settings.model_fields.items():
        assert f"`ASSET_INGEST_{name.upper()}`" in shown
        assert setting.description
        assert setting.description in shown


def test_every_finding_is_documented() -> None:
    shown = (ROOT / "docs/reference/unity-packages.md").read_text()
    assert [code for code in FindingCode if f"`{code}`" not in shown] == []


def test_what_becomes_of_each_post_that_is_sent_again_is_documented() -> None:
    shown = (ROOT / "docs/reference/repeating.md").read_text()
    assert [each.path for each in OPERATIONS if each.method is HTTPMethod.POST and f"`{each.path}`" not in shown] == []
