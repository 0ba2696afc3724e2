"""The program that decodes pictures: one request on standard input, one answer on standard output, then it ends.

It is run by path and alone (`python -I`), so it imports nothing of ours, needs no installation and starts quickly.
Whatever a hostile picture does to its decoder happens here, inside limits, with nothing to steal: no environment, no
files, no network of ours.

Request:  `>IIII` parent pid, columns (0: a thumbnail), side, number of pictures; then each as `>I` length and bytes.
Answer:   `>BIII` 1, width, height, length, and so many bytes of WebP; or 0, 0, 0, length, and why not, in UTF-8.
"""

from __future__ import annotations

import ctypes
import io
import os
import resource
import signal
import struct
import sys
import warnings
from math import ceil

# Imported by name: `Image.open` then finds its openers without loading those of all other formats.
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

READERS = (BmpImagePlugin, GifImagePlugin, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
MOST_PIXELS = 100_000_000  # a medium format camera; four bytes each still fit into the memory limit
MEMORY = 1 << 30
CPU_SECONDS = 60
GAP = 4
QUALITY = 82
PR_SET_PDEATHSIG = 1


class Refused(Exception):
    """Says why a picture cannot be shown."""


def confine(parent: int) -> None:
    """Give up what a decoder does not need. Pipes still work: a file size limit of nothing is about files."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we asked to be told
        sys.exit(1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))  # no process and no thread beside this one, unless we are root
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))


def decoded(content: bytes, side: int) -> Image.Image:
    """Return the picture upright, in RGB or RGBA, fitted into a square of `side`; never enlarged."""
    try:
        image = scalable(Image.open(io.BytesIO(content), formats=FORMATS))
        image.thumbnail((side, side))  # a JPEG is decoded at a fraction of its size
        image = ImageOps.exif_transpose(image)
        return image if image.mode in {"RGB", "RGBA"} else plain(image)
    except UnidentifiedImageError:
        raise Refused(f"the bytes are no picture that we read ({', '.join(FORMATS)})") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Refused(f"the picture has more than {MOST_PIXELS} pixels") from None
    except MemoryError:
        raise Refused("the picture needs more memory than a decoder may have") from None
    except Exception as error:  # decoders raise whatever they like at damaged pictures
        raise Refused(f"the picture is damaged ({type(error).__name__})") from error


def scalable(image: Image.Image) -> Image.Image:
    """Return the picture in colours that can be mixed: no palette, no bits, no more than eight bits of grey."""
    if image.mode.startswith("I"):  # 16 bits of grey, which Pillow would clip instead of scale
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in {"1", "P", "PA"}:
        return image.convert("RGBA")
    return image.convert("L") if image.mode == "F" else image


def plain(image: Image.Image) -> Image.Image:
    """Return RGB, or RGBA where something shines through; the profile of other colours no longer fits."""
    transparent = image.has_transparency_data
    image = image.convert("RGBA" if transparent else "RGB")
    image.info.pop("icc_profile", None)
    return image


def thumbnail(pictures: list[bytes], side: int) -> Image.Image:
    """Return the first picture, small."""
    return decoded(pictures[0], side)


def contact_sheet(pictures: list[bytes], columns: int, side: int) -> Image.Image:
    """Return the pictures in a grid on nothing, so that it looks right on a light page and on a dark one."""
    columns, rows, step = min(columns, len(pictures)), ceil(len(pictures) / columns), side + GAP
    sheet = Image.new("RGBA", (columns * step - GAP, rows * step - GAP))
    reasons = [
        put(sheet, content, (n % columns * step, n // columns * step), side) for n, content in enumerate(pictures)
    ]
    if all(reasons):
        raise Refused(reasons[0])
    return sheet


def put(sheet: Image.Image, content: bytes, corner: tuple[int, int], side: int) -> str:
    """Draw the picture into the middle of its tile, or say why not and leave the tile empty."""
    try:
        tile = decoded(content, side)
    except Refused as refused:
        return str(refused)
    left, top = corner
    sheet.paste(tile, (left + (side - tile.width) // 2, top + (side - tile.height) // 2))
    return ""


def webp(image: Image.Image) -> bytes:
    """Encode without what the camera wrote into it."""
    out = io.BytesIO()
    image.save(out, "WEBP", quality=QUALITY, icc_profile=image.info.get("icc_profile", b""), exif=b"", xmp=b"")
    return out.getvalue()


def exactly(count: int) -> bytes:
    content = sys.stdin.buffer.read(count)
    if len(content) != count:
        sys.exit(1)  # the parent went away
    return content


def answered(columns: int, side: int, pictures: list[bytes]) -> tuple[int, int, int, bytes]:
    try:
        image = contact_sheet(pictures, columns, side) if columns else thumbnail(pictures, side)
        return 1, image.width, image.height, webp(image)
    except Refused as refused:
        return 0, 0, 0, str(refused).encode()


def main() -> None:
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    parent, columns, side, count = struct.unpack(">IIII", exactly(16))
    confine(parent)
    pictures = [exactly(*struct.unpack(">I", exactly(4))) for _ in range(count)]
    done, width, height, content = answered(columns, side, pictures)
    sys.stdout.buffer.write(struct.pack(">BIII", done, width, height, len(content)) + content)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
