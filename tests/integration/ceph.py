"""A one-node Ceph from Debian's packages: monitor, object daemon in memory, and its S3 gateway over HTTP and TLS.

Everything listens on loopback only and lives in one folder; objects live in memory, so they had better be small.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool", "openssl")
INSTALL = "apt-get install --no-install-recommends radosgw ceph-mon ceph-osd openssl"
START_SECONDS = 60
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Ceph:
    """A running gateway."""

    http: str
    https: str
    ca_file: Path
    access_key: str = "ingest"
    secret_key: str = "ingest-secret"


def missing_programs() -> list[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def running_ceph(folder: Path) -> Iterator[Ceph]:
    """Run it for as long as the context lasts; enter from the main thread, whose death the kernel watches for."""
    mon, http, https = free_ports(3)
    _make_certificate(folder / "tls.pem")
    _configure(folder, mon, http, https)
    ceph = Ceph(f"http://127.0.0.1:{http}", f"https://127.0.0.1:{https}", folder / "tls.pem")
    daemons: list[subprocess.Popen[bytes]] = []
    try:
        daemons.append(_monitor(folder, mon))
        daemons.append(_object_daemon(folder))
        daemons.append(_daemon(folder, "radosgw", "-n", "client.rgw.a"))
        _wait_for(http, daemons, folder)
        _make_user(folder, ceph)
        yield ceph
    finally:
        for daemon in reversed(daemons):  # nothing they hold is worth a farewell
            daemon.kill()
            daemon.wait(10)


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens on now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def _monitor(folder: Path, port: int) -> subprocess.Popen[bytes]:
    fsid = (folder / "fsid").read_text()
    address = f"[v2:127.0.0.1:{port}]"
    _run(folder, "monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, str(folder / "monmap"))
    _run(folder, "ceph-mon", "--mkfs", "-i", "a", "--monmap", str(folder / "monmap"))
    return _daemon(folder, "ceph-mon", "-i", "a")


def _object_daemon(folder: Path) -> subprocess.Popen[bytes]:
    ident = str(uuid4())
    _run(folder, "ceph", "osd", "new", ident)
    _run(folder, "ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", ident)
    return _daemon(folder, "ceph-osd", "-i", "0")


def _make_user(folder: Path, ceph: Ceph) -> None:
    keys = (f"--access-key={ceph.access_key}", f"--secret-key={ceph.secret_key}")
    _run(folder, "radosgw-admin", "user", "create", "--uid=ingest", "--display-name=ingest", *keys)


def _daemon(folder: Path, *command: str) -> subprocess.Popen[bytes]:
    with (folder / "log" / f"{command[0]}.out").open("wb") as output:
        return subprocess.Popen(  # noqa: S603  programs we name
            [*command, "-f"],
            env=_environment(folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in the terminal is ours
            preexec_fn=_die_with_us(),  # noqa: PLW1509  one system call, looked up before the fork
        )


def _die_with_us() -> object:
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _run(folder: Path, *command: str) -> None:
    done = subprocess.run(  # noqa: S603  programs we name
        command, env=_environment(folder), capture_output=True, timeout=START_SECONDS, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "CEPH_CONF": str(folder / "ceph.conf"), "LC_ALL": "C"}


def _wait_for(port: int, daemons: Sequence[subprocess.Popen[bytes]], folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            dead = [daemon.args for daemon in daemons if daemon.poll() is not None]
            if dead or time.monotonic() > until:
                logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in (folder / "log").iterdir())
                raise RuntimeError(f"Ceph did not start ({dead}):\n{logs}") from None
            time.sleep(0.05)
        else:
            return


def _make_certificate(path: Path) -> None:
    path.parent.joinpath("log").mkdir(parents=True)
    subprocess.run(  # noqa: S603  fixed words
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=ceph.test", "-keyout", str(path.with_suffix(".key")), "-out", str(path)),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=critical,digitalSignature,keyCertSign"),
        ],
        check=True,
        capture_output=True,
        timeout=START_SECONDS,
    )


def _configure(folder: Path, mon: int, http: int, https: int) -> None:
    fsid = str(uuid4())
    (folder / "fsid").write_text(fsid)
    for name in ("mon", "osd", "rgw", "run"):
        (folder / name).mkdir()
    (folder / "ceph.conf").write_text(
        CONFIGURATION.format(folder=folder, fsid=fsid, mon=mon, http=http, https=https), encoding="utf-8"
    )


# Each odd line cost somebody an hour. Without ms_mon_client_mode the gateway insists on encryption that needs keys, and
# retries for ever. The paxos settings make the first start 6 s instead of 40, tcp_nodelay a listing 3 ms instead of 43.
# Without cluster_addr the object daemon listens on every address. rgw_gc frees what was deleted soon, not in two hours.
CONFIGURATION = """
[global]
fsid = {fsid}
mon_host = [v2:127.0.0.1:{mon}/0]
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_mon_client_mode = crc
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
paxos_propose_interval = 0.05
paxos_min_wait = 0.01
mon_tick_interval = 1
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
log_file = {folder}/log/$name.log
pid_file = {folder}/run/$name.pid
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
mon_max_pg_per_osd = 2000

[mon.a]
mon_data = {folder}/mon
mon_data_avail_crit = 1
mon_data_avail_warn = 2

[osd]
osd_data = {folder}/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *

[client.rgw.a]
rgw_data = {folder}/rgw
rgw_frontends = beast tcp_nodelay=1 endpoint=127.0.0.1:{http} ssl_endpoint=127.0.0.1:{https} ssl_certificate={folder}/tls.pem ssl_private_key={folder}/tls.key
rgw_enable_apis = s3, notifications, admin
rgw_thread_pool_size = 32
rgw_dns_name = localhost
rgw_gc_obj_min_wait = 10
rgw_gc_processor_period = 10
"""  # noqa: E501  one value, one line
