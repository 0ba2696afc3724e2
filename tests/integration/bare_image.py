"""Carries our Dockerfile out without Docker: an ordinary user makes the image in a bare folder.

Every stage is made at the same place, and moved aside when the next one begins: programs remember where they were
installed. The folders that WORKDIR names are looked for below that place; the rest of the machine is only read. The
user that the file makes is the one who carries it out.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.dockerfile import Instruction, Stage, stages

CHECKOUT = Path(__file__).parents[2]
STEP_SECONDS = 240
_PR_SET_PDEATHSIG = 1

# How to reach the registries from here, and nothing else, is taken from the environment of who runs the tests.
_PASSED_ON = re.compile(r"pip_|npm_config_|uv_|https?_proxy$|no_proxy$|ssl_cert_|node_extra_ca_certs$", re.IGNORECASE)
_REGISTRIES = (".config/pip/pip.conf", ".pip/pip.conf", ".npmrc")


@dataclass(frozen=True, slots=True)
class Builder:
    """Who carries it out: nobody, where root runs the tests, else whoever does."""

    uid: int
    gid: int

    @classmethod
    def here(cls) -> Builder:
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        nobody = pwd.getpwnam("nobody")
        return cls(nobody.pw_uid, nobody.pw_gid)

    def arguments(self) -> dict[str, Any]:
        """What makes a child process this user."""
        if os.geteuid() != 0:
            return {"umask": 0o022}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o022}

    def own(self, tree: Path) -> None:
        """Give this user everything below `tree`."""
        for path in (tree, *tree.rglob("*")) if os.geteuid() == 0 else ():
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(slots=True)
class BareImage:
    """The image of a Dockerfile in a folder of its own, which belongs to its builder."""

    folder: Path
    builder: Builder
    environment: dict[str, str] = field(default_factory=dict)
    _working: Path = field(init=False)
    _ours: re.Pattern[str] = field(init=False)

    @property
    def root(self) -> Path:
        return self.folder / "image"

    def build(self, dockerfile: Path) -> Stage:
        """Carry out every instruction and return the last stage; raise AssertionError with what a command said."""
        made = stages(dockerfile)
        folders = {each.text.lstrip("/") for stage in made for each in stage.all("WORKDIR")}
        self._ours = re.compile(rf"(?<![\w./-])/({'|'.join(sorted(folders))})(?![\w-])")
        for stage in made:
            self._begin(stage)
            for instruction in stage.instructions:
                self._carry_out(instruction)
            if stage is not made[-1]:
                self.root.rename(self._aside(stage.name))
        return made[-1]

    def here(self, text: str) -> str:
        """Say where the image's folders really are."""
        return self._ours.sub(lambda found: f"{self.root}/{found[1]}", text)

    def run(self, command: Sequence[str], *, seconds: float = STEP_SECONDS, **more: str) -> str:
        """Run it as the builder and return what it said, or raise AssertionError with that."""
        with self.running(command, **more) as process:
            said = process.communicate(timeout=seconds)[0]
        assert process.returncode == 0, f"{command} ended with {process.returncode}:\n{said[-4000:]}"
        return said

    @contextmanager
    def running(self, command: Sequence[str], **more: str) -> Iterator[subprocess.Popen[str]]:
        """Run it for as long as the context lasts, with all that it starts; enter from the main thread."""
        process = subprocess.Popen(  # noqa: S603  from our own Dockerfile
            [self.here(word) for word in command],
            cwd=self._working,
            env=self.environment | more,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            preexec_fn=_die_with_us,  # noqa: PLW1509  one system call
            **self.builder.arguments(),
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert process.stdout
            process.stdout.close()

    # --- instructions -----------------------------------------------------------------------------------------------

    def _carry_out(self, instruction: Instruction) -> None:
        {"WORKDIR": self._workdir, "COPY": self._copy, "RUN": self._run, "ENV": self._env}.get(
            instruction.name, lambda _: None
        )(instruction)

    def _begin(self, stage: Stage) -> None:
        """Make what the base brings: a Python with pip, first on the path."""
        self.root.mkdir()
        self._working = self.root
        self.environment = _registries() | {
            "HOME": str(self.folder / "home"),
            "PATH": f"{self.root}/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        if not (self.folder / "home").exists():
            _make_home(self.folder / "home")
        self.builder.own(self.folder)
        python = self._python(stage.base)
        self.run([str(python), "-m", "venv", str(self.root / "usr/local")])

    def _python(self, base: str) -> Path:
        """Find a Python of the base's version that the builder may run; copy ours if it is for us alone."""
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        assert base.startswith("python:"), base
        ours = Path(sys.base_prefix, "bin", f"python{version}")
        copied = self.folder / "python"
        if not copied.exists() and not self._may_run(ours):
            _copy_python(Path(sys.base_prefix), copied, version)
            self.builder.own(copied)
        if not copied.exists():
            return ours
        self.environment["LD_LIBRARY_PATH"] = str(copied / "lib")
        return copied / "bin" / ours.name

    def _may_run(self, python: Path) -> bool:
        try:
            self.run([str(python), "-c", "import ensurepip, venv"])
        except (AssertionError, OSError):
            return False
        return True

    def _workdir(self, instruction: Instruction) -> None:
        self._working = Path(self.here(instruction.text))
        self._working.mkdir(parents=True, exist_ok=True)
        self.builder.own(self._working)

    def _copy(self, instruction: Instruction) -> None:
        *names, target = instruction.words
        earlier = instruction.options.get("from")
        to = self._working / self.here(target)
        for name in names:
            if earlier:
                source = self._aside(earlier) / name.lstrip("/")
                _copy_into(source, to, [source.relative_to(source)])
            else:
                source = CHECKOUT / name
                files = _files_for_the_builder(name)
                assert files, f"nothing of {name} is let through"
                _copy_into(source, to / name if source.is_file() else to, files)
        self.builder.own(to if to.is_dir() else to.parent)

    def _run(self, instruction: Instruction) -> None:
        if not instruction.text.startswith("useradd "):  # that user is the builder
            self.run(["/bin/sh", "-c", instruction.text])

    def _env(self, instruction: Instruction) -> None:
        name, _, value = instruction.text.partition("=")
        self.environment[name] = self.here(value).replace("$PATH", self.environment["PATH"])

    def _aside(self, stage: str) -> Path:
        return self.folder / f"stage-{stage}"


def _registries() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _PASSED_ON.match(name)}


def _make_home(home: Path) -> None:
    """Have nothing in it but how to reach the registries."""
    home.mkdir()
    for name in _REGISTRIES:
        if (Path.home() / name).is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(Path.home() / name, home / name)
            (home / name).chmod(0o600)


def _copy_python(prefix: Path, to: Path, version: str) -> None:
    """Copy an interpreter and its library, without what was installed into it."""
    left_out = shutil.ignore_patterns("site-packages", "__pycache__", "test", "config-*")
    shutil.copytree(prefix / f"lib/python{version}", to / f"lib/python{version}", symlinks=True, ignore=left_out)
    for library in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy2(library, to / "lib", follow_symlinks=False)
    (to / "bin").mkdir()
    shutil.copy2(prefix / f"bin/python{version}", to / "bin")


def _files_for_the_builder(name: str) -> list[Path]:
    """Return the files below `name`, seen from there, that are in the project and that .dockerignore lets through."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", name]
    listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True, timeout=30).stdout  # noqa: S603  fixed words
    paths = [Path(path) for path in listed.split("\0") if path and (CHECKOUT / path).is_file()]
    return [path.relative_to(name) for path in paths if _is_let_through(path)]


def _is_let_through(path: Path) -> bool:
    """Follow .dockerignore, of which we use little: the last line that fits decides."""
    let_through = True
    for line in (CHECKOUT / ".dockerignore").read_text().splitlines():
        pattern = line.removeprefix("!").removeprefix("**/")
        fits = pattern in path.parts if "**/" in line else any(each.match(pattern) for each in (path, *path.parents))
        if line and not line.startswith("#") and fits:
            let_through = line.startswith("!")
    return let_through


def _copy_into(source: Path, to: Path, below: Sequence[Path]) -> None:
    """Copy what is `below` the source; links stay links."""
    for path in below:
        found, target = source / path, to / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(found, target)


def _die_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
