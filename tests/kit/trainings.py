"""Trainings for the tests: real digits, a script in place of the socket, and what came of it."""

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
from explorer.engine.record.checkpoints import Progress, new_model, newest_checkpoint, save_checkpoint
from explorer.engine.record.recorder import Recorder
from explorer.engine.record.resume import read_recorded
from explorer.engine.server import Handler
from explorer.engine.signals import Stopped
from explorer.protocol.messages import Answer, Request
from explorer.runs.catalogue import create_run
from explorer.runs.config import Config, configure
from explorer.runs.events import Evaluated, Event, LearningRateChanged, Marked, StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock
from explorer.runs.reader import read_events
from explorer.runs.writer import EventWriter
from models.classifier import RowClassifier


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums of floats in one order, and no threads that wait for each other over a few units."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@cache
def _mnist() -> Dataset:
    """The whole of it."""
    return load_dataset("mnist", None, ignore)


def first_digits(train: int, test: int) -> Dataset:
    """The first digits of MNIST's training and test sets."""
    parts = zip(_mnist(), (train, test), strict=True)
    return Dataset(*(Samples(part.images[:count], part.labels[:count]) for part, count in parts))


@dataclass
class Trained:
    """One training as a test sees it: while it goes on, and after."""

    folder: RunFolder
    config: Config
    dataset: Dataset
    model: RowClassifier
    asks: Callable[[Trained], list[Request]]
    """What a viewer asks at this moment; looked at whenever the training takes requests."""
    events: list[Event] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    waits: int = 0
    """How often the training had nothing to do but to wait for a request."""
    ended: Exception | None = None
    """Stopped or Diverged; None: trained to the end."""

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Stand in for the server."""
        self.waits += wait > 0
        self.answers += [handle(request) for request in self.asks(self)]

    def of(self, kind: type) -> list:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def steps(self) -> list[StepTrained]:
        return self.of(StepTrained)

    @property
    def facts(self) -> list[dict]:
        """The events without what a clock says."""
        whole = (msgspec.structs.asdict(event) | {"kind": type(event).__name__} for event in self.events)
        clocks = ("time", "samples_per_second")
        return [{name: value for name, value in event.items() if name not in clocks} for event in whole]

    @property
    def weights(self) -> dict[str, torch.Tensor]:
        return {name: value.clone() for name, value in self.model.state_dict().items()}


def asking(script: dict[int, list[Request]]) -> Callable[[Trained], list[Request]]:
    """A viewer that asks at certain steps, each once; 0: during the look before the first step."""
    left = dict(script)
    return lambda trained: left.pop(len(trained.steps), [])


@one_thread()
def train(
    runs_dir: Path,
    dataset: Dataset,
    asks: Callable[[Trained], list[Request]] = lambda trained: [],
    **options: object,
) -> Trained:
    """Train a new run, without a process of its own, to whatever end; options as of the command line."""
    config = configure({"device": "cpu", "epochs": 1} | options)
    number = len(list(runs_dir.iterdir())) if runs_dir.exists() else 0
    folder = create_run(runs_dir / f"{number}", config, "run")
    return go_on(folder, dataset, asks)


@one_thread()
def go_on(
    folder: RunFolder, dataset: Dataset, asks: Callable[[Trained], list[Request]] = lambda trained: []
) -> Trained:
    """Train a run from where it was left, as an engine does, to whatever end."""
    run = folder.read()
    newest = newest_checkpoint(folder, run.config)
    trained = Trained(folder, run.config, dataset, newest.model, asks)
    lock, writer = EngineLock(folder.lock), EventWriter(folder.events)
    record = Recorder(writer, lock, trained.events.append)
    record.recorded = read_recorded(folder.events, after=newest.checkpoint.progress.step)
    try:
        TrainingLoop(folder, run.config, dataset, newest, record, trained, run.extensions).run()
    except (Stopped, Diverged) as end:
        trained.ended = end
    finally:
        writer.close()
        lock.release()
    return trained


def require_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    """Both hold the same tensors, to the bit."""
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@one_thread()
def learnt(config: Config, steps: int = 2) -> tuple[RowClassifier, AdamW]:
    """A model and its optimizer after some steps."""
    model = new_model(config)
    optimizer = AdamW(model, 0.01)
    for number in range(steps):
        model.zero_grad()
        model(torch.full((2, 28, 28), 0.1 * number)).square().sum().backward()
        optimizer.step(0.01)
    return model, optimizer


def save(run: RunFolder, step: int, steps: int = 2) -> tuple[Path, dict[str, torch.Tensor]]:
    """A checkpoint of a run, and the weights in it."""
    model, optimizer = learnt(run.read().config, steps)
    progress = Progress(step=step, config=run.read().config)
    return save_checkpoint(run, progress, model, optimizer), model.state_dict()


TOLD = (StepTrained, Evaluated, Marked, LearningRateChanged)
"""What the history of a run is made of; its states and checkpoints differ with how often it was left."""


def told(folder: RunFolder) -> list[dict]:
    """What a run's file tells, in the order in which it was told, without what a clock says."""
    facts = []
    for event in read_events(folder.events):
        if isinstance(event, TOLD):
            fact = msgspec.structs.asdict(event) | {"kind": type(event).__name__}
            facts.append({name: fact[name] for name in fact if name not in ("time", "samples_per_second")})
    return facts
