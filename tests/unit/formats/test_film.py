"""A film's header says its frame rate exactly, or nothing; and no bytes break whoever reads it."""

from __future__ import annotations

import struct
import tracemalloc
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.formats.films import (
    CLUSTER,
    EBML,
    FTYP,
    INFO,
    MP4,
    SOUND,
    UPRIGHT,
    WEBM,
    box,
    clock,
    element,
    endless,
    film,
    long_box,
    pictures,
    read,
    runs,
    track,
    tracks,
    unsigned,
    web_film,
)

from asset_ingest.core.formats.film import Film, FilmReader
from asset_ingest.core.formats.film_walk import LARGEST_PART
from asset_ingest.core.formats.sniff import sniff

SAMPLES = Path(__file__).parents[2] / "data" / "film"
CINEMA, NTSC, FAST = Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001)
CONSTANT = runs((120, 1001))
NOTHING = Film()


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("name", "rate"),
    [
        ("film.mp4", CINEMA),
        ("film.mkv", CINEMA),
        ("pal.mp4", 25),
        ("pal.webm", 25),
        ("ntsc.mov", NTSC),
        ("ntsc.webm", NTSC),
        ("fast.mp4", FAST),
        ("fast.webm", FAST),
        ("fragments.mp4", None),
        ("varying.mp4", None),
    ],
)
def test_a_real_film_says_its_rate_in_whatever_chunks_it_comes(name: str, rate: Fraction | None, step: int) -> None:
    data = (SAMPLES / name).read_bytes()
    found = read(data, sniff(data, name).content_type, step)
    assert found.frame_rate == rate
    assert (found.width, found.height) == (64, 36)
    if rate:
        assert found.duration_seconds == pytest.approx(12 / rate, abs=0.01)


@pytest.mark.parametrize(
    ("ticks", "told", "rate"),
    [
        (24000, [(120, 1001)], CINEMA),
        (90000, [(120, 3003)], NTSC),
        (2997, [(120, 100)], Fraction(2997, 100)),
        (25, [(1, 1), (119, 1)], 25),
        (600, [(119, 24), (1, 37)], 25),
        (600, [(119, 24), (2, 37)], None),
        (600, [(1, 37), (119, 24)], None),
        (600, [(60, 24), (1, 25), (59, 24)], None),
        (600, [(60, 24), (1, 25), (1, 26)], None),
        (0, [(120, 1001)], None),
        (24000, [(120, 0)], None),
        (4294967295, [(120, 1)], None),
        (4294967295, [(120, 178956971)], None),
        (24000, [], None),
    ],
)
def test_frames_of_one_length_are_a_rate_and_others_are_not_averaged(
    ticks: int, told: list[tuple[int, int]], rate: Fraction | None
) -> None:
    assert read(film(track(runs(*told), ticks=ticks)), MP4).frame_rate == rate


def test_a_film_says_how_long_and_how_large_it_is() -> None:
    assert read(film(track(CONSTANT)), MP4) == Film(CINEMA, 5.0, 1920, 1080)
    assert read(web_film(INFO, tracks(pictures(41_708_333))), WEBM) == Film(CINEMA, 5.0, 1920, 1080)


@pytest.mark.parametrize("length", [0, 2**32 - 1])
def test_a_length_that_nobody_knows_is_not_said(length: int) -> None:
    assert read(film(track(CONSTANT), length=length), MP4).duration_seconds is None


def test_a_film_that_was_held_upright_is_as_high_as_it_is_shown() -> None:
    found = read(film(track(CONSTANT, matrix=UPRIGHT)), MP4)
    assert (found.width, found.height) == (1080, 1920)
    found = read(film(track(CONSTANT, matrix=UPRIGHT, long=True)), MP4)
    assert (found.frame_rate, found.width, found.height) == (CINEMA, 1080, 1920)


def test_times_of_eight_bytes_are_read() -> None:
    data = FTYP + box(b"moov", clock(b"mvhd", 1000, 2**33, long=True), track(CONSTANT, long=True))
    assert read(data, MP4) == Film(CINEMA, 2**33 / 1000, 1920, 1080)


