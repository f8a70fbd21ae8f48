"""What a person does to a training: pause, resume, stop, turn the learning rate, look inside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from explorer.engine.probes.registry import Prober
from explorer.engine.record.recorder import Recorder
from explorer.engine.server import Handler
from explorer.engine.signals import Stopped
from explorer.protocol.messages import (
    Answer,
    Continue,
    Done,
    FindSample,
    Pause,
    Probe,
    Refused,
    Request,
    ScaleLearningRate,
    Stop,
)
from explorer.runs.config import MAX_LR
from explorer.runs.events import LearningRateChanged, State

IDLE = 0.2
"""Seconds between two looks at the stop flag, and at a full disk, while nothing is trained."""


class Requests(Protocol):
    """Where requests come from: the inbox, or nothing at all in a test."""

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; with none there, wait up to `wait` seconds."""


class Control:
    """Carries out requests, and holds the training up while it is paused or the disk is full."""

    def __init__(
        self,
        requests: Requests,
        record: Recorder,
        prober: Prober,
        schedule: Callable[[int], float],
        peak: float,
        factor: float,
    ) -> None:
        """Nothing is asked yet.

        Args:
            requests: looked at between two batches.
            record: takes every event.
            prober: looks inside.
            schedule: the share of the peak that the learning rate has at a step.
            peak: the learning rate at its highest.
            factor: what the learning rate was turned to when the training was left.
        """
        self._requests = requests
        self._record = record
        self._prober = prober
        self._schedule = schedule
        self._peak = peak
        self.factor = factor
        """What the schedule is multiplied with."""
        self.step = 0
        """Steps trained; see `reach`."""
        self.state: State = "preparing"
        """What the training does."""
        self._reason = ""
        self.stop_requested = False
        """Set by a signal handler, too; the training ends between two batches."""

    @property
    def catching_up(self) -> bool:
        """Whether steps are computed that were told before."""
        return self.step < self._record.recorded.newest

    def reach(self, step: int) -> None:
        """Advance to `step`, reapplying any recorded learning-rate change."""
        self.step = step
        self.factor = self._record.recorded.factors.get(step, self.factor)

    def learning_rate(self, step: int) -> float:
        """The schedule's rate at a step, times what somebody turned it to."""
        return min(MAX_LR, self._peak * self._schedule(step) * self.factor)

    def enter(self, state: State, reason: str = "") -> None:
        """Change the state and tell so."""
        if (state, reason) != (self.state, self._reason):
            self.state, self._reason = state, reason
            self._record.enter(state, reason)

    def answer(self) -> None:
        """Answer what waits, and go on whatever it was."""
        self._requests.serve(self._handle)

    def between_batches(self, save: Callable[[], object]) -> None:
        """Answer what waits; stay here, with everything saved, while paused, and while the disk is full.

        Raises:
            Stopped: somebody asked for the end.
        """
        self.answer()
        if self.state == "paused":
            save()
        self._end_if_asked()
        while self.state == "paused" or self._record.trouble:
            self.wait()

    def wait(self) -> None:
        """Wait a moment for something to get better, answering meanwhile.

        Raises:
            Stopped: somebody asked for the end.
        """
        self._requests.serve(self._handle, wait=IDLE)
        self._record.flush()
        self._end_if_asked()

    def _end_if_asked(self) -> None:
        """Leave the training when somebody asked for the end."""
        if self.stop_requested:
            raise Stopped

    def _handle(self, request: Request) -> Answer:
        """Carry out one request."""
        match request:
            case Pause():
                self.enter("paused")
                return Done(f"paused at step {self.step:,}")
            case Continue():
                self.enter("training")
                return Done("training continues")
            case Stop():
                self.stop_requested = True
                return Done(f"stopping at step {self.step:,}; everything so far is kept")
            case ScaleLearningRate():
                return self._scale_learning_rate(request.by)
            case Probe() | FindSample():
                return self._prober.answer(request, self.step, self.state)

    def _scale_learning_rate(self, by: float) -> Answer:
        """Turn the learning rate up or down, within what the options allow."""
        if self.catching_up:
            known = self._record.recorded.newest
            return Refused(f"the steps up to {known:,} are still being recomputed; try again later")
        factor = self.factor * by
        if not 0 < by < float("inf") or not 1e-6 <= factor * self._peak <= MAX_LR:
            return Refused(f"the learning rate stays between 1e-6 and {MAX_LR:g}")
        self.factor = factor
        self._record(LearningRateChanged(time=time.time(), step=self.step, factor=factor))
        return Done(f"learning rate ×{factor:.3g}: now {self.learning_rate(self.step + 1):.2e}")
