"""Which probe answers which request: one dispatch for the training engine and the read-only engine."""

from __future__ import annotations

from torch import Tensor

from explorer.engine.data.dataset import Dataset
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.probes.activations import read_activations
from explorer.engine.probes.find_sample import find_sample
from explorer.protocol.messages import Answer, FindSample, Probe, Refused
from explorer.runs.events import State
from explorer.runs.memory import ran_out
from models.classifier import SequenceClassifier


class Prober:
    """Answers probes of one model, using its test samples."""

    def __init__(self, model: SequenceClassifier, dataset: Dataset, scaling: Scaling) -> None:
        """Probe `model`, with its weights at the time of each request, using the test samples of `dataset`;
        both on one device.
        """
        self._model = model
        self._test, self._shape = dataset.test, dataset.shape
        self._scaling = scaling
        self.predictions: Tensor | None = None
        """The classes that the first N test samples were read as in the newest evaluation, (N,) int64."""

    def answer(self, request: Probe | FindSample, step: int, state: State | None) -> Answer:
        """Answer one request; without the memory for it, refuse: a question must not end a training.

        Args:
            request: the question.
            step: steps trained.
            state: what the engine is doing; None for a read-only engine.
        """
        try:
            return self._answer(request, step, state)
        except Exception as error:
            if not ran_out(error):
                raise
            return Refused("out of memory; close some programs, and ask again")

    def _answer(self, request: Probe | FindSample, step: int, state: State | None) -> Answer:
        """Answer one request, as long as there is the memory for it."""
        match request:
            case Probe():
                return read_activations(
                    self._model, self._test, self._scaling, self._shape, request, step, state
                )
            case FindSample():
                if self.predictions is None:
                    self.predictions = evaluate(self._model, self._test, self._scaling).predictions
                return find_sample(self.predictions, self._test.labels, request)
