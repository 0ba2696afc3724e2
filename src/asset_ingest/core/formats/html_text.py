"""The words of a piece of HTML from outside, as plain paragraphs: nothing of it is ever shown as HTML.

The standard library's parser is not used: on `<a <a <a …` it needs eight seconds for 32 KiB.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from asset_ingest.core.formats.plain_text import one_line

LONGEST_HTML: Final = 64 << 10
"""Characters looked at: real descriptions stay below 12,000."""
LONGEST_TEXT: Final = 10_000

_TAG: Final = re.compile(r"<(?=[a-zA-Z/!?])([^<>]{0,2000})>")
_NAME: Final = re.compile(r"/?[a-z][a-z0-9]*")
_BREAKS: Final = re.compile(r"/?(?:address|blockquote|br|d[dlt]|div|h[1-6r]|li|ol|p|pre|table|t[dr]|ul)")
_SILENT: Final = re.compile(r"iframe|math|noscript|object|script|style|svg|template|textarea|title")
_BREAK: Final = "\x00"  # never in what is shown
_SPACES: Final = re.compile(r"[ \t\f\r\n\u00a0]+")


def text_of_html(source: str, longest: int = LONGEST_TEXT) -> str:
    """Return the visible words, a line for each block, without scripts, tags and characters that deceive."""
    marked = "".join(_pieces(_without_comments(source[:LONGEST_HTML].replace(_BREAK, ""))))
    lines = (one_line(_SPACES.sub(" ", html.unescape(line)), longest) for line in marked.split(_BREAK))
    return "\n".join(line for line in lines if line)[:longest].rstrip()


def _without_comments(source: str) -> str:
    kept = []
    while (start := source.find("<!--")) >= 0:
        kept.append(source[:start])
        end = source.find("-->", start + 4)
        source = source[end + 3 :] if end >= 0 else ""
    return "".join([*kept, source])


def _pieces(source: str) -> Iterator[str]:
    """Yield text and breaks; what stands in a silent element, or after one that never ends, is left out."""
    parts = _TAG.split(source)
    silenced_by = ""
    for number, part in enumerate(parts):
        if number % 2 == 0:
            yield "" if silenced_by else part
            continue
        name = _name(part)
        if silenced_by:
            silenced_by = "" if name == f"/{silenced_by}" else silenced_by
        elif _SILENT.fullmatch(name) and not part.endswith("/"):
            silenced_by = name
        elif _BREAKS.fullmatch(name):
            yield _BREAK


def _name(tag: str) -> str:
    found = _NAME.match(tag.lower())
    return found[0] if found else ""
