"""Pausing, stopping and diverging trainings, and changes of the learning rate."""

from __future__ import annotations

import math

import pytest
import torch
from kit.asking import activations_of, read
from kit.trainings import asking, first_digits, on_record, require_same, resume_training, train

from explorer.engine import evaluations
from explorer.engine.data.dataset import Samples
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.learning.health import Diverged
from explorer.engine.record.checkpoints import CHECKPOINT
from explorer.engine.record.tensor_file import named, read_tensors
from explorer.engine.signals import Stopped
from explorer.protocol.messages import (
    Continue,
    Done,
    FindSample,
    Note,
    Pause,
    Refused,
    SampleFound,
    ScaleLearningRate,
    Stop,
)
from explorer.protocol.questions import Answers
from explorer.runs.events import (
    FACTORS_EVERY,
    CheckpointSaved,
    Evaluated,
    LearningRateChanged,
    Marked,
    Noted,
    StateChanged,
)
from explorer.runs.summary import summarise

PATIENCE = 4
"""How many waits of a paused engine the viewers here let pass."""


@pytest.fixture
def few():
    """64 training samples, in 8 batches, and 50 test samples."""
    return first_digits(64, 50)


def saved_weights(path):
    """A checkpoint's weights, keyed by the model's parameter names."""
    _, tensors = read_tensors(path, 1 << 20, CHECKPOINT)
    return named(tensors, "model")


def go(tmp_path, dataset, asks=lambda trained: [], **options):
    """Train a small run."""
    return train(tmp_path, dataset, asks, **{"hidden": 8, "batch_size": 8} | options)


def pausing_at(step, *then):
    """A viewer that pauses at a step, probes during the pause, and finally sends the requests `then`."""

    def ask(trained):
        if len(trained.steps) != step or trained.waits > PATIENCE:
            return []
        if trained.waits == 0:
            return [] if len(trained.answers) else [Pause()]
        return list(then) if trained.waits == PATIENCE else [activations_of(trained.waits)]

    return ask


class TestPausing:
    def test_a_pause_during_the_last_evaluation_delays_the_end(self, tmp_path, few):
        trained = go(tmp_path, few, pausing_at(8, Continue()))
        states = [event.state for event in trained.of(StateChanged)]
        assert states == ["training", "paused", "training"] and trained.waits == PATIENCE
        assert len(trained.steps) == 8 and trained.ended is None

    def test_a_paused_training_answers_but_takes_no_step_until_it_continues(self, tmp_path, few):
        trained = go(tmp_path, few, pausing_at(3, Continue()))
        states = [(event.state, trained.events.index(event)) for event in trained.of(StateChanged)]
        assert [state for state, _ in states] == ["training", "paused", "training"]
        (_, paused), (_, resumed) = states[1:]
        between = trained.events[paused + 1 : resumed]  # an evaluation was under way
        assert [(type(event), event.step) for event in between] == [(Evaluated, 3), (CheckpointSaved, 3)]
        probed = [answer for answer in trained.answers if isinstance(answer, Answers)]
        assert {(read(answer).step, answer.state) for answer in probed} == {(3, "paused")}
        assert len({read(answer).probability for answer in probed}) == len(probed) == PATIENCE - 1
        assert [step.step for step in trained.steps] == list(range(1, 9))

    def test_a_pause_does_not_change_the_weights(self, tmp_path, few):
        require_same(go(tmp_path, few, pausing_at(3, Continue())).weights, go(tmp_path, few).weights)

    def test_a_pause_before_the_first_step_takes_effect(self, tmp_path, few):
        trained = go(tmp_path, few, pausing_at(0, Stop()))
        assert [event.state for event in trained.of(StateChanged)] == ["paused"]
        assert isinstance(trained.ended, Stopped) and not trained.steps

    def test_pausing_or_continuing_twice_is_recorded_once(self, tmp_path, few):
        trained = go(tmp_path, few, asking({2: [Continue(), Pause(), Pause(), Continue(), Continue()]}))
        assert [event.state for event in trained.of(StateChanged)] == ["training", "paused", "training"]
        assert [type(answer) for answer in trained.answers] == [Done] * 5


