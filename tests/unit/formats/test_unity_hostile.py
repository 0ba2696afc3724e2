"""The hostile corpus: what is refused is refused for the right reason, and everything else is read with a finding."""

from __future__ import annotations

import gzip
import struct

import pytest
from tests.unit.formats.packages import (
    FOLDER,
    GOOD,
    RECORD,
    SCRIPT,
    PackageItem,
    build_package,
    guid_for,
    gzip_member,
    long_name,
    named,
    pax_member,
    picture,
    read,
    tar_header,
    tar_member,
    tar_of,
    with_extra,
    zipped,
)

from asset_ingest.core.errors import PackageCorrupt, PackageOverLimit, PackageTruncated, PackageUnreadable
from asset_ingest.core.formats.unitypackage import FindingCode as Code
from asset_ingest.core.formats.unitypackage import PackageLimits
from asset_ingest.testing.unity_packages import END_OF_TAR, package_members, store_extra

GUID = guid_for("other")
PATH = "Assets/Street/Lamp.prefab"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("../../escape.txt", Code.TRAVERSAL),
        ("Assets/../../escape.txt", Code.TRAVERSAL),
        ("Assets\\..\\..\\escape.txt", Code.TRAVERSAL),
        ("..", Code.TRAVERSAL),
        ("/etc/passwd", Code.ABSOLUTE_PATH),
        ("\\\\server\\share\\x.txt", Code.ABSOLUTE_PATH),
        ("C:\\Windows\\x.txt", Code.DRIVE_PATH),
        ("c:x.txt", Code.DRIVE_PATH),
        ("Assets/a\0b.txt", Code.NUL_IN_PATH),
        ("", Code.EMPTY_NAME),
        ("\n00", Code.EMPTY_NAME),
        (" ./ ", Code.EMPTY_NAME),
        ("Assets/" + "a" * 5000, Code.OVERLONG_NAME),
    ],
)
def test_an_entry_with_an_unusable_path_is_skipped(path: str, code: Code) -> None:
    package = read(named(path))
    assert [entry.path for entry in package.entries] == [PATH]
    assert package.skipped == 1
    assert package.finding_counts == {code: 1}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("Assets/CON.txt", "Assets/CON.txt"),
        ("Assets/nul", "Assets/nul"),
        ("Assets/aux .tar.gz", "Assets/aux .tar.gz"),
        ("Assets/dot./x.txt", "Assets/dot./x.txt"),
        ("Assets/space ", "Assets/space "),
        ("Assets/a?.txt", "Assets/a?.txt"),
        ("Assets\\a.txt", "Assets/a.txt"),
        ("Assets/a\x1b[2Jb.txt", "Assets/a\ufffd[2Jb.txt"),
        ("Assets/gpj\u202e.exe.png", "Assets/gpj\ufffd.exe.png"),
        ("Assets/" + "a" * 256, "Assets/" + "a" * 256),
    ],
)
def test_a_name_that_some_system_cannot_store_is_kept_and_marked(path: str, shown: str) -> None:
    package = read(named(path))
    assert package.entries[1].path == shown
    assert package.entries[1].marks == (Code.RESERVED_NAME,)


@pytest.mark.parametrize("path", ["Assets/Console.cs", "Assets/Icons/Common.png", "Assets/.hidden", "Assets/com10.x"])
def test_a_name_that_only_looks_reserved_is_fine(path: str) -> None:
    assert read(named(path)).findings == ()


def test_byte_order_mark_carriage_return_and_second_line_are_no_part_of_a_path() -> None:
    package = read(named(b"\xef\xbb\xbfAssets/a.txt\r\n00"))
    assert package.entries[1].path == "Assets/a.txt"
    assert package.findings == ()


def test_a_path_is_shown_in_one_form() -> None:
    package = read(named("./Assets//e\u0301.txt"))
    assert package.entries[1].path == "Assets/é.txt"


def test_a_name_that_is_not_utf8_is_kept_with_its_bytes() -> None:
    raw = "Assets/テスト.txt".encode("cp932")
    entry = read(named(raw)).entries[1]
    assert (entry.path, entry.raw_path, entry.marks) == ("Assets/テスト.txt", raw, (Code.NON_UTF8_NAME,))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (b"1", Code.LINK),
        (b"2", Code.LINK),
        (b"3", Code.DEVICE),
        (b"4", Code.DEVICE),
        (b"6", Code.DEVICE),
        (b"V", Code.UNEXPECTED_MEMBER),
    ],
)
def test_a_member_that_is_no_file_is_skipped(kind: bytes, code: Code) -> None:
    package = read(zipped(tar_member(f"{GUID}/asset", kind=kind, link=b"/etc/passwd")))
    assert [entry.path for entry in package.entries] == [PATH]
    assert package.findings[0].code is code
    assert package.findings[0].guid == GUID


