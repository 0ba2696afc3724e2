"""How jobs are shown while they change: a table for a person, lines for a log, JSON for a program."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from asset_ingest.client import ClientError, Job
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.entrypoints.cli.wording import (
    complaint,
    error_of,
    errors_share_the_screen,
    print_error,
    print_json,
    sentence,
    shown,
)

NEWEST = 20
"""Jobs that are shown at first, and rows of the table."""

STYLES = {JobStatus.COMPLETE: "green", JobStatus.ERROR: "red", JobStatus.CANCELLED: "yellow"}


class Screen(ABC):
    """Shows jobs, each as often as it changes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    @abstractmethod
    def show(self, job: Job) -> None:
        """Show the job as it is now."""

    @abstractmethod
    def gone(self, job_id: str) -> None:
        """Show that the job was taken out of the history."""

    def failed(self, job_id: str, error: ClientError) -> None:
        """Show that nobody can tell how the job is."""
        print_error(f"job {shown(job_id)}: {sentence(error.message, error.remedy)}")

    def note(self, text: str) -> None:
        """Show a word about all of it."""
        print_error(shown(text))


@dataclass
class Lines(Screen):
    """A line per change of what the line says."""

    said: dict[str, str] = field(default_factory=dict)

    def show(self, job: Job) -> None:
        line = _line(job)
        if self.said.get(job.id) == line:
            return
        self.said[job.id] = line
        while len(self.said) > 10 * NEWEST:
            del self.said[next(iter(self.said))]
        self.print_job(job, line)

    def print_job(self, job: Job, line: str) -> None:  # noqa: ARG002  JSON needs it
        print(line, flush=True)

    def gone(self, job_id: str) -> None:
        print(f"{'FORGOTTEN':<10}       job {shown(job_id)}", flush=True)


@dataclass
class JsonLines(Lines):
    """The same as JSON; what went wrong is also said to a person."""

    def print_job(self, job: Job, line: str) -> None:  # noqa: ARG002
        print_json("changed", job=job)

    def gone(self, job_id: str) -> None:
        print_json("forgotten", job_id=job_id)

    def failed(self, job_id: str, error: ClientError) -> None:
        print_json("failed", job_id=job_id, error=error_of(error))
        super().failed(job_id, error)


@dataclass
class Rows(Screen):
    """A table of the newest jobs, drawn four times a second."""

    console: Console
    jobs: dict[str, Job] = field(default_factory=dict)
    last_note: str = ""

    def __post_init__(self) -> None:
        self.live = Live(console=self.console, get_renderable=self.table, redirect_stderr=errors_share_the_screen())

    def __enter__(self) -> Self:
        self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.stop()

    def table(self) -> Group:
        """Draw the rows; called in the thread that redraws, so it takes its own copy first."""
        jobs = list(self.jobs.values())
        table = Table("status", "", "file", "job", expand=True, box=None)
        for job in sorted(jobs, key=lambda job: job.created_at, reverse=True)[:NEWEST]:
            style = STYLES.get(JobStatus(job.status), "") if job.ended else ""
            words = "already known" if job.complete and job.duplicate else complaint(job) if _wrong(job) else ""
            name = Text(shown(job.original_filename), overflow="ellipsis", no_wrap=True)
            table.add_row(
                Text(shown(job.status), style),
                f"{job.progress:>3} %",
                Group(name, Text(words, "dim")) if words else name,
                Text(shown(job.id), "dim"),
            )
        return Group(table, Text(self.last_note, "yellow"))

    def show(self, job: Job) -> None:
        self.last_note = ""
        self.jobs[job.id] = job
        while len(self.jobs) > 2 * NEWEST:
            del self.jobs[min(self.jobs.values(), key=lambda old: old.created_at).id]

    def gone(self, job_id: str) -> None:
        self.jobs.pop(job_id, None)

    def note(self, text: str) -> None:
        self.last_note = shown(text)


def screen_for(console: Console, *, as_json: bool) -> Screen:
    """Choose what fits whoever reads."""
    if as_json:
        return JsonLines()
    return Rows(console) if console.is_terminal else Lines()


def _wrong(job: Job) -> bool:
    return job.ended and not job.complete


def _line(job: Job) -> str:
    status = f"{job.status:<10} {job.progress:>3} %"
    rest = complaint(job) if _wrong(job) else "already known" if job.complete and job.duplicate else ""
    return shown("  ".join(filter(None, (status, job.original_filename, f"job {job.id}", rest))))
