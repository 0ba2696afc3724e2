"""`asset-ingest import`: files that the server fetches by itself, wherever this program is meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Literal

from anyio import to_thread
from rich.console import Console

from asset_ingest.client import Client, ClientError, Job, KeyRefused, Unreachable
from asset_ingest.entrypoints.cli.screen import Screen, screen_for
from asset_ingest.entrypoints.cli.sign_in import Door
from asset_ingest.entrypoints.cli.watch import until_ended
from asset_ingest.entrypoints.cli.wording import error_of, finished, print_error, print_json, sentence

Lane = Literal["interactive", "bulk"]

FROM_INPUT = "-"


def command(
    door: Callable[[], Door], addresses: Sequence[str], group: str | None, lane: Lane, *, watch: bool, as_json: bool
) -> int:
    """Have every address fetched; return 0 if all are under way, or with `watch` if all are COMPLETE."""

    async def work() -> int:
        wanted = [url for each in addresses for url in (await _read() if each == FROM_INPUT else [each])]
        async with door().client() as client:
            group_id = (await client.group(group)).id if group is not None else None
            with screen_for(Console(), as_json=as_json) as screen:
                begun = await _begun(client, screen, wanted, group_id, lane, as_json=as_json)
            code = 0 if len(begun) == len(wanted) and wanted else 1
            if watch and begun:
                with screen_for(Console(), as_json=as_json) as screen:
                    async with client.following() as following:
                        code = max(code, await until_ended(following, screen, [job.id for job in begun]))
            return code

    return finished(work, "Stopped. What the server has begun to fetch goes on there.")


async def _read() -> list[str]:
    text = await to_thread.run_sync(sys.stdin.read)
    return [line.strip() for line in text.splitlines() if line.strip()]


async def _begun(
    client: Client, screen: Screen, addresses: Sequence[str], group_id: str | None, lane: Lane, *, as_json: bool
) -> list[Job]:
    """Ask for one after the other. An address is named by its place: it may hold a secret, and logs are read."""
    jobs: list[Job] = []
    for place, url in enumerate(addresses, start=1):
        try:
            jobs.append(await client.import_url(url, group_id=group_id, lane=lane))
            screen.show(jobs[-1])
        except ClientError as error:
            if as_json:
                print_json("refused", address=place, error=error_of(error))
            print_error(f"address {place}: {sentence(error.message, error.remedy)}")
            if isinstance(error, (Unreachable, KeyRefused)):
                break  # the others would only say the same
    return jobs
