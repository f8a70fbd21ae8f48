"""The training loop: batches in, events out, requests answered in between."""

from __future__ import annotations

import time
from collections.abc import Iterable

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from explorer.engine.control import Control, Requests
from explorer.engine.data.dataset import Dataset, Samples
from explorer.engine.distributed.group import Group, Order, SingleProcess
from explorer.engine.evaluations import Evaluations
from explorer.engine.learning.batches import Scaling, batches, steps_per_epoch
from explorer.engine.learning.health import Diverged, Health
from explorer.engine.learning.schedule import scheduled
from explorer.engine.learning.step import Learner
from explorer.engine.learning.updates import is_measured
from explorer.engine.probes.registry import Prober
from explorer.engine.record.autosave import Autosave
from explorer.engine.record.checkpoints import Restored
from explorer.engine.record.moment_keeper import MomentKeeper
from explorer.engine.record.moments import Recall
from explorer.engine.record.recorder import Recorder
from explorer.engine.record.tensor_file import Progress
from explorer.runs.config import Config
from explorer.runs.events import FACTORS_EVERY, Evaluated, Marked, StepTrained
from explorer.runs.folder import Extension, RunFolder

LAST_SECONDS = 10.0
"""Seconds that the evaluation before a stop may take; only a model of thousands of units needs longer."""
ANNOUNCE_SECONDS = 10.0
"""Seconds between two messages about recomputed steps."""


