"""Every real package at hand is read as it is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from tests.unit.formats.packages import read

from asset_ingest.core.formats.unitypackage import FindingCode, Picture

SAMPLES = Path(__file__).parents[2] / "data" / "unity"


@pytest.mark.parametrize(
    ("name", "entries", "previews", "gzip_members"),
    [
        ("appsflyer-6.17.91", 52, 0, 1),
        ("cobertos-badwinchars", 1, 0, 0),
        ("cobertos-escape", 0, 0, 0),
        ("cobertos-escape2", 0, 0, 0),
        ("cobertos-leadingdots", 1, 0, 1),
        ("cobertos-testo", 1, 0, 1),
        ("edm4u-1.2.144-broken", 19, 0, 1),
        ("edm4u-1.2.187", 15, 0, 1),
        ("fungus-spine", 23, 3, 1),
        ("ga-playmaker-2014", 5, 3, 1),
        ("playfab-papertrail", 1, 0, 1),
        ("unidot-fbxscale", 45, 40, 1),
        ("unidot-negscale", 4, 2, 1),
        ("unitypackagenet-test", 3, 2, 1),
        ("upjs-minimal", 2, 0, 1),
        ("upscanner-malicious", 7, 0, 1),
    ],
)
def test_a_real_package_is_listed_whole(name: str, entries: int, previews: int, gzip_members: int) -> None:
    pictures: list[Picture] = []
    package = read(_sample(name), on_picture=pictures.append)
    assert (len(package.entries), len(pictures), package.members) == (entries, previews, gzip_members)
    assert sum(entry.has_preview for entry in package.entries) == previews
    assert package.store_record is None


@pytest.mark.parametrize(
    "name", ["cobertos-testo", "upjs-minimal", "unidot-fbxscale", "fungus-spine", "unitypackagenet-test"]
)
def test_an_honest_package_has_no_findings(name: str) -> None:
    assert read(_sample(name)).findings == ()


@pytest.mark.parametrize(
    ("name", "findings"),
    [
        ("cobertos-badwinchars", {FindingCode.RESERVED_NAME: 1}),
        ("cobertos-escape", {FindingCode.TRAVERSAL: 1}),
        ("cobertos-escape2", {FindingCode.ABSOLUTE_PATH: 1}),
        (
            "edm4u-1.2.144-broken",
            {FindingCode.NO_PATHNAME: 1, FindingCode.MISSING_META: 1, FindingCode.AUTO_RUN_SCRIPT: 3},
        ),
        ("appsflyer-6.17.91", {FindingCode.MISSING_META: 3, FindingCode.NATIVE_EXECUTABLE: 1}),
        ("unidot-negscale", {FindingCode.UNEXPECTED_MEMBER: 2}),
    ],
)
def test_what_is_odd_in_a_real_package_is_told(name: str, findings: dict[FindingCode, int]) -> None:
    assert read(_sample(name)).finding_counts == findings


def test_importers_and_extensions_give_the_kinds() -> None:
    kinds = Counter(str(entry.kind) for entry in read(_sample("fungus-spine")).entries)
    assert kinds["folder"] == 7
    assert kinds["script"] == 3
    assert kinds["scene"] == kinds["prefab"] == kinds["material"] == 1


def test_the_binary_metadata_of_unity_4_counts_as_a_meta() -> None:
    package = read(_sample("ga-playmaker-2014"))
    assert FindingCode.MISSING_META not in package.finding_counts


def test_a_path_beyond_ascii_is_kept() -> None:
    assert [entry.path for entry in read(_sample("cobertos-testo")).entries] == ["Assets/テスト.txt"]


def _sample(name: str) -> bytes:
    return (SAMPLES / f"{name}.unitypackage").read_bytes()