@pytest.mark.parametrize("name", ["../../x", "/etc/cron.d/x", "readme.txt", f"{GUID}/extra.bin", f"{GUID}x/asset"])
def test_a_file_that_belongs_to_no_asset_is_skipped(name: str) -> None:
    package = read(zipped(tar_member(name, b"x")))
    assert package.finding_counts == {Code.UNEXPECTED_MEMBER: 1}


@pytest.mark.parametrize(
    "name", ["._x", f"./._{GUID}", f"{GUID}/._asset", f"PaxHeader/{GUID}", f"{GUID}/PaxHeaders.1/x"]
)
def test_what_packers_leave_behind_is_passed_over(name: str) -> None:
    package = read(zipped(tar_member(name, b"x")))
    assert (len(package.entries), package.findings) == (1, ())


def test_the_first_asset_of_a_guid_counts() -> None:
    twin = PackageItem("Assets/Other.txt", b"other", guid=GOOD.guid_or_made)
    package = read(build_package([GOOD, twin]))
    assert [(entry.path, entry.size, entry.marks) for entry in package.entries] == [(PATH, 10, (Code.DUPLICATE_GUID,))]


def test_two_assets_with_one_path_are_kept_and_marked() -> None:
    package = read(named(PATH, guid=GUID))
    assert [entry.marks for entry in package.entries] == [(), (Code.DUPLICATE_PATH,)]


@pytest.mark.parametrize(("one", "other"), [("Assets/A.png", "assets/a.PNG"), ("Assets/Straße", "Assets/STRASSE")])
def test_paths_that_one_disk_takes_for_the_same_are_marked(one: str, other: str) -> None:
    package = read(build_package([PackageItem(one), PackageItem(other)]))
    assert [entry.marks for entry in package.entries] == [(), (Code.CASE_CLASH,)]


def test_a_guid_without_a_pathname_is_told() -> None:
    package = read(zipped(tar_member(f"{GUID}/asset", b"x")))
    assert (package.skipped, package.finding_counts) == (1, {Code.NO_PATHNAME: 1})


def test_a_missing_meta_is_told() -> None:
    assert read(named("Assets/x.txt", meta=None)).entries[1].marks == (Code.MISSING_META,)
    assert read(named("ProjectSettings/TagManager.asset", meta=None)).findings == ()


@pytest.mark.parametrize("meta", [b"", b"guid: 1", b"guid: " + b"0" * 32, b"\xff" * 99, b"&a [*a,*a]\n" * 2000])
def test_an_odd_meta_is_told(meta: bytes) -> None:
    assert read(named("Assets/x.txt", meta=meta)).entries[1].marks == (Code.ODD_META,)


def test_a_meta_is_understood_in_all_its_spellings() -> None:
    guid = guid_for("Assets/x")
    meta = f"\ufefffileFormatVersion: 2\r\nguid: {guid.upper()}\r\nfolderAsset: yes\r\nMonoImporter:\r\n".encode()
    entry = read(named("Assets/x", meta=meta)).entries[1]
    assert (str(entry.kind), entry.importer, entry.marks) == ("folder", "MonoImporter", ())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Assets/Editor/A.cs", b"using UnityEditor;\n[InitializeOnLoad]\nclass A {}"),
        ("Assets/Editor/A.cs", b"class A : UnityEditor.AssetPostprocessor {}"),
        ("Assets/Editor/A.cs", "\ufeffusing UnityEditor; [InitializeOnLoadMethod]".encode("utf-16")),
        ("Assets/Editor/A.dll", b"\0UnityEditor\0InitializeOnLoadAttribute\0"),
    ],
)
def test_code_that_the_editor_would_run_is_marked(path: str, content: bytes) -> None:
    assert read(named(path, content=content)).entries[1].marks == (Code.AUTO_RUN_SCRIPT,)


def test_a_text_about_code_is_no_code() -> None:
    content = b"using UnityEditor;\n[InitializeOnLoad]"
    assert read(named("Assets/readme.txt", content=content)).findings == ()


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("Assets/setup.bat", b"echo"),
        ("Assets/empty.exe", b""),
        ("Assets/picture.png", b"MZ" + bytes(200)),
        ("Assets/Plugins/a.so", b"\x7fELF\x02\x01"),
        ("Assets/Plugins/a.bundle", b"\xca\xfe\xba\xbe\0\0\0\x02"),
    ],
)
def test_a_program_is_marked(path: str, content: bytes) -> None:
    assert read(named(path, content=content)).entries[1].marks == (Code.NATIVE_EXECUTABLE,)


