"""The training loop: batches in, events out, requests answered in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.batches import Scaling, batches, steps_per_epoch
from explorer.engine.checkpoints import save_checkpoint
from explorer.engine.data import Dataset, Digits
from explorer.engine.evaluation import evaluate
from explorer.engine.health import Health
from explorer.engine.inbox import Handler
from explorer.engine.probes import Prober
from explorer.engine.schedule import scheduled
from explorer.runs.config import MAX_LR, Config
from explorer.runs.events import (
    CheckpointSaved,
    Evaluated,
    Event,
    LearningRateChanged,
    Marked,
    State,
    StateChanged,
    StepTrained,
)
from explorer.runs.folder import RunFolder
from explorer.runs.messages import (
    Answer,
    Done,
    FindDigit,
    Pause,
    Probe,
    Refused,
    Request,
    Resume,
    ScaleLearningRate,
    Stop,
)
from models.classifier import RowClassifier

PEEK = 1000
"""Test digits read between two epochs' ends: 0.1 s, where the whole set takes 1 s."""
PEEKS = 8
"""How many such looks an epoch has."""
IDLE = 0.2
"""Seconds between two looks at the stop flag while paused."""


class Stopped(Exception):
    """Somebody asked for the end; everything so far is kept."""


class Requests(Protocol):
    """Where requests come from: the inbox, or nothing at all in a test."""

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; with none there, wait up to `wait` seconds."""


class Training:
    """One run's training, from its first step to its last."""

    def __init__(
        self,
        folder: RunFolder,
        config: Config,
        dataset: Dataset,
        model: RowClassifier,
        emit: Callable[[Event], None],
        requests: Requests,
    ) -> None:
        """Make everything ready; nothing is trained yet.

        Args:
            folder: where the checkpoints go.
            config: what is asked for.
            dataset: on the device that computes, as `model` is.
            model: trained in place.
            emit: takes every event.
            requests: looked at between two batches.
        """
        self._folder = folder
        self._config = config
        self._dataset = dataset
        self._model = model
        self._emit = emit
        self._requests = requests
        self._scale_train = Scaling.of(dataset.train, config.recipe.normalise)
        self._scale_test = Scaling.of(dataset.test, config.recipe.normalise)
        self._prober = Prober(model, dataset.test, self._scale_test)
        # fused: one kernel updates all six parameters, instead of a Python loop over them.
        self._optimizer = torch.optim.AdamW(
            model.parameters(), lr=config.lr, weight_decay=config.recipe.weight_decay, fused=True
        )
        self.steps_per_epoch = steps_per_epoch(dataset.train, config.batch_size)
        """Batches of an epoch."""
        self._total = self.steps_per_epoch * config.epochs
        self._health = Health()
        self._factor = 1.0
        self._state: State = "preparing"
        self._step = 0
        self._saved: int | None = None
        self.stop_requested = False
        """Set by a signal handler; the training ends between two batches."""

    def run(self) -> None:
        """Train to the end.

        Raises:
            Stopped: somebody asked for the end.
            Diverged: the loss or the gradient is no number any more.
            OSError: the run's folder can't be written.
        """
        self._look(self._part(), epoch=0, whole=False)
        self._save()
        if self._state == "preparing":  # somebody may have paused it already
            self._enter("training")
        try:
            for epoch in range(1, self._config.epochs + 1):
                self._train_epoch(epoch)
                self._look(self._dataset.test, epoch, whole=True)
                self._save()
        finally:
            self._save()

    def _train_epoch(self, epoch: int) -> None:
        """One pass over the training set, with a look at some test digits now and then."""
        interval = max(1, self.steps_per_epoch // PEEKS)
        last = epoch * self.steps_per_epoch
        for images, labels in batches(self._dataset.train, self._config, self._scale_train, epoch):
            self._serve()
            self._train_step(epoch, images, labels)
            if self._step % interval == 0 and last - self._step >= max(1, interval // 2):
                self._look(self._part(), epoch - 1, whole=False)

    def _train_step(self, epoch: int, images: Tensor, labels: Tensor) -> None:
        """Learn from one batch: images (B, 28, 28), labels (B,)."""
        began = time.perf_counter()
        step = self._step + 1
        rate = self._learning_rate(step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        outputs = self._model(images)  # (B, 10)
        loss_tensor = functional.cross_entropy(outputs, labels)
        self._optimizer.zero_grad()
        loss_tensor.backward()
        clip = self._config.recipe.clip or float("inf")
        norm = torch.nn.utils.clip_grad_norm_(self._model.parameters(), clip).item()
        loss = loss_tensor.item()
        self._health.require_finite(step, loss, norm)
        self._optimizer.step()
        self._step = step
        accuracy = (outputs.argmax(1) == labels).double().mean().item()
        self._emit(
            StepTrained(
                time=time.time(),
                step=step,
                epoch=epoch,
                loss=loss,
                accuracy=accuracy,
                gradient_norm=norm,
                learning_rate=rate,
                images_per_second=len(labels) / (time.perf_counter() - began),
            )
        )
        verdict = self._health.observe(step, loss, accuracy)
        if verdict is not None:
            self._emit(Marked(time=time.time(), step=step, mark=verdict.mark, message=verdict.message))

    def _learning_rate(self, step: int) -> float:
        """The schedule's rate at a step, times what somebody turned it to."""
        share = scheduled(self._config.recipe, step, self._total)
        return min(MAX_LR, self._config.lr * share * self._factor)

    def _part(self) -> Digits:
        """The test digits that are read between two epochs' ends: the first ones, always the same."""
        return Digits(*(tensor[:PEEK] for tensor in self._dataset.test))

    def _look(self, digits: Digits, epoch: int, whole: bool) -> None:
        """Read test digits and tell how well that went."""
        seen = evaluate(self._model, digits, self._scale_test, self._serve_only)
        self._prober.predictions = seen.predictions
        self._emit(
            Evaluated(
                time=time.time(),
                step=self._step,
                epoch=epoch,
                images=len(digits.labels),
                whole=whole or len(digits.labels) == len(self._dataset.test.labels),
                loss=seen.loss,
                accuracy=seen.accuracy,
                confusion=seen.confusion,
            )
        )

    def _save(self) -> None:
        """Write a checkpoint, unless these very weights are on disk already, or are no numbers any more.

        A step from finite gradients can still end in infinite weights, where the learning rate times
        the weight decay is above 2: the last good checkpoint must not give way to those.
        """
        if self._saved == self._step or not all(p.isfinite().all() for p in self._model.parameters()):
            return
        path = save_checkpoint(self._folder, self._step, self._model, self._optimizer)
        self._saved = self._step
        relative = str(path.relative_to(self._folder.path))
        self._emit(CheckpointSaved(time=time.time(), step=self._step, path=relative))

    def _enter(self, state: State) -> None:
        """Change the state and tell so."""
        if state != self._state:
            self._state = state
            self._emit(StateChanged(time=time.time(), state=state))

    def _serve_only(self) -> None:
        """Answer what waits, and go on whatever it was."""
        self._requests.serve(self._handle)

    def _serve(self) -> None:
        """Answer what waits; stay here while paused; leave when somebody asked for the end."""
        self._requests.serve(self._handle)
        if self._state == "paused":
            self._save()
        while self._state == "paused" and not self.stop_requested:
            self._requests.serve(self._handle, wait=IDLE)
        if self.stop_requested:
            raise Stopped

    def _handle(self, request: Request) -> Answer:
        """Carry out one request, between two batches."""
        match request:
            case Pause():
                self._enter("paused")
                return Done(f"paused at step {self._step:,}")
            case Resume():
                self._enter("training")
                return Done("training goes on")
            case Stop():
                self.stop_requested = True
                return Done(f"stopping at step {self._step:,}; everything so far is kept")
            case ScaleLearningRate():
                return self._scale_learning_rate(request.by)
            case Probe():
                return self._prober.probe(request, self._step, self._state)
            case FindDigit():
                return self._prober.find(request)

    def _scale_learning_rate(self, by: float) -> Answer:
        """Turn the learning rate up or down, within what the options allow."""
        factor = self._factor * by
        if not 0 < by < float("inf") or not 1e-6 <= factor * self._config.lr <= MAX_LR:
            return Refused(f"the learning rate stays between 1e-6 and {MAX_LR:g}")
        self._factor = factor
        self._emit(LearningRateChanged(time=time.time(), step=self._step, factor=factor))
        return Done(f"learning rate ×{factor:.3g}: now {self._learning_rate(self._step + 1):.2e}")
