"""File names in headers, as clients write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.errors import InvalidFilename, InvalidRequest
from asset_ingest.core.model.uploads import clean_filename
from asset_ingest.entrypoints.web.disposition import attachment, filename_in, form_filename_in


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment;filename=a b.txt ; x=y", "a b.txt"),
        (r'attachment; filename="say \"hi\".txt"', 'say "hi".txt'),
        (r'attachment; filename="C:\folder\a.txt"', r"C:\folder\a.txt"),
        ("attachment; filename=plain.txt; filename*=UTF-8''%e2%82%ac.txt", "€.txt"),
        ("attachment; filename*=utf-8'en'%C3%A9.txt; filename=plain.txt", "é.txt"),
        ("attachment; filename*=ISO-8859-1''%E9.txt", "é.txt"),
        ("attachment; filename*=UTF-8''%ff.txt; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=KOI8-R''%C1.txt; filename=plain.txt", "plain.txt"),
        ("attachment; filename*=nonsense; filename=plain.txt", "plain.txt"),
        ("attachment; FILENAME=a.txt; filename=b.txt", "a.txt"),
        ("attachment; filename*=UTF-8''%01.txt", "\x01.txt"),
        ("attachment;", None),
        ("attachment", None),
        ("", None),
    ],
)
def test_a_name_is_read_as_it_was_meant(header: str, name: str | None) -> None:
    assert filename_in(header) == name


@pytest.mark.parametrize("header", ['attachment; filename="open', "attachment; =x", 'attachment; filename=a"b', "a; b"])
def test_a_header_that_cannot_be_read_is_refused_by_name(header: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        filename_in(header)
    assert refusal.value.field == "Content-Disposition"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('form-data; name="f"; filename="100%22 sure.txt"', '100" sure.txt'),
        ('form-data; name="f"; filename="100%25.txt"', "100%25.txt"),
        ("form-data; name=f; filename=\"x\"; filename*=UTF-8''%2522.txt", "%22.txt"),
        ('form-data; name="f"; filename=""', ""),
        ('form-data; name="f"', None),
    ],
)
def test_a_forms_name_has_the_escapes_of_browsers(header: str, name: str | None) -> None:
    assert form_filename_in(header) == name


def test_a_part_that_is_no_form_data_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        form_filename_in("attachment; filename=a.txt")


@given(st.text(max_size=60))
def test_a_name_we_send_is_read_back_and_keeps_to_its_header(raw: str) -> None:
    try:
        name = clean_filename(raw)
    except InvalidFilename:
        return
    header = attachment(name)
    assert header.isascii()
    assert header.isprintable()
    assert filename_in(header) == name


@given(st.text(max_size=200))
def test_any_header_is_read_or_refused(header: str) -> None:
    try:
        filename_in(header)
    except InvalidRequest:
        return
