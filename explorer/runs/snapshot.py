"""A run as last read from disk: everything that a viewer shows, derived from its events in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from explorer.runs.config import Config, configure
from explorer.runs.events import LIVE, ActivationInfo, Evaluated, OperationInfo, State
from explorer.runs.folder import RunFile
from explorer.runs.history import History, ends_epoch
from explorer.runs.last_good import last_good, lower_rate
from explorer.runs.lock import Engine
from explorer.runs.shape import DIGITS, Shape
from explorer.system.place import Away

ShownState = State | Literal["none", "waiting", "not started", "starting", "lost"]
"""The state that the engine reports, or what is known without it: no run, a run of a race before its turn,
one whose turn never came, an engine that isn't there yet, or one that died."""

STEERABLE: Final = frozenset({"training", "paused"})
"""States in which an engine takes requests that change the training."""
OVER: Final = frozenset({"finished", "diverged"})
"""States of a run that has nothing left to train under its plan."""
UNBEGUN: Final = frozenset({"waiting", "not started"})
"""States of a run of a race that nothing trains because it wasn't its turn."""
RESUMABLE: Final = UNBEGUN | {"stopped", "failed", "lost", "finished", "diverged"}
"""States of a run without an engine that another engine can resume, or start."""


@dataclass(frozen=True)
class Snapshot:
    """One moment of a run, ready to be painted."""

    run: str
    """The run's name."""
    config: Config
    """What was asked for."""
    state: ShownState
    reason: str = ""
    """Why it is in that state, in one line; empty where the state says it all."""
    epoch: int = 0
    """The epoch being trained, counted from 1; 0 before the first step."""
    step: int = 0
    """Steps trained."""
    total_steps: int = 0
    """Steps of the whole run; 0 until it is known."""
    steps_per_epoch: int = 0
    """Steps of one epoch; likewise."""
    loss: float | None = None
    """Of the newest batch, in nats."""
    accuracy: float | None = None
    """Of the newest batch, 0..1."""
    learning_rate: float | None = None
    factor: float = 1.0
    """What the scheduled learning rate is multiplied by."""
    samples_per_second: float = 0.0
    seconds_left: float | None = None
    parameters: int = 0
    """Trainable parameters; 0 until it is known."""
    activations: tuple[ActivationInfo, ...] = ()
    """The cell's activations; empty until they are known."""
    operations: tuple[OperationInfo, ...] = ()
    """What one timestep of the cell computes; empty until it is known."""
    equations: tuple[str, ...] = ()
    """The same for a person."""
    shape: Shape = DIGITS
    """What the data set's samples look like; MNIST's until it is known."""
    evaluated: Evaluated | None = None
    """The newest evaluation, of the whole test set or of a part."""
    evaluated_whole: Evaluated | None = None
    """The newest evaluation of the whole test set; None before the first."""
    moments: tuple[int, ...] = ()
    """The steps whose weights were kept to be asked about, ascending; 0, which needs no file, is one."""
    warning: str = ""
    """What looks wrong, in one line; empty when nothing does, or when `reason` says how the run ended."""
    finding: str = ""
    """What its curves say is wrong, with the evidence, in one line; empty: nothing."""
    good: int | None = None
    """Diverged: the step from which it can be trained on with a lower rate; 0: from its start alone."""
    lower_lr: float = 0.0
    """Diverged: the peak learning rate that is offered for that."""
    bad_lines: int = 0
    """Lines of `events.jsonl` that are not events."""
    exists: bool = True
    """Whether its folder is still there."""
    away: Away | None = None
    """Where its engine runs, if nothing from here reaches it there."""

    @property
    def live(self) -> bool:
        """Whether an engine is working on it, or starting."""
        return self.state == "starting" or self.state in LIVE

    @property
    def steerable(self) -> bool:
        """Whether the training can be paused, stopped and changed from here."""
        return self.state in STEERABLE and self.away is None

    @property
    def resumable(self) -> bool:
        """Whether it isn't training, and could be resumed."""
        return self.exists and self.state in RESUMABLE

    @property
    def share(self) -> float:
        """How much of the training is done, 0..1."""
        return min(1.0, self.step / self.total_steps) if self.total_steps else 0.0

    def epoch_after(self, evaluated: Evaluated) -> int:
        """The epoch at whose end the whole test set was evaluated; 0: within one, or a part of the set."""
        return evaluated.epoch if ends_epoch(evaluated, self.steps_per_epoch) else 0


