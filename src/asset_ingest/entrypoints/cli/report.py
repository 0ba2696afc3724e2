"""How an upload is shown: bars for a person, lines for a log, JSON for a program."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
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

    def resumed(self, file: Found, sent: int) -> None:
        """Hear that an earlier run has sent so much of it."""

    def sent(self, file: Found, sent: int) -> None:
        """Hear how many bytes are there, or of a small file on their way; often."""

    def trouble(self, file: Found, error: ClientError) -> None:
        """Hear that it does not go on at the moment, and is tried again."""

    def forgetful(self, error: ClientError) -> None:
        """Hear that a later run will know nothing of this one."""

    def refused(self, file: Found, error: ClientError) -> None:
        """Hear that nothing more comes of it."""

    def taken(self, file: Found, job: Job) -> None:
        """Hear that the server has all its bytes."""

    def changed(self, file: Found, job: Job) -> None:
        """Hear how far the server is."""

    def ended(self, file: Found, job: Job) -> None:
        """Hear what became of it."""

    def sent_before(self, file: Found, job: Job) -> None:
        """Hear that an earlier run has sent it, and that it is in."""

    def let_go(self, file: Found, job: Job) -> None:
        """Hear that nobody waits for the server."""

    def summary(self, text: str) -> None:
        """Hear what became of all of them."""


class Lines(Report):
    """One line per file that was taken, one when its job ends."""

    def left_out(self, left: LeftOut) -> None:
        print_error(f"{shown(left.path)}: left out, {shown(left.why)}")

    def resumed(self, file: Found, sent: int) -> None:
        self.say(f"{'RESUMED':<10} {shown(file.path)}  at {decimal(sent)} of {decimal(file.size)}")

    def trouble(self, file: Found, error: ClientError) -> None:
        print_error(f"{shown(file.path)}: {sentence(error.message, 'It is tried again')}")

    def forgetful(self, error: ClientError) -> None:
        print_error(sentence(error.message, error.remedy))

    def refused(self, file: Found, error: ClientError) -> None:
        print_error(f"{shown(file.path)}: {sentence(error.message, error.remedy)}")

    def taken(self, file: Found, job: Job) -> None:
        self.say(f"{'SENT':<10} {shown(file.path)}  job {shown(job.id)}")

    def ended(self, file: Found, job: Job) -> None:
        if job.complete:
            self.say(f"{job.status:<10} {shown(file.path)}{'  already known' if job.duplicate else ''}")
        else:
            print_error(f"{shown(file.path)}: {complaint(job)}")

    def sent_before(self, file: Found, job: Job) -> None:
        self.say(f"{job.status:<10} {shown(file.path)}  sent before")

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

    def resumed(self, file: Found, sent: int) -> None:
        print_json("resumed", file=file.path, sent=sent, size=file.size)

    def trouble(self, file: Found, error: ClientError) -> None:
        print_json("trouble", file=file.path, error=error_of(error))
        super().trouble(file, error)

    def refused(self, file: Found, error: ClientError) -> None:
        print_json("refused", file=file.path, error=error_of(error))
        super().refused(file, error)

    def taken(self, file: Found, job: Job) -> None:
        print_json("sent", file=file.path, job=job)

    def ended(self, file: Found, job: Job) -> None:
        print_json("ended", file=file.path, job=job)
        if not job.complete:
            super().ended(file, job)

    def sent_before(self, file: Found, job: Job) -> None:
        print_json("sent_before", file=file.path, job=job)

    def summary(self, text: str) -> None:
        """Programs count for themselves."""


class StateColumn(ProgressColumn):
    """How a file is: its state in words, or its bytes, their speed and the time that is left."""

    def render(self, task: Task) -> Text:
        if task.fields["state"]:
            return Text(task.fields["state"])
        bytes_ = f"{decimal(int(task.completed))} of {decimal(int(task.total or 0))}"
        speed = f"{decimal(int(task.speed))}/s" if task.speed else ""
        left = f"{_clock(task.time_remaining)} left" if task.speed and task.time_remaining else ""
        return Text("  ".join(filter(None, (bytes_, speed, left, task.fields["trouble"]))))


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _progress(console: Console) -> Progress:
    name = TextColumn("{task.description}", markup=False)
    return Progress(
        name, BarColumn(), StateColumn(), console=console, transient=True, redirect_stderr=errors_share_the_screen()
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

    def resumed(self, file: Found, sent: int) -> None:
        """Let the bar begin there."""

    def sent(self, file: Found, sent: int) -> None:
        bar = self._bar(file)
        if sent == 0:
            self.progress.reset(bar)  # it begins, or begins anew: what was measured is of no use
        self.progress.update(bar, completed=sent, trouble="")

    def trouble(self, file: Found, error: ClientError) -> None:
        self.progress.update(self._bar(file), trouble=shown(f"{error.message}; trying again"))

    def refused(self, file: Found, error: ClientError) -> None:
        self._remove(file)
        super().refused(file, error)

    def taken(self, file: Found, job: Job) -> None:
        self.changed(file, job)

    def changed(self, file: Found, job: Job) -> None:
        crowded = sum(task.visible for task in self.progress.tasks) >= MOST_BARS
        state = shown(f"{job.stage or job.status.lower()} {job.step or ''}")
        visible = job.status != JobStatus.QUEUED or not crowded
        self.progress.update(self._bar(file), total=100, completed=job.progress, state=state, visible=visible)

    def ended(self, file: Found, job: Job) -> None:
        self._remove(file)
        super().ended(file, job)

    def sent_before(self, file: Found, job: Job) -> None:
        self._remove(file)
        super().sent_before(file, job)

    def let_go(self, file: Found, job: Job) -> None:
        self._remove(file)
        super().taken(file, job)

    def say(self, line: str) -> None:
        self.console.print(Text(line), soft_wrap=True, highlight=False)

    def _bar(self, file: Found) -> TaskID:
        if file not in self.bars:
            name = shown(file.path.name)[:LONGEST_NAME]
            self.bars[file] = self.progress.add_task(name, total=file.size, state="", trouble="")
        return self.bars[file]

    def _remove(self, file: Found) -> None:
        if (bar := self.bars.pop(file, None)) is not None:
            self.progress.remove_task(bar)
            self.progress.refresh()  # else the line that follows is drawn above a bar that is no more


def report_for(console: Console, *, as_json: bool) -> Report:
    """Choose what fits whoever reads."""
    if as_json:
        return JsonLines()
    return Bars(console) if console.is_terminal else Lines()
