"""The images are what the deployment takes them for: there is no Docker here, so their files are read."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.dockerfile import Stage, stages

ROOT = Path(__file__).parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]

PINNED = re.compile(r"[\w./-]+:v?\d+[\w.-]*")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|SALT|APP_KEYS|ENCRYPTION_KEY")


@pytest.fixture(params=["Dockerfile", "strapi/Dockerfile"])
def dockerfile(request: pytest.FixtureRequest) -> Path:
    return ROOT / request.param


def test_an_image_is_pinned_unprivileged_and_can_be_asked_for_its_health(dockerfile: Path) -> None:
    *before, image = stages(dockerfile)
    assert before, "the tools that build are not for those who run"
    for stage in (*before, image):
        assert PINNED.fullmatch(stage.base), stage.base
    assert image.last("USER").text not in {"root", "0", "0:0"}
    assert image.command("HEALTHCHECK")
    assert {"interval", "timeout", "retries", "start-period"} <= image.last("HEALTHCHECK").options.keys()
    assert image.last("STOPSIGNAL").text == "SIGTERM"
    assert image.command("CMD")
    assert image.all("VOLUME")


def test_an_image_keeps_no_secret(dockerfile: Path) -> None:
    for stage in stages(dockerfile):
        assert not [each.text for each in stage.all("ENV") if SECRET.search(each.text)]
    assert "*" in ignored() or ".env*" in (dockerfile.parent / ".dockerignore").read_text().splitlines()


def test_nothing_runs_as_the_one_who_installed() -> None:
    install, image = stages(ROOT / "Dockerfile")[-2:]
    uid, gid = image.last("USER").text.split(":")
    made = next(each for each in image.all("RUN") if each.text.startswith("useradd "))
    assert f"--uid {uid} " in made.text
    assert [each.options.get("chown") for each in image.all("COPY")] == [None, f"{uid}:{gid}"]
    assert SERVICES["folders"]["command"][0].count(f"chown {uid}:{gid}") == 1
    assert install.all("USER") == []


def test_the_extras_that_are_installed_exist_and_are_those_the_deployment_needs() -> None:
    installing = next(each.text for each in stages(ROOT / "Dockerfile")[1].all("RUN") if " install " in each.text)
    found = re.search(r"\[([\w,]+)\]", installing)
    assert found
    assert set(found[1].split(",")) == {"server", "s3", "redis"} <= PROJECT["optional-dependencies"].keys()


def test_the_python_of_the_image_is_one_we_support() -> None:
    bases = {stage.base for stage in stages(ROOT / "Dockerfile")}
    assert len(bases) == 1, "a virtual environment works with the Python it was made by"
    version = re.search(r":(\d+\.\d+)-", bases.pop())
    assert version
    assert f"Programming Language :: Python :: {version[1]}" in PROJECT["classifiers"]


def test_what_is_copied_is_there_and_let_through(dockerfile: Path) -> None:
    for stage in stages(dockerfile):
        for source in sources(stage):
            assert (dockerfile.parent / source).exists(), source
            if dockerfile.parent == ROOT:
                assert f"!{source}" in ignored(), f".dockerignore keeps {source} back"


def sources(stage: Stage) -> list[str]:
    return [
        source.removeprefix("./")
        for each in stage.all("COPY")
        if "from" not in each.options
        for source in each.words[:-1]
    ]


def ignored() -> list[str]:
    return (ROOT / ".dockerignore").read_text().splitlines()
