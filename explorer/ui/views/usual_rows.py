"""The usual changes: each gate at 1 and at 0, and the memory wiped at each quarter of a sequence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from msgspec.structs import replace

from explorer.protocol.questions import NO_INTERVENTION, Intervention, Selection, Wipe
from explorer.runs.snapshot import Snapshot
from explorer.ui.views.evaluations import Evaluation, Evaluations, whole
from explorer.ui.views.gate_meanings import gates_of, meaning


class Usual(NamedTuple):
    """One of them."""

    name: str
    """What is changed, as short as it can be said: `f = 1`."""
    means: str
    """That in words, if the name doesn't say it all."""
    intervention: Intervention


def usual_of(snapshot: Snapshot) -> list[Usual]:
    """Those of a run, as trained first; of one that hasn't begun, that alone."""
    return [*_of(snapshot)]


def _of(snapshot: Snapshot) -> Iterator[Usual]:
    """One after the other."""
    yield Usual("as trained", "", NO_INTERVENTION)
    for gate in gates_of([*snapshot.activations]):
        for value in (1, 0):
            held = Intervention(hold={gate.name: float(value)})
            yield Usual(f"{gate.name} = {value}", meaning(gate, value), held)
    timesteps = snapshot.shape.timesteps if snapshot.activations else 0
    for before in sorted({1 + timesteps * quarter // 4 for quarter in (1, 2, 3)} - {1}):
        wiped = Intervention(wipe=(Wipe(before),))
        yield Usual(f"memory wiped before timestep {before:,}", "", wiped)


class Row(NamedTuple):
    """One of them, and what is known of it."""

    usual: Usual
    about: Selection
    """What it asks."""
    found: Evaluation | None
    """Its evaluation, if it is known."""
    progress: float | None
    """The share done of it, 0..1; 0: it waits; None: nobody asked for it."""

    @property
    def named(self) -> str:
        """The change, and what it means."""
        return f"{self.usual.name}  {self.usual.means}" if self.usual.means else self.usual.name


class Rows(NamedTuple):
    """All of them, by the weights of one moment."""

    all: list[Row]
    wanted: int | None
    """The step that they should be of; None: whichever, while a training goes on."""

    @property
    def waiting(self) -> int:
        """How many are being evaluated, or wait."""
        return sum(row.progress is not None for row in self.all)

    @property
    def steps(self) -> set[int]:
        """The steps of the weights of those that are known."""
        return {row.found.step for row in self.all if row.found}

    @property
    def settled(self) -> bool:
        """Whether evaluating again would find the same."""
        return self.wanted is not None and all(
            row.found and row.found.step == self.wanted for row in self.all
        )


def known(snapshot: Snapshot, moment: int | None, look_up: Callable[[Selection], Evaluations]) -> Rows:
    """What is known under each change; of the network as it is trained, that may be the run's own.

    Args:
        snapshot: the run; before it has begun, there are no rows.
        moment: the step whose weights are asked; None: the newest.
        look_up: what is known under a selection.
    """
    newest, own = None if snapshot.live else snapshot.step, snapshot.evaluated_whole
    wanted = newest if moment is None else moment
    rows = []
    for usual in usual_of(snapshot) if snapshot.activations else []:
        about = whole(replace(Selection(), moment=moment, intervention=usual.intervention))
        there = look_up(about)
        found = there.chosen
        if not found and not usual.intervention and own is not None and wanted in (None, own.step):
            found = Evaluation.recorded(own)
        rows.append(Row(usual, about, found, there.progress))
    return Rows(rows, wanted)
