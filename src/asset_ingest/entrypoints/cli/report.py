"""How an upload is shown: bars for a person, lines for a log, JSON for a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from asset_ingest.client import ClientError, Job
from asset_ingest.core.model.jobs import JobStatus
from asset_ingest.entrypoints.cli.dropped import Found, LeftOut
from asset_ingest.entrypoints.cli.wording import (
    complaint,
    error_of,
    errors_share_the_screen,
    print_error,
    print_json,
    sentence,
    shown,
)

MOST_BARS = 15
"""Files that wait for the server are hidden beyond this; those that move are always shown."""

LONGEST_NAME = 50


class Report:
    """Hears of every file; what a kind of report does not show, it does not define."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""

    def left_out(self, left: LeftOut) -> None:
        """Hear of something in a folder that is not sent."""

    def sent(self, file: Found, sent: int) -> None:
        """Hear how many bytes are on their way; often."""

    def refused(self, file: Found, error: ClientError) -> None:
        """Hear that nothing more comes of it."""

    def taken(self, file: Found, job: Job) -> None:
        """Hear that the server has all its bytes."""

    def changed(self, file: Found, job: Job) -> None:
        """Hear how far the server is."""

    def ended(self, file: Found, job: Job) -> None:
        """Hear what became of it."""

    def let_go(self, file: Found, job: Job) -> None:
        """Hear that nobody waits for the server."""

    def summary(self, text: str) -> None:
        """Hear what became of all of them."""


class Lines(Report):
    """One line per file that was taken, one when its job ends."""

    def left_out(self, left: LeftOut) -> None:
        print_error(f"{shown(left.path)}: left out, {shown(left.why)}")

    def refused(self, file: Found, error: ClientError) -> None:
        print_error(f"{shown(file.path)}: {sentence(error.message, error.remedy)}")

    def taken(self, file: Found, job: Job) -> None:
        self.say(f"{'SENT':<10} {shown(file.path)}  job {shown(job.id)}")

    def ended(self, file: Found, job: Job) -> None:
        if job.complete:
            self.say(f"{job.status:<10} {shown(file.path)}{'  already known' if job.duplicate else ''}")
        else:
            print_error(f"{shown(file.path)}: {complaint(job)}")

    def summary(self, text: str) -> None:
        self.say(text)

    def say(self, line: str) -> None:
        """Print one line for the person."""
        print(line, flush=True)


class JsonLines(Lines):
    """The same as JSON; what went wrong is also said to a person."""

    def left_out(self, left: LeftOut) -> None:
        print_json("left_out", file=left.path, reason=left.why)
        super().left_out(left)

    def refused(self, file: Found, error: ClientError) -> None:
        print_json("refused", file=file.path, error=error_of(error))
        super().refused(file, error)

    def taken(self, file: Found, job: Job) -> None:
        print_json("sent", file=file.path, job=job)

    def ended(self, file: Found, job: Job) -> None:
        print_json("ended", file=file.path, job=job)
        if not job.complete:
            super().ended(file, job)

    def summary(self, text: str) -> None:
        """Programs count for themselves."""


def _progress(console: Console) -> Progress:
    name = TextColumn("{task.description}", markup=False)
    state = TextColumn("{task.fields[state]}", markup=False)
    return Progress(
        name, BarColumn(), state, console=console, transient=True, redirect_stderr=errors_share_the_screen()
    )


@dataclass
class Bars(Lines):
    """A bar per file in motion, above it a line per file that is done."""

    console: Console
    bars: dict[Found, TaskID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.progress = _progress(self.console)

    def __enter__(self) -> Self:
        self.progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.progress.stop()

    def sent(self, file: Found, sent: int) -> None:
        state = f"{decimal(sent)} of {decimal(file.size)}"
        if file not in self.bars:
            name = shown(file.path.name)[:LONGEST_NAME]
            self.bars[file] = self.progress.add_task(name, total=file.size, state=state)
        self.progress.update(self.bars[file], completed=sent, state=state)

    def refused(self, file: Found, error: ClientError) -> None:
        self._remove(file)
        super().refused(file, error)

    def taken(self, file: Found, job: Job) -> None:
        self.changed(file, job)

    def changed(self, file: Found, job: Job) -> None:
        crowded = sum(task.visible for task in self.progress.tasks) >= MOST_BARS
        state = shown(f"{job.status.lower()} {job.step or ''}")
        visible = job.status != JobStatus.QUEUED or not crowded
        self.progress.update(self.bars[file], total=100, completed=job.progress, state=state, visible=visible)

    def ended(self, file: Found, job: Job) -> None:
        self._remove(file)
        super().ended(file, job)

    def let_go(self, file: Found, job: Job) -> None:
        self._remove(file)
        super().taken(file, job)

    def say(self, line: str) -> None:
        self.console.print(Text(line), soft_wrap=True, highlight=False)

    def _remove(self, file: Found) -> None:
        if (bar := self.bars.pop(file, None)) is not None:
            self.progress.remove_task(bar)
            self.progress.refresh()  # else the line that follows is drawn above a bar that is no more


def report_for(console: Console, *, as_json: bool) -> Report:
    """Choose what fits whoever reads."""
    if as_json:
        return JsonLines()
    return Bars(console) if console.is_terminal else Lines()
