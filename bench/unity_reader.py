"""How fast and how small the Unity package reader is, next to what one would use instead, in the same run.

    python bench/unity_reader.py [rounds]

Makes two packages once under bench/.work: 20,000 assets mixed like those of 39 real packages (half are scripts), and
1.1 GB of mostly compressed textures. Prints the best of the rounds, taken in turns, and the ratios; memory is the peak
of a child process that reads the package over that of a child that is only an interpreter.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from isal import isal_zlib

from asset_ingest.core.formats.unitypackage import UnityPackageReader
from asset_ingest.testing.unity_packages import PackageItem, picture, write_package

WORK = Path(__file__).parent / ".work"
CHUNK = 1 << 20
RECORD = {"id": "90001", "title": "Synthetic Pack", "publisher": {"id": "4242", "label": "Example Studio"}}
# extension, importer, share among the assets of 39 real packages
MIX = (
    ("cs", "MonoImporter", 49),
    ("", "DefaultImporter", 16),
    ("unity", "DefaultImporter", 6),
    ("png", "TextureImporter", 7),
    ("prefab", "PrefabImporter", 5),
    ("mat", "NativeFormatImporter", 4),
    ("asset", "NativeFormatImporter", 4),
    ("fbx", "ModelImporter", 3),
    ("shader", "ShaderImporter", 3),
    ("txt", "TextScriptImporter", 3),
)


def many() -> Iterator[PackageItem]:
    dice = random.Random(42)
    shots = [picture(128, 128, seed=seed) for seed in range(8)]
    weights = [share for _, _, share in MIX]
    for number in range(20_000):
        extension, importer, _ = dice.choices(MIX, weights)[0]
        folder = f"Assets/Many/Part{number % 137:03d}"
        if not extension:
            yield PackageItem(f"{folder}/Folder{number}", None)
            continue
        size = int(min(200_000, max(80, dice.lognormvariate(7.6, 1.2))))
        content = dice.randbytes(size) if extension in ("png", "fbx") else text(dice, size, extension)
        preview = dice.choice(shots) if extension in ("png", "prefab", "mat", "fbx") else None
        yield PackageItem(f"{folder}/Thing{number:06d}.{extension}", content, importer, preview=preview)


def large() -> Iterator[PackageItem]:
    dice = random.Random(43)
    for number in range(420):
        if number % 7 == 0:
            yield PackageItem(f"Assets/Big/Level{number}.unity", text(dice, 3_000_000, "unity"), "DefaultImporter")
        elif number % 7 == 1:
            noise, row = dice.randbytes(1_000_000), bytes(4_000_000)
            pixels = bytearray(row)
            pixels[0::4] = noise
            yield PackageItem(f"Assets/Big/Raw{number}.tga", bytes(pixels), "TextureImporter")
        else:
            yield PackageItem(f"Assets/Big/Texture{number}.png", dice.randbytes(3_300_000), "TextureImporter")


def text(dice: random.Random, size: int, extension: str) -> bytes:
    lines = ["using UnityEngine;\nusing System.Collections;\n"] if extension == "cs" else ["%YAML 1.1\n"]
    length = 0
    while length < min(size, 60_000):
        word, number = dice.choice(WORDS), dice.randrange(10**8)
        if extension == "cs":
            line = f"        private float {word} = {number}f; // {dice.choice(WORDS)} {dice.choice(WORDS)}\n"
        else:
            line = f"  m_{word}: {{fileID: {number}, guid: {dice.randbytes(16).hex()}, type: 3}}\n"
        lines.append(line)
        length += len(line)
    once = "".join(lines).encode()
    return (once * (size // len(once) + 1))[:size]


WORDS = [f"{first}{second}" for first in ("speed", "light", "door", "player", "mesh", "wave") for second in range(500)]


def ours(path: Path) -> int:
    reader = UnityPackageReader()
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            reader.feed(chunk)
    return len(reader.close().entries)


def with_tarfile(path: Path) -> int:
    with tarfile.open(path, "r:gz") as archive:
        return len(archive.getnames())


def inflate_only(path: Path) -> int:
    inflater, total = isal_zlib.decompressobj(31), 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(CHUNK):
            total += len(inflater.decompress(chunk))
    return total


def inflate_and_walk(path: Path, step: int = CHUNK) -> int:
    """The least that any listing must do: the name and size of each member, nothing checked and nothing understood."""
    inflater, members, rest, skip = isal_zlib.decompressobj(31), [], b"", 0
    with path.open("rb", buffering=0) as file:
        while chunk := file.read(step):
            data = inflater.decompress(chunk)
            if rest:
                data = rest + data
            pos = skip
            while pos + 512 <= len(data):
                name = data[pos : pos + 100].rstrip(b"\0")
                size = int(data[pos + 124 : pos + 135], 8) if name else 0
                if name:
                    members.append((name, size))
                pos += 512 + (size + 511 & -512)
            skip, rest = max(0, pos - len(data)), data[pos:]
    return len(members)


METHODS: dict[str, Callable[[Path], int]] = {
    "ours": ours,
    "tarfile r:gz": with_tarfile,
    "inflate + walk": inflate_and_walk,
    "the same, 64 KiB": lambda path: inflate_and_walk(path, 64 << 10),  # kinder to caches than the chunks we are fed
    "inflate only": inflate_only,
}


def made(name: str, items: Callable[[], Iterator[PackageItem]]) -> Path:
    path = WORK / name
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        print(f"making {path.name} …", flush=True)
        part = path.with_suffix(".part")
        with part.open("wb") as out:
            write_package(out, items(), record=RECORD, icon=picture(160, 160), second_line=b"00")
        part.rename(path)
    return path


def best_times(path: Path, rounds: int) -> dict[str, float]:
    best = dict.fromkeys(METHODS, float("inf"))
    for number in range(rounds):
        for name, method in METHODS.items():
            if name == "tarfile r:gz" and number >= 3:  # slow, and no close call
                continue
            start = time.perf_counter()
            method(path)
            best[name] = min(best[name], time.perf_counter() - start)
    return best


def peak(path: Path | None) -> float:
    """Peak memory in MB of a child that reads `path` or, without one, does nothing at all."""
    program = [__file__, "--read", str(path)] if path else ["-c", "print(open('/proc/self/status').read())"]
    status = subprocess.run([sys.executable, *program], capture_output=True, check=True, text=True, timeout=120).stdout
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def report(path: Path, rounds: int, targets: dict[str, tuple[float, str]]) -> None:
    best, bare = best_times(path, rounds), peak(None)
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.0f} MB, {ours(path)} entries")
    for name, seconds in best.items():
        print(f"  {name:17} {seconds:7.3f} s   ours takes {best['ours'] / seconds:.2f} of it")
    for name, (limit, wording) in targets.items():
        ratio = best["ours"] / best[name]
        print(f"  {wording}: {ratio:.2f}, wanted ≤ {limit:.2f}  {'ok' if ratio <= limit else 'MISSED'}")
    over = peak(path) - bare
    verdict = "ok" if over < 64 else "MISSED"
    print(f"  peak memory over a bare interpreter ({bare:.0f} MB): {over:.0f} MB, wanted < 64  {verdict}")


def main() -> None:
    if sys.argv[1:2] == ["--read"]:
        ours(Path(sys.argv[2]))
        print(Path("/proc/self/status").read_text())
        return
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    walk, alone, tar = "inflate + walk", "inflate only", "tarfile r:gz"
    report(made("many20k.unitypackage", many), rounds, {tar: (0.25, "to tarfile"), walk: (1.3, "to inflate + walk")})
    report(made("big1g.unitypackage", large), rounds, {alone: (1.3, "to isal alone")})


if __name__ == "__main__":
    main()
