"""One engine's life: take the run, load what it needs, train, and record how it ended.

Whatever goes wrong ends here as a state and one line; what doesn't fit in the line (a traceback) goes to
the run's `engine.log`.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from explorer import __version__
from explorer.engine.distributed.rank import ALONE, Rank
from explorer.engine.learning.health import Diverged
from explorer.engine.linger import linger
from explorer.engine.prepare import prepare
from explorer.engine.record.discard import discard
from explorer.engine.record.rate import Rate, put_aside
from explorer.engine.record.recorder import Recorder, Sink
from explorer.engine.record.resume import Resumed, resume
from explorer.engine.signals import Signals, Stopped
from explorer.protocol.messages import Done, Refused, Reply, Request, Stop
from explorer.runs.events import RunStarted, State
from explorer.runs.folder import RunFolder
from explorer.runs.held_folder import HeldFolder
from explorer.runs.history import History
from explorer.runs.lock import EngineLock
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError
from explorer.system.memory import lack, ran_out
from explorer.system.signals import receiving

if TYPE_CHECKING:
    import torch

    from explorer.engine.data.dataset import Dataset
    from explorer.engine.distributed.group import Group
    from explorer.engine.loop import TrainingLoop
    from explorer.engine.record.checkpoints import Restored
    from explorer.engine.server import Server
    from explorer.runs.shape import Shape


@dataclass
class _Life:
    """Everything an engine holds while it lives."""

    folder: RunFolder
    """Named as it is by now: see `held`."""
    held: HeldFolder
    resumed: Resumed
    new: bool
    """Whether nothing was on record before."""
    rank: Rank
    record: Recorder
    lock: EngineLock
    signals: Signals
    stack: ExitStack
    """Closed when the training has ended: then the run is free for the next engine."""
    connections: ExitStack
    """Closed after that."""
    server: Server | None = None
    training: TrainingLoop | None = None
    """None until everything is loaded."""


def train(
    folder: RunFolder,
    sink: Sink = lambda event: None,
    epochs: int | None = None,
    lr: float | None = None,
    rank: Rank = ALONE,
    begin: Callable[[History], object] = lambda history: None,
    lingers: bool = False,
) -> State:
    """Train a run from its start or its newest checkpoint; events go to its folder and to `sink`.

    If a new run can't be prepared, because the device isn't available, for instance, its folder is removed.

    Args:
        folder: the run.
        sink: called with every new event.
        epochs: the run's new total of epochs; None: unchanged.
        lr: its new peak learning rate; None: unchanged. A run that diverged goes back to its last good
            checkpoint.
        rank: this process among those that train together; it is the first.
        begin: called with the run's history, before the first new event.
        lingers: whether to go on answering the viewers that are connected at the end, for a while.

    Returns:
        How it ended: finished, stopped or diverged.

    Raises:
        UsageError: nothing is left to train; no event is recorded.
        FolderGone: the run's folder was deleted meanwhile; nothing was touched there.
        GatescopeError: it failed; the run's last event says the same.
    """
    with ExitStack() as connections:
        with ExitStack() as stack:
            life = _begin(folder, sink, epochs, lr, rank, begin, stack, connections)
            state = _live(life)
        if lingers and life.server and life.training:
            linger(life.server, life.training.prober, life.training.control.step, life.held)
        return state


def _begin(
    folder: RunFolder,
    sink: Sink,
    epochs: int | None,
    lr: float | None,
    rank: Rank,
    begin: Callable[[History], object],
    stack: ExitStack,
    connections: ExitStack,
) -> _Life:
    """Take the run, read what is on record, and get ready to record more."""
    held = HeldFolder(folder)
    connections.callback(held.close)
    lock = EngineLock(folder.lock)
    stack.callback(lock.release)
    resumed, history = resume(folder, epochs, lr)
    if held.follow():  # perhaps not all that is on record was found
        raise GatescopeError(f"the run was renamed to {folder.name} while it was read; resume it again")
    begin(history)
    try:
        writer = EventWriter(folder.events)
    except OSError as error:
        raise GatescopeError(f"can't write {folder.events}: {error.strerror}") from None
    record = Recorder(writer, lock, sink, held)
    stack.callback(record.close)
    signals = Signals()
    stack.enter_context(receiving(signals.receive))
    return _Life(folder, held, resumed, not history.events, rank, record, lock, signals, stack, connections)


def _live(life: _Life) -> State:
    """Train, and record how it ended, whatever happens."""
    record, folder = life.record, life.folder
    try:
        state = _train(life)
        record.settle()
    except GatescopeError as error:
        record.enter("failed", str(error))
        if life.new and life.training is None:
            discard(life.held, str(error))
        raise
    except Exception as error:
        reason = explain(error)
        record.enter("failed", reason)
        _log_traceback(life.held)
        raise GatescopeError(f"the training failed: {reason}; details in {folder.log}") from error
    if record.trouble:
        with suppress(OSError):  # for whoever asked it to stop: the events don't say how it ended
            life.lock.say(ended=f"{state}, but the newest steps couldn't be saved ({record.refusal})")
        raise GatescopeError(f"{state}, but {record.trouble}; resume it with train --resume")
    return state


def _train(life: _Life) -> State:
    """Load, train, and record how it ended."""
    record, rank = life.record, life.rank
    try:
        with life.signals.interrupting():
            record.enter("preparing", "loading torch")
            resumed = life.resumed
            if resumed.rate is not None:
                _change_rate(life, resumed.rate)
            device, dataset = prepare(resumed.run.config, partial(_report, record), rank, resumed.file)
        life.training = _make_training(life, device, dataset)
        life.signals.watch(life.training.control)
        life.training.run()
        return record.enter("finished")
    except Stopped:
        return _record_stop(life)
    except Diverged as error:
        return record.enter("diverged", str(error), refused=error.batch)


def _change_rate(life: _Life, rate: Rate) -> None:
    """Record another learning rate, and go back where that is necessary: before torch is loaded, since until
    then the next resume would begin from the weights that diverged.
    """
    life.record.check(now=True)
    if rate.rewinds:
        put_aside(life.folder, rate.step)
    for event in rate.events:
        life.record(event)


def _record_stop(life: _Life) -> State:
    """Evaluate a training that was stopped, and record where it stands and what couldn't be saved."""
    record, training = life.record, life.training
    if training is None:
        return record.enter("stopped")
    step, notes = None, []
    if training.control.catching_up:
        step, newest = training.control.step, record.recorded.newest
        notes.append(f"while recomputing, at step {step:,} of {newest:,}")
    if training.unsaved:
        notes.append(f"the newest steps couldn't be saved ({training.unsaved}) and will be recomputed")
    return record.enter("stopped", "; ".join(notes), training.evaluate_stopped(), step)


