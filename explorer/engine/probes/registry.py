"""Which function answers which question: one dispatch for the training engine and the read-only engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pkgutil import resolve_name
from typing import Any, Final

import torch
from msgspec.structs import replace
from torch import Tensor

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import PART, evaluate, fitting
from explorer.engine.probes.context import Context
from explorer.engine.probes.find_sample import find_sample
from explorer.engine.probes.weights import copy_weights, pieces_of
from explorer.protocol.messages import FindSample, Piece, Refused, Reply, Weights
from explorer.protocol.probes import PROBES, is_heavy, lacking
from explorer.protocol.questions import Answer, Answers, Ask, Given, Question, Selection, Unanswerable
from explorer.runs.events import State
from explorer.system.errors import Cancelled, GatescopeError, UsageError
from explorer.system.memory import ran_out
from explorer.system.text import one_line, reason
from models.classifier import SequenceClassifier

_NO_ROOM: Final = "out of memory; close some programs, and ask again"
_HEAVY: Final = "{} is a heavy question: ask the read-only engine"


class Prober:
    """Answers questions to one model, using its data set."""

    def __init__(
        self,
        model: SequenceClassifier,
        dataset: Dataset,
        scaling: Scaling,
        recall: Callable[[int], SequenceClassifier] | None = None,
    ) -> None:
        """Probe a model.

        Args:
            model: on the data set's device; its weights are those at the time of each request.
            dataset: what it reads.
            scaling: turns that into the model's inputs.
            recall: the model as it was after another step, or a `GatescopeError`; None: there is no other.
        """
        self._model = model
        self._recall = recall
        self._dataset = dataset
        self._scaling = scaling
        self.predictions: Tensor | None = None
        """The classes that the first N test samples were read as in the newest evaluation, (N,) int64."""

    @property
    def missing(self) -> str:
        """Why there are no test samples, in one line; empty if there are."""
        return self._dataset.missing

    def answer(
        self,
        request: Ask | FindSample,
        step: int,
        state: State | None,
        progress: Callable[[float], object] | None = None,
    ) -> Reply:
        """Answer one request; without the memory for it, refuse: a question must not end a training.

        Args:
            request: the questions.
            step: steps trained.
            state: what the engine is doing; None for a read-only engine.
            progress: called with the share done, 0..1, in between. None: there is no time, and a heavy
                question has no answer.

        Raises:
            Cancelled: `progress` raised it.
        """
        try:
            return self._answer(request, step, state, progress)
        except Exception as error:
            if not ran_out(error):
                raise
            return Refused(_NO_ROOM)

    def send_weights(self, step: int) -> Callable[[Callable[[Piece], object]], Reply] | Refused:
        """What sends the weights as they are now, after `step` steps, in pieces, and makes the reply."""
        try:
            weights = copy_weights(self._model)
        except Exception as error:
            if not ran_out(error):
                raise
            return Refused(_NO_ROOM)

        def send(take: Callable[[Piece], object]) -> Reply:
            for piece in pieces_of(weights):
                take(piece)
            return Weights(step)

        return send

    def _answer(
        self,
        request: Ask | FindSample,
        step: int,
        state: State | None,
        progress: Callable[[float], object] | None,
    ) -> Reply:
        """Answer one request, as long as there is the memory for it."""
        given = isinstance(request, Ask) and all(isinstance(one.subject, Given) for one in request.selections)
        if self.missing and not given:
            return Refused(self.missing)
        match request:
            case Ask(selections=selections, questions=questions):
                found: list[Answer | Unanswerable] = []
                try:
                    for number, selection in enumerate(selections):
                        said = _part_of(progress, number, len(selections))
                        found += self._answer_about(selection, questions, step, said)
                except GatescopeError as error:
                    return Refused(reason(error), mistake=isinstance(error, UsageError))
                answers = tuple(one for one in found if isinstance(one, Answer))
                unanswerable = tuple(one for one in found if isinstance(one, Unanswerable))
                return Answers(answers, unanswerable, state)
            case FindSample(after=after):
                test = self._dataset.test
                if self.predictions is None:
                    part = fitting(PART, test.x.shape[1])
                    evaluation = evaluate(self._model, test, self._scaling, part=part)
                    self.predictions = evaluation.predictions
                return find_sample(self.predictions, test.labels, after, self._read)

    def _answer_about(
        self,
        selection: Selection,
        questions: Sequence[Question],
        step: int,
        progress: Callable[[float], object] | None,
    ) -> list[Answer | Unanswerable]:
        """Answer questions about one selection.

        Raises:
            GatescopeError: the weights of its moment can't be had.
        """
        moment = step if selection.moment is None else selection.moment
        model = self._model if moment == step else self._model_at(moment)
        found: list[Answer | Unanswerable] = []
        for number, question in enumerate(questions):
            if progress is None and self.is_heavy(question, selection):
                found.append(Unanswerable(question.what, _HEAVY.format(question.what), heavy=True))
                continue
            said = _part_of(progress, number, len(questions)) or (lambda share: None)
            context = Context(model, self._dataset, self._scaling, moment, said)
            found.append(_ask(context, selection, question))
        return found

    def is_heavy(self, question: Question, selection: Selection) -> bool:
        """Whether a question takes too long to be answered between two batches."""
        return is_heavy(question, selection, self._dataset.shape, len(self._dataset.test.labels))

    def _model_at(self, step: int) -> SequenceClassifier:
        """The model as it was after another step; the one that is trained stays as it is."""
        if self._recall is None:
            raise GatescopeError(f"no weights of step {step:,} can be asked here, only those of now")
        return self._recall(step)

    @torch.no_grad()
    def _read(self, indices: Tensor) -> Tensor:
        """The classes that the present weights read these test samples as, (n,) int64 on the CPU."""
        test = self._dataset.test
        some = test.some(indices.to(test.labels.device))
        outputs: Tensor = self._model(self._scaling(some.x), lengths=some.lengths)
        return outputs.argmax(1).cpu()


def _part_of(
    progress: Callable[[float], object] | None, number: int, count: int
) -> Callable[[float], object] | None:
    """What takes the progress of one of several parts, and passes on that of all."""
    if progress is None:
        return None
    return lambda share: progress((number + share) / count)


def _ask(context: Context, selection: Selection, question: Question) -> Answer | Unanswerable:
    """Answer one question; what goes wrong with it leaves the others alone."""
    row = PROBES.get(question.what)
    if row is None:
        known = ", ".join(PROBES)
        return Unanswerable(question.what, f"there is no question {question.what!r}, only {known}")
    if unknown := [name for name in question.options if name not in row.options]:
        return Unanswerable(question.what, f"{question.what} has no option {unknown[0]!r}")
    if why := lacking(question.what, context.model.cell):
        return Unanswerable(question.what, why)
    probe: Any = resolve_name(row.path)
    try:
        answer: Answer = probe(context, selection, question.options)
    except Cancelled:
        raise
    except Exception as error:
        said = str(error) if isinstance(error, GatescopeError) else f"{question.what}: {error}"
        why = _NO_ROOM if ran_out(error) else one_line(said)
        return Unanswerable(question.what, why, mistake=isinstance(error, UsageError))
    return replace(answer, options=question.options)
