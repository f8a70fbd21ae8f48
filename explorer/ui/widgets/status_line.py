"""What the lines of the status have in common."""

from __future__ import annotations

from typing import ClassVar

from textual.strip import Strip

from explorer.runs.events import Evaluated
from explorer.runs.snapshot import Snapshot
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted


class StatusLine(Painted):
    """A line about a run."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "status--brand",
        "status--good",
        "status--wait",
        "status--bad",
        "status--dim",
        "status--bar",
        "status--strong",
    }

    snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a run's newest snapshot."""
        if self.snapshot != snapshot:
            self.snapshot = snapshot
            self.repaint()

    def paint(self, width: int, height: int) -> list[Strip]:
        """The line, as soon as there is a run."""
        if self.snapshot is None or self.snapshot.state == "none":
            return [self.paint_nothing(width)]
        return [self.paint_run(self.snapshot, width)]

    def paint_run(self, snapshot: Snapshot, width: int) -> Strip:
        """The line about a run."""
        raise NotImplementedError

    def paint_nothing(self, width: int) -> Strip:
        """The line while there is no run."""
        return Line().strip(width)


def of_part(evaluated: Evaluated) -> str:
    """The accuracy on a part of the test set, and how large that is."""
    return f"{evaluated.accuracy:.1%} of {evaluated.samples:,}"


def evaluated_at(evaluated: Evaluated, snapshot: Snapshot) -> str:
    """When an evaluation was made: after `epoch 2`, or at `step 1,230` within one."""
    epoch = snapshot.epoch_after(evaluated)
    return f"epoch {epoch}" if epoch else f"step {evaluated.step:,}"


def tells(evaluated: Evaluated, snapshot: Snapshot) -> bool:
    """Whether an evaluation says how much was learnt: that of step 0 doesn't, once steps were trained."""
    return bool(evaluated.step) or not snapshot.step
