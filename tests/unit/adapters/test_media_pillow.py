"""What Pillow has to get right beside the contract, and what happens when its process does not behave."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import zlib
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from blockbuster import blockbuster_ctx
from PIL import Image, ImageCms

from asset_ingest.adapters.media.pillow_images import CHILD, PillowImages
from asset_ingest.core.errors import DecoderFailed, IngestError, InvalidRequest, TimedOut
from asset_ingest.core.ports.media import Picture
from asset_ingest.testing.media import png


@pytest.fixture
def images() -> PillowImages:
    return PillowImages()


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.content))
    image.load()
    assert (image.format, image.size) == ("WEBP", (picture.width, picture.height))
    return image


def near(image: Image.Image, at: tuple[int, int], colour: tuple[int, ...]) -> bool:
    seen = image.convert("RGBA").getpixel(at)
    assert isinstance(seen, tuple)
    return all(abs(one - other) < 12 for one, other in zip(seen, colour, strict=True))


def clear(image: Image.Image, at: tuple[int, int]) -> bool:
    return image.convert("RGBA").getchannel("A").getpixel(at) == 0


class TestPictures:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
    async def test_the_usual_formats_are_read(self, images: PillowImages, kind: str) -> None:
        made = await images.thumbnail(encoded(Image.new("RGB", (80, 40), (200, 60, 30)), kind), 64)
        assert near(opened(made), (10, 10), (200, 60, 30, 255))

    @pytest.mark.parametrize("kind", ["ICO", "PPM", "TGA", "PCX"])
    async def test_formats_that_nobody_needs_are_not_even_tried(self, images: PillowImages, kind: str) -> None:
        with pytest.raises(DecoderFailed, match="no picture that we read"):
            await images.thumbnail(encoded(Image.new("RGB", (32, 32)), kind), 64)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
    async def test_every_kind_of_png_is_read(self, images: PillowImages, mode: str) -> None:
        opened(await images.thumbnail(encoded(Image.new(mode, (80, 40)), "PNG"), 64))

    @pytest.mark.parametrize("mode", ["CMYK", "F", "YCbCr", "I;16"])
    async def test_odd_colours_of_a_tiff_are_read(self, images: PillowImages, mode: str) -> None:
        opened(await images.thumbnail(encoded(Image.new(mode, (80, 40)), "TIFF"), 64))

    async def test_sixteen_bits_of_grey_keep_their_brightness(self, images: PillowImages) -> None:
        made = await images.thumbnail(encoded(Image.new("I;16", (80, 40), 32768), "PNG"), 64)
        assert near(opened(made), (5, 5), (128, 128, 128, 255))

    async def test_what_shines_through_stays_transparent(self, images: PillowImages) -> None:
        made = await images.thumbnail(encoded(Image.new("P", (80, 40)), "PNG", transparency=0), 64)
        assert clear(opened(made), (5, 5))

    async def test_a_photo_taken_sideways_stands_upright_and_tells_no_place(self, images: PillowImages) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6  # turn by 90 degrees
        exif.get_ifd(0x8825)[1] = "N"
        made = opened(await images.thumbnail(encoded(Image.new("RGB", (200, 100)), "JPEG", exif=exif.tobytes()), 64))
        assert made.size == (32, 64)
        assert not made.getexif()

    async def test_a_colour_profile_stays_with_its_colours_only(self, images: PillowImages) -> None:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        kept = await images.thumbnail(encoded(Image.new("RGB", (9, 9)), "PNG", icc_profile=profile), 64)
        assert opened(kept).info["icc_profile"] == profile
        converted = await images.thumbnail(encoded(Image.new("CMYK", (9, 9)), "TIFF", icc_profile=profile), 64)
        assert "icc_profile" not in opened(converted).info

    async def test_of_an_animation_the_first_picture_is_shown(self, images: PillowImages) -> None:
        frames = [Image.new("RGB", (20, 20), colour) for colour in ((250, 0, 0), (0, 250, 0))]
        made = await images.thumbnail(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]), 64)
        assert near(opened(made), (5, 5), (250, 0, 0, 255))

    async def test_a_contact_sheet_shows_through_between_its_tiles(self, images: PillowImages) -> None:
        colours = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]
        sheet = opened(await images.contact_sheet([png(64, 64, colour) for colour in colours], 2, 64))
        assert sheet.size == (132, 132)
        for corner, colour in zip(((0, 0), (68, 0), (0, 68)), colours, strict=True):
            assert near(sheet, (corner[0] + 32, corner[1] + 32), (*colour, 255))
        for empty in ((66, 10), (10, 66), (100, 100)):
            assert clear(sheet, empty)

    @pytest.mark.parametrize(("columns", "side"), [(0, 64), (-1, 64), (2, 0), (2, -1), (6, 4000)])
    async def test_a_sheet_of_no_possible_size_is_refused(self, images: PillowImages, columns: int, side: int) -> None:
        with pytest.raises(InvalidRequest):
            await images.contact_sheet([png(8, 8)] * 6, columns, side)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that wants to be enormous."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    pixels = zlib.compress(bytes(1 << 20))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class TestHostilePictures:
    @pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (11_000, 11_000), (2_000_000_000, 2_000_000_000)])
    async def test_too_many_pixels_are_refused(self, images: PillowImages, width: int, height: int) -> None:
        with pytest.raises(DecoderFailed):
            await images.thumbnail(bomb(width, height), 64)

    async def test_a_bomb_in_a_contact_sheet_harms_no_other_tile(self, images: PillowImages) -> None:
        sheet = opened(await images.contact_sheet([bomb(30_000, 30_000), png(64, 64, (0, 250, 0))], 2, 64))
        assert near(sheet, (100, 32), (0, 250, 0, 255))

    async def test_many_at_once_all_end(self, images: PillowImages) -> None:
        ends: list[str] = []

        async def one(picture: bytes) -> None:
            try:
                await images.thumbnail(picture, 32)
                ends.append("made")
            except DecoderFailed:
                ends.append("refused")

        async with anyio.create_task_group() as group:
            for number in range(6):
                group.start_soon(one, png(64, 64) if number % 2 else b"garbage")
        assert sorted(ends) == ["made"] * 3 + ["refused"] * 3

    async def test_the_loop_is_never_held_up(self, images: PillowImages) -> None:
        with blockbuster_ctx():
            await images.thumbnail(png(2000, 2000), 64)


READ_IT_ALL = "import sys, struct, os, signal, time; sys.stdin.buffer.read({count})\n"


class TestMisbehavingChild:
    """A child that is not ours stands for one that a picture took over."""

    @pytest.fixture
    def picture(self) -> bytes:
        return png(8, 8)

    def child(self, tmp_path: Path, program: str, seconds: float = 30) -> PillowImages:
        path = tmp_path / "child.py"
        path.write_text(READ_IT_ALL.format(count=20 + len(png(8, 8))) + program)
        return PillowImages(seconds, child=path)

    @pytest.mark.parametrize(
        ("program", "said"),
        [
            ("os.abort()", "crashed .SIGABRT."),
            ("os.kill(os.getpid(), signal.SIGSEGV)", "crashed .SIGSEGV."),
            ("sys.exit(3)", "crashed .status 3."),
            ("", "no answer"),
            ("sys.stdout.write('hello, this is no answer')", "middle of its answer"),
            ("sys.stdout.buffer.write(struct.pack('>BIII', 1, 8, 8, 99) + b'RIFF')", "middle of its answer"),
            ("sys.stdout.buffer.write(struct.pack('>BIII', 1, 8, 8, 6) + b'<html>')", "something else"),
            ("sys.stdout.buffer.write(struct.pack('>BIII', 1, 0, 8, 12) + b'RIFF0000WEBP')", "something else"),
            ("while True: sys.stdout.buffer.write(bytes(1 << 20))", "more than a picture can be"),
        ],
    )
    async def test_it_is_a_decoder_that_failed(self, tmp_path: Path, picture: bytes, program: str, said: str) -> None:
        with pytest.raises(DecoderFailed, match=said):
            await self.child(tmp_path, program).thumbnail(picture, 8)

    async def test_a_reason_is_told_and_cut_short(self, tmp_path: Path, picture: bytes) -> None:
        program = (
            "r = b'because ' + b'\\xff' * 9999; sys.stdout.buffer.write(struct.pack('>BIII', 0, 0, 0, len(r)) + r)"
        )
        with pytest.raises(DecoderFailed, match=r"^because") as caught:
            await self.child(tmp_path, program).thumbnail(picture, 8)
        assert len(caught.value.message) <= 200

    async def test_one_that_dies_before_it_read_everything_has_crashed(self, tmp_path: Path) -> None:
        with pytest.raises(DecoderFailed, match="SIGABRT"):
            await self.child(tmp_path, "os.abort()").thumbnail(png(2000, 2000) + bytes(8 << 20), 8)

    async def test_using_up_the_processor_time_is_said_so(self, tmp_path: Path, picture: bytes) -> None:
        with pytest.raises(TimedOut):
            await self.child(tmp_path, "os.kill(os.getpid(), signal.SIGXCPU)").thumbnail(picture, 8)

    async def test_it_gets_nothing_of_our_environment(self, tmp_path: Path, picture: bytes) -> None:
        program = "r = repr(set(os.environ) - {'LC_CTYPE'}).encode()\n"
        program += "sys.stdout.buffer.write(struct.pack('>BIII', 0, 0, 0, len(r)) + r)"
        with pytest.raises(DecoderFailed, match=r"^set\(\)$"):
            await self.child(tmp_path, program).thumbnail(picture, 8)

    async def test_one_that_hangs_is_killed_with_its_children(self, tmp_path: Path, picture: bytes) -> None:
        lock = tmp_path / "lock"
        program = f"import fcntl; held = open({str(lock)!r}, 'w'); fcntl.flock(held, fcntl.LOCK_EX)\n"
        program += "os.fork()\nwhile True: time.sleep(60)"
        with pytest.raises(TimedOut, match="longer than 1 seconds"):
            await self.child(tmp_path, program, seconds=1).thumbnail(picture, 8)
        with lock.open("w") as file:
            await to_thread.run_sync(fcntl.flock, file, fcntl.LOCK_EX)  # free only when both are dead

    async def test_cancelling_kills_it(self, tmp_path: Path, picture: bytes) -> None:
        started = tmp_path / "started"
        os.mkfifo(started)
        program = f"gate = open({str(started)!r}, 'w'); gate.write('x'); gate.flush()\nwhile True: time.sleep(60)"
        images = self.child(tmp_path, program)
        async with anyio.create_task_group() as group:
            group.start_soon(images.thumbnail, picture, 8)
            file = await anyio.open_file(started)
            assert await file.read(1) == "x"
            group.cancel_scope.cancel()
        assert await file.read() == ""  # the other end was closed by its death
        await file.aclose()

    async def test_a_picture_that_crashes_its_decoder_only_loses_its_own_tile(self, tmp_path: Path) -> None:
        path = tmp_path / "child.py"
        crash = "def decoded(content: bytes, side: int) -> Image.Image:\n    if content == b'crash': os.abort()\n"
        path.write_text(CHILD.read_text().replace("def decoded(content: bytes, side: int) -> Image.Image:\n", crash))
        images = PillowImages(child=path)
        sheet = opened(await images.contact_sheet([b"crash", png(64, 64, (0, 250, 0))], 2, 64))
        assert near(sheet, (100, 32), (0, 250, 0, 255))
        with pytest.raises(DecoderFailed):
            await images.contact_sheet([b"crash", b"crash"], 2, 64)

    async def test_without_its_program_it_fails_as_ours(self, tmp_path: Path, picture: bytes) -> None:
        with pytest.raises(IngestError):
            await PillowImages(child=tmp_path / "gone.py").thumbnail(picture, 8)
