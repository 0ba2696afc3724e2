"""A client's file name is shown, never used, and never lies on screen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidFilename
from asset_ingest.core.model.uploads import LONGEST_FILENAME, clean_filename


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("pack.unitypackage", "pack.unitypackage"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\scene.blend", "scene.blend"),
        ("e\N{COMBINING ACUTE ACCENT}t\N{LATIN SMALL LETTER E WITH ACUTE}.png", "été.png"),
        ("  spaced.txt ", "spaced.txt"),
        ("テスト.unitypackage", "テスト.unitypackage"),
    ],
)
def test_the_last_segment_is_kept_in_nfc(raw: str, shown: str) -> None:
    assert clean_filename(raw) == shown


@pytest.mark.parametrize(
    "raw",
    ["", "/", "..", "a\x00b", "line\nbreak", "bell\x07", "gnp.\N{RIGHT-TO-LEFT OVERRIDE}exe", "x" * 5_000, "\ud800"],
)
def test_a_name_that_cannot_be_shown_is_refused(raw: str) -> None:
    with pytest.raises(InvalidFilename):
        clean_filename(raw)


@given(st.text(max_size=400))
def test_any_name_is_cleaned_or_refused(raw: str) -> None:
    try:
        name = clean_filename(raw)
    except InvalidFilename:
        return
    assert 0 < len(name) <= LONGEST_FILENAME
    assert "/" not in name
    assert "\\" not in name
    assert unicodedata.is_normalized("NFC", name)
    assert clean_filename(name) == name