class TrainingLoop:
    """One run's training, from its first step or a checkpoint to its last step."""

    def __init__(
        self,
        folder: RunFolder,
        config: Config,
        dataset: Dataset,
        newest: Restored,
        record: Recorder,
        requests: Requests,
        extensions: Iterable[Extension] = (),
        group: Group | None = None,
    ) -> None:
        """Prepare everything; nothing is trained yet.

        Args:
            folder: where the weights go.
            config: the run's options.
            dataset: on the same device as the model.
            newest: the model, which is trained in place, and the rest of its checkpoint.
            record: takes every event, and knows those already on record.
            requests: answered between two batches.
            extensions: the run's earlier plans.
            group: the processes that train together; None: this one alone.
        """
        self._config = config
        self._dataset = dataset
        model = newest.model
        self._record = record
        self._extensions = tuple(extensions)
        self._scale_train = Scaling.of(dataset.train, config.recipe.normalise, dataset.file)
        scale_test = Scaling.of(dataset.test, config.recipe.normalise, dataset.file)
        recall = Recall(folder, config, dataset.shape, dataset.test.x.device)
        self.prober = Prober(model, dataset, scale_test, recall)
        """Answers questions to the weights."""
        progress, averages = newest.checkpoint
        self._group = group or SingleProcess()
        self._learner = Learner(model, config, averages, self._group)
        self.steps_per_epoch = steps_per_epoch(dataset.train, config.batch_size)
        """Batches per epoch."""
        self._total = self.steps_per_epoch * config.epochs
        self._health = Health(len(dataset.shape.classes), progress.health)
        self.control = Control(
            requests, record, self.prober, self._schedule, config.lr, factor=progress.factor
        )
        """Carries out what requests and signals ask for."""
        self.control.reach(progress.step)
        self._evaluations = Evaluations(
            model, dataset.test, scale_test, self.steps_per_epoch, self.control, record, self.prober
        )
        self._moments = MomentKeeper(folder, model, config, self.steps_per_epoch, record)
        self._autosave = Autosave(folder, self._learner, record, progress.step or None)
        self._announce_at = 0.0

    def run(self) -> None:
        """Train to the end.

        Raises:
            Stopped: a stop was requested.
            Diverged: the loss or the gradient is no longer finite.
            FolderGone: the run's folder is gone.
        """
        self._moments.begin(self.control.step)
        self._evaluations.evaluate_if_due()
        self._save()
        self._announce()
        try:
            while self.control.step < self._total:
                self._train_epoch(self.control.step // self.steps_per_epoch + 1)
            while self.control.state == "paused":  # paused since the last step
                self.control.wait()
            while not self._save():
                self.control.enter("paused", f"can't save the last checkpoint: {self._autosave.trouble}")
                self.control.wait()
        finally:
            self._save()

    @property
    def unsaved(self) -> str:
        """Why the newest weights aren't on disk, in one line; empty when they are."""
        return self._autosave.trouble

    def evaluate_stopped(self) -> Evaluated | None:
        """Evaluate the first test samples before the end is recorded; everything is saved by now.

        None where that is on record already, where a second signal says not to wait for it, or after
        `LAST_SECONDS`.
        """
        end = time.monotonic() + LAST_SECONDS
        return self._evaluations.evaluate_interrupted(
            lambda: not self.control.impatient and time.monotonic() < end
        )

    def _train_epoch(self, epoch: int) -> None:
        """Train the rest of one epoch, with an evaluation now and then."""
        done = self.control.step % self.steps_per_epoch
        for batch in batches(self._dataset.train, self._config, self._scale_train, epoch, done):
            self.control.between_batches(self._settle)
            self._train_step(epoch, batch)
            evaluated = self._evaluations.evaluate_if_due()
            if evaluated and self._autosave.trouble:  # perhaps there is room by now
                self._save()
            self._announce()
        self._save()

    def _train_step(self, epoch: int, batch: Samples) -> None:
        """Train on one batch, scaled."""
        began = time.perf_counter()
        step = self.control.step + 1
        control = self.control
        rate, factors = control.learning_rate(step), (control.first_factor, control.factor)
        self._group.lead(Order(step, rate))
        read = self._learner.read(batch)
        event = StepTrained(
            time=time.time(),
            step=step,
            epoch=epoch,
            loss=read.loss,
            accuracy=read.accuracy,
            gradient_norm=read.gradient_norm,
            learning_rate=rate,
            samples_per_second=len(batch.labels) / (time.perf_counter() - began),
            factors=UNSET if step % FACTORS_EVERY else factors,
        )
        try:
            self._health.require_finite(step, read.loss, read.gradient_norm)
        except Diverged as error:
            error.batch = event
            raise
        updates: dict[str, float | None] | UnsetType = UNSET
        if is_measured(step):
            updates = {**self._learner.update_measured(rate)}
        else:
            self._learner.update(rate)
        self._record.check()
        control.reach(step)
        speed = len(batch.labels) / (time.perf_counter() - began)
        self._record(replace(event, time=time.time(), samples_per_second=speed, updates=updates))
        verdict = self._health.observe(step, read.loss, read.accuracy)
        if verdict is not None:
            self._record(Marked(time=time.time(), step=step, mark=verdict.mark, message=verdict.message))
        self._moments.keep(step)

    def _schedule(self, step: int) -> float:
        """The learning rate at a step as a share of its peak, under the plan in force at that step."""
        plans = (plan.epochs for plan in self._extensions if step <= plan.until)
        epochs = next(plans, self._config.epochs)
        return scheduled(self._config.recipe, step, epochs * self.steps_per_epoch)

    def _settle(self) -> None:
        """In a pause: save everything, then evaluate the first test samples; `Continue` breaks that off."""
        control = self.control
        self._save()
        evaluated = self._evaluations.evaluate_interrupted(
            lambda: control.state == "paused" and not control.impatient
        )
        if evaluated is not None:
            control.report(evaluated)

    def _save(self) -> bool:
        """Save everything needed to resume from here; return whether that worked."""
        control = self.control
        progress = Progress(
            step=control.step, factor=control.factor, health=self._health.memory, config=self._config
        )
        return self._autosave.save(progress)

    def _announce(self) -> None:
        """Record that the training begins; until then, how far the recorded steps have been recomputed."""
        control = self.control
        if control.state != "preparing":
            return
        if not control.catching_up:
            control.enter("training")
        elif time.monotonic() >= self._announce_at:
            self._announce_at = time.monotonic() + ANNOUNCE_SECONDS
            newest = self._record.recorded.newest
            control.enter("preparing", f"recomputing steps up to {newest:,}: at step {control.step:,}")
