"""Reads the few instructions that our Dockerfiles keep to; anything else is an error."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

KNOWN = frozenset(
    "FROM WORKDIR COPY RUN LABEL ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Instruction:
    name: str
    options: dict[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments: of the exec form, or what spaces part."""
        words: list[str] = json.loads(self.text) if self.text.startswith("[") else self.text.split()
        return words


@dataclass(frozen=True, slots=True)
class Stage:
    base: str
    name: str
    instructions: tuple[Instruction, ...]

    def all(self, name: str) -> list[Instruction]:
        return [instruction for instruction in self.instructions if instruction.name == name]

    def last(self, name: str) -> Instruction:
        """Return the one that counts; it has to be there."""
        found = self.all(name)
        assert found, f"no {name} in the stage from {self.base}"
        return found[-1]

    def command(self, name: str) -> list[str]:
        """Return the words of an exec form; the health check has its own behind CMD."""
        text = self.last(name).text.removeprefix("CMD ")
        assert text.startswith("["), f"{name} is no exec form, and a shell would stand between the program and signals"
        words: list[str] = json.loads(text)
        return words


def stages(dockerfile: Path) -> list[Stage]:
    """Return the stages in order; the last one is the image."""
    found: list[tuple[str, str, list[Instruction]]] = []
    for line in dockerfile.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        instruction = _instruction(line)
        if instruction.name == "FROM":
            base, _, name = instruction.text.partition(" AS ")
            found.append((base, name, []))
        else:
            found[-1][2].append(instruction)
    return [Stage(base, name, tuple(instructions)) for base, name, instructions in found]


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    assert name in KNOWN, f"{name} is not among the instructions that are understood here"
    assert not line.endswith("\\"), "one instruction, one line"
    options = {}
    while rest.startswith("--"):
        option, _, rest = rest.partition(" ")
        key, _, value = option.removeprefix("--").partition("=")
        options[key] = value
    return Instruction(name, options, rest.strip())
