"""The commands and their flags. Each function imports its command: `upload` must not need what `serve` needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="asset-ingest",
    help="Gets every dropped file in safely, finds out what it is, publishes it, and shows all of this live.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # its tracebacks may show values, and one of them is the key
    context_settings={"help_option_names": ["-h", "--help"]},
)

Url = Annotated[str, typer.Option(envvar="ASSET_INGEST_URL", help="Address of the server.")]
ApiKey = Annotated[
    str | None,
    typer.Option(
        envvar="ASSET_INGEST_API_KEY", help="API key; others on this machine can see it in a list of programs."
    ),
]
KeyFile = Annotated[Path | None, typer.Option(help="File that holds the API key; goes before --api-key.")]
Data = Annotated[
    Path,
    typer.Option(envvar="ASSET_INGEST_DATA", help="Data folder of a server here; its admin.key is the last resort."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line, for programs.")]

LOCAL = "http://127.0.0.1:8080"
STORAGE = Path("storage")


def tell_version(wanted: bool) -> None:
    if wanted:
        print(version_of("asset-ingest"))
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=tell_version, help="Print the version and end.")
    ] = False,
) -> None:
    pass


@app.command()
def upload(
    paths: Annotated[list[Path], typer.Argument(exists=True, metavar="PATH", help="Files and folders.")],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    key_file: KeyFile = None,
    data: Data = STORAGE,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="Files that are sent at once.")] = 3,
    wait: Annotated[bool, typer.Option(help="Wait until the server has done its work, too.")] = True,
    bulk: Annotated[bool, typer.Option("--bulk", help="Let the work of people at the page go first.")] = False,
    group: Annotated[str | None, typer.Option(help="Name of the group they go into; opened if there is none.")] = None,
    resume: Annotated[bool, typer.Option(help="Go on where an earlier run stopped.")] = True,
    asset: Annotated[str | None, typer.Option(metavar="ID", help="Asset whose next version the file is.")] = None,
    note: Annotated[str, typer.Option(metavar="TEXT", help="What is new in this version.")] = "",
    json: Json = False,
) -> None:
    """Upload files, and folders with all that is in them; end with 1 if one of them did not get in."""
    with needing("client"):
        from asset_ingest.entrypoints.cli import sign_in
        from asset_ingest.entrypoints.cli import upload as this
    door = partial(sign_in.door, url, api_key, key_file, data)
    lane: this.Lane = "bulk" if bulk else "interactive"
    plan = this.Plan(at_once=jobs, wait=wait, lane=lane, group=group, resume=resume, asset=asset, note=note)
    raise typer.Exit(this.command(door, paths, plan, as_json=json))


@app.command("import")
def import_(
    addresses: Annotated[list[str], typer.Argument(metavar="URL", help="Web addresses; - reads them from input.")],
    url: Url = LOCAL,
    api_key: ApiKey = None,
    key_file: KeyFile = None,
    data: Data = STORAGE,
    group: Annotated[str | None, typer.Option(help="Name of the group they go into; opened if there is none.")] = None,
    bulk: Annotated[bool, typer.Option("--bulk", help="Let the work of people at the page go first.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show them until they have ended.")] = False,
    json: Json = False,
) -> None:
    """Have the server fetch files from web addresses; it goes on by itself."""
    with needing("client"):
        from asset_ingest.entrypoints.cli import import_ as this
        from asset_ingest.entrypoints.cli import sign_in
    door = partial(sign_in.door, url, api_key, key_file, data)
    lane: this.Lane = "bulk" if bulk else "interactive"
    raise typer.Exit(this.command(door, addresses, group, lane, watch=watch, as_json=json))


@app.command()
def watch(
    jobs: Annotated[list[str] | None, typer.Argument(metavar="JOB", help="Ids of jobs.")] = None,
    url: Url = LOCAL,
    api_key: ApiKey = None,
    key_file: KeyFile = None,
    data: Data = STORAGE,
    json: Json = False,
) -> None:
    """Show jobs as they change: all of them until you press Ctrl-C, or the named ones until they have ended."""
    with needing("client"):
        from asset_ingest.entrypoints.cli import sign_in
        from asset_ingest.entrypoints.cli import watch as this
    raise typer.Exit(this.command(partial(sign_in.door, url, api_key, key_file, data), jobs or [], as_json=json))


@app.command()
def serve(
    data: Annotated[Path | None, typer.Option(help="Folder of everything that is kept.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = None,
) -> None:
    """Run the web page, the HTTP API, a worker and PostgreSQL."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import serve as this
        from asset_ingest.settings import Settings
    given: dict[str, Any] = {"data": data, "host": host, "port": port}
    with sound_settings():
        this.command(Settings(**{name: value for name, value in given.items() if value is not None}))


@app.command()
def work(
    queue: Annotated[list[str] | None, typer.Option(help="Queue to work on, again for more; all if not given.")] = None,
    processes: Annotated[int, typer.Option(min=1, max=64, help="Processes; several are kept alive by one more.")] = 1,
    until_stdin_closes: Annotated[bool, typer.Option("--until-stdin-closes", hidden=True)] = False,
) -> None:
    """Run workers on the database of ASSET_INGEST_DATABASE_URL, fed by ASSET_INGEST_REDIS_URL if that is set."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import work as this
    with sound_settings():
        this.command(queue or [], processes, until_stdin_closes)


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this program."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import migrate as this
    with sound_settings():
        this.command()


@app.command()
def new_key() -> None:
    """Make one more admin key, for when the first is lost, and print it."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import new_key as this
    with sound_settings():
        this.command()


@app.command()
def sweep(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
) -> None:
    """End uploads that have expired and delete stored bytes that nothing refers to."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import sweep as this
    with sound_settings():
        this.command(dry_run)


@app.command()
def drift(
    repair: Annotated[bool, typer.Option("--repair", help="Publish again what has drifted.")] = False,
) -> None:
    """Ask the CMS about everything published; end with 1 if it no longer says what was sent."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import drift as this
    with sound_settings():
        this.command(repair)


@app.command()
def doctor(
    set_cors: Annotated[
        bool, typer.Option("--set-cors", help="Let the page's browsers use the bucket, then look again.")
    ] = False,
) -> None:
    """Say what is wired, and what is wrong."""
    with needing("server"):
        from asset_ingest.entrypoints.cli import doctor as this
    with sound_settings():
        this.command(set_cors)


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Turn the lack of somebody else's module into one sentence."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "asset_ingest":
            raise  # ours to fix
        print(f"This command needs more than is installed: install asset-ingest[{extra}].", file=sys.stderr)
        raise typer.Exit(1) from None


@contextmanager
def sound_settings() -> Iterator[None]:
    """Name the settings that make no sense, and never their values: some are secrets."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from asset_ingest.core.errors import Misconfigured

    try:
        yield
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False, include_context=False)
        raise Misconfigured("; ".join(_complaint(field["loc"], field["msg"]) for field in wrong)) from None
    except SettingsError as error:
        raise Misconfigured(str(error)) from None
    except (NotADirectoryError, PermissionError, FileNotFoundError) as error:
        raise Misconfigured(f"cannot use {error.filename}: {error.strerror}") from error


def _complaint(where: tuple[int | str, ...], message: str) -> str:
    if not where:  # about several settings, which the message names
        return message.removeprefix("Value error, ")
    return f"{'_'.join(('ASSET_INGEST', *map(str, where[:1]))).upper()}: {message}"
