"""Heavy questions: answered beside a training, from its weights, without holding it up.

They are computed on the threads of the viewers that ask them, one at a time, with one core and the lowest
priority. torch lets go of Python's lock while it computes, so light questions are answered meanwhile.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import Lock, get_native_id
from typing import Final

import torch

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.engine.probes.registry import Prober
from explorer.engine.probes.weights import Arrival
from explorer.engine.record.checkpoints import model_without_weights, newest_model
from explorer.engine.record.moments import Recall, model_at
from explorer.protocol.client import PATIENCE, EngineGone, ask_training
from explorer.protocol.messages import FetchWeights, Refused, Reply, Weights
from explorer.protocol.questions import Ask
from explorer.runs.config import Config
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.memory import naming
from explorer.system.text import reason
from models.classifier import SequenceClassifier

TURN_SECONDS: Final = 0.1
"""Seconds between two signs of life of a question that waits for its turn."""
LOWEST: Final = 19
"""The niceness of a thread that computes: on the same core as another of its session it gets 1.5 % of it."""
SESSION: Final = Path("/proc/self/autogroup")
"""How Linux weighs the processes of this session against those of others, if it weighs whole sessions."""
LOW: Final = 10
"""The niceness of such a session: next to a training on the same core it gets 10 % of it, and so do the light
questions to this engine, which take 12 ms."""
Heavy = Callable[[Callable[[float], object]], Reply]
"""Answers heavy questions; it gets what takes the share done, 0..1."""


class HeavyQuestions:
    """Answers heavy questions, one at a time: all of them together take one core."""

    def __init__(self) -> None:
        """Wait for the first question."""
        self._turn = Lock()

    def answer(
        self,
        folder: RunFolder,
        config: Config,
        dataset: Dataset,
        request: Ask,
        tell: Callable[[float], object],
    ) -> Reply:
        """Answer questions about a run, on this thread, whose priority stays low from then on.

        Args:
            folder: the run.
            config: its options.
            dataset: the one that it is evaluated on.
            request: the questions, of which at least one is heavy.
            tell: called with the share done, 0..1, also while nothing is computed yet.

        Raises:
            Cancelled: `tell` raised it.
        """
        while not self._turn.acquire(timeout=TURN_SECONDS):
            tell(0.0)
        try:
            tell(0.0)
            with giving_way():
                with naming("close some programs, and ask again"):
                    moments = [one.moment for one in request.selections]
                    moment = None if None in moments else moments[0]  # of any other, it is recalled
                    model, step = _load(folder, config, dataset, moment, lambda: tell(0.0))
                scaling = Scaling.of(dataset.test, config.recipe.normalise, dataset.file)
                recall = Recall(folder, config, dataset.shape, dataset.test.labels.device)
                return Prober(model, dataset, scaling, recall).answer(request, step, None, tell)
        except GatescopeError as error:
            return Refused(reason(error), mistake=isinstance(error, UsageError))
        finally:
            self._turn.release()


@contextmanager
def giving_way() -> Iterator[None]:
    """Have this thread compute with one core, and give way to whatever else wants that.

    Where Linux weighs whole sessions, a thread's niceness counts within its own alone, and a training has
    another. So an engine with a session to itself lowers that as well; an export from a terminal, whose
    session others share, does not.
    """
    torch.set_num_threads(1)
    with suppress(OSError):  # a system on which a priority is a whole process's
        os.setpriority(os.PRIO_PROCESS, get_native_id(), LOWEST)
    _weigh_session(LOW)
    try:
        yield
    finally:
        _weigh_session(0)


def _weigh_session(niceness: int) -> None:
    """Set the niceness of this process's session, if it has one to itself."""
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # no such weights here, or changed a moment ago
            SESSION.write_text(str(niceness))


def _load(
    folder: RunFolder,
    config: Config,
    dataset: Dataset,
    moment: int | None,
    meanwhile: Callable[[], object],
) -> tuple[SequenceClassifier, int]:
    """A model of its own for one question, and the steps that its weights were trained.

    The weights of now come from the engine that trains the run; where none does, or it can't be reached, from
    the newest checkpoint.
    """
    device = dataset.test.labels.device
    if moment is not None:
        return model_at(folder, config, dataset.shape, moment).to(device), moment
    arrival = Arrival(partial(model_without_weights, config, dataset.shape))
    step = _fetch(folder, arrival, meanwhile)
    if step is not None:
        return arrival.whole().to(device), step
    del arrival  # it may hold a part of them
    model, step = newest_model(folder, config, dataset.shape)
    return model.to(device), step


def _fetch(folder: RunFolder, arrival: Arrival, meanwhile: Callable[[], object]) -> int | None:
    """Get the weights of the engine that trains the run, and how many steps they have been trained.

    None where no engine trains it, or it can't be reached.
    """
    ask = partial(ask_training, folder, FetchWeights(), "ask", patience=PATIENCE)
    try:
        answered = ask(meanwhile=meanwhile, take=arrival.take)
    except EngineGone:
        return None
    return answered.reply.step if answered and isinstance(answered.reply, Weights) else None