NO_RUN: Final = Snapshot(run="", config=configure({}), state="none")
"""What is shown while no run is open."""


def take_snapshot(
    file: RunFile,
    history: History,
    engine: Engine | None,
    starting: bool,
    bad_lines: int,
    last_words: str = "",
    exists: bool = True,
    finding: str = "",
    waits: bool = False,
) -> Snapshot:
    """Derive what a viewer shows of a run.

    Args:
        file: what was asked for.
        history: its events so far.
        engine: the holder of the run's lock before the newest events were read. (If the lock were read
            after them, an engine that finished in between would look as if it had died.)
        starting: whether an engine was started that may not hold the lock yet.
        bad_lines: the lines that the reader had to skip.
        last_words: the last line of an engine that died before its first event, or that removed the folder of
            a new run because it couldn't be prepared; or how one ended that couldn't write it down.
        exists: whether the run's folder is still there.
        finding: the verdict about it.
        waits: whether a race's supervisor will start an engine in its turn.
    """
    step, started, config = history.step, history.started, file.config
    if step is not None and step.step < history.steps_done:  # the newest steps aren't on record
        step = None
    # It may have been resumed with another total since it was read
    if started is not None and started.epochs != config.epochs:
        config = msgspec.structs.replace(config, epochs=started.epochs)
    state, reason = _state(history, engine is not None, starting, last_words)
    died = history.events or last_words
    if engine is None and ((waits and state not in OVER) or (state == "lost" and file.race and not died)):
        state, reason = _before_its_turn(file.race, waits)
    if not exists:
        state, reason = ("failed", last_words) if last_words else ("lost", "its folder is gone")
    good = last_good(history, history.saved) if state == "diverged" else None
    return Snapshot(
        run=file.run,
        config=config,
        state=state,
        reason=reason,
        epoch=step.epoch if step else _epoch(history),
        step=history.steps_done,
        total_steps=history.total_steps,
        steps_per_epoch=history.steps_per_epoch,
        loss=step.loss if step else None,
        accuracy=step.accuracy if step else None,
        learning_rate=step.learning_rate if step else None,
        factor=history.factor,
        samples_per_second=history.samples_per_second,
        seconds_left=history.seconds_left(file.config.batch_size),
        parameters=started.parameters if started else 0,
        activations=tuple(started.activations) if started else (),
        operations=tuple(started.operations) if started else (),
        equations=tuple(started.equations) if started else (),
        shape=started.shape if started else DIGITS,
        evaluated=history.evaluated,
        evaluated_whole=history.evaluated_whole,
        moments=(0, *sorted(history.moments)),
        # What looked wrong while a run was trained must not hide why it ended.
        warning="" if reason and state not in LIVE else _warning(history, engine),
        finding=finding,
        good=good,
        lower_lr=0.0 if good is None else lower_rate(history, config.lr, good),
        bad_lines=bad_lines,
        exists=exists,
        away=engine.away if engine is not None else None,
    )


def _epoch(history: History) -> int:
    """The epoch of the newest step, if nothing else is known of that step."""
    started = history.started
    return -(-history.steps_done // started.steps_per_epoch) if started and started.steps_per_epoch else 0


def _state(history: History, alive: bool, starting: bool, last_words: str) -> tuple[ShownState, str]:
    """What a run is doing, and why: as the engine reported, unless the engine is dead."""
    if starting and not alive:
        return "starting", ""
    if history.state is not None and history.state not in LIVE:
        return history.state, history.reason
    if alive:  # of a long run, a summary reads the newest steps but not the state before them
        return history.state or ("training" if history.step else "starting"), history.reason
    if last_words:
        return "lost", last_words
    where = f" at step {history.steps_done:,}" if history.steps_done else ""
    return "lost", f"the training process died{where}"


def _before_its_turn(race: str, waits: bool) -> tuple[ShownState, str]:
    """What a run of a race is doing that no engine has, and which nothing but its turn is in the way of."""
    if waits:
        return "waiting", f"waiting for its turn in {race}"
    return "not started", f"resume its race: `gatescope race --resume {race}`"


def _warning(history: History, engine: Engine | None) -> str:
    """What a person should know: first what endangers the results, then what looks wrong in them."""
    if engine is not None and engine.trouble:
        return engine.trouble
    if history.warned is not None:
        return history.warned.message
    return history.mark.message if history.mark else ""