def test_sound_and_covers_are_no_moving_pictures() -> None:
    sound, cover = track(runs((99, 1024)), ticks=48000, handler=b"soun"), track(runs((1, 1)), ticks=1)
    assert read(film(sound, cover, track(CONSTANT)), MP4).frame_rate == CINEMA
    assert read(film(sound, cover), MP4) == Film(duration_seconds=5.0)
    assert read(web_film(INFO, tracks(SOUND, pictures(40_000_000))), WEBM).frame_rate == 25
    assert read(web_film(INFO, tracks(SOUND)), WEBM) == Film(duration_seconds=5.0)


def test_a_track_without_a_table_of_times_says_its_size_alone() -> None:
    assert read(film(track()), MP4) == Film(None, 5.0, 1920, 1080)
    assert read(web_film(tracks(pictures(None)), CLUSTER), WEBM) == Film(None, None, 1920, 1080)


def test_what_fragments_may_change_is_not_said() -> None:
    assert read(film(track(CONSTANT), box(b"mvex")), MP4) == Film(width=1920, height=1080)


@pytest.mark.parametrize("wrap", [box, long_box])
def test_the_header_is_found_behind_everything_else(wrap: Callable[..., bytes]) -> None:
    before = box(b"wide") + wrap(b"mdat", bytes(300_000)) + box(b"free", bytes(9))
    assert read(film(track(CONSTANT), before=before), MP4, 4096).frame_rate == CINEMA
    assert read(FTYP + long_box(b"moov", track(CONSTANT)), MP4).frame_rate == CINEMA


@pytest.mark.parametrize(
    ("nanoseconds", "rate"),
    [
        (41_708_333, CINEMA),
        (41_708_334, CINEMA),
        (33_366_666, NTSC),
        (16_683_333, FAST),
        (8_341_666, Fraction(120_000, 1001)),
        (41_666_666, 24),
        (40_000_000, 25),
        (33_333_333, 30),
        (16_666_667, 60),
        (80_000_000, Fraction(25, 2)),
        (41_000_000, None),
        (41_700_000, None),
        (1, None),
        (2**63, None),
        (0, None),
        (None, None),
    ],
)
def test_nanoseconds_lead_to_the_rate_that_was_meant(nanoseconds: int | None, rate: Fraction | None) -> None:
    assert read(web_film(INFO, tracks(pictures(nanoseconds))), WEBM).frame_rate == rate


def test_elements_are_found_in_any_order() -> None:
    said = tracks(pictures(40_000_000))
    assert read(web_film(said, INFO), WEBM) == Film(Fraction(25), 5.0, 1920, 1080)
    assert read(web_film(element(0xEC, bytes(500)), INFO, CLUSTER, said), WEBM, 64).frame_rate == 25
    assert read(web_film(said, CLUSTER, INFO), WEBM).frame_rate == 25
    assert read(web_film(said, endless(0x1F43B675, bytes(99))), WEBM).frame_rate == 25
    assert read(web_film(endless(0x1F43B675, bytes(99))), WEBM) == NOTHING
    assert read(EBML + element(0x18538067, INFO, said), WEBM).frame_rate == 25


@pytest.mark.parametrize("said", [b"", b"\0", struct.pack(">d", float("nan")), struct.pack(">f", float("inf"))])
def test_a_length_that_is_no_number_is_not_said(said: bytes) -> None:
    info = element(0x1549A966, element(0x4489, said), unsigned(0xEC, 0))
    assert read(web_film(info, tracks(pictures(40_000_000))), WEBM).duration_seconds is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        FTYP,
        film(track(CONSTANT))[:-1],
        FTYP + struct.pack(">I4s", 0, b"mdat") + film(track(CONSTANT)),
        FTYP + struct.pack(">I4s", 7, b"free") + film(track(CONSTANT)),
        FTYP + struct.pack(">I4sQ", 1, b"free", 15) + film(track(CONSTANT)),
        FTYP + struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1) + film(track(CONSTANT)),
        FTYP + struct.pack(">I4s", LARGEST_PART + 9, b"moov") + track(CONSTANT),
        FTYP + box(b"moov"),
        FTYP + box(b"free") * 10_000 + film(track(CONSTANT)),
        FTYP + box(b"moov", box(b"free") * 256, track(CONSTANT)),
        FTYP + box(b"moov", struct.pack(">I4s", 999, b"trak"), track(CONSTANT)),
        film(track(box(b"stts", struct.pack(">4xI", 2**32 - 1), bytes(16)))),
        film(track(CONSTANT, handler=b"")),
    ],
)
def test_boxes_that_lie_say_nothing(data: bytes) -> None:
    assert read(data, MP4).frame_rate is None


