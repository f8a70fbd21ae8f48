"""What a person can do to a training: pause, continue, stop, scale the learning rate, probe."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from explorer.engine.probes.registry import Prober
from explorer.engine.record.recorder import Recorder
from explorer.engine.server import Handler, Later
from explorer.engine.signals import Stopped
from explorer.protocol.messages import (
    Continue,
    Done,
    FetchWeights,
    FindSample,
    Note,
    Pause,
    Refused,
    Reply,
    Request,
    ScaleLearningRate,
    Stop,
    about,
)
from explorer.protocol.questions import Ask
from explorer.runs.config import MAX_LR
from explorer.runs.events import Evaluated, LearningRateChanged, Noted, State
from explorer.runs.notes import LONGEST
from explorer.system.text import one_line

IDLE_SECONDS = 0.2
"""Seconds between checks of the stop flag, and of a full disk, while nothing is trained."""


class Requests(Protocol):
    """Where requests come from: the server, or nothing at all in a test."""

    def serve(self, handle: Handler, wait: float = 0.0) -> None:
        """Answer every waiting request; if there is none, wait up to `wait` seconds for one."""


class Control:
    """Carries out requests, and holds the training while it is paused or the disk is full."""

    def __init__(
        self,
        requests: Requests,
        record: Recorder,
        prober: Prober,
        schedule: Callable[[int], float],
        peak: float,
        factor: float,
    ) -> None:
        """Prepare to carry out requests; none has been received yet.

        Args:
            requests: answered between two batches.
            record: takes every event.
            prober: answers probes.
            schedule: the learning rate at a step, as a share of its peak.
            peak: the highest learning rate of the schedule.
            factor: the learning-rate factor in the checkpoint from which the training resumes.
        """
        self._requests = requests
        self._record = record
        self._prober = prober
        self._schedule = schedule
        self._peak = peak
        self.factor = factor
        """The schedule is multiplied by this."""
        self.first_factor = record.recorded.first_factor
        """And by this at the run's first step."""
        self.step = 0
        """Steps trained; see `reach`."""
        self.state: State = "preparing"
        """What the training is doing."""
        self._reason = ""
        self._noted = ""
        self.stop_requested = False
        """The training ends between two batches."""
        self.impatient = False
        """It ends without a last evaluation."""

    @property
    def catching_up(self) -> bool:
        """Whether the steps being computed are already on record."""
        return self.step < self._record.recorded.newest

    def reach(self, step: int) -> None:
        """Advance to `step`, reapplying any recorded learning-rate change."""
        self.step = step
        self.factor = self._record.recorded.factors.get(step, self.factor)

    def learning_rate(self, step: int) -> float:
        """The schedule's rate at a step times the factor, at most `MAX_LR`."""
        return min(MAX_LR, self._peak * self._schedule(step) * self.factor)

    def enter(self, state: State, reason: str = "") -> None:
        """Change the state, and record the change."""
        if (state, reason) != (self.state, self._reason):
            self.state, self._reason = state, reason
            self._record.enter(state, reason)

    def report(self, evaluated: Evaluated) -> None:
        """Record what an evaluation found in this state."""
        self._record.enter(self.state, self._reason, evaluated)

    def interrupt(self) -> None:
        """Take a signal: end the training between two batches; at a second one, without a last evaluation."""
        self.impatient = self.stop_requested
        self.stop_requested = True

    def answer(self) -> None:
        """Answer the waiting requests, and return even after a pause or a stop."""
        self._requests.serve(self._handle)

    def between_batches(self, settle: Callable[[], object]) -> None:
        """Answer the waiting requests; stay here while paused or the disk is full.

        Args:
            settle: called once a pause has been answered and recorded: to save and to evaluate.

        Raises:
            Stopped: a stop was requested.
        """
        self.answer()
        if self.state == "paused":
            settle()
        self._stop_if_requested()
        while self.state == "paused" or self._record.trouble:
            self.wait()

    def wait(self) -> None:
        """Wait a moment, answering requests, and try again to write what the disk didn't take.

        Raises:
            Stopped: a stop was requested.
        """
        self._requests.serve(self._handle, wait=IDLE_SECONDS)
        self._record.flush()
        self._stop_if_requested()

    def _stop_if_requested(self) -> None:
        """Leave the training if a stop was requested."""
        if self.stop_requested:
            raise Stopped

    def _handle(self, request: Request) -> Reply | Later:
        """Carry out one request."""
        match request:
            case Pause() | Continue() | ScaleLearningRate() if self.stop_requested:
                return Refused("the training is being stopped")
            case Pause():
                self.enter("paused")
                refusal = self._record.refusal
                unsaved = f"; nothing can be saved: {refusal}" if refusal else ""
                return Done(f"paused at step {self.step:,}{unsaved}")
            case Continue():
                self.enter("training")
                return Done("training continues")
            case Stop():
                self.stop_requested = True
                return Done(f"stopping at step {self.step:,}; everything so far is kept")
            case Note():
                return self._note(request)
            case ScaleLearningRate():
                return self._scale_learning_rate(request.by)
            case Ask() | FindSample() if about(request):
                return Refused("this engine answers about the run that it trains")
            case Ask() | FindSample():
                return self._prober.answer(request, self.step, self.state)
            case FetchWeights():
                return self._prober.send_weights(self.step)

    def _note(self, request: Note) -> Reply:
        """Record a note, once."""
        if request.token != self._noted:
            self._noted = request.token
            self._record(Noted(time=time.time(), step=self.step, text=one_line(request.text)[:LONGEST]))
        return Done(f"noted at step {self.step:,}")

    def _scale_learning_rate(self, by: float) -> Reply:
        """Scale the learning rate, within the limits of its option."""
        if self.catching_up:
            newest = self._record.recorded.newest
            return Refused(f"the steps up to {newest:,} are still being recomputed; try again later")
        factor = self.factor * by
        if not 0 < by < float("inf") or not 1e-6 <= factor * self._peak <= MAX_LR:
            return Refused(f"the learning rate stays between 1e-6 and {MAX_LR:g}")
        self.factor = factor
        if self.step == 0:
            self.first_factor = factor
        self._record(LearningRateChanged(time=time.time(), step=self.step, factor=factor))
        return Done(f"learning rate ×{factor:.3g}: now {self.learning_rate(self.step + 1):.2e}")
