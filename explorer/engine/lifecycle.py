"""One engine's life: take the run, load what it needs, train, and say how it ended.

Everything that can go wrong ends here in a state and one line; what the line can't hold (a traceback)
goes to the run's `engine.log`.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING

from explorer import __version__
from explorer.engine.distributed.rank import ALONE, Rank
from explorer.engine.learning.health import Diverged
from explorer.engine.prepare import prepare
from explorer.engine.record.recorder import Recorder, Sink
from explorer.engine.record.resume import take_up
from explorer.engine.record.told import Recorded
from explorer.engine.signals import Signals, Stopped
from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError
from explorer.runs.events import RunStarted, State
from explorer.runs.folder import RunFile, RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.signals import receiving
from explorer.runs.writer import EventWriter

if TYPE_CHECKING:
    import torch

    from explorer.engine.data.dataset import Dataset
    from explorer.engine.distributed.group import SingleProcess
    from explorer.engine.loop import TrainingLoop
    from explorer.engine.record.checkpoints import Newest


@dataclass(frozen=True)
class _Session:
    """What one engine holds while it lives."""

    folder: RunFolder
    run: RunFile
    place: Rank
    record: Recorder
    lock: EngineLock
    signals: Signals
    stack: ExitStack


def train(
    folder: RunFolder, sink: Sink = lambda event: None, epochs: int | None = None, place: Rank = ALONE
) -> State:
    """Train a run, from its start or from where it was left; every event goes to its folder and to `sink`.

    Args:
        folder: the run.
        sink: takes every event that is new.
        epochs: how many passes the run shall have in all; None: as it was asked for before.
        place: this process among those that train together, the first.

    Returns:
        How it ended: finished, stopped or diverged.

    Raises:
        UsageError: nothing is left to train; the run's events don't change.
        GatescopeError: it failed; the run's last event says the same.
    """
    with ExitStack() as stack:
        lock = EngineLock(folder.lock)
        stack.callback(lock.release)
        run = take_up(folder, epochs)
        try:
            writer = EventWriter(folder.events)
        except OSError as error:
            raise GatescopeError(f"cannot write {folder.events}: {error.strerror}") from None
        stack.callback(writer.close)
        record = Recorder(writer, lock, sink)
        signals = Signals()
        stack.enter_context(receiving(signals.receive))

        session = _Session(folder, run, place, record, lock, signals, stack)
        try:
            state = _train(session)
        except GatescopeError as error:
            record.enter("failed", str(error))
            raise
        except Exception as error:
            _log_traceback(folder)
            reason = explain(error)
            record.enter("failed", reason)
            raise GatescopeError(f"the training failed: {reason}; more in {folder.log}") from error
        if record.trouble:
            raise GatescopeError(f"{state}, but {record.trouble}; train --resume goes on from there")
        return state


def _train(session: _Session) -> State:
    """Load, train, and tell how it ended."""
    record, place = session.record, session.place
    training: TrainingLoop | None = None
    try:
        with session.signals.interrupting():
            record.enter("preparing", "loading torch")
            device, dataset = prepare(session.run.config, lambda line: record.enter("preparing", line), place)
        training = _make_training(session, device, dataset)
        session.signals.watch(training.steering)
        training.run()
        return record.enter("finished")
    except Stopped:
        unsaved = training.unsaved if training else ""
        later = f"; the newest steps could not be saved ({unsaved}), and will be computed anew"
        return record.enter("stopped", "as asked for" + (later if unsaved else ""))
    except Diverged as error:
        return record.enter("diverged", str(error))


def _make_training(session: _Session, device: torch.device, dataset: Dataset) -> TrainingLoop:
    """Make the training ready to go on from what the run has come to, listen, and say so."""
    from explorer.engine.loop import TrainingLoop
    from explorer.engine.server import Server

    folder, config, record = session.folder, session.run.config, session.record
    newest = _newest(folder, config, device, record)
    inbox = Server(lambda: folder.socket, lambda path: session.lock.say(socket=str(path)))
    session.stack.callback(inbox.close)
    team = _gather(session, newest)
    training = TrainingLoop(folder, config, dataset, newest, record, inbox, session.run.extensions, team)
    record(_started(session, training, newest, device))
    return training


def _gather(session: _Session, newest: Newest) -> SingleProcess:
    """Wait for the other processes of this training, and tell them what they need to go on from here."""
    from explorer.engine.distributed.group import ProcessGroup, SingleProcess

    if session.place.size == 1:
        return SingleProcess()
    session.record.enter("preparing", f"waiting for {session.place.size - 1} more processes")
    team = ProcessGroup(session.place)
    session.stack.callback(team.part)
    team.brief(session.run.config, newest.checkpoint.optimizer)
    return team


def _newest(folder: RunFolder, config: Config, device: torch.device, record: Recorder) -> Newest:
    """What the run has come to: its newest good checkpoint, and what was told after it."""
    from explorer.engine.record.checkpoints import newest_checkpoint, set_aside

    newest = newest_checkpoint(folder, config)
    newest.model.to(device)
    step = newest.checkpoint.progress.step
    record.past = Recorded.read(folder.events, after=step)
    if newest.damaged:
        set_aside(folder, newest.damaged)
        record.warn(step, f"{newest.damaged[0]}; the training goes on from step {step:,}")
    return newest


def _started(session: _Session, training: TrainingLoop, newest: Newest, device: torch.device) -> RunStarted:
    """What there is to say about the run before its first step."""
    import torch

    from explorer.engine.probes.registry import describe

    config = session.run.config
    return RunStarted(
        time=time.time(),
        run=session.folder.name,
        cell=config.cell,
        dataset=config.dataset,
        parameters=sum(parameter.numel() for parameter in newest.model.parameters()),
        activations=describe(newest.model.layer),
        hidden=config.hidden,
        epochs=config.epochs,
        steps_per_epoch=training.steps_per_epoch,
        device=device.type,
        threads=torch.get_num_threads(),
        processes=session.place.size,
        pid=os.getpid(),
        versions={
            "gatescope": __version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "torchvision": metadata.version("torchvision"),
        },
        config=config,
        step=newest.checkpoint.progress.step,
    )


def explain(error: BaseException) -> str:
    """An unexpected error in one line."""
    if isinstance(error, MemoryError) or "out of memory" in str(error).lower():
        return "out of memory; try a smaller --hidden or --batch-size"
    line = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {line}" if line else type(error).__name__


def _log_traceback(folder: RunFolder) -> None:
    """Keep what a programmer wants to know."""
    with suppress(OSError), open(folder.log, "a", encoding="utf-8") as log:
        traceback.print_exception(*sys.exc_info(), file=log)
