"""When test samples are evaluated during a training: on schedule, and whenever it is interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable

from explorer.engine.control import Control
from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import PART, evaluate, fitting
from explorer.engine.probes.registry import Prober
from explorer.engine.record.recorder import Recorder
from explorer.runs.events import Evaluated
from models.classifier import SequenceClassifier

PARTIAL_SAMPLES = 1000
"""Test samples of an evaluation within an epoch: they take 0.1 s, the whole set 1 s."""
PARTIAL_EVALUATIONS = 8
"""How many such evaluations each epoch has."""
INTERRUPTIBLE_PART = 100
"""Samples read at a time in a pause or before the end, so that `Continue` and ctrl+c take effect soon."""


class Evaluations:
    """Evaluates the model of one training, and records the results."""

    def __init__(
        self,
        model: SequenceClassifier,
        test: Samples,
        scaling: Scaling,
        steps_per_epoch: int,
        control: Control,
        record: Recorder,
        prober: Prober,
    ) -> None:
        """Prepare; nothing is evaluated yet.

        Args:
            model: the model being trained; it isn't changed.
            test: the test samples, on the model's device.
            scaling: turns the samples into what the model reads.
            steps_per_epoch: batches per epoch.
            control: knows the step, and answers requests meanwhile.
            record: takes the results.
            prober: searches the newest predictions.
        """
        self._model = model
        self._test = test
        self._scaling = scaling
        self._steps_per_epoch = steps_per_epoch
        self._control = control
        self._record = record
        self._prober = prober
        self._newest: int | None = None

    def evaluate_if_due(self) -> bool:
        """Evaluate test samples if due, all at an epoch's end, the first ones in between; whether it did."""
        step = self._control.step
        since = step % self._steps_per_epoch
        interval = max(1, self._steps_per_epoch // PARTIAL_EVALUATIONS)
        left = self._steps_per_epoch - since
        due = since == 0 or (since % interval == 0 and left >= max(1, interval // 2))
        if not due or step in self._record.recorded.evaluations:
            return False
        whole = step > 0 and since == 0
        self._record(self._evaluate(len(self._test.labels) if whole else PARTIAL_SAMPLES, PART))
        return True

    def evaluate_interrupted(self, wanted: Callable[[], bool]) -> Evaluated | None:
        """Evaluate the first test samples because the training is paused, or about to end.

        Args:
            wanted: asked between two parts; the evaluation is broken off once it isn't.

        Returns:
            The result; None where it is on record already, where these steps are only being recomputed, or
            if it was broken off.
        """
        step, recorded = self._control.step, self._record.recorded
        known = step == self._newest or step in recorded.evaluations or step in recorded.interruptions
        if known or self._control.catching_up:
            return None

        def require_wanted() -> None:
            if not wanted():
                raise _BrokenOff

        try:
            require_wanted()
            return self._evaluate(PARTIAL_SAMPLES, INTERRUPTIBLE_PART, require_wanted)
        except _BrokenOff:
            return None

    def _evaluate(self, count: int, part: int, check: Callable[[], None] = lambda: None) -> Evaluated:
        """Evaluate the first `count` test samples, with requests answered and `check` called in between."""
        step = self._control.step
        samples = self._test.some(slice(count))

        def between() -> None:
            self._record.check()
            self._control.answer()
            check()

        part = fitting(part, samples.x.shape[1])
        evaluation = evaluate(self._model, samples, self._scaling, between, part)
        self._prober.predictions = evaluation.predictions
        self._newest = step
        return Evaluated(
            time=time.time(),
            step=step,
            epoch=step // self._steps_per_epoch,
            samples=len(samples.labels),
            whole=len(samples.labels) == len(self._test.labels),
            loss=evaluation.loss,
            accuracy=evaluation.accuracy,
            confusion=evaluation.confusion,
        )


class _BrokenOff(Exception):
    """An evaluation is no longer wanted."""
