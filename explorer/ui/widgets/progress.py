"""The second line of the status: how far the run is."""

from __future__ import annotations

from typing import Final, NamedTuple

from textual.strip import Strip

from explorer.runs.events import Evaluated
from explorer.runs.snapshot import Snapshot
from explorer.system.text import clock, loss_text
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.status_line import StatusLine, evaluated_at, of_part, tells


class Progress(StatusLine):
    """How far the training is, with as many facts around it as there is room for."""

    def paint_run(self, snapshot: Snapshot, width: int) -> Strip:
        """The line."""
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
    _Shape(8, True, True, False, 2),
    _Shape(4, True, True, False, 2),
    _Shape(4, True, True, True, 2),
    _Shape(4, True, True, True, 1),
    _Shape(4, False, True, True, 1),
    _Shape(0, False, True, True, 1),
    _Shape(0, False, False, True, 1),
)


class _Fact(NamedTuple):
    """Something else to say."""

    long: str
    short: str
    rank: int
    """1: the most important."""
    slack: int = 0
    """Columns by which it may be longer at another moment: the bar's end must not move with every batch."""


def _facts(snapshot: Snapshot) -> list[_Fact]:
    """What else there is to say; the newest batch only while the run trains."""
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
        facts.append(_Fact(f"{clock(snapshot.seconds_left)} left", f"{clock(snapshot.seconds_left)} left", 2))
        return facts
    told = snapshot.evaluated
    if told is not None and told.loss is not None and tells(told, snapshot):
        facts.append(_looked(told, snapshot))
    if snapshot.factor != 1:
        facts.append(_Fact(f"rate ×{snapshot.factor:.3g}", f"rate ×{snapshot.factor:.3g}", 1))
    return facts


def _looked(told: Evaluated, snapshot: Snapshot) -> _Fact:
    """The loss of the newest evaluation, with the accuracy that it belongs to unless that is the headline."""
    loss, late = f"loss {loss_text(told.loss)}", told.step < snapshot.step
    if snapshot.evaluated_whole is not None and told is not snapshot.evaluated_whole:
        text = f"{of_part(told)}, {loss}"
        return _Fact(f"{text} at step {told.step:,}" if late else f"now {text}", text, 1)
    when = f" ({evaluated_at(told, snapshot)})" if late else ""
    return _Fact(f"test {loss}{when}", f"test {loss}", 1)
