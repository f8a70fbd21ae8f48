"""How a training is shown without the explorer: as a bar on a terminal, and as lines elsewhere."""

from __future__ import annotations

import os
import termios
import time
from types import TracebackType
from typing import IO, TYPE_CHECKING, Protocol, Self

from explorer.runs.data_files import data_title
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
from explorer.runs.history import History, ends_epoch
from explorer.runs.holds import name_cell
from explorer.system.text import clock, loss_text, printable

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

LINES_INTERVAL = 5.0
"""Seconds between two lines about steps: a log of an hour has 720."""
BAR_INTERVAL = 0.1
"""Seconds between two updates of the bar."""


class Output(Protocol):
    """Where a training is shown."""

    interval: float
    """Seconds between two steps that are shown."""
    shows_last: bool
    """Whether the newest step is shown once more at the end."""

    def say(self, line: str) -> None:
        """Show a line that stays."""

    def show_state(self, event: StateChanged) -> None:
        """Show what the engine is doing."""

    def show_step(self, step: StepTrained, history: History, seconds_left: float | None) -> None:
        """Show how far the training is."""

    def close(self) -> None:
        """Leave the terminal as it was."""


class Progress:
    """Shows a training while it runs, from its events. A context: the terminal is left as it was."""

    def __init__(self, output: Output, batch_size: int) -> None:
        """Show it in an output; the batch size gives the time left."""
        self.history = History()
        """All events so far, those before this training included."""
        self._batch_size = batch_size
        self._output = output
        self._shown_at = 0.0

    def begin(self, history: History) -> None:
        """Continue from what happened before this training."""
        self.history = history

    def __enter__(self) -> Self:
        """Start showing."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop showing, with the newest step, if that is where the weights stand."""
        step, behind = self.history.step, self.history.weights_step is not None
        if step is not None and not behind and self._output.shows_last:
            self._show_step(step)
        self._output.close()

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        known: AnyEvent = event  # type: ignore[assignment]
        self.history.add(known)
        match known:
            case RunStarted():
                self._output.say(describe_start(known))
            case StateChanged():
                self._output.show_state(known)
            case Evaluated() if ends_epoch(known, self.history.steps_per_epoch):
                self._output.say(describe_evaluation(known))
            case Marked() | Warned():
                self._output.say(f"warning: {known.message}")
            case StepTrained() if time.monotonic() - self._shown_at > self._output.interval:
                self._show_step(known)

    def _show_step(self, step: StepTrained) -> None:
        """Show how far the training is."""
        self._shown_at = time.monotonic()
        self._output.show_step(step, self.history, self.history.seconds_left(self._batch_size))


def output_on(stream: IO[str]) -> Output:
    """A bar where `stream` is a terminal, lines elsewhere."""
    return Bar(Bars(stream)) if stream.isatty() else Lines(stream)


def describe_start(started: RunStarted) -> str:
    """The first line: what is being trained."""
    resumed = f", from step {started.step:,}" if started.step else ""
    plural = "" if started.threads == 1 else "s"
    together = f" × {started.processes} processes" if started.processes > 1 else ""
    cell = name_cell(started.cell.upper(), started.hold)
    return (
        f"run {started.run}: {cell}, {started.hidden} hidden units, "
        f"{started.parameters:,} parameters, {data_title(started.dataset)}, "
        f"{started.device} × {started.threads} thread{plural}{together}{resumed}"
    )


def describe_evaluation(evaluated: Evaluated) -> str:
    """The line at an epoch's end."""
    loss = loss_text(evaluated.loss, 4)
    return f"epoch {evaluated.epoch}: test accuracy {evaluated.accuracy:.2%}, test loss {loss}"


