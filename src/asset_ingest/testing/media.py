"""What every Images promises. Subclasses bring the fixture `images`."""

from __future__ import annotations

import struct
import zlib

import pytest

from asset_ingest.core.errors import DecoderFailed
from asset_ingest.core.ports.media import Images


def png(width: int, height: int, colour: tuple[int, int, int] = (200, 60, 30)) -> bytes:
    """A flat PNG, made by the standard library alone."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + bytes(colour) * width) * height
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


GARBAGE = [
    b"",
    b"x",
    b"no picture at all" * 100,
    b"\x89PNG\r\n\x1a\n",
    png(64, 64)[:-30],
    b"GIF89a",
    b"\xff\xd8\xff\xe0",
]


class ImagesContract:
    @pytest.mark.parametrize(
        ("width", "height", "fitted"),
        [(400, 200, (64, 32)), (200, 400, (32, 64)), (64, 64, (64, 64)), (1000, 1, (64, 1))],
    )
    async def test_a_thumbnail_fits_and_keeps_its_proportions(
        self, images: Images, width: int, height: int, fitted: tuple[int, int]
    ) -> None:
        made = await images.thumbnail(png(width, height), 64)
        assert (made.width, made.height) == fitted

    async def test_a_thumbnail_is_an_encoded_picture(self, images: Images) -> None:
        made = await images.thumbnail(png(10, 10), 64)
        assert made.content_type.startswith("image/")
        assert made.content

    async def test_a_small_picture_is_not_enlarged_beyond_the_square(self, images: Images) -> None:
        made = await images.thumbnail(png(8, 4), 64)
        assert made.width <= 64
        assert made.height <= 64

    async def test_a_thumbnail_can_be_made_smaller_again(self, images: Images) -> None:
        first = await images.thumbnail(png(400, 400), 128)
        second = await images.thumbnail(first.content, 32)
        assert (second.width, second.height) == (32, 32)

    @pytest.mark.parametrize("picture", GARBAGE)
    async def test_what_is_no_picture_is_refused(self, images: Images, picture: bytes) -> None:
        with pytest.raises(DecoderFailed) as caught:
            await images.thumbnail(picture, 64)
        assert caught.value.message

    @pytest.mark.parametrize(
        ("count", "columns", "grid"), [(1, 1, (1, 1)), (4, 2, (2, 2)), (5, 2, (2, 3)), (7, 3, (3, 3)), (48, 6, (6, 8))]
    )
    async def test_a_contact_sheet_has_a_tile_for_each_picture(
        self, images: Images, count: int, columns: int, grid: tuple[int, int]
    ) -> None:
        sheet = await images.contact_sheet([png(50, 40)] * count, columns, 64)
        # Gaps between the tiles are allowed as long as they are small.
        assert (sheet.width // 64, sheet.height // 64) == grid

    async def test_an_undecodable_picture_leaves_its_tile_empty(self, images: Images) -> None:
        whole = await images.contact_sheet([png(50, 40)] * 3, 2, 32)
        holed = await images.contact_sheet([png(50, 40), b"garbage", png(50, 40)], 2, 32)
        assert (holed.width, holed.height) == (whole.width, whole.height)

    async def test_a_contact_sheet_of_nothing_decodable_is_refused(self, images: Images) -> None:
        with pytest.raises(DecoderFailed):
            await images.contact_sheet([b"garbage", b""], 2, 32)

    async def test_a_contact_sheet_of_nothing_is_refused(self, images: Images) -> None:
        with pytest.raises(DecoderFailed):
            await images.contact_sheet([], 2, 32)
