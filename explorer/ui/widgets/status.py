"""What the run is doing, in two lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from explorer.runs.events import Evaluated
from explorer.runs.snapshot import ShownState, Snapshot
from explorer.runs.text import clock, loss_text, printable, shorten
from explorer.ui.widgets.line import PLAIN, Line
from explorer.ui.widgets.painted import Painted

_BADGES: dict[ShownState, tuple[str, str]] = {
    "starting": ("◌", "status--wait"),
    "preparing": ("◌", "status--wait"),
    "training": ("●", "status--good"),
    "paused": ("‖", "status--wait"),
    "finished": ("✓", "status--good"),
    "stopped": ("■", "status--wait"),
    "diverged": ("✗", "status--bad"),
    "failed": ("✗", "status--bad"),
    "lost": ("✗", "status--bad"),
}


class Status(Painted):
    """Above: what the run does, how well it reads the test set, which run it is; below: how far it is."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--brand",
        "status--good",
        "status--wait",
        "status--bad",
        "status--dim",
        "status--bar",
        "status--strong",
        "status--on",
    }

    snapshot: Snapshot | None = None
    _line = ""
    _tabs: tuple[str, ...] = ()
    _active = ""

    class TabClicked(Message):
        """A tab in this line was clicked."""

        def __init__(self, view: str) -> None:
            """Carry the view's id."""
            super().__init__()
            self.view = view

    def show(self, snapshot: Snapshot, line: str = "") -> None:
        """Show a run's newest snapshot, and what there is to say about the line to the terminal."""
        self.snapshot, self._line = snapshot, line
        self.repaint()

    def show_tabs(self, views: Sequence[str], active: str) -> None:
        """Show tabs for these views, by their numbers alone, where they have no line of their own."""
        if (self._tabs, self._active) != (tuple(views), active):
            self._tabs, self._active = tuple(views), active
            self.repaint()

    def on_click(self, event: Click) -> None:
        """Choose the tab under the mouse."""
        column = event.x - (self.size.width - self._tabs_width)
        if event.y == 0 and 0 <= column < self._tabs_width:
            self.post_message(self.TabClicked(self._tabs[column // 3]))

    @property
    def _tabs_width(self) -> int:
        """Columns of the tabs."""
        return 3 * len(self._tabs)

    def paint(self, width: int, height: int) -> list[Strip]:
        """Which run and its state above, its progress below."""
        if self.snapshot is None or self.snapshot.state == "none":
            return [Line().add(" gatescope", self.tone("status--brand")).strip(width)]
        return [self._identity(self.snapshot, width), self._progress(self.snapshot, width)]

    def _identity(self, snapshot: Snapshot, width: int) -> Strip:
        """State, test accuracy, cell and data; then, as far as there is room, the run's name and more."""
        badge, tone = _BADGES[snapshot.state]
        config = snapshot.config
        room = width - self._tabs_width - (len(self._line) + 3 if self._line else bool(self._tabs))
        line = Line()
        if width >= 70:
            line.add(" gatescope ", self.tone("status--brand"))
        line.add(f" {badge} {snapshot.state}", self.tone(tone))
        for text, strong in _headline(snapshot):
            if line.width + 2 + len(text) <= room:
                line.add("  ").add(text, self.tone("status--strong" if strong else "status--dim"))
        rest = [f"{config.cell.upper()} {config.hidden} · {config.dataset}"]
        if snapshot.parameters and width >= 140:
            rest.append(f"{snapshot.parameters:,} parameters")
        rest.append(printable(snapshot.run))
        for number, text in enumerate(rest):
            left, name = room - line.width - 3, number == len(rest) - 1
            if left >= (min(12, cell_len(text)) if name else len(text)):
                line.add("   ").add(
                    shorten(text, left, cell_len), self.tone("status--dim") if number else PLAIN
                )
        if self._line:
            line.to(width - self._tabs_width - len(self._line) - 1).add(self._line, self.tone("status--wait"))
        line.to(width - self._tabs_width)
        for number, view in enumerate(self._tabs, start=1):
            on = self.get_component_rich_style("status--on")
            line.add(f" {number} ", on if view == self._active else self.tone("status--dim"))
        return line.strip(width)

    def _progress(self, snapshot: Snapshot, width: int) -> Strip:
        """How far the training is, with as many facts around it as there is room for."""
        steps = f"step {snapshot.step:,}/{snapshot.total_steps:,}" if snapshot.total_steps else "step –"
        facts = _facts(snapshot)
        for shape in _SHAPES:
            step = steps if shape.total else steps.partition("/")[0]
            epoch = f" epoch {snapshot.epoch}/{snapshot.config.epochs} " if shape.epoch else ""
            shown = [fact for fact in facts if fact.rank <= shape.rank]
            texts = (fact.short if shape.short else fact.long for fact in shown)
            tail = "  ".join([f"{snapshot.share:4.0%}", *texts])
            bar = width - len(epoch) - len(step) - len(tail) - 5
            if bar >= shape.bar:
                break
        line = Line().add(f"{epoch} {step} ")
        if shape.bar:
            bar -= max(0, min(bar - shape.bar, sum(fact.slack for fact in shown)))
            done = round(max(0, bar) * snapshot.share)
            line.add(" ").add("━" * done, self.tone("status--bar"))
            line.add("─" * (bar - done), self.tone("status--dim"))
        return line.add(f" {tail}").strip(width)


class _Shape(NamedTuple):
    """One of the ways to lay out the progress, from the roomiest to the tightest."""

    bar: int
    """The fewest columns of the bar; 0: there is none."""
    epoch: bool
    """Whether the epoch is shown."""
    total: bool
    """Whether the steps of the whole run are shown, not only those trained."""
    short: bool
    """Whether facts are written short."""
    rank: int
    """The least important fact that is shown."""


_SHAPES: Final = (
    _Shape(8, True, True, False, 3),
    _Shape(8, True, True, False, 2),
    _Shape(4, True, True, True, 2),
    _Shape(4, True, True, True, 1),
    _Shape(4, False, True, True, 1),
    _Shape(0, False, True, True, 1),
    _Shape(0, False, False, True, 1),
)


def _headline(snapshot: Snapshot) -> Iterator[tuple[str, bool]]:
    """The newest accuracy of the whole test set, strong, and a newer one of a part of it, dim beside it."""
    whole, newest = snapshot.evaluated_whole, snapshot.evaluated
    if whole is not None:
        yield f"test {whole.accuracy:.2%}", True
    if newest is not None and newest is not whole and _tells(newest, snapshot):
        text = f"{newest.accuracy:.1%} of {newest.samples:,}"
        yield (text, False) if whole is not None else (f"test {text}", True)


def _tells(evaluated: Evaluated, snapshot: Snapshot) -> bool:
    """Whether an evaluation says how much was learnt: that of step 0 doesn't, once steps were trained."""
    return bool(evaluated.step) or not snapshot.step


class _Fact(NamedTuple):
    """Something else to say."""

    long: str
    short: str
    rank: int
    """1: the most important."""
    slack: int = 0
    """Columns by which it may be longer at another moment: the bar's end must not move with every batch."""


def _facts(snapshot: Snapshot) -> list[_Fact]:
    """What else there is to say; the newest batch and the speed only while the run trains."""
    facts: list[_Fact] = []
    if snapshot.state == "training" and snapshot.step:
        accuracy = "–" if snapshot.accuracy is None else f"{snapshot.accuracy:.0%}"
        loss = loss_text(snapshot.loss)
        slack = max(0, 5 - len(loss)) + max(0, 4 - len(accuracy))
        long, short = f"batch loss {loss}, accuracy {accuracy}", f"batch loss {loss}, {accuracy}"
        facts.append(_Fact(long, short, 1, slack))
        if snapshot.learning_rate is not None:
            factor = f" (×{snapshot.factor:.3g})" if snapshot.factor != 1 else ""
            rate = snapshot.learning_rate
            facts.append(_Fact(f"rate {rate:.1e}{factor}", f"rate {rate:.0e}", 1))
        facts.append(_Fact(f"{snapshot.samples_per_second:,.0f} samples/s", "", 3))
        facts.append(_Fact(f"{clock(snapshot.seconds_left)} left", f"{clock(snapshot.seconds_left)} left", 2))
        return facts
    told = snapshot.evaluated_whole or snapshot.evaluated  # the one whose accuracy is the headline
    if told is not None and told.loss is not None and _tells(told, snapshot):
        loss = f"test loss {loss_text(told.loss)}"
        facts.append(_Fact(loss, loss, 1))
    if snapshot.factor != 1:
        facts.append(_Fact(f"rate ×{snapshot.factor:.3g}", f"rate ×{snapshot.factor:.3g}", 1))
    return facts
