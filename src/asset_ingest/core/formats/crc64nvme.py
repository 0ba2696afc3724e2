"""CRC-64/NVME, as S3 says it in `x-amz-checksum-crc64nvme`: of bytes, of what is put together, and as text.

awscrt does 25 GB/s on one core, so whoever has the bytes in hand may count them as they pass. Without it the same is
done in Python, which is right and a thousand times slower: enough for programs that only try the library out.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

_MASK: Final = (1 << 64) - 1
_POLYNOMIAL: Final = 0x9A6C9329AC4BC9B5  # its bits in reverse: the coefficient of x^0 is the highest
_ONE: Final = 1 << 63
_BYTES: Final = 8


class Codec(NamedTuple):
    """Who counts: the sum of `data` behind what sums up to the second argument, and the sum of two put together."""

    crc: Callable[[Any, int], int]
    combine: Callable[[int, int, int], int]


@lru_cache(maxsize=1)
def fastest() -> Codec:
    """Return who counts here; found when first asked, since loading it takes longer than all of this program's core."""
    try:
        from awscrt.checksums import combine_crc64nvme, crc64nvme  # noqa: PLC0415  there may be no wheel for it
    except ImportError:
        return PYTHON
    return Codec(crc64nvme, combine_crc64nvme)


def crc64nvme(data: bytes | bytearray | memoryview, before: int = 0) -> int:
    """Return the checksum of `data`, or of what sums up to `before` with `data` behind it."""
    return fastest().crc(data, before)


def combined(first: int, second: int, second_size: int) -> int:
    """Return the checksum of two runs of bytes, of which the second has `second_size`."""
    return fastest().combine(first, second, second_size)


def as_text(crc: int) -> str:
    """Return it as S3 writes it: base64 of eight bytes, the highest first."""
    return base64.b64encode(crc.to_bytes(_BYTES, "big")).decode()


def of_text(text: str) -> int:
    """Read it back; raises ValueError for what is no such checksum."""
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if len(raw) != _BYTES or base64.b64encode(raw).decode() != text:
        raise ValueError("a CRC64NVME has eight bytes, as twelve characters of base64")
    return int.from_bytes(raw, "big")


def _crc(data: bytes | bytearray | memoryview, before: int) -> int:
    table, value = _table(), before ^ _MASK
    for byte in memoryview(data).cast("B"):
        value = table[(value ^ byte) & 0xFF] ^ (value >> 8)
    return value ^ _MASK


@lru_cache(maxsize=1)
def _table() -> tuple[int, ...]:
    return tuple(_times_x(byte, 8) for byte in range(256))


def _times_x(value: int, times: int) -> int:
    """Multiply a polynomial over GF(2) by x^times, modulo ours."""
    for _ in range(times):
        value = (value >> 1) ^ (_POLYNOMIAL if value & 1 else 0)
    return value


def _combine(first: int, second: int, second_size: int) -> int:
    """Move `first` on by as many bytes as came behind it: what `crc32_combine` of zlib does, for our polynomial."""
    return _product(_power(second_size), first) ^ second


@lru_cache(maxsize=64)
def _power(size: int) -> int:
    """Return x^(8 * size); most parts of an upload are of one size."""
    result, square = _ONE, _times_x(_ONE, 8)
    while size:
        if size & 1:
            result = _product(square, result)
        square = _product(square, square)
        size >>= 1
    return result


def _product(one: int, other: int) -> int:
    result = 0
    while one:
        if one & _ONE:
            result ^= other
        one = (one << 1) & _MASK
        other = _times_x(other, 1)
    return result


PYTHON: Final = Codec(_crc, _combine)
