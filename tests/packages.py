"""A small package with everything in it: record, icon, previews, folders, scripts."""

from __future__ import annotations

from asset_ingest.testing.unity_packages import PackageItem, build_package, picture

RECORD = {
    "link": {"id": "90001", "type": "content"},
    "unity_version": "2021.3.0f1",
    "pubdate": "10 Oct 2022",
    "version": "1.2.3",
    "upload_id": "5",
    "version_id": "6",
    "category": {"id": "2", "label": "3D/Props"},
    "id": "90001",
    "title": "Crates & Barrels",
    "publisher": {"id": "77", "label": "Tiny Studio"},
}


def small_package(**changes: object) -> bytes:
    items = [
        PackageItem("Assets/Props", None),
        PackageItem("Assets/Props/Crate.prefab", b"%YAML 1.1\n", "PrefabImporter", preview=picture(128, 128)),
        PackageItem("Assets/Props/Crate.png", picture(64, 64), "TextureImporter", preview=picture(64, 64)),
        PackageItem("Assets/Scripts/Open.cs", b"class Open {}", "MonoImporter"),
    ]
    arguments = {"record": RECORD, "icon": picture(160, 160), "second_line": b"\n00", **changes}
    return build_package(items, **arguments)  # type: ignore[arg-type]
