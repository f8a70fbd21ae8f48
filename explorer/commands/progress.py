"""How a training without a screen looks: a bar on a terminal, plain lines anywhere else.

Both are sinks for the very events that go to the run's folder, read through the same `History` as the
explorer's.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol, Self

from explorer.runs.events import (
    AnyEvent,
    Evaluated,
    Event,
    Marked,
    RunStarted,
    StateChanged,
    StepTrained,
    Warned,
)
from explorer.runs.history import History
from explorer.runs.text import clock, printable

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

PLAIN_INTERVAL = 5.0
"""Seconds between two plain lines: a log of an hour has 720."""
BAR_INTERVAL = 0.1
"""Seconds between two updates of the bar."""


class Progress(Protocol):
    """Shows a training while it runs; a context, so that the terminal is left as it was."""

    history: History

    def __call__(self, event: Event) -> None:
        """Take in one event."""

    def __enter__(self) -> Self:
        """Start showing."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing."""


def make_progress(stream: IO[str], batch_size: int, history: History) -> Progress:
    """A bar where `stream` is a terminal, lines where it isn't; `history` is what was trained before."""
    kind = BarProgress if stream.isatty() else PlainProgress
    return kind(stream, batch_size, history)


def describe_start(started: RunStarted) -> str:
    """The first line: what is being trained."""
    goes_on = f", from step {started.step:,}" if started.step else ""
    together = f" × {started.processes} processes" if started.processes > 1 else ""
    return (
        f"run {started.run}: {started.cell.upper()}, {started.hidden} hidden units, "
        f"{started.parameters:,} parameters, {started.dataset}, "
        f"{started.device} × {started.threads} threads{together}{goes_on}"
    )


def describe_look(seen: Evaluated) -> str:
    """The line of an epoch's end."""
    loss = "–" if seen.loss is None else f"{seen.loss:.4f}"
    return f"epoch {seen.epoch}: test accuracy {seen.accuracy:.2%}, test loss {loss}"


class PlainProgress:
    """Lines without any control sequence, for a pipe, a file or a log."""

    def __init__(self, stream: IO[str], batch_size: int, history: History) -> None:
        """Write to `stream`; `batch_size` is needed to say how long it will take."""
        self.history = history
        self._stream = stream
        self._batch_size = batch_size
        self._told = 0.0

    def __enter__(self) -> Self:
        """Nothing to set up."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to take down."""

    def __call__(self, event: Event) -> None:
        """Say what a reader of a log wants to know."""
        known: AnyEvent = event  # type: ignore[assignment]
        self.history.add(known)
        match known:
            case RunStarted():
                self._say(describe_start(known))
            case StateChanged(state="preparing") if known.reason:
                self._say(f"{known.reason} …")
            case Evaluated(whole=True):
                self._say(describe_look(known))
            case Marked() | Warned():
                self._say(f"warning: {known.message}")
            case StepTrained() if time.monotonic() - self._told > PLAIN_INTERVAL:
                self._say(self._line(known))

    def _line(self, step: StepTrained) -> str:
        """Where the training is."""
        loss = "–" if step.loss is None else f"{step.loss:.4f}"
        left = clock(self.history.seconds_left(self._batch_size))
        return (
            f"epoch {step.epoch}, step {step.step:,} of {self.history.total_steps:,}: loss {loss}, "
            f"accuracy {step.accuracy:.1%}, {self.history.samples_per_second:,.0f} samples/s, {left} left"
        )

    def _say(self, line: str) -> None:
        """Write a line at once."""
        self._told = time.monotonic()
        print(printable(line), file=self._stream, flush=True)


class BarProgress:
    """A bar with loss, accuracy, samples/s and the time left."""

    def __init__(self, stream: IO[str], batch_size: int, history: History) -> None:
        """Draw on `stream`, a terminal."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self.history = history
        self._batch_size = batch_size
        self._told = 0.0
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[facts]}", style="dim"),
        )
        console = Console(file=stream, highlight=False)
        self._bar: Bar = Progress(*columns, console=console, refresh_per_second=10, expand=True)
        self._task = self._bar.add_task("preparing", total=None, facts="")

    def __enter__(self) -> Self:
        """Hide the cursor and draw the bar."""
        self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bar as it is, and the cursor shown."""
        self._draw()
        self._bar.__exit__(kind, error, trace)

    def __call__(self, event: Event) -> None:
        """Redraw at most ten times a second; print what should stay above the bar."""
        known: AnyEvent = event  # type: ignore[assignment]
        self.history.add(known)
        match known:
            case RunStarted():
                self._say(describe_start(known))
                self._bar.update(self._task, total=self.history.total_steps)
            case StateChanged():
                self._bar.update(self._task, description=known.reason or known.state)
            case Evaluated(whole=True):
                self._say(describe_look(known))
            case Marked() | Warned():
                self._say(f"warning: {known.message}")
            case StepTrained() if time.monotonic() - self._told > BAR_INTERVAL:
                self._draw()

    def _draw(self) -> None:
        """Bring the bar up to date."""
        self._told = time.monotonic()
        step = self.history.step
        if step is None:
            return
        loss = "–" if step.loss is None else f"{step.loss:.3f}"
        self._bar.update(
            self._task,
            completed=step.step,
            description=f"epoch {step.epoch}/{self.history.started.epochs if self.history.started else '?'}",
            facts=f"loss {loss}  accuracy {step.accuracy:4.0%}  "
            f"{self.history.samples_per_second:,.0f} samples/s  "
            f"{clock(self.history.seconds_left(self._batch_size))} left",
        )

    def _say(self, line: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(printable(line), markup=False)
