"""Which function answers which question: one dispatch for the training engine and the read-only engine."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any, Final

import torch
from msgspec.structs import replace
from torch import Tensor

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.probes.context import Context
from explorer.engine.probes.find_sample import find_sample
from explorer.protocol.messages import FindSample, Refused, Reply
from explorer.protocol.probes import PROBES
from explorer.protocol.questions import Answer, Answers, Ask, Question, Selection, Unanswerable
from explorer.runs.events import State
from explorer.system.errors import GatescopeError
from explorer.system.memory import ran_out
from explorer.system.text import one_line
from models.classifier import SequenceClassifier

_NO_ROOM: Final = "out of memory; close some programs, and ask again"


class Prober:
    """Answers questions to one model, using its data set."""

    def __init__(self, model: SequenceClassifier, dataset: Dataset, scaling: Scaling) -> None:
        """Probe `model`, with its weights at the time of each request; it is on the data set's device."""
        self._model = model
        self._dataset = dataset
        self._scaling = scaling
        self.predictions: Tensor | None = None
        """The classes that the first N test samples were read as in the newest evaluation, (N,) int64."""

    def answer(self, request: Ask | FindSample, step: int, state: State | None) -> Reply:
        """Answer one request; without the memory for it, refuse: a question must not end a training.

        Args:
            request: the questions.
            step: steps trained.
            state: what the engine is doing; None for a read-only engine.
        """
        try:
            return self._answer(request, step, state)
        except Exception as error:
            if not ran_out(error):
                raise
            return Refused(_NO_ROOM)

    def _answer(self, request: Ask | FindSample, step: int, state: State | None) -> Reply:
        """Answer one request, as long as there is the memory for it."""
        match request:
            case Ask(selection=selection, questions=questions):
                context = Context(self._model, self._dataset, self._scaling, step)
                found = [_ask(context, selection, question) for question in questions]
                answers = tuple(one for one in found if isinstance(one, Answer))
                unanswerable = tuple(one for one in found if isinstance(one, Unanswerable))
                return Answers(answers, unanswerable, state)
            case FindSample():
                test = self._dataset.test
                if self.predictions is None:
                    self.predictions = evaluate(self._model, test, self._scaling).predictions
                return find_sample(self.predictions, test.labels, request, self._read)

    @torch.no_grad()
    def _read(self, indices: Tensor) -> Tensor:
        """The classes that the present weights read these test samples as, (n,) int64 on the CPU."""
        images = self._dataset.test.images
        outputs: Tensor = self._model(self._scaling(images[indices.to(images.device)]))
        return outputs.argmax(1).cpu()


def _ask(context: Context, selection: Selection, question: Question) -> Answer | Unanswerable:
    """Answer one question; what goes wrong with it leaves the others alone."""
    row = PROBES.get(question.what)
    if row is None:
        known = ", ".join(PROBES)
        return Unanswerable(question.what, f"there is no question {question.what!r}, only {known}")
    if unknown := [name for name in question.options if name not in row.options]:
        return Unanswerable(question.what, f"{question.what} has no option {unknown[0]!r}")
    probe: Any = resolve_name(row.path)
    try:
        answer: Answer = probe(context, selection, question.options)
    except Exception as error:
        said = str(error) if isinstance(error, GatescopeError) else f"{question.what}: {error}"
        why = _NO_ROOM if ran_out(error) else one_line(said)
        return Unanswerable(question.what, why)
    return replace(answer, options=question.options)