@pytest.mark.parametrize(
    "data",
    [
        EBML,
        bytes(99),
        b"\x1a\x45\xdf\xa3\0",
        web_film(endless(0x1654AE6B, pictures(40_000_000))),
        web_film(b"\x16\x54\xae\x6b\x08" + (LARGEST_PART + 1).to_bytes(4, "big")),
        web_film(tracks()),
        web_film(INFO, tracks(element(0xAE, element(0x83, bytes(9))))),
        web_film(INFO, tracks(b"\xae\x85\x83\x81")),
        web_film(INFO, tracks(b"\xae")),
        web_film(INFO, tracks(b"\xae\x40")),
        web_film(INFO, tracks(b"\xae\xff")),
        web_film(element(0xEC) * 10_000, INFO, tracks(pictures(40_000_000))),
        web_film(INFO, tracks(element(0xEC) * 256, pictures(40_000_000))),
        endless(0x18538067) * 10_001,
    ],
)
def test_elements_that_lie_say_nothing(data: bytes) -> None:
    assert read(data, WEBM).frame_rate is None


def test_other_films_say_nothing() -> None:
    assert read(film(track(CONSTANT)), "video/x-msvideo") == NOTHING


def test_no_more_than_the_header_is_held() -> None:
    reader, chunk = FilmReader(MP4), bytes(1 << 20)
    tracemalloc.start()
    try:
        reader.feed(FTYP + struct.pack(">I4sQ", 1, b"mdat", 16 + (64 << 20)))
        for _ in range(64):
            reader.feed(chunk)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
    reader.feed(film(track(CONSTANT)))
    assert reader.close().frame_rate == CINEMA


WHOLE = {
    MP4: film(track(CONSTANT, matrix=UPRIGHT), before=box(b"mdat", bytes(40))),
    WEBM: web_film(INFO, tracks(SOUND, pictures(40_000_000)), CLUSTER),
}


@given(st.sampled_from([MP4, WEBM]), st.binary(max_size=400), st.integers(1, 50))
def test_no_bytes_break_the_reader(content_type: str, data: bytes, step: int) -> None:
    assert isinstance(read(data, content_type, step), Film)
    starts = FTYP if content_type == MP4 else EBML + endless(0x18538067)
    assert isinstance(read(starts + data, content_type, step), Film)


@given(st.sampled_from([MP4, WEBM]), st.data())
def test_no_damage_to_a_film_breaks_the_reader(content_type: str, data: st.DataObject) -> None:
    damaged = bytearray(WHOLE[content_type])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    found = read(bytes(damaged), content_type)
    assert found.frame_rate is None or 0 < found.frame_rate <= 1000
    assert found == read(bytes(damaged), content_type, 3)


@given(st.integers(1, 10**7), st.integers(1, 10**7))
def test_the_rate_of_constant_frames_is_exact(ticks: int, lasts: int) -> None:
    found = read(film(track(runs((50, lasts)), ticks=ticks)), MP4).frame_rate
    assert found == (Fraction(ticks, lasts) if ticks <= 1000 * lasts else None)


@given(st.integers(1, 1000), st.booleans())
def test_every_whole_rate_survives_its_rounding_to_nanoseconds(rate: int, up: bool) -> None:  # noqa: FBT001
    lasts = -(-(10**9) // rate) if up else 10**9 // rate
    assert read(web_film(INFO, tracks(pictures(lasts))), WEBM).frame_rate == rate
