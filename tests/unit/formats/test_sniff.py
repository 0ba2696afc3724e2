"""What a file is told by its bytes; a name helps only where bytes cannot tell."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.formats.packages import GOOD, RECORD, build_package, gzip_member, picture, tar_member

from asset_ingest.core.formats.sniff import SNIFFED_BYTES, FileKind, claimed_kind, sniff
from asset_ingest.testing.unity_packages import END_OF_TAR, pax_member

SAMPLES = Path(__file__).parents[2] / "data" / "unity"


def box(brand: bytes, *compatible: bytes) -> bytes:
    body = b"ftyp" + brand + bytes(4) + b"".join(compatible)
    return struct.pack(">I", len(body) + 4) + body + bytes(100)


def zip_of(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, b"content")
    return out.getvalue()


def stl() -> bytes:
    return b"solid in name only".ljust(80) + struct.pack("<I12fH", 1, 0, 0, 1, *range(9), 0)


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", "image/jpeg"),
        (picture(4, 4), "image/png"),
        (b"GIF89a" + bytes(20), "image/gif"),
        (b"RIFF\x20\0\0\0WEBPVP8 ", "image/webp"),
        (box(b"heic"), "image/heic"),
        (box(b"mif1", b"mif1", b"heic"), "image/heic"),
        (box(b"avif"), "image/avif"),
        (box(b"mif1", b"mif1", b"avif"), "image/avif"),
        (b"II\x2a\0\x08\0\0\0" + bytes(40), "image/tiff"),
        (b"MM\0\x2a\0\0\0\x08" + bytes(40), "image/tiff"),
        (b"II\x2a\0\x08\0\0\0\x01\0\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0", "image/x-adobe-dng"),
        (b"8BPS\0\x01" + bytes(20), "image/vnd.adobe.photoshop"),
        (b"\x76\x2f\x31\x01\x02\0\0\0", "image/x-exr"),
        (b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", "image/bmp"),
        (box(b"isom"), "video/mp4"),
        (box(b"qt  "), "video/quicktime"),
        (b"\0\0\0\x6cmoov" + bytes(40), "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
        (b"RIFF\x20\0\0\0AVI LIST", "video/x-msvideo"),
        (b"glTF\x02\0\0\0" + bytes(12), "model/gltf-binary"),
        (json.dumps({"asset": {"generator": "x", "version": "2.0"}}).encode(), "model/gltf+json"),
        (b"Kaydara FBX Binary  \0\x1a\0", "application/vnd.autodesk.fbx"),
        (b"; FBX 7.3.0 project file\n", "application/vnd.autodesk.fbx"),
        (b"ply\nformat ascii 1.0\n", "model/ply"),
        (b"ply\r\ncomment made by hand\r\nformat binary_little_endian 1.0\r\n", "model/ply"),
        (b"BLENDER_v248" + bytes(20), "application/x-blender"),
        (b"#usda 1.0\n", "model/vnd.usda"),
        (b"PXR-USDC" + bytes(20), "model/vnd.usd"),
        (zip_of("scene.usdc"), "model/vnd.usdz+zip"),
        (b"solid cube\n facet normal 0 0 1\n", "model/stl"),
        (b'<?xml version="1.0"?>\n<COLLADA version="1.4.1">', "model/vnd.collada+xml"),
        (b"%PDF-1.7\n", "application/pdf"),
        (zip_of("a.txt"), "application/zip"),
        (b"RIFF\x20\0\0\0WAVEfmt ", "audio/wav"),
        (b"OggS\0\x02" + bytes(20), "audio/ogg"),
        (b"ID3\x04\0\0" + bytes(20), "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + bytes(20), "audio/mpeg"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"hello\n", "text/plain"),
        ("\ufeffhello".encode("utf-16"), "text/plain"),
        (b"\x00\x01\x02\x03", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_bytes_tell_the_type_whatever_the_name_says(data: bytes, content_type: str) -> None:
    assert sniff(data, "lies.bin").content_type == content_type


@pytest.mark.parametrize(
    ("data", "filename", "content_type"),
    [
        (stl(), "a.stl", "model/stl"),
        (b"# cube\nv 0.0 1.0 -1.0\nf 1 2 3\n", "a.OBJ", "model/obj"),
        (b"not a mesh\n", "a.obj", "text/plain"),
        (b"# title\n", "a.md", "text/markdown"),
        (b"{}", "a.json", "application/json"),
    ],
)
def test_a_name_helps_where_bytes_cannot_tell(data: bytes, filename: str, content_type: str) -> None:
    assert sniff(data, filename).content_type == content_type


@pytest.mark.parametrize("sample", sorted(SAMPLES.iterdir()), ids=lambda path: path.stem)
def test_every_real_package_is_recognised_without_its_name(sample: Path) -> None:
    assert sniff(sample.read_bytes()[:SNIFFED_BYTES], "download").kind is FileKind.UNITY_PACKAGE


@pytest.mark.parametrize(
    "data",
    [
        build_package([GOOD], record=RECORD)[:20],
        build_package([GOOD]),
        build_package([GOOD], compress=False),
        gzip_member(tar_member("package/.attestation.p7m", b"x") + END_OF_TAR),
        gzip_member(tar_member("./", kind=b"5") + pax_member({"a": "b"}) + tar_member("./.icon.png") + END_OF_TAR),
    ],
)
def test_a_package_is_recognised_by_its_first_bytes(data: bytes) -> None:
    assert sniff(data, "").kind is FileKind.UNITY_PACKAGE


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (gzip_member(tar_member("package/package.json", b"{}") + END_OF_TAR), "application/gzip"),
        (gzip_member(b"hello"), "application/gzip"),
        (b"\x1f\x8b\x08\x1c", "application/gzip"),
        (tar_member("readme.txt", b"x") + END_OF_TAR, "application/x-tar"),
    ],
)
def test_other_archives_are_archives(data: bytes, content_type: str) -> None:
    assert sniff(data, "x.tgz") == (FileKind.ARCHIVE, content_type)


def test_an_archive_that_claims_to_be_a_package_is_left_to_the_reader() -> None:
    assert sniff(gzip_member(b"hello"), "x.unitypackage").kind is FileKind.UNITY_PACKAGE
    assert sniff(picture(4, 4), "x.unitypackage").kind is FileKind.PHOTO


@pytest.mark.parametrize(
    ("filename", "kind"),
    [
        ("Props.UnityPackage", FileKind.UNITY_PACKAGE),
        ("a.b.jpeg", FileKind.PHOTO),
        ("clip.mov", FileKind.VIDEO),
        ("mesh.glb", FileKind.MODEL3D),
        ("notes", None),
        ("notes.xyz", None),
        ("", None),
    ],
)
def test_a_name_claims_a_kind(filename: str, kind: FileKind | None) -> None:
    assert claimed_kind(filename) is kind


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000), st.sampled_from(["", "a.stl", "a.obj", "a.unitypackage", "a.md"]))
def test_any_bytes_are_something(data: bytes, filename: str) -> None:
    for start in (b"", b"\x1f\x8b\x08", b"RIFF", b"PK\x03\x04", b"{"):
        assert sniff(start + data, filename).content_type
