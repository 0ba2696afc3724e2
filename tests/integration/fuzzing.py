"""A run of schemathesis against a running server, and the things that its requests may name."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import httpx
from tests.integration.server import Server, ended
from tests.packages import small_package

HOOKS = Path(__file__).with_name("fuzz_hooks.py")
MARK = "zanzibar-quartz"
"""A word in everything of the seeded studio, which no answer to another may hold."""
EACH = 3


@dataclass(slots=True)
class Things:
    """Ids of real things by the name of the parameter that takes them."""

    ids: dict[str, list[str]] = field(default_factory=dict)

    def add(self, **ids: str) -> None:
        for name, value in ids.items():
            self.ids.setdefault(name, []).append(value)

    @property
    def all(self) -> list[str]:
        return [each for ids in self.ids.values() for each in ids]


async def seed(client: httpx.AsyncClient) -> Things:
    """Make some of everything that an address may name."""
    things = Things()
    policy = await client.put("/approval-policy", json={"approvers": ["ADMIN"], "needs": {"any": 1}, "not_own": False})
    assert policy.is_success, policy.text
    for number in range(EACH):
        asset_id = await _asset(client, things, number)
        await _about(client, things, asset_id, number)
        group = await _post(client, "/groups", {"name": f"{MARK} {number}"})
        upload = await _post(
            client, "/uploads", {"filename": f"{MARK}-{number}.bin", "size": 3, "group_id": group["id"]}
        )
        invited = await _post(client, "/invitations", {"email": f"{MARK}-{number}@example.org", "role": "ARTIST"})
        key = await _post(client, "/api-keys", {"name": f"{MARK} {number}"})
        things.add(group_id=group["id"], upload_id=upload["upload_id"], job_id=upload["job_id"])
        things.add(invitation_id=invited["invitation"]["id"], key_id=key["key"]["id"])
    for publisher in (await client.get("/publishers")).json()["items"]:
        things.add(publisher_id=publisher["id"])
    return things


async def _asset(client: httpx.AsyncClient, things: Things, number: int) -> str:
    name = {"Content-Disposition": f'attachment; filename="{MARK}-{number}.unitypackage"'}
    package = small_package(second_line=f"\n{number:02}".encode())
    dropped = await client.post("/assets", content=package, headers=name)
    job = await ended(client, dropped.json()["jobs"][0]["id"])
    assert job["status"] == "COMPLETE", job
    things.add(asset_id=job["asset_id"], job_id=job["id"])
    sent = await client.post(f"/assets/{job['asset_id']}/versions", content=f"{MARK} {number}".encode(), headers=name)
    again = await ended(client, sent.json()["jobs"][0]["id"])
    things.add(job_id=again["id"])
    return str(job["asset_id"])


async def _about(client: httpx.AsyncClient, things: Things, asset_id: str, number: int) -> None:
    said = await _post(client, f"/assets/{asset_id}/comments", {"text": f"{MARK} {number}", "version": 1})
    share = await _post(client, f"/assets/{asset_id}/shares", {"may_download": True})
    await _post(client, f"/assets/{asset_id}/versions/1/approval", {"verdict": "APPROVED", "note": MARK})
    things.add(comment_id=said["id"], share_id=share["share"]["id"])


async def _post(client: httpx.AsyncClient, path: str, body: Mapping[str, object]) -> Any:
    answer = await client.post(path, json=body)
    assert answer.is_success, (path, answer.text)
    return answer.json()


@dataclass(frozen=True, slots=True)
class Fuzz:
    """How long to ask, from where on, and what may be named."""

    secret: str = field(repr=False)
    things: Things
    own: Sequence[str] = ()
    foreign: Sequence[str] = ()
    seed: int = 20_26
    examples: int = 4
    steps: int = 4
    without: Sequence[str] = ()


async def fuzz(server: Server, asked: Fuzz, folder: Path, seconds: float) -> None:
    """Ask the whole document; fail with what schemathesis found."""
    config = folder / "schemathesis.toml"
    config.write_text(_config(asked))
    told = {"FUZZ_OWN": json.dumps(list(asked.own)), "FUZZ_FOREIGN": json.dumps(list(asked.foreign))}
    command = [
        sys.executable,
        "-m",
        "schemathesis.cli",
        "--config-file",
        str(config),
        "run",
        f"{server.url}/api/v1/openapi.json",
    ]
    left_out = [part for path in asked.without for part in ("--exclude-path", path)]
    headers = ["--header", f"Authorization: Bearer {asked.secret}"]
    with anyio.fail_after(seconds):
        done = await anyio.run_process([*command, *left_out, *headers], check=False, env=os.environ | told, cwd=folder)
    text = re.sub(r"\x1b\[[0-9;]*m", "", done.stdout.decode())
    sys.stdout.write(text)  # with the seed
    assert done.returncode == 0, f"seed {asked.seed}\n{text}{done.stderr.decode()}"


def _config(asked: Fuzz) -> str:
    """Write the settings of the run.

    A request that fits the document may still be refused with a 422 that names the field: that a name can be shown, or
    that one of two fields is needed, no schema says. So `positive_data_acceptance` stays out.
    """
    ids = asked.things.ids.items()
    known = "\n".join(f"{name} = {{values = {json.dumps(values)}}}" for name, values in ids)
    where = "\n".join(f'"path.{name}" = {{dictionary = "{name}", probability = 0.6}}' for name, _ in ids)
    return f"""
hooks = {json.dumps(str(HOOKS))}
seed = {asked.seed}
continue-on-failure = true
request-timeout = 20
suppress-health-check = ["all"]
warnings = false
[generation]
max-examples = {asked.examples}
database = "none"
[phases.stateful]
max-steps = {asked.steps}
[checks.positive_data_acceptance]
enabled = false
[checks.negative_data_rejection]
expected-statuses = ["4xx"]
[dictionaries]
{known}
[parameters]
{where}
"""
