"""Of a description nothing comes out but words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asset_ingest.core.formats.html_text import LONGEST_HTML, LONGEST_TEXT, text_of_html
from asset_ingest.core.formats.plain_text import is_showable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p >One</p></br><p >two<br>three</p>", "One\ntwo\nthree"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("a <strong>bold</strong>\n\n  word", "a bold word"),
        ("fish &amp; chips &#x26; &lt;b&gt;", "fish & chips & <b>"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("a<script>if (a<b) { alert('</p>') }</script>b", "ab"),
        ("a<STYLE>p{}</STYLE >b<svg><title>x</title></svg>c", "abc"),
        ("a<script/>b", "ab"),
        ("a<script>never ends", "a"),
        ("a<!-- <b> -- > -->b<!--c", "ab"),
        ("a\u202eb&#x202e;c&#10;d&#0;", "abc d\ufffd"),
        ("<a href='javascript:x'>link</a>", "link"),
        ("<", "<"),
        ("", ""),
    ],
)
def test_the_words_are_what_a_reader_would_see(html: str, text: str) -> None:
    assert text_of_html(html) == text


def test_the_words_are_cut_and_not_refused() -> None:
    assert text_of_html("word " * LONGEST_TEXT) == ("word " * LONGEST_TEXT)[:LONGEST_TEXT].rstrip()
    assert text_of_html("<p>a</p>" * 9, 5) == "a\na\na"


@given(
    st.text()
    | st.lists(st.sampled_from(["<", ">", "<p>", "<script>", "</script>", "&", "a", "<!--", "-->"])).map("".join)
)
def test_no_html_breaks_it_and_nothing_unshowable_comes_out(html: str) -> None:
    assert all(is_showable(char) or char == "\n" for char in text_of_html(html))


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<!---->", "<script>", "</p", "&lt;", "&#", "<a b='"])
def test_one_piece_repeated_takes_no_longer_than_others(piece: str) -> None:
    """A reader that is quadratic would run into the time limit of the test."""
    for _ in range(10):
        text_of_html(piece * LONGEST_HTML)
