"""What the run is doing, in two lines."""

from __future__ import annotations

from typing import ClassVar

from textual.strip import Strip

from explorer.runs.snapshot import ShownState, Snapshot
from explorer.runs.text import clock, printable
from explorer.ui.widgets.line import Line, cut
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
    """Cell, data set, run, state; epoch, step, progress, speed and time left."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--brand",
        "status--good",
        "status--wait",
        "status--bad",
        "status--dim",
        "status--bar",
    }

    view: Snapshot | None = None

    def show(self, view: Snapshot) -> None:
        """Show a run's newest view."""
        self.view = view
        self.repaint()

    def paint(self, width: int, height: int) -> list[Strip]:
        """Who and what above, how far below."""
        if self.view is None:
            return [Line().add(" gatescope", self.tone("status--brand")).strip(width)]
        return [self._who(self.view, width), self._how_far(self.view, width)]

    def _who(self, view: Snapshot, width: int) -> Strip:
        """The state with its reason, and which run this is; the run's name gives way first."""
        badge, tone = _BADGES[view.state]
        config = view.config
        what = f"{config.cell.upper()} {config.hidden} · {config.dataset}"
        if view.parameters and width >= 110:
            what += f" · {view.parameters:,} parameters"
        said = printable(view.warning or view.reason)
        line = Line().add(" gatescope ", self.tone("status--brand"))
        line.add(f" {badge} {view.state}", self.tone(tone))
        room = width - line.width - len(what) - 5
        if said:
            said = cut(said, room if width < 110 else room - 24)
            line.add(f" {said}", self.tone("status--bad" if view.warning else "status--dim"))
        line.add("  ").add(what)
        if view.bad_lines:
            line.add(f"  {view.bad_lines} damaged lines", self.tone("status--bad"))
        left = width - line.width - 3
        if left >= 12:
            line.add("  ").add(cut(printable(view.run), left), self.tone("status--dim"))
        return line.strip(width)

    def _how_far(self, view: Snapshot, width: int) -> Strip:
        """The progress, with as many facts around it as there is room for."""
        dim = self.tone("status--dim")
        epoch = f" epoch {view.epoch}/{view.config.epochs}"
        steps = f"step {view.step:,}/{view.total_steps:,}" if view.total_steps else "step –"
        facts = [f"{view.share:4.0%}"]
        if view.live:
            facts.append(f"{view.samples_per_second:,.0f} samples/s")
            facts.append(f"{clock(view.seconds_left)} left")
        if width >= 110:
            facts.append("loss –" if view.loss is None else f"loss {view.loss:.3f}")
            facts.append("accuracy –" if view.accuracy is None else f"accuracy {view.accuracy:.0%}")
            rate = "rate –" if view.learning_rate is None else f"rate {view.learning_rate:.1e}"
            facts.append(rate + (f" (×{view.factor:.3g})" if view.factor != 1 else ""))
        elif view.factor != 1:
            facts.append(f"rate ×{view.factor:.3g}")
        tail = "  ".join(facts)
        line = Line().add(epoch).add("  ").add(steps).add("  ")
        bar = max(4, width - line.width - len(tail) - 3)
        done = round(bar * view.share)
        line.add("━" * done, self.tone("status--bar")).add("─" * (bar - done), dim)
        return line.add(" ").add(tail).strip(width)