@pytest.mark.parametrize("content", [b"\xca\xfe\xba\xbe\0\0\0\x34", b"MZ" + bytes(58) + b"\x40\0\0\0" + bytes(500)])
def test_managed_code_is_no_native_program(content: bytes) -> None:
    if content.startswith(b"MZ"):
        pe = struct.pack("<4s20xH", b"PE\0\0", 0x10B) + bytes(206) + struct.pack("<I", 0x2008)
        content = content[:0x40] + pe
    assert read(named("Assets/Plugins/a.dll", content=content)).findings == ()


def test_marks_do_not_depend_on_the_order_of_members() -> None:
    items = [
        PackageItem("Assets/A.cs", b"using UnityEditor; [InitializeOnLoad]"),
        PackageItem("Assets/a.txt", b"using UnityEditor; [InitializeOnLoad]"),
        PackageItem("Assets/run.sh", b"#!/bin/sh"),
    ]
    parts = [
        (
            tar_member(f"{item.guid_or_made}/asset", item.content or b""),
            tar_member(f"{item.guid_or_made}/pathname", item.name),
        )
        for item in items
    ]
    expected = [(Code.AUTO_RUN_SCRIPT,), (), (Code.NATIVE_EXECUTABLE,)]
    for order in (
        [part for pair in parts for part in pair],
        [asset for asset, _ in parts] + [name for _, name in parts],
        [name for _, name in parts] + [asset for asset, _ in parts],
    ):
        entries = read(gzip_member(b"".join(order) + END_OF_TAR)).entries
        assert [tuple(c for c in entry.marks if c is not Code.MISSING_META) for entry in entries] == expected


def test_a_preview_that_is_no_picture_or_too_large_is_skipped() -> None:
    for preview in (b"GIF89a", picture(8, 8) + bytes(5 << 20)):
        package = read(build_package([PackageItem("Assets/x.png", b"x", preview=preview)]))
        assert package.entries[0].has_preview is False
        assert package.finding_counts == {Code.UNUSABLE_PREVIEW: 1}


