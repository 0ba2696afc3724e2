"""A package may not ask for more than the limits give, and is refused while it grows, not after."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import pytest
from tests.unit.formats.packages import GOOD, PackageItem, bomb, build_package, gzip_member, read, read_pieces

from asset_ingest.core.errors import IngestError, PackageBomb, PackageOverLimit
from asset_ingest.core.formats.gzip_members import MAX_OUT, GzipMembers
from asset_ingest.core.formats.unitypackage import PackageLimits, UnityPackageReader

SMALL = PackageLimits(ratio_floor=1 << 20)


def test_a_bomb_is_refused_while_it_inflates() -> None:
    members = GzipMembers(SMALL)
    pieces = (piece for data in bomb(64 << 20) for piece in members.feed(data))
    with pytest.raises(PackageBomb):
        deque(pieces, maxlen=0)
    assert members.inflated <= SMALL.ratio_floor + MAX_OUT


def test_zeros_below_the_floor_are_no_bomb() -> None:
    package = read(build_package([PackageItem("Assets/zeros.bytes", bytes(1 << 20))]))
    assert package.inflated > 200 * package.compressed


def test_no_package_may_be_larger_than_the_total() -> None:
    for data, error in (
        (build_package([GOOD]), PackageBomb),
        (build_package([GOOD], compress=False), PackageOverLimit),
    ):
        with pytest.raises(error):
            read(data, limits=PackageLimits(inflated=1000))


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (PackageLimits(entries=9), PackageBomb),
        (PackageLimits(headers=20), PackageBomb),
        (PackageLimits(member=50), PackageOverLimit),
        (PackageLimits(kept_metadata_bytes=1000), PackageOverLimit),
    ],
)
def test_each_limit_is_kept_and_says_so_to_a_person(limits: PackageLimits, error: type[IngestError]) -> None:
    data = build_package([PackageItem(f"Assets/{number}.txt", b"x" * 60) for number in range(10)])
    read(data, limits=replace(limits, entries=10, headers=50, member=500, kept_metadata_bytes=10_000))
    with pytest.raises(error) as refused:
        read(data, limits=limits)
    assert refused.value.message
    assert refused.value.remedy


def test_a_shorter_pathname_limit_is_kept() -> None:
    package = read(build_package([GOOD, PackageItem("Assets/" + "a" * 60)]), limits=PackageLimits(pathname=30))
    assert (len(package.entries), package.skipped) == (1, 1)


def test_a_million_tiny_members_cost_no_more_than_their_length() -> None:
    package = read_pieces([build_package([GOOD]) + gzip_member(b"") * 20_000])
    assert package.members == 20_001


def test_a_file_that_is_one_long_header_is_refused() -> None:
    reader = UnityPackageReader()
    reader.feed(b"\x1f\x8b\x08\x08" + bytes(6))
    with pytest.raises(PackageOverLimit):
        deque(map(reader.feed, [b"a" * 1024] * 1000), maxlen=0)