class Lines:
    """Lines without any control sequence, for a pipe, a file or a log."""

    interval = LINES_INTERVAL
    shows_last = False

    def __init__(self, stream: IO[str], title: str = "") -> None:
        """Write to `stream`; each line begins with the title."""
        self._stream, self._title = stream, title

    def say(self, line: str) -> None:
        """Write a line at once."""
        print(printable(self._title + line), file=self._stream, flush=True)

    def show_state(self, event: StateChanged) -> None:
        """Write what takes time before the first step."""
        if event.state == "preparing" and event.reason:
            self.say(f"{event.reason} …")

    def show_step(self, step: StepTrained, history: History, seconds_left: float | None) -> None:
        """Write a line about a step."""
        self.say(
            f"epoch {step.epoch}, step {step.step:,} of {history.total_steps:,}: "
            f"loss {loss_text(step.loss, 4)}, accuracy {step.accuracy:.1%}, "
            f"{history.samples_per_second:,.0f} samples/s, {clock(seconds_left)} left"
        )

    def close(self) -> None:
        """Do nothing: there is nothing to clean up."""


class Bars:
    """The part of a terminal where bars are drawn, one below the other."""

    def __init__(self, stream: IO[str]) -> None:
        """Draw on `stream`, a terminal; its cursor is hidden until the last bar is closed."""
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=None, complete_style="cyan", finished_style="green"),
            TextColumn("{task.percentage:3.0f} %"),
            TextColumn("{task.fields[facts]}", style="dim"),
        )
        self._open = 0
        self._terminal = stream.fileno()
        self._echoed = _echo_signals(self._terminal, on=False)
        console = Console(file=stream, highlight=False)
        self.drawn: RichProgress = Progress(*columns, console=console, refresh_per_second=10, expand=True)
        self.drawn.start()

    def add(self, said: str) -> TaskID:
        """Add a bar below those that are there."""
        self._open += 1
        return self.drawn.add_task(said, total=None, facts="")

    def close_one(self) -> None:
        """Leave a bar as it is; after the last one, show the cursor again."""
        self._open -= 1
        if not self._open:
            self.drawn.stop()
            if self._echoed:
                _echo_signals(self._terminal, on=True)


class Bar:
    """A bar with loss, accuracy, samples/s and the time left."""

    interval = BAR_INTERVAL
    shows_last = True

    def __init__(self, bars: Bars, title: str = "", said: str = "preparing") -> None:
        """Draw a bar below those that are there; it begins with the title, and with what the run does."""
        self._bars, self._title = bars, title
        self._task = bars.add(title + said)

    def say(self, line: str) -> None:
        """Print a line above the bars."""
        self._bars.drawn.console.print(printable(self._title + line), markup=False)

    def show_state(self, event: StateChanged) -> None:
        """Show the state in front of the bar."""
        self._bars.drawn.update(self._task, description=self._title + (event.reason or event.state))

    def show_step(self, step: StepTrained, history: History, seconds_left: float | None) -> None:
        """Bring the bar up to date."""
        epochs = history.started.epochs if history.started else "?"
        self._bars.drawn.update(
            self._task,
            total=history.total_steps,
            completed=step.step,
            description=f"{self._title}epoch {step.epoch}/{epochs}",
            facts=f"loss {loss_text(step.loss)}  accuracy {step.accuracy:4.0%}  "
            f"{history.samples_per_second:,.0f} samples/s  {clock(seconds_left)} left",
        )

    def close(self) -> None:
        """Leave the bar as it is; the last one shows the cursor again."""
        self._bars.close_one()


def _echo_signals(terminal: int, on: bool) -> bool:
    """Have a terminal show `^C` when it is typed, or not; whether it did before.

    Shown at the end of a bar, it starts a new line, and the bar appears twice.
    """
    try:
        attributes = termios.tcgetattr(terminal)
        if os.tcgetpgrp(terminal) != os.getpgrp():
            return False  # setting a terminal from the background stops the process
        before: int = attributes[3]
        attributes[3] = before | termios.ECHOCTL if on else before & ~termios.ECHOCTL
        termios.tcsetattr(terminal, termios.TCSADRAIN, attributes)
    except (OSError, termios.error):
        return False
    return bool(before & termios.ECHOCTL)
