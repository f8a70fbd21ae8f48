"""Trainings for the tests: real samples, a script in place of the socket, and the results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import msgspec
import torch
from kit.digits import ignore

from explorer.engine.data.dataset import Dataset, Samples, load_dataset
from explorer.engine.learning.adamw import AdamW
from explorer.engine.learning.health import Diverged
from explorer.engine.loop import TrainingLoop
from explorer.engine.record.checkpoints import new_model, newest_checkpoint, save_checkpoint
from explorer.engine.record.recorded import read_recorded
from explorer.engine.record.recorder import Recorder
from explorer.engine.record.tensor_file import Progress
from explorer.engine.server import Handler
from explorer.engine.signals import Stopped
from explorer.protocol.messages import Reply, Request
from explorer.runs.catalogue import create_run
from explorer.runs.config import Config, configure
from explorer.runs.events import Evaluated, Event, LearningRateChanged, Marked, StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.held_folder import HeldFolder
from explorer.runs.lock import EngineLock
from explorer.runs.reader import read_events
from explorer.runs.shape import DIGITS
from explorer.runs.writer import EventWriter
from models.classifier import SequenceClassifier


@contextmanager
def one_thread() -> Iterator[None]:
    """Use one thread: float sums keep their order, and no threads wait for each other over a few units."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def _mnist() -> Dataset:
    """Load all of MNIST."""
    return load_dataset("mnist", None, ignore)


def first_digits(train: int, test: int) -> Dataset:
    """Return the first samples of MNIST's training and test sets."""
    mnist = _mnist()
    parts = zip((mnist.train, mnist.test), (train, test), strict=True)
    few = (Samples(part.x[:count], part.labels[:count]) for part, count in parts)
    return Dataset(*few, mnist.shape)


@dataclass
class Trained:
    """One training as a test sees it, during and after."""

    folder: RunFolder
    config: Config
    dataset: Dataset
    model: SequenceClassifier
    asks: Callable[[Trained], list[Request]]
    """The viewer's requests at this moment; called whenever the training handles requests."""
    events: list[Event] = field(default_factory=list)
    answers: list[Reply] = field(default_factory=list)
    waits: int = 0
    """How often the training had nothing to do but wait for a request."""
    ended: Exception | None = None
    """Stopped or Diverged; None: trained to the end."""

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Stand in for the server."""
        self.waits += wait > 0
        self.answers += [handle(request) for request in self.asks(self)]

    def of(self, kind: type) -> list:
        """Return the events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def steps(self) -> list[StepTrained]:
        return self.of(StepTrained)

    @property
    def facts(self) -> list[dict]:
        """The events without times and rates."""
        whole = (msgspec.structs.asdict(event) | {"kind": type(event).__name__} for event in self.events)
        clocks = ("time", "clock", "samples_per_second")
        return [{name: value for name, value in event.items() if name not in clocks} for event in whole]

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        return {name: value.clone() for name, value in self.model.state_dict().items()}


def asking(script: dict[int, list[Request]]) -> Callable[[Trained], list[Request]]:
    """Make a viewer that sends requests at given steps, once each; 0: during the evaluation before step 1."""
    left = dict(script)
    return lambda trained: left.pop(len(trained.steps), [])


@one_thread()
def train(
    runs_dir: Path,
    dataset: Dataset,
    asks: Callable[[Trained], list[Request]] = lambda trained: [],
    **options: object,
) -> Trained:
    """Train a new run in this process, however it ends; options as on the command line."""
    config = configure({"device": "cpu", "epochs": 1} | options)
    number = len(list(runs_dir.iterdir())) if runs_dir.exists() else 0
    folder = create_run(runs_dir / f"{number}", config, "run")
    return resume_training(folder, dataset, asks)


@one_thread()
def resume_training(
    folder: RunFolder, dataset: Dataset, asks: Callable[[Trained], list[Request]] = lambda trained: []
) -> Trained:
    """Resume a run, as an engine does, however it ends."""
    run = folder.read()
    newest = newest_checkpoint(folder, run.config, DIGITS)
    trained = Trained(folder, run.config, dataset, newest.model, asks)
    held, lock, writer = HeldFolder(folder), EngineLock(folder.lock), EventWriter(folder.events)
    record = Recorder(writer, lock, trained.events.append, held)
    record.recorded = read_recorded(folder.events, after=newest.checkpoint.progress.step)
    try:
        TrainingLoop(folder, run.config, dataset, newest, record, trained, run.extensions).run()
    except (Stopped, Diverged) as end:
        trained.ended = end
    finally:
        record.close()
        lock.release()
        held.close()
    return trained


def require_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Require both to hold the same tensors, to the bit."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@one_thread()
def learnt(config: Config, steps: int = 2) -> tuple[SequenceClassifier, AdamW]:
    """Return a model and its optimizer after some steps."""
    model = new_model(config, DIGITS)
    optimizer = AdamW(model, 0.01)
    for number in range(steps):
        model.zero_grad()
        model(torch.full((2, 28, 28), 0.1 * number)).square().sum().backward()
        optimizer.step(0.01)
    return model, optimizer


def save(run: RunFolder, step: int, steps: int = 2) -> tuple[Path, dict[str, torch.Tensor]]:
    """Save a checkpoint of a run; return it and its weights."""
    model, optimizer = learnt(run.read().config, steps)
    progress = Progress(step=step, config=run.read().config)
    return save_checkpoint(run, progress, model, optimizer), model.state_dict()


ON_RECORD = (StepTrained, Evaluated, Marked, LearningRateChanged)
"""The events that make up a run's history; states and checkpoints depend on how often it was resumed."""


def on_record(folder: RunFolder) -> list[dict]:
    """Return the history recorded in a run's file, in order, without times and rates."""
    facts = []
    for event in read_events(folder.events):
        if isinstance(event, ON_RECORD):
            fact = msgspec.structs.asdict(event) | {"kind": type(event).__name__}
            facts.append(
                {name: fact[name] for name in fact if name not in ("time", "clock", "samples_per_second")}
            )
    return facts
