"""The structured fields (RFC 9651) that resumable uploads need. What is not written well counts as not sent."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

LARGEST_INTEGER: Final = 999_999_999_999_999

_KEY = r"[a-z*][a-z0-9_\-.*]*"
_BARE = (
    r"(?:-?\d{1,12}\.\d{1,3}|@?-?\d{1,15}|\?[01]"
    r'|%?"(?:[ !#-\[\]-~]|\\["\\])*"|[A-Za-z*][\w!#$%&\'*+\-.^`|~:/]*|:[A-Za-z0-9+/=]*:)'
)
_PARAMETERS = rf"(?:; *{_KEY}(?:={_BARE})?)*"
_INTEGER = re.compile(rf"(\d{{1,15}}){_PARAMETERS}", re.ASCII)
_BOOLEAN = re.compile(rf"\?([01]){_PARAMETERS}", re.ASCII)
_MEMBER = re.compile(rf"({_KEY})(?:=({_BARE}))?{_PARAMETERS}", re.ASCII)
_SEPARATOR = re.compile(r"[ \t]*,[ \t]*")


def count(field: str | None) -> int | None:
    """Return an Item that is an Integer and not negative."""
    found = _INTEGER.fullmatch(field.strip(" ")) if field is not None else None
    return int(found[1]) if found else None


def boolean(field: str | None) -> bool | None:
    """Return an Item that is a Boolean."""
    found = _BOOLEAN.fullmatch(field.strip(" ")) if field is not None else None
    return found[1] == "1" if found else None


def byte_sequence(field: str | None, key: str) -> bytes | None:
    """Return the Byte Sequence under `key` of a Dictionary; the last member of that name counts."""
    members = _dictionary(field.strip(" ")) if field is not None else {}
    bare = members.get(key)
    if bare is None or not bare.startswith(":"):
        return None
    try:
        return base64.b64decode(bare[1:-1], validate=True)
    except (binascii.Error, ValueError):
        return None


def _dictionary(field: str) -> dict[str, str]:
    members: dict[str, str] = {}
    at = 0
    while at < len(field):
        member = _MEMBER.match(field, at)
        if member is None:
            return {}
        members[member[1]] = member[2] or "?1"
        at = member.end()
        if at == len(field):
            return members
        separator = _SEPARATOR.match(field, at)
        if separator is None:
            return {}
        at = separator.end()
    return {}  # empty, or a comma at the end


def dictionary(**members: int) -> str:
    """Write a Dictionary of Integers; `_` in a name stands for `-`."""
    return ", ".join(f"{key.replace('_', '-')}={min(value, LARGEST_INTEGER)}" for key, value in members.items())
