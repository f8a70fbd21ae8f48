"""What the run is doing, in two lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from explorer.runs.data_files import data_title
from explorer.runs.events import Evaluated
from explorer.runs.holds import name_cell
from explorer.runs.snapshot import ShownState, Snapshot
from explorer.system.text import clock, loss_text, printable, shorten
from explorer.ui.widgets.line import PLAIN, Line, cut
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


_BRANDED: Final = 100
"""Columns from which the program's name is shown: below, what it would take is the run's."""
_NARROW: Final = 70
"""Columns below which two spaces, not three, separate what is said of the run."""
_LEAST_NAME: Final = 10
"""Cells that the run's name keeps: `lstm-…1838` is told apart from that of the next minute."""


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
        """Show a run's newest snapshot, and what else there is to say: what is chosen, how the line is."""
        if (self.snapshot, self._line) != (snapshot, line):
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
        """State, test accuracy, cell and name, always; the more room there is, the more about them."""
        badge, tone = _BADGES[snapshot.state]
        said = cut(self._line, max(_LEAST_NAME, width // 3))
        room = width - self._tabs_width - (len(said) + (5 if self._tabs else 3) if said else bool(self._tabs))
        gap = 3 if room >= _NARROW else 2
        line = Line()
        if width >= _BRANDED:
            line.add(" gatescope ", self.tone("status--brand"))
        line.add(f" {badge} {snapshot.state}", self.tone(tone))
        name = printable(snapshot.run)
        least = min(_LEAST_NAME, cell_len(name))
        for headline, facts in _identities(snapshot, width >= 140):
            taken = (
                line.width + sum(2 + len(text) for text in headline) + sum(gap + len(one) for one in facts)
            )
            if taken + gap + least <= room:
                break
        for number, text in enumerate(headline):
            line.add("  ").add(text, self.tone("status--dim" if number else "status--strong"))
        for number, text in enumerate([*facts, shorten(name, room - taken - gap, cell_len)]):
            line.add(" " * gap).add(text, self.tone("status--dim") if number or not facts else PLAIN)
        if said:
            free = 3 if self._tabs else 1  # else a number at its end would look like a tab
            line.to(width - self._tabs_width - len(said) - free).add(said, self.tone("status--wait"))
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


def _identities(snapshot: Snapshot, parameters: bool) -> Iterator[tuple[list[str], list[str]]]:
    """The ways to say how well a run reads and what it is, from the fullest to the shortest.

    Args:
        snapshot: the run.
        parameters: whether their number is part of the fullest.
    """
    config = snapshot.config
    cell = f"{name_cell(config.cell.upper(), config.hold)} {config.hidden}"
    full = f"{cell} · {data_title(config.dataset)}"
    marked, newer, bare = _headline(snapshot)
    if parameters and snapshot.parameters:
        yield marked + newer, [full, f"{snapshot.parameters:,} parameters"]
    yield marked + newer, [full]
    yield marked + newer, [cell]
    yield marked, [full]
    yield marked, [cell]
    yield marked, []
    yield bare, [cell]
    yield bare, []
    yield [], []


def _headline(snapshot: Snapshot) -> tuple[list[str], list[str], list[str]]:
    """The newest accuracy of the whole test set, with its epoch if steps were trained since; while it trains,
    a newer one of a part of it; and the first without its epoch.
    """
    whole, newest = snapshot.evaluated_whole, snapshot.evaluated
    part = newest if newest is not None and newest is not whole and _tells(newest, snapshot) else None
    if whole is None:
        only = [] if part is None else [f"test {_of_part(part)}"]
        return only, [], only
    bare = f"test {whole.accuracy:.2%}"
    marked = f"{bare} (epoch {whole.epoch})" if whole.step < snapshot.step else bare
    newer = [f"now {_of_part(part)}"] if part is not None and snapshot.state == "training" else []
    return [marked], newer, [bare]


def _of_part(evaluated: Evaluated) -> str:
    """The accuracy on a part of the test set, and how large that is."""
    return f"{evaluated.accuracy:.1%} of {evaluated.samples:,}"


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
    told = snapshot.evaluated
    if told is not None and told.loss is not None and _tells(told, snapshot):
        facts.append(_looked(told, snapshot))
    if snapshot.factor != 1:
        facts.append(_Fact(f"rate ×{snapshot.factor:.3g}", f"rate ×{snapshot.factor:.3g}", 1))
    return facts


def _looked(told: Evaluated, snapshot: Snapshot) -> _Fact:
    """The loss of the newest evaluation, with the accuracy that it belongs to unless that is the headline."""
    loss, late = f"loss {loss_text(told.loss)}", told.step < snapshot.step
    if snapshot.evaluated_whole is not None and told is not snapshot.evaluated_whole:
        text = f"{_of_part(told)}, {loss}"
        return _Fact(f"{text} at step {told.step:,}" if late else f"now {text}", text, 1)
    return _Fact(f"test {loss} (epoch {told.epoch})" if late else f"test {loss}", f"test {loss}", 1)
