"""The training loop: batches in, events out, requests answered in between."""

from __future__ import annotations

import time
from collections.abc import Iterable

from torch import Tensor

from explorer.engine.control import Control, Requests
from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.distributed.group import Order, SingleProcess
from explorer.engine.learning.batches import Scaling, batches, steps_per_epoch
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.learning.health import Health
from explorer.engine.learning.schedule import scheduled
from explorer.engine.learning.step import Learner
from explorer.engine.probes.registry import Prober
from explorer.engine.record.autosave import Autosave
from explorer.engine.record.checkpoints import Newest, Progress
from explorer.engine.record.recorder import Recorder
from explorer.runs.config import Config
from explorer.runs.events import Evaluated, Marked, StepTrained
from explorer.runs.folder import Extension, RunFolder

PEEK = 1000
"""Test digits read between two epochs' ends: 0.1 s, where the whole set takes 1 s."""
PEEKS = 8
"""How many such looks an epoch has."""
TELL = 10.0
"""Seconds between two lines about steps that are computed anew."""


class TrainingLoop:
    """One run's training, from its first step, or from a checkpoint, to its last."""

    def __init__(
        self,
        folder: RunFolder,
        config: Config,
        dataset: Dataset,
        newest: Newest,
        record: Recorder,
        requests: Requests,
        extensions: Iterable[Extension] = (),
        team: SingleProcess | None = None,
    ) -> None:
        """Make everything ready; nothing is trained yet.

        Args:
            folder: where the checkpoints go.
            config: what is asked for.
            dataset: on the device that computes, as the model is.
            newest: the model, trained in place, and what goes with it.
            record: takes every event, and knows those that are told already.
            requests: looked at between two batches.
            extensions: for how many epochs the run was planned before.
            team: the processes that train it together; None: this one alone.
        """
        self._config = config
        self._dataset = dataset
        self._model = model = newest.model
        self._record = record
        self._extensions = tuple(extensions)
        self._scale_train = Scaling.of(dataset.train, config.recipe.normalise)
        self._scale_test = Scaling.of(dataset.test, config.recipe.normalise)
        self._prober = Prober(model, dataset.test, self._scale_test)
        progress, averages = newest.checkpoint
        self._team = team or SingleProcess()
        self._learner = Learner(model, config, averages, self._team)
        self.steps_per_epoch = steps_per_epoch(dataset.train, config.batch_size)
        """Batches of an epoch."""
        self._total = self.steps_per_epoch * config.epochs
        self._health = Health(progress.health)
        self.steering = Control(
            requests, record, self._prober, self._schedule, config.lr, factor=progress.factor
        )
        """What requests, and signals, do to it."""
        self._reach(progress.step)
        self._saver = Autosave(folder, self._learner, record, progress.step or None)
        self._tell_at = 0.0

    def run(self) -> None:
        """Train to the end.

        Raises:
            Stopped: somebody asked for the end.
            Diverged: the loss or the gradient is no number any more.
            GatescopeError: the run's folder is gone.
        """
        self._look_if_due()
        self._save()
        self._tell()
        try:
            while self.steering.step < self._total:
                self._train_epoch(self.steering.step // self.steps_per_epoch + 1)
            while self.steering.state == "paused":  # since the last look
                self.steering.wait()
            while not self._save():
                self.steering.enter("paused", f"cannot save the last checkpoint: {self._saver.trouble}")
                self.steering.wait()
        finally:
            self._save()

    @property
    def unsaved(self) -> str:
        """Why the newest weights aren't on disk, in one line; empty when they are."""
        return self._saver.trouble

    def _train_epoch(self, epoch: int) -> None:
        """The rest of one pass over the training set, with a look at some test digits now and then."""
        done = self.steering.step % self.steps_per_epoch
        for images, labels in batches(self._dataset.train, self._config, self._scale_train, epoch, done):
            self.steering.between_batches(self._save)
            self._train_step(epoch, images, labels)
            looked = self._look_if_due()
            if looked and self._saver.trouble:  # perhaps there is room by now
                self._save()
            self._tell()
        self._save()

    def _train_step(self, epoch: int, images: Tensor, labels: Tensor) -> None:
        """Learn from one batch: images (B, 28, 28), labels (B,)."""
        began = time.perf_counter()
        step = self.steering.step + 1
        rate = self.steering.learning_rate(step)
        self._team.lead(Order(step, rate))
        read = self._learner.read(images, labels)
        self._health.require_finite(step, read.loss, read.gradient_norm)
        self._learner.update(rate)
        self._reach(step)
        self._record(
            StepTrained(
                time=time.time(),
                step=step,
                epoch=epoch,
                loss=read.loss,
                accuracy=read.accuracy,
                gradient_norm=read.gradient_norm,
                learning_rate=rate,
                samples_per_second=len(labels) / (time.perf_counter() - began),
            )
        )
        verdict = self._health.observe(step, read.loss, read.accuracy)
        if verdict is not None:
            self._record(Marked(time=time.time(), step=step, mark=verdict.mark, message=verdict.message))

    def _reach(self, step: int) -> None:
        """Be at a step; what somebody turned the learning rate to there is turned again."""
        self.steering.step = step
        self.steering.factor = self._record.past.factors.get(step, self.steering.factor)

    def _schedule(self, step: int) -> float:
        """The share of the peak that the learning rate has at a step, under the plan of that time."""
        plans = (plan.epochs for plan in self._extensions if step <= plan.until)
        epochs = next(plans, self._config.epochs)
        return scheduled(self._config.recipe, step, epochs * self.steps_per_epoch)

    def _look_if_due(self) -> bool:
        """Look at test digits: all at an epoch's end, the first ones now and then; whether it did."""
        step = self.steering.step
        epoch, since = divmod(step, self.steps_per_epoch)
        interval = max(1, self.steps_per_epoch // PEEKS)
        left = self.steps_per_epoch - since
        whole = step > 0 and since == 0
        due = since == 0 or (since % interval == 0 and left >= max(1, interval // 2))
        if not due or step in self._record.past.looks:
            return False
        test = self._dataset.test
        digits = test if whole else Samples(*(tensor[:PEEK] for tensor in test))
        seen = evaluate(self._model, digits, self._scale_test, self.steering.answer)
        self._prober.predictions = seen.predictions
        self._record(
            Evaluated(
                time=time.time(),
                step=step,
                epoch=epoch,
                samples=len(digits.labels),
                whole=len(digits.labels) == len(test.labels),
                loss=seen.loss,
                accuracy=seen.accuracy,
                confusion=seen.confusion,
            )
        )
        return True

    def _save(self) -> bool:
        """Save everything that is needed to go on from here; whether that worked."""
        steering = self.steering
        progress = Progress(
            step=steering.step, factor=steering.factor, health=self._health.memory, config=self._config
        )
        return self._saver.save(progress)

    def _tell(self) -> None:
        """Say that the training begins; before that, how far the steps are that were told before."""
        steering = self.steering
        if steering.state != "preparing":
            return
        if not steering.catching_up:
            steering.enter("training")
        elif time.monotonic() >= self._tell_at:
            self._tell_at = time.monotonic() + TELL
            known = self._record.past.step
            steering.enter("preparing", f"catching up with step {known:,}: at step {steering.step:,}")