def test_several_gzip_members_are_one_stream() -> None:
    tar = b"".join(package_members([GOOD, FOLDER, SCRIPT]))
    data = b"".join(gzip_member(tar[start : start + 700]) for start in range(0, len(tar), 700))
    package = read(data)
    assert len(package.entries) == 3
    assert package.members == -(-len(tar) // 700)


def test_padding_after_the_last_member_is_no_finding() -> None:
    assert read(build_package([GOOD]) + bytes(5000)).findings == ()


@pytest.mark.parametrize("garbage", [b"\x1f", b"x", b"PK\x03\x04" * 1000, bytes(600) + b"x"])
def test_garbage_after_the_last_member_is_told(garbage: bytes) -> None:
    assert read(build_package([GOOD]) + garbage).finding_counts == {Code.TRAILING_DATA: 1}


def test_what_follows_the_end_of_the_archive_is_told() -> None:
    assert read(gzip_member(tar_of() + tar_of(item=SCRIPT))).finding_counts == {Code.TRAILING_DATA: 1}


def test_an_archive_without_end_mark_is_whole_if_its_checksum_says_so() -> None:
    tar = tar_of()[: -len(END_OF_TAR)]
    assert read(gzip_member(tar)).finding_counts == {Code.NO_END_MARK: 1}
    with pytest.raises(PackageTruncated):
        read(tar)


def test_a_truncated_package_is_refused() -> None:
    data = build_package([GOOD, SCRIPT], record=RECORD)
    for size in (20, 200, len(data) // 2, len(data) - 1):
        with pytest.raises(PackageTruncated):
            read(data[:size])


def test_a_wrong_checksum_or_length_is_refused() -> None:
    data = build_package([GOOD])
    for at in (-8, -4):
        with pytest.raises(PackageCorrupt):
            read(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] if at + 1 else data)


def test_a_size_that_lies_is_refused() -> None:
    with pytest.raises(PackageTruncated):
        read(gzip_member(tar_member(f"{GUID}/asset", b"x", size=9_999_999)))
    with pytest.raises(PackageCorrupt):
        read(zipped(tar_member(f"{GUID}/asset", b"y" * 4000, size=1)))


@pytest.mark.parametrize(
    "size", [b"-0000000001\0", b"7777_777777\0", b"99999999999\0", b"\xff" * 12, b"\x81" + bytes(11)]
)
def test_a_size_that_is_no_number_is_refused(size: bytes) -> None:
    block = tar_header(f"{GUID}/asset".encode(), 0)
    block = block[:124] + size + block[136:148] + b" " * 8 + block[156:]
    block = block[:148] + b"%06o\0 " % sum(block) + block[156:]
    with pytest.raises((PackageCorrupt, PackageOverLimit)):
        read(zipped(block))


@pytest.mark.parametrize(
    "data", [b"", b"\x1f", b"PK\x03\x04" + bytes(900), b"hello", gzip.compress(b"hello" * 400, mtime=0)]
)
def test_what_is_no_package_is_refused(data: bytes) -> None:
    with pytest.raises(PackageUnreadable):
        read(data)


def test_a_tar_without_assets_is_no_package() -> None:
    for data in (END_OF_TAR, tar_member("package/package.json", b"{}") + END_OF_TAR):
        with pytest.raises(PackageUnreadable):
            read(gzip_member(data))


def test_a_header_damaged_in_a_bare_tar_is_refused() -> None:
    tar = bytearray(build_package([GOOD, SCRIPT], compress=False))
    tar[512 + 3] ^= 1
    with pytest.raises(PackageCorrupt):
        read(bytes(tar))


def test_long_names_and_pax_names_are_honoured() -> None:
    name = f"{GUID}/pathname"
    for before in (long_name(name.encode()), pax_member({"path": name, "mtime": "1.5"})):
        package = read(zipped(before, tar_member("x" * 90, b"Assets/named.txt")))
        assert package.entries[1].path == "Assets/named.txt"
        assert package.entries[1].guid == GUID


def test_a_pax_size_and_a_base_256_size_are_honoured() -> None:
    pax = pax_member({"size": "3"}) + tar_member(f"{GUID}/asset", b"abc", size=0)
    block = tar_header(f"{GUID}/asset".encode(), 0)
    block = block[:124] + b"\x80" + (3).to_bytes(11, "big") + block[136:148] + b" " * 8 + block[156:]
    block = block[:148] + b"%06o\0 " % sum(block) + block[156:]
    for member in (pax, block + b"abc" + bytes(509)):
        package = read(zipped(member, tar_member(f"{GUID}/pathname", b"Assets/x")))
        assert package.entries[1].size == 3


def test_pax_fields_for_all_hold_until_the_end() -> None:
    package = read(zipped(pax_member({"comment": "x"}, kind=b"g"), tar_member(f"{GUID}/pathname", b"Assets/x")))
    assert package.entries[1].path == "Assets/x"


def test_a_long_name_that_is_too_long_is_refused() -> None:
    for before in (long_name(b"x" * 70_000), pax_member({"path": "x" * 70_000})):
        with pytest.raises(PackageOverLimit):
            read(zipped(before))


def test_old_headers_and_upper_case_guids_are_read() -> None:
    old = tar_header(f"./{GUID.upper()}/pathname".encode(), 8, kind=b"\0")
    old = old[:148] + b" " * 8 + old[156:257] + bytes(8) + old[265:]
    old = old[:148] + b"%06o\0 " % sum(old) + old[156:]
    package = read(zipped(old + b"Assets/x" + bytes(504)))
    assert (package.entries[1].guid, package.entries[1].path) == (GUID, "Assets/x")


def test_a_manifest_an_attestation_and_the_icon_are_recognised() -> None:
    manifest = b'{"dependencies": {"com.unity.cinemachine": "2.9.7", "odd": 1}}'
    package = read(
        zipped(
            tar_member("package/.attestation.p7m", b"signed"),
            tar_member("packagemanagermanifest/asset", manifest),
            tar_member("packagemanagermanifest/pathname", b"packagemanagermanifest"),
            tar_member(".icon.png", picture(8, 8)),
        )
    )
    assert package.manifest == {"com.unity.cinemachine": "2.9.7"}
    assert (package.has_attestation, package.has_icon, package.findings) == (True, True, ())


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"[" * 50_000, b"\xff", b'{"dependencies": 3}'])
def test_a_manifest_that_cannot_be_read_is_told(manifest: bytes) -> None:
    package = read(zipped(tar_member("packagemanagermanifest/asset", manifest)))
    assert (package.manifest, package.finding_counts) == (None, {Code.BAD_MANIFEST: 1})


@pytest.mark.parametrize(
    "extra",
    [
        b"A$\x02\x00{]",
        b"A$\xff\xff{}",
        b"A$\x02\x00[]",
        b"A$\x01\x00\xff",
        b"XX\x02\x00ab" + b"A$\x10\x00{}",
        b"A$" + struct.pack("<H", 60_000) + b"[" * 60_000,
    ],
)
def test_a_header_record_that_cannot_be_read_is_told_and_the_package_is_read(extra: bytes) -> None:
    package = read(with_extra(extra))
    assert (package.store_record, package.finding_counts) == (None, {Code.BAD_HEADER_RECORD: 1})
    assert len(package.entries) == 1


def test_a_header_record_is_found_behind_other_fields() -> None:
    record = read(with_extra(b"XX\x02\x00ab" + (store_extra(RECORD) or b""))).store_record
    assert record is not None
    assert record.id == "90001"


def test_findings_are_bounded_and_counted() -> None:
    items = [PackageItem(f"../{number}", b"") for number in range(50)]
    package = read(build_package([GOOD, *items]), limits=PackageLimits(findings=10))
    assert len(package.findings) == 10
    assert package.finding_counts == {Code.TRAVERSAL: 50}
