"""However the bytes come and whatever they are, the reader answers the same, or with one of our errors."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.formats.packages import (
    FOLDER,
    GOOD,
    RECORD,
    SCRIPT,
    PackageItem,
    build_package,
    gzip_member,
    long_name,
    pax_member,
    picture,
    read,
    read_pieces,
    tar_member,
)

from asset_ingest.core.errors import FileRefused
from asset_ingest.core.formats.deflate import FASTEST, ZLIB, Codec
from asset_ingest.core.formats.unitypackage import Picture, UnityPackage
from asset_ingest.testing.unity_packages import END_OF_TAR, package_members

NOISE = b"".join(sha256(number.to_bytes(4, "big")).digest() for number in range(2188))[:70_000]
ITEMS = (
    FOLDER,
    GOOD,
    SCRIPT,
    PackageItem("Assets/noise.bytes", NOISE, preview=picture(64, 64, seed=3)),
    PackageItem("../escape", b"x"),
    PackageItem("Assets/テスト.txt", b"using UnityEditor; [InitializeOnLoad]"),
)
TAR = b"".join(package_members(ITEMS, icon=picture(32, 32), second_line=b"00"))
WHOLE = {
    "store": build_package(ITEMS, record=RECORD, icon=picture(32, 32), second_line=b"00"),
    "bare": TAR,
    "named": gzip_member(TAR, name=b"archtemp.tar"),
    "split": b"".join(gzip_member(TAR[start : start + 9_999]) for start in range(0, len(TAR), 9_999)),
    "trailing": gzip_member(TAR) + b"garbage",
    "extended": gzip_member(
        pax_member({"path": f"{GOOD.guid_or_made}/pathname"})
        + tar_member("x", b"Assets/x.cs")
        + long_name(f"{GOOD.guid_or_made}/asset".encode())
        + tar_member("y", b"y" * 1000)
        + END_OF_TAR
    ),
}
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("name", WHOLE)
@quick
@given(data=st.data())
def test_chunks_make_no_difference(name: str, data: st.DataObject) -> None:
    package = WHOLE[name]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(package)), max_size=30)))
    pieces = [package[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(package)], strict=True)]
    codec = data.draw(st.sampled_from([FASTEST, ZLIB]))
    assert _all_of(pieces, codec) == _all_of([package], FASTEST)


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("codec", [FASTEST, ZLIB], ids=["fastest", "zlib"])
def test_single_bytes_make_no_difference(name: str, codec: Codec) -> None:
    package = WHOLE[name]
    assert _all_of([package[at : at + 1] for at in range(len(package))], codec) == _all_of([package], FASTEST)


@pytest.mark.parametrize("name", WHOLE)
@quick
@given(data=st.data())
def test_damage_is_refused_or_read_but_nothing_else_happens(name: str, data: st.DataObject) -> None:
    package = bytearray(WHOLE[name])
    for at in data.draw(st.lists(st.integers(0, len(package) - 1), min_size=1, max_size=6)):
        package[at] = data.draw(st.integers(0, 255))
    _read_or_refuse(bytes(package[: data.draw(st.integers(0, len(package)))]))


@quick
@given(data=st.data())
def test_damage_under_a_right_checksum_is_refused_or_read_but_nothing_else_happens(data: st.DataObject) -> None:
    tar = bytearray(TAR)
    for at in data.draw(st.lists(st.integers(0, len(tar) - 1), min_size=1, max_size=20)):
        tar[at] = data.draw(st.integers(0, 255))
    start = data.draw(st.integers(0, len(tar) // 512)) * 512
    _read_or_refuse(gzip_member(bytes(tar[start:])))


@quick
@given(st.binary(max_size=2000), st.sampled_from([b"", b"\x1f\x8b\x08", b"\x1f\x8b\x08\x04", b"\x1f\x8b\x08\x1e"]))
def test_noise_is_refused(noise: bytes, start: bytes) -> None:
    _read_or_refuse(start + noise)


@quick
@given(st.binary(max_size=300), st.binary(max_size=300), st.binary(max_size=300))
def test_any_names_and_metas_are_read(path: bytes, meta: bytes, content: bytes) -> None:
    package = read(build_package([GOOD, PackageItem(path, content, guid="0" * 32, meta=meta)]))
    for entry in package.entries:
        assert ".." not in entry.path.split("/")
        assert not entry.path.startswith("/")
        assert "\0" not in entry.path
        entry.path.encode()


@quick
@given(st.text(alphabet="aZ09._- ~/\\:*cCoOnNé\u202e\n", max_size=40))
def test_the_quick_look_at_a_path_agrees_with_the_long_one(tail: str) -> None:
    path = "Assets/" + tail
    quick_look, long_look = (read(build_package([GOOD, PackageItem(name)])) for name in (path, "\ufeff" + path))
    assert [(entry.path, entry.marks) for entry in quick_look.entries] == [
        (entry.path, entry.marks) for entry in long_look.entries
    ]


def test_pictures_stream_by_and_the_icon_has_no_guid() -> None:
    pictures: list[Picture] = []
    read(WHOLE["store"], on_picture=pictures.append)
    assert [shown.guid for shown in pictures] == [GOOD.guid_or_made, ITEMS[3].guid_or_made, ""]
    assert pictures[1].png == picture(64, 64, seed=3)


def test_a_package_tells_everything_it_holds() -> None:
    package = read(WHOLE["store"])
    assert [(entry.path, str(entry.kind), entry.size, entry.has_preview) for entry in package.entries] == [
        ("Assets/Street", "folder", 0, False),
        ("Assets/Street/Lamp.prefab", "prefab", 10, True),
        ("Assets/Street/Lamp.cs", "script", 33, False),
        ("Assets/noise.bytes", "data", 70_000, True),
        ("Assets/テスト.txt", "text", 37, False),
    ]
    assert (package.compressed, package.inflated, package.members) == (len(WHOLE["store"]), len(TAR), 1)
    assert package.has_icon
    assert package.store_record is not None
    assert package.store_record.title == "Urban Street Props 東京"


def test_the_builder_makes_the_same_bytes_each_time() -> None:
    assert build_package(ITEMS, record=RECORD) == build_package(ITEMS, record=RECORD)


def _all_of(pieces: list[bytes], codec: Codec) -> tuple[UnityPackage, list[Picture]]:
    pictures: list[Picture] = []
    return read_pieces(pieces, codec=codec, on_picture=pictures.append), pictures


def _read_or_refuse(data: bytes) -> None:
    answers = set()
    for codec in (FASTEST, ZLIB):
        try:
            answers.add(repr(read(data, chunk=997, codec=codec)))
        except FileRefused as refused:
            answers.add("refused" if refused.message else "refused without a word")
    assert len(answers) == 1
    assert "refused without a word" not in answers
