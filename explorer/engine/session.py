"""One engine's life: take the run, load what it needs, train, and say how it ended.

Everything that can go wrong ends here in a state and one line; what the line can't hold (a traceback)
goes to the run's `engine.log`.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib import metadata
from typing import TYPE_CHECKING

from explorer import __version__
from explorer.runs.config import Config
from explorer.runs.errors import GatescopeError
from explorer.runs.events import Event, RunStarted, State, StateChanged, one_line
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.writer import EventWriter

if TYPE_CHECKING:
    import torch

    from explorer.engine.data import Dataset
    from explorer.engine.training import Training
    from models.classifier import RowClassifier

Sink = Callable[[Event], None]
"""Takes every event, beside the run's folder: a progress bar, for instance."""


def train(folder: RunFolder, sink: Sink = lambda event: None) -> State:
    """Train a run from its start; every event goes to its folder and to `sink`.

    Returns:
        How it ended: finished, stopped or diverged.

    Raises:
        GatescopeError: it failed; the run's last event says the same.
    """
    config = folder.read().config
    with ExitStack() as stack:
        lock = EngineLock(folder)
        stack.callback(lock.release)
        try:
            writer = EventWriter(folder.events)
        except OSError as error:
            raise GatescopeError(f"cannot write {folder.events}: {error.strerror}") from None
        stack.callback(writer.close)

        def emit(event: Event) -> None:
            writer.write(event)
            sink(event)

        def enter(state: State, reason: str = "") -> State:
            emit(StateChanged(time=time.time(), state=state, reason=one_line(reason)))
            return state

        try:
            enter("preparing", "loading torch")
            return _train(folder, config, emit, enter)
        except GatescopeError as error:
            enter("failed", str(error))
            raise
        except Exception as error:
            _log_traceback(folder)
            reason = explain(error)
            with suppress(OSError):
                enter("failed", reason)
            raise GatescopeError(f"the training failed: {reason}; more in {folder.log}") from error


def _train(folder: RunFolder, config: Config, emit: Sink, enter: Callable[[State, str], State]) -> State:
    """Load, train, and tell how it ended."""
    from explorer.engine.health import Diverged
    from explorer.engine.inbox import Inbox
    from explorer.engine.training import Stopped, Training

    device, dataset = load(config, lambda line: enter("preparing", line))
    from explorer.engine.checkpoints import new_model

    model = new_model(config).to(device)
    inbox = Inbox(folder.socket)
    training = Training(folder, config, dataset, model, emit, inbox)
    emit(_started(folder, config, training, model, device))
    try:
        with _stopping_on_signals(training):
            training.run()
        return enter("finished", "")
    except Stopped:
        return enter("stopped", "as asked for")
    except Diverged as error:
        return enter("diverged", str(error))
    finally:
        inbox.close()


def load(config: Config, report: Callable[[str], object]) -> tuple[torch.device, Dataset]:
    """Import torch, set it up as the run asks, and bring the data to the device.

    Raises:
        GatescopeError: the device isn't there, or the data can't be had.
    """
    from explorer.engine.data import Dataset, Digits, load_dataset
    from explorer.engine.devices import choose_device, set_threads

    set_threads(config.threads)
    device = choose_device(config.device)
    report(f"reading {config.dataset}")
    told = 0.0

    def tell(line: str, share: float | None) -> None:
        nonlocal told
        if share is None or time.monotonic() - told > 1:  # a download would write thousands of lines
            told = time.monotonic()
            report(line if share is None else f"{line} {share:.0%}")

    dataset = load_dataset(config.dataset, config.data_dir, tell)
    return device, Dataset(*(Digits(*(tensor.to(device) for tensor in part)) for part in dataset))


def _started(
    folder: RunFolder, config: Config, training: Training, model: RowClassifier, device: torch.device
) -> RunStarted:
    """What there is to say about the run before its first step."""
    import torch

    from explorer.engine.probes import describe

    return RunStarted(
        time=time.time(),
        run=folder.name,
        cell=config.cell,
        dataset=config.dataset,
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        gates=describe(model.layer),
        hidden=config.hidden,
        epochs=config.epochs,
        steps_per_epoch=training.steps_per_epoch,
        device=device.type,
        threads=torch.get_num_threads(),
        pid=os.getpid(),
        versions={
            "gatescope": __version__,
            "python": platform.python_version(),
            "torch": str(torch.__version__),
            "torchvision": metadata.version("torchvision"),
        },
        config=config,
    )


@contextmanager
def _stopping_on_signals(training: Training) -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP end the training between two batches; a second one ends it at once."""

    def stop(number: int, frame: object) -> None:
        if training.stop_requested:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        training.stop_requested = True

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, stop) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


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
