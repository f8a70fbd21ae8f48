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

    snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a run's newest snapshot."""
        self.snapshot = snapshot
        self.repaint()

    def paint(self, width: int, height: int) -> list[Strip]:
        """Which run and its state above, its progress below."""
        if self.snapshot is None:
            return [Line().add(" gatescope", self.tone("status--brand")).strip(width)]
        return [self._identity(self.snapshot, width), self._progress(self.snapshot, width)]

    def _identity(self, snapshot: Snapshot, width: int) -> Strip:
        """The state with its reason, and which run this is; if room is short, its name is cut first."""
        badge, tone = _BADGES[snapshot.state]
        config = snapshot.config
        what = f"{config.cell.upper()} {config.hidden} · {config.dataset}"
        if snapshot.parameters and width >= 110:
            what += f" · {snapshot.parameters:,} parameters"
        note = printable(snapshot.warning or snapshot.reason)
        line = Line().add(" gatescope ", self.tone("status--brand"))
        line.add(f" {badge} {snapshot.state}" + (":" if note else ""), self.tone(tone))
        room = width - line.width - len(what) - 5
        if note:
            note = cut(note, room if width < 110 else room - 24)
            line.add(f" {note}", self.tone("status--bad" if snapshot.warning else "status--dim"))
        line.add("  ").add(what)
        if snapshot.bad_lines:
            line.add(f"  {snapshot.bad_lines} damaged lines", self.tone("status--bad"))
        left = width - line.width - 3
        if left >= 12:
            line.add("  ").add(cut(printable(snapshot.run), left), self.tone("status--dim"))
        return line.strip(width)

    def _progress(self, snapshot: Snapshot, width: int) -> Strip:
        """The progress, with as many facts around it as there is room for."""
        dim = self.tone("status--dim")
        epoch = f" epoch {snapshot.epoch}/{snapshot.config.epochs}"
        steps = f"step {snapshot.step:,}/{snapshot.total_steps:,}" if snapshot.total_steps else "step –"
        facts = [f"{snapshot.share:4.0%}"]
        if snapshot.live:
            facts.append(f"{snapshot.samples_per_second:,.0f} samples/s")
            facts.append(f"{clock(snapshot.seconds_left)} left")
        if width >= 110:
            facts.append("loss –" if snapshot.loss is None else f"loss {snapshot.loss:.3f}")
            facts.append("accuracy –" if snapshot.accuracy is None else f"accuracy {snapshot.accuracy:.0%}")
            rate = "rate –" if snapshot.learning_rate is None else f"rate {snapshot.learning_rate:.1e}"
            facts.append(rate + (f" (×{snapshot.factor:.3g})" if snapshot.factor != 1 else ""))
        elif snapshot.factor != 1:
            facts.append(f"rate ×{snapshot.factor:.3g}")
        tail = "  ".join(facts)
        line = Line().add(epoch).add("  ").add(steps).add("  ")
        bar = max(4, width - line.width - len(tail) - 3)
        done = round(bar * snapshot.share)
        line.add("━" * done, self.tone("status--bar")).add("─" * (bar - done), dim)
        return line.add(" ").add(tail).strip(width)