def _report(record: Recorder, line: str) -> None:
    """Record what takes time before the first step, as long as the run is there."""
    record.check()
    record.enter("preparing", line)


def _make_training(life: _Life, device: torch.device, dataset: Dataset) -> TrainingLoop:
    """Build the training from the run's newest checkpoint, start to listen, and record the start."""
    from explorer.engine.loop import TrainingLoop
    from explorer.engine.server import Server

    folder, config, record = life.folder, life.resumed.run.config, life.record
    newest = _load_newest(life, device, dataset.shape)
    server = Server(lambda: folder.socket, lambda path: life.lock.say(socket=str(path)))
    life.server = server
    life.connections.callback(server.close)
    life.stack.callback(server.retire)
    group = _gather(life, newest)
    training = TrainingLoop(
        folder, config, dataset, newest, record, server, life.resumed.run.extensions, group
    )
    record(_started(life, training, newest, device, dataset))
    if dataset.doubt:
        record.warn(newest.checkpoint.progress.step, dataset.doubt)
    return training


def _gather(life: _Life, newest: Restored) -> Group:
    """Wait for the other processes of this training, and send them what they need to start from here."""
    from explorer.engine.distributed.group import ProcessGroup, SingleProcess

    if life.rank.size == 1:
        return SingleProcess()
    group = ProcessGroup(
        life.rank, lambda line: life.record.enter("preparing", line), lambda: _wait_for_others(life)
    )
    life.stack.callback(group.part)
    group.brief(life.resumed.run.config, newest.checkpoint.optimizer)
    return group


def _wait_for_others(life: _Life) -> None:
    """Wait a moment for the other processes; answer requests meanwhile, of which only a stop makes sense.

    Raises:
        FolderGone: the run's folder was deleted meanwhile.
        Stopped: a signal or a request asks for it.
    """
    life.record.check()
    stops: list[Request] = []

    def answer(request: Request) -> Reply:
        if not isinstance(request, Stop):
            return Refused("the training still waits for its other processes")
        stops.append(request)
        return Done("stopping; everything so far is kept")

    if life.server is not None:
        life.server.serve(answer, wait=0.1)
    life.signals.require_none()
    if stops:
        raise Stopped


def _load_newest(life: _Life, device: torch.device, shape: Shape) -> Restored:
    """Load the run's newest good checkpoint, and give the recorder what was recorded after it."""
    from explorer.engine.record.checkpoints import newest_checkpoint, set_aside

    folder, record = life.folder, life.record
    record.check(now=True)
    newest = newest_checkpoint(folder, life.resumed.run.config, shape)
    newest.model.to(device)
    step = newest.checkpoint.progress.step
    record.recorded = life.resumed.recorded_after(step)
    if newest.damaged:
        record.check(now=True)
        set_aside(folder, newest.damaged)
        record.warn(step, f"{newest.damaged[0]}; the training resumes from step {step:,}")
    elif removed := life.resumed.removed_after(step):
        record.warn(step, removed)
    if missing := life.resumed.missing_before(step):
        record.warn(step, missing)
    return newest


def _started(
    life: _Life, training: TrainingLoop, newest: Restored, device: torch.device, dataset: Dataset
) -> RunStarted:
    """The event that describes the run before its first new step."""
    import torch

    from explorer.engine.probes.activations import describe
    from explorer.engine.probes.operations import equations_of, operations_of

    config = life.resumed.run.config
    return RunStarted(
        time=time.time(),
        run=life.folder.name,
        cell=config.cell,
        dataset=config.dataset,
        parameters=sum(parameter.numel() for parameter in newest.model.parameters()),
        activations=describe(newest.model.layer),
        hidden=config.hidden,
        epochs=config.epochs,
        steps_per_epoch=training.steps_per_epoch,
        device=device.type,
        threads=torch.get_num_threads(),
        processes=life.rank.size,
        pid=os.getpid(),
        versions={
            "gatescope": __version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "torchvision": metadata.version("torchvision"),
        },
        config=config,
        step=newest.checkpoint.progress.step,
        shape=dataset.shape,
        file=dataset.file,
        operations=operations_of(newest.model.layer),
        equations=equations_of(newest.model.layer),
    )


def explain(error: BaseException) -> str:
    """An unexpected error in one line."""
    if ran_out(error):
        return lack(error, "try a smaller --hidden or --batch-size")
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def _log_traceback(held: HeldFolder) -> None:
    """Append the traceback of the error at hand to the run's log, for a programmer.

    Raises:
        FolderGone: the run's folder was deleted, which explains any error.
    """
    failed = sys.exc_info()
    held.follow()
    with suppress(OSError), open(held.folder.log, "a", encoding="utf-8") as log:
        traceback.print_exception(*failed, file=log)
