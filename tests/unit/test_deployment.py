"""The deployment says what the program understands: there is no Docker here, so its files are read."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from tests.dockerfile import stages

from asset_ingest.bootstrap import QUEUES
from asset_ingest.entrypoints.cli.app import app
from asset_ingest.settings import Settings

ROOT = Path(__file__).parents[2]
PREFIX = "ASSET_INGEST_"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service.get("build") == "."]
ONCE = [name for name, service in SERVICES.items() if service["restart"] == "no"]
IMAGE = stages(ROOT / "Dockerfile")[-1]

VARIABLE = re.compile(r"\$\$|\$\{(\w+)(?::([?-])([^}]*))?\}")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|SALT|APP_KEYS|ENCRYPTION_KEY|REDISCLI_AUTH")
ADDRESS_WITH_PASSWORD = re.compile(r"\w+://[^/@:]*:(\$\{[^}]*\}|[^@]*)@")
PINNED = re.compile(r"[\w./-]+:v?\d+[\w.-]*")


# --- .env.example -----------------------------------------------------------------------------------------------


def example(*, also_commented: bool) -> dict[str, str]:
    """Return what .env.example sets; with the optional ones, which it has in comments, if asked."""
    pattern = r"^#?([A-Z][A-Z0-9_]*)=(.*)$" if also_commented else r"^([A-Z][A-Z0-9_]*)=(.*)$"
    return dict(re.findall(pattern, (ROOT / ".env.example").read_text(), re.MULTILINE))


def filled(*, also_commented: bool) -> dict[str, str]:
    """Return what somebody has who followed the instructions in it."""
    return {name: value or "5ec2e7" for name, value in example(also_commented=also_commented).items()}


def resolved(text: str, variables: dict[str, str]) -> str:
    """Put variables in as Compose does; raise KeyError where it would refuse to start."""

    def value(found: re.Match[str]) -> str:
        name, kind, default = found.groups()
        if name is None:
            return "$"
        if kind == "-":
            return variables.get(name) or str(default)
        return variables[name]

    return VARIABLE.sub(value, text)


def environment(service: str, variables: dict[str, str]) -> dict[str, str]:
    """Return what a container gets: names without a value come from .env, or are not set at all."""
    given = SERVICES[service].get("environment", {}).items()
    told = {name: variables.get(name) if value is None else resolved(value, variables) for name, value in given}
    return {name: value for name, value in told.items() if value is not None}


def texts(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for each in node.values():
            yield from texts(each)
    elif isinstance(node, list):
        for each in node:
            yield from texts(each)
    else:
        yield str(node)


def asked_of_env() -> set[str]:
    by_text = {name for text in texts(SERVICES) for name, _, _ in VARIABLE.findall(text) if name}
    bare = {
        name for service in SERVICES.values() for name, value in service.get("environment", {}).items() if value is None
    }
    return by_text | bare


def test_every_variable_is_explained_in_the_example_and_every_explained_one_is_used() -> None:
    assert asked_of_env() == set(example(also_commented=True))


def test_the_example_has_no_secret_that_works() -> None:
    assert {name: value for name, value in example(also_commented=True).items() if SECRET.search(name) and value} == {}


def test_compose_refuses_to_start_without_a_secret() -> None:
    for text in texts(SERVICES):
        for name, kind, _ in VARIABLE.findall(text):
            assert kind == "?" or not SECRET.search(name), f"{name} may be missing and nobody would notice"


# --- what our program is told -----------------------------------------------------------------------------------


def settings_of(told: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    unknown = {name for name in told if name.startswith(PREFIX)} - {
        f"{PREFIX}{name.upper()}" for name in Settings.model_fields
    }
    assert unknown == set()
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    return Settings()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{PREFIX}{name.upper()}", raising=False)


@pytest.mark.parametrize("also_commented", [False, True], ids=["as it is", "with all options"])
@pytest.mark.parametrize("service", OURS)
def test_the_program_understands_every_variable(
    service: str, monkeypatch: pytest.MonkeyPatch, *, also_commented: bool
) -> None:
    image = dict(each.text.split("=", 1) for each in IMAGE.all("ENV"))
    told = image | environment(service, filled(also_commented=also_commented))
    settings = settings_of({name: value for name, value in told.items() if name.startswith(PREFIX)}, monkeypatch)
    assert (settings.cms, settings.notices, settings.s3_bucket) == ("strapi", "redis", "asset-ingest")
    assert (str(settings.data), settings.host, settings.port) == ("/data", "0.0.0.0", 8080)  # noqa: S104  in a container


def test_both_ends_of_every_wire_agree() -> None:
    env = filled(also_commented=True)
    web, s3 = environment("web", env), environment("s3", env)
    assert (web["ASSET_INGEST_S3_ACCESS_KEY"], web["ASSET_INGEST_S3_SECRET_KEY"]) == (
        s3["ROOT_ACCESS_KEY_ID"],
        s3["ROOT_SECRET_ACCESS_KEY"],
    )
    assert web["ASSET_INGEST_S3_REGION"] == s3["VGW_REGION"]
    assert web["ASSET_INGEST_STRAPI_TOKEN"] == environment("strapi", env)["STRAPI_INGEST_TOKEN"]
    made = next(line for line in SERVICES["folders"]["command"][0].splitlines() if line.startswith("mkdir "))
    assert f"s3/{web['ASSET_INGEST_S3_BUCKET']}" in made.split()


@pytest.mark.parametrize("service", OURS)
def test_every_address_names_a_service_in_reach(service: str) -> None:
    hosts = {
        re.split(r"[:/]", text.split("@")[-1].split("://")[-1])[0]
        for name, text in environment(service, filled(also_commented=False)).items()
        if name.endswith(("_URL", "_ENDPOINT")) and name != "ASSET_INGEST_PUBLIC_URL"
    }
    assert hosts == {"postgres", "valkey", "s3", "strapi"}
    assert all("inside" in SERVICES[host]["networks"] for host in hosts)


@pytest.mark.parametrize("service", OURS)
def test_the_program_understands_every_command(service: str) -> None:
    words = IMAGE.command("ENTRYPOINT")
    assert words == ["asset-ingest"]
    assert words[0] in PROJECT["scripts"]
    parsed(SERVICES[service]["command"])


def test_the_program_understands_the_image_by_itself() -> None:
    assert parsed(IMAGE.command("CMD")) == {"data": None, "host": None, "port": None}


def parsed(arguments: list[str]) -> dict[str, Any]:
    """Have the command line read, and nothing done."""
    commands = typer.main.get_command(app)
    assert isinstance(commands, typer.core.TyperGroup)
    with commands.make_context("asset-ingest", list(arguments)) as context:
        name, command, rest = commands.resolve_command(context, list(arguments))
        assert command
        with command.make_context(name, rest, parent=context) as inner:
            return dict(inner.params)


def test_every_queue_is_worked_on() -> None:
    workers = [parsed(SERVICES[name]["command"]) for name in OURS if SERVICES[name]["command"][0] == "work"]
    assert sorted(queue for worker in workers for queue in worker["queue"]) == sorted(QUEUES)


# --- how the containers stand to each other ---------------------------------------------------------------------


def test_every_dependency_can_be_waited_for() -> None:
    for name, service in SERVICES.items():
        for target, how in service.get("depends_on", {}).items():
            assert target in SERVICES, f"{name} waits for {target}"
            if how["condition"] == "service_healthy":
                assert has_health_check(target), f"{name} waits for the health of {target}"
            else:
                assert how["condition"] == "service_completed_successfully"
                assert target in ONCE, f"{target} never ends"


def has_health_check(service: str) -> bool:
    said = SERVICES[service].get("healthcheck")
    if said is not None:
        return "test" in said
    build = SERVICES[service].get("build")
    return build is not None and bool(stages(ROOT / build / "Dockerfile")[-1].all("HEALTHCHECK"))


def test_whoever_can_be_asked_has_a_health_check() -> None:
    silent = {name for name in SERVICES if not has_health_check(name)}
    assert silent == {*ONCE, "worker", "worker-media"}


def test_only_the_web_port_is_published_and_on_this_machine_alone() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert list(published) == ["web"]
    assert [resolved(port, {}) for port in published["web"]] == ["127.0.0.1:8080:8080"]
    assert [resolved(port, filled(also_commented=False)) for port in published["web"]] == ["127.0.0.1:8080:8080"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if "outside" in service.get("networks", ())} == set(OURS)


def test_every_container_is_kept_small_and_on_a_leash() -> None:
    for name, service in SERVICES.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}, name
        assert service["restart"] == ("no" if name in {"folders", "migrate"} else "unless-stopped"), name
        assert "privileged" not in service, name
        assert not any("docker.sock" in text for text in texts(service)), name


def test_what_is_kept_is_under_the_storage_folder() -> None:
    kept = {volume for service in SERVICES.values() for volume in service.get("volumes", ()) if ":" in volume}
    read_only = {volume for volume in kept if volume.endswith(":ro")}
    assert all(volume.startswith("./storage") for volume in kept - read_only)
    assert all((ROOT / volume.split(":")[0]).is_file() for volume in read_only)
    assert "volumes" not in COMPOSE


def test_every_secret_comes_from_the_environment() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET.search(variable):
                # Without a value it is the environment's own, where that has one.
                assert value is None or re.fullmatch(r"\$\{\w+:\?[^}]+\}", str(value)), f"{name}: {variable}"
            for password in ADDRESS_WITH_PASSWORD.findall(str(value)):
                assert re.fullmatch(r"\$\{\w+:\?[^}]+\}", password), f"{name}: {variable}"


def test_every_image_is_pinned() -> None:
    for name, service in SERVICES.items():
        assert PINNED.fullmatch(service["image"]), f"{name}: {service['image']}"
        if "build" in service:
            assert service["image"].endswith(f":{PROJECT['version']}"), f"{name}: {service['image']}"