class TestEvaluatingInAPause:
    """Of 32 steps, with an evaluation after every fourth."""

    def pause(self, tmp_path, few, step, *then):
        """Pause a training at a step."""
        trained = go(tmp_path, few, pausing_at(step, *then), batch_size=2)
        return trained, [event for event in trained.events if getattr(event, "evaluated", None)]

    def test_a_pause_is_recorded_first_then_the_checkpoint_then_the_accuracy_at_this_step(
        self, tmp_path, few
    ):
        trained, (seen,) = self.pause(tmp_path, few, 3, Continue())
        at = trained.events.index(seen)
        paused, saved = trained.events[at - 2 : at]
        assert (paused.state, paused.evaluated) == (seen.state, None) == ("paused", None)
        assert (type(saved), saved.step) == (CheckpointSaved, 3)
        assert (seen.evaluated.step, seen.evaluated.epoch, seen.evaluated.samples) == (3, 0, 50)
        stopped = go(tmp_path, few, asking({3: [Stop()]}), batch_size=2)
        scaling = Scaling.of(few.test, "standard")
        assert seen.evaluated.confusion == evaluate(stopped.model, few.test, scaling).confusion

    def test_it_changes_neither_the_weights_nor_any_other_event(self, tmp_path, few):
        trained, seen = self.pause(tmp_path, few, 3, Continue())
        alone = go(tmp_path, few, batch_size=2)
        assert seen and on_record(trained.folder) == on_record(alone.folder)
        require_same(trained.weights, alone.weights)

    def test_what_is_on_record_about_a_step_is_not_evaluated_again(self, tmp_path, few):
        assert self.pause(tmp_path, few, 4, Continue())[1] == []
        trained, seen = self.pause(tmp_path, few, 3, Stop())
        assert [event.state for event in seen] == ["paused"] and isinstance(trained.ended, Stopped)
        again = resume_training(trained.folder, few, asking({0: [Pause(), Stop()]}))
        assert [event.evaluated for event in again.of(StateChanged)] == [None] * len(again.of(StateChanged))

    def test_a_request_to_continue_breaks_it_off(self, tmp_path, few, monkeypatch):
        monkeypatch.setattr(evaluations, "INTERRUPTIBLE_PART", 10)
        asked = []

        def ask(trained):
            paused = [event.state for event in trained.of(StateChanged)][-1:] == ["paused"]
            if len(trained.steps) == 3 and not trained.answers:
                return [Pause()]
            asked.append(paused)
            return [Continue()] if asked.count(True) == 2 else []  # while it evaluates its second part

        trained = go(tmp_path, few, ask, batch_size=2)
        assert trained.waits == 0 and trained.ended is None and len(trained.steps) == 32
        assert [event.state for event in trained.of(StateChanged)] == ["training", "paused", "training"]
        assert not any(event.evaluated for event in trained.of(StateChanged))

    def test_a_misread_sample_is_found_among_its_predictions(self, tmp_path, few):
        trained, (seen,) = self.pause(tmp_path, few, 3, FindSample(0), Stop())
        (found,) = [answer for answer in trained.answers if isinstance(answer, SampleFound)]
        assert seen.evaluated.accuracy < 1 and found.index < seen.evaluated.samples


class TestStopping:
    @pytest.mark.parametrize("at", [0, 5])
    def test_a_stop_saves_the_weights_of_the_last_step(self, tmp_path, few, at):
        trained = go(tmp_path, few, asking({at: [Stop()]}))
        assert isinstance(trained.ended, Stopped)
        assert len(trained.steps) == at
        assert trained.of(CheckpointSaved)[-1].step == at
        require_same(saved_weights(trained.folder.checkpoint_files()[0]), trained.weights)

    def test_a_paused_training_can_be_stopped(self, tmp_path, few):
        trained = go(tmp_path, few, pausing_at(5, Stop()))
        assert isinstance(trained.ended, Stopped) and len(trained.steps) == 5
        assert trained.folder.checkpoint_files()[0].name == "step-00000005.safetensors"

    def test_a_training_that_is_being_stopped_takes_no_other_request(self, tmp_path, few):
        trained = go(
            tmp_path,
            few,
            asking({3: [Stop(), Continue(), Pause(), ScaleLearningRate(2.0), activations_of(1)]}),
        )
        assert [type(answer) for answer in trained.answers] == [Done, Refused, Refused, Refused, Answers]
        assert [event.state for event in trained.of(StateChanged)] == ["training"]
        assert not trained.of(LearningRateChanged)


