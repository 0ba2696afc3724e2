"""What the first bytes of a file of each type look like: a table, read from the top, the first match wins."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple


class FileKind(StrEnum):
    """What a file is to us; each kind has its pipeline."""

    UNITY_PACKAGE = "unity_package"
    PHOTO = "photo"
    VIDEO = "video"
    MODEL3D = "model3d"
    AUDIO = "audio"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


class Sniffed(NamedTuple):
    kind: FileKind
    content_type: str


UNKNOWN: Final = Sniffed(FileKind.UNKNOWN, "application/octet-stream")
UNITY_PACKAGE: Final = Sniffed(FileKind.UNITY_PACKAGE, "application/x-unity-package")
GZIP: Final = Sniffed(FileKind.ARCHIVE, "application/gzip")
TAR: Final = Sniffed(FileKind.ARCHIVE, "application/x-tar")
STL: Final = Sniffed(FileKind.MODEL3D, "model/stl")
OBJ: Final = Sniffed(FileKind.MODEL3D, "model/obj")
TEXT: Final = Sniffed(FileKind.DOCUMENT, "text/plain")
TEXTS: Final = {  # by extension: nothing in the bytes tells these apart for sure
    "md": Sniffed(FileKind.DOCUMENT, "text/markdown"),
    "csv": Sniffed(FileKind.DOCUMENT, "text/csv"),
    "json": Sniffed(FileKind.DOCUMENT, "application/json"),
}

_XML: Final = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)?"

# Patterns match at the start of the file and see no more than its first 64 KiB.
_TABLE: Final = (
    (FileKind.PHOTO, "image/jpeg", rb"\xff\xd8\xff"),
    (FileKind.PHOTO, "image/png", rb"\x89PNG\r\n\x1a\n"),
    (FileKind.PHOTO, "image/gif", rb"GIF8[79]a"),
    (FileKind.PHOTO, "image/webp", rb"RIFF.{4}WEBP"),
    (FileKind.PHOTO, "image/avif", rb".{4}ftyp(?:avif|avis)"),
    (FileKind.PHOTO, "image/heic", rb".{4}ftyp(?:heic|heix|heim|heis|hevc|hevx)"),
    (FileKind.PHOTO, "image/avif", rb".{4}ftyp(?:mif1|msf1).{4}(?:[a-zA-Z0-9]{4}){0,20}?avif"),
    (FileKind.PHOTO, "image/heic", rb".{4}ftyp(?:mif1|msf1).{4}(?:[a-zA-Z0-9]{4}){0,20}?hei[cx]"),
    (FileKind.PHOTO, "image/heif", rb".{4}ftyp(?:mif1|msf1)"),
    (FileKind.PHOTO, "image/x-canon-cr3", rb".{4}ftypcrx "),
    (FileKind.PHOTO, "image/x-canon-cr2", rb"II\x2a\0.{4}CR\x02"),
    (FileKind.PHOTO, "image/x-adobe-dng", rb"II\x2a\0.{0,4000}?\x12\xc6\x01\0\x04\0\0\0"),
    (FileKind.PHOTO, "image/x-adobe-dng", rb"MM\0\x2a.{0,4000}?\xc6\x12\0\x01\0\0\0\x04"),
    (FileKind.PHOTO, "image/tiff", rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]"),
    (FileKind.PHOTO, "image/vnd.adobe.photoshop", rb"8BPS\0[\x01\x02]"),
    (FileKind.PHOTO, "image/x-exr", rb"\x76\x2f\x31\x01"),
    (FileKind.PHOTO, "image/vnd.radiance", rb"#\?(?:RADIANCE|RGBE)\n"),
    (FileKind.PHOTO, "image/bmp", rb"BM.{4}\0{4}.{4}(?:\x0c|\x28|\x40|\x6c|\x7c)\0{3}"),
    (FileKind.PHOTO, "image/jxl", rb"\0\0\0\x0cJXL \r\n\x87\n"),
    (FileKind.PHOTO, "image/vnd-ms.dds", rb"DDS \x7c\0\0\0"),
    (FileKind.AUDIO, "audio/mp4", rb".{4}ftyp(?:M4A |M4B )"),
    (FileKind.VIDEO, "video/quicktime", rb".{4}ftypqt  |\0.{3}(?:moov|mdat|wide|free|skip|pnot)"),
    (FileKind.VIDEO, "video/x-m4v", rb".{4}ftypM4V"),
    (FileKind.VIDEO, "video/3gpp", rb".{4}ftyp3g"),
    (FileKind.VIDEO, "video/mp4", rb".{4}ftyp[A-Za-z0-9]{3}"),
    (FileKind.VIDEO, "video/webm", rb"\x1a\x45\xdf\xa3.{0,60}?\x42\x82.{1,8}webm"),
    (FileKind.VIDEO, "video/x-matroska", rb"\x1a\x45\xdf\xa3"),
    (FileKind.VIDEO, "video/x-msvideo", rb"RIFF.{4}AVI "),
    (FileKind.VIDEO, "video/mp2t", rb"G.{187}G.{187}G"),
    (FileKind.VIDEO, "video/mpeg", rb"\0\0\x01\xba"),
    (FileKind.VIDEO, "video/x-flv", rb"FLV\x01"),
    (FileKind.VIDEO, "video/x-ms-wmv", rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),
    (FileKind.MODEL3D, "model/gltf-binary", rb"glTF[\x01\x02]\0\0\0"),
    (
        FileKind.MODEL3D,
        "model/gltf+json",
        rb"\s*\{.{0,60000}?\"asset\"\s{0,9}:\s{0,9}\{[^}]{0,300}?\"version\"\s{0,9}:\s{0,9}\"[12]\.",
    ),
    (FileKind.MODEL3D, "application/vnd.autodesk.fbx", rb"Kaydara FBX Binary|; FBX \d"),
    (FileKind.MODEL3D, "model/ply", rb"ply\r?\n(?:(?:comment|obj_info)[^\n]{0,500}\n){0,50}format (?:ascii|binary)"),
    (FileKind.MODEL3D, "application/x-blender", rb"BLENDER(?:[_-][vV]\d{3}|17-01v\d{4})"),
    (FileKind.MODEL3D, "model/vnd.usda", rb"#usda 1"),
    (FileKind.MODEL3D, "model/vnd.usd", rb"PXR-USDC"),
    (FileKind.MODEL3D, "model/vnd.usdz+zip", rb"PK\x03\x04.{22}[\x01-\xff]\0.{2}[^\0]{1,250}\.usd[ac]?"),
    (FileKind.MODEL3D, "model/vnd.collada+xml", _XML + rb"<COLLADA"),
    (FileKind.MODEL3D, "model/3mf", rb"PK\x03\x04(?=.{0,2000}?3D/3dmodel\.model)"),
    (FileKind.MODEL3D, "model/stl", rb"solid[^\n]{0,500}\n\s*facet normal"),
    (FileKind.DOCUMENT, "application/pdf", rb"(?:\xef\xbb\xbf)?\s{0,64}%PDF-\d"),
    (FileKind.AUDIO, "audio/wav", rb"(?:RIFF|RF64).{4}WAVE"),
    (FileKind.AUDIO, "audio/ogg", rb"OggS\0"),
    (FileKind.AUDIO, "audio/flac", rb"fLaC"),
    (FileKind.AUDIO, "audio/aiff", rb"FORM.{4}AIF[FC]"),
    (FileKind.AUDIO, "audio/midi", rb"MThd\0\0\0\x06"),
    (FileKind.AUDIO, "audio/mpeg", rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xe7]"),
    (FileKind.AUDIO, "audio/aac", rb"\xff[\xf0\xf1\xf8\xf9][\x40-\x7f]"),
    (FileKind.DOCUMENT, "application/vnd.openxmlformats-officedocument", rb"PK\x03\x04.{26}\[Content_Types\]\.xml"),
    (FileKind.ARCHIVE, "application/zip", rb"PK(?:\x03\x04|\x05\x06|\x07\x08)"),
    (FileKind.ARCHIVE, "application/x-7z-compressed", rb"7z\xbc\xaf\x27\x1c"),
    (FileKind.ARCHIVE, "application/vnd.rar", rb"Rar!\x1a\x07"),
    (FileKind.ARCHIVE, "application/x-xz", rb"\xfd7zXZ\0"),
    (FileKind.ARCHIVE, "application/x-bzip2", rb"BZh[1-9]\x31\x41\x59\x26\x53\x59"),
    (FileKind.ARCHIVE, "application/zstd", rb"\x28\xb5\x2f\xfd"),
    (FileKind.DOCUMENT, "text/html", rb"(?:\xef\xbb\xbf)?\s*(?i:<!doctype html|<html)"),
    (FileKind.DOCUMENT, "image/svg+xml", _XML + rb"(?:<!DOCTYPE svg[^>]{0,300}>\s*)?<svg"),
    (FileKind.DOCUMENT, "application/xml", rb"(?:\xef\xbb\xbf)?\s*<\?xml "),
    (FileKind.DOCUMENT, "application/rtf", rb"\{\\rtf1"),
)
SIGNATURES: Final = tuple((re.compile(pattern, re.DOTALL), Sniffed(kind, name)) for kind, name, pattern in _TABLE)

# What a name claims, for the kinds whose bytes can be told apart from all others.
EXTENSIONS: Final = {
    FileKind.UNITY_PACKAGE: "unitypackage",
    FileKind.PHOTO: "jpg jpeg jpe jfif png gif webp heic heif avif tif tiff dng cr2 cr3 psd exr hdr bmp jxl dds",
    FileKind.VIDEO: "mp4 m4v mov qt webm mkv avi ts mts m2ts mpg mpeg flv wmv asf 3gp 3g2",
    FileKind.MODEL3D: "glb gltf obj fbx stl ply blend usd usda usdc usdz dae 3mf",
    FileKind.AUDIO: "wav ogg oga opus mp3 flac aif aiff m4a m4b aac mid midi",
    FileKind.ARCHIVE: "zip tgz gz tar 7z rar xz bz2 zst",
    FileKind.DOCUMENT: "pdf txt md html htm xml svg rtf docx xlsx pptx",
}