class TestLearningRate:
    def test_learning_rate_changes_apply_from_the_next_step_and_accumulate(self, tmp_path, few):
        calm = go(tmp_path, few)
        scaled = go(tmp_path, few, asking({3: [ScaleLearningRate(0.5)], 5: [ScaleLearningRate(4.0)]}))
        factors = [1] * 3 + [0.5] * 2 + [2.0] * 3
        rates = [step.learning_rate * f for step, f in zip(calm.steps, factors, strict=True)]
        assert [step.learning_rate for step in scaled.steps] == pytest.approx(rates)
        recorded = [(event.step, event.factor) for event in scaled.of(LearningRateChanged)]
        assert recorded == [(3, 0.5), (5, 2.0)]
        assert f"{scaled.steps[3].learning_rate:.2e}" in scaled.answers[0].message
        require_different(calm, scaled)

    def test_some_steps_say_the_factors_of_the_first_and_of_this_one(self, tmp_path, few):
        script = {0: [ScaleLearningRate(0.5)], FACTORS_EVERY - 1: [ScaleLearningRate(3.0)], 40: [Stop()]}
        trained = go(tmp_path, few, asking(script), batch_size=1)
        rest = resume_training(trained.folder, few)
        said = {step.step: step.factors for step in (*trained.steps, *rest.steps) if step.factors}
        assert said == {FACTORS_EVERY: (0.5, 1.5), 2 * FACTORS_EVERY: (0.5, 1.5)}
        seen = summarise(trained.folder)
        assert seen.rates == pytest.approx((seen.file.config.lr * 0.5, seen.file.config.lr * 1.5))

    def test_a_learning_rate_outside_its_limits_is_refused_and_changes_nothing(self, tmp_path, few):
        calm = go(tmp_path, few)
        by = [0.0, -1.0, math.nan, math.inf, -math.inf, 1e9, 1e-9, 1e308, 5e-324]
        trained = go(tmp_path, few, asking({3: [ScaleLearningRate(factor) for factor in by]}))
        assert [type(answer) for answer in trained.answers] == [Refused] * len(by)
        assert trained.facts == calm.facts
        require_same(trained.weights, calm.weights)


def require_different(one, other):
    """The two ended with different weights."""
    assert not torch.equal(one.model.head.weight, other.model.head.weight)


class TestGoingWrong:
    @pytest.mark.parametrize("pixel", [math.nan, math.inf])
    def test_a_pixel_that_is_not_finite_ends_the_training_with_the_weights_before_that_step(
        self, tmp_path, few, pixel
    ):
        images = few.train.x.float()
        images[20, 14, 14] = pixel
        poisoned = few._replace(train=Samples(images, few.train.labels))
        trained = go(tmp_path, poisoned)
        assert isinstance(trained.ended, Diverged)
        done = len(trained.steps)
        assert f"at step {done + 1};" in str(trained.ended)
        newest = trained.folder.checkpoint_files()[0]
        clean = go(tmp_path, few, asking({done: [Stop()]}))
        assert read_tensors(newest, 1 << 20, CHECKPOINT)[0].step == done == len(clean.steps)
        require_same(saved_weights(newest), clean.weights)
        require_same(trained.weights, clean.weights)
        assert all(t.isfinite().all() for t in read_tensors(newest, 1 << 20, CHECKPOINT)[1].values())

    def test_a_huge_learning_rate_that_stays_finite_is_marked(self, tmp_path):
        trained = go(tmp_path, first_digits(512, 50), lr=100)
        assert trained.ended is None and len(trained.steps) == 64
        assert all(math.isfinite(step.loss) for step in trained.steps)
        assert [event.mark for event in trained.of(Marked)] == ["exploded"]

    def test_a_huge_learning_rate_diverges_before_a_checkpoint_is_spoilt(self, tmp_path, few):
        trained = go(tmp_path, few, cell="rnn", hidden=1, lr=100, epochs=40, seed=3)
        assert isinstance(trained.ended, Diverged)
        for path in trained.folder.checkpoint_files():
            assert all(t.isfinite().all() for t in saved_weights(path).values())

    def test_weights_that_overflowed_are_never_saved(self, tmp_path, few):
        def overflow(trained):  # as a step with a huge learning rate may
            if len(trained.steps) == 4:
                trained.model.head.weight.data[0, 0] = math.inf
            return []

        trained = go(tmp_path, few, overflow)
        assert isinstance(trained.ended, Diverged)
        assert [event.step for event in trained.of(CheckpointSaved)] == [0]


class TestNotes:
    def test_a_note_stands_at_its_step_and_once_however_often_it_is_sent(self, tmp_path, few):
        first, second = Note("looks\n good ", "one"), Note("looks good", "two")
        trained = go(tmp_path, few, asking({3: [first, first], 5: [second]}))
        assert [(note.step, note.text) for note in trained.of(Noted)] == [
            (3, "looks good"),
            (5, "looks good"),
        ]


class TestRefused:
    def test_the_batch_that_diverged_is_on_record_with_its_numbers_and_is_no_step(self, tmp_path, few):
        x = few.train.x.float()
        x[20] = math.nan
        trained = go(tmp_path, few._replace(train=few.train._replace(x=x)))
        assert isinstance(trained.ended, Diverged)
        batch = trained.ended.batch
        assert batch.step == len(trained.steps) + 1
        assert math.isnan(batch.loss) and math.isnan(batch.gradient_norm)
