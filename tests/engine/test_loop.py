"""A training: what it learns, what it records, and that the same seed gives the same bits."""

from __future__ import annotations

import math
import time
from itertools import cycle

import pytest
import torch
from kit.asking import activations_of
from kit.trainings import Trained, first_digits, require_same, train
from torch import nn
from torch.nn import functional

from explorer.engine.evaluations import PARTIAL_EVALUATIONS, PARTIAL_SAMPLES
from explorer.engine.learning.batches import Scaling
from explorer.engine.learning.evaluation import evaluate
from explorer.engine.record.checkpoints import new_model
from explorer.protocol.messages import FindSample, Refused, SampleFound
from explorer.runs.events import CheckpointSaved, Evaluated, StateChanged
from explorer.runs.history import read_history
from explorer.runs.shape import DIGITS

SIGMOID_FLOOR = math.log(math.e + 9) - 1
"""1.461 nats: the lowest loss possible with outputs between 0 and 1."""
SMALL = {"hidden": 8, "batch_size": 16, "augment": True, "epochs": 2, "seed": 5}
"""A training of 0.2 s over 128 samples, with everything that is random."""


@pytest.fixture
def few():
    """128 training samples and 50 test samples."""
    return first_digits(128, 50)


class TestLearning:
    # Measured over the seeds 0, 1 and 2: LSTM 71 to 75 %, GRU 58 to 64 %, RNN 48 to 55 %. Chance is 11 %.
    @pytest.mark.parametrize(("cell", "accuracy"), [("lstm", 0.62), ("gru", 0.50), ("rnn", 0.38)])
    def test_every_cell_learns_in_one_epoch_over_a_tenth_of_mnist(self, tmp_path, cell, accuracy):
        trained = train(tmp_path, first_digits(6000, 1000), cell=cell, hidden=64, batch_size=64)
        assert trained.of(Evaluated)[-1].accuracy > accuracy
        assert trained.of(Evaluated)[0].accuracy < 0.25
        assert trained.steps[-1].loss < trained.steps[0].loss / 1.3

    def test_the_default_clips_a_large_gradient_and_keeps_a_small_one(self, tmp_path, few):
        seen = []
        trained = train(
            tmp_path, few, lambda at: seen.append(gradient_norm(at)) or [], cell="rnn", lr=0.02, batch_size=8
        )
        norms = [step.gradient_norm for step in trained.steps]
        assert min(norms) < 1 < max(norms)
        for step in trained.steps[
            :-1
        ]:  # whenever a viewer may ask, the newest step's gradient is still there
            used = dict(seen)[step.step]
            assert used == pytest.approx(min(step.gradient_norm, 1), rel=1e-4)


def gradient_norm(trained: Trained) -> tuple[int, float]:
    """The newest step and the norm of the gradient it used."""
    gradients = [parameter.grad for parameter in trained.model.parameters() if parameter.grad is not None]
    return len(trained.steps), torch.cat([g.flatten() for g in gradients]).norm().item() if gradients else 0.0


class TestNotebook:
    def test_the_notebook_recipe_is_a_plain_loop_over_the_file_in_order(self, tmp_path, few):
        trained = train(tmp_path, few, preset="notebook", hidden=16, batch_size=20, epochs=2)
        start = new_model(trained.config, DIGITS)
        lstm, head = nn.LSTM(28, 16, batch_first=True), nn.Linear(16, 10)
        lstm.load_state_dict(start.layer.state_dict())
        head.load_state_dict(start.head.state_dict())
        adam = torch.optim.Adam([*lstm.parameters(), *head.parameters()], lr=0.01)
        pixels = few.train.x.double() / 255
        x = ((pixels - pixels.mean()) / pixels.std()).float()
        losses = []
        for _ in range(2):
            for images, labels in zip(x.split(20), few.train.labels.split(20), strict=True):
                loss = functional.cross_entropy(head(lstm(images)[0][:, -1]).sigmoid(), labels)
                adam.zero_grad()
                loss.backward()
                adam.step()
                losses.append(loss.item())
        assert [step.loss for step in trained.steps] == pytest.approx(losses, abs=1e-4)
        torch.testing.assert_close(trained.model.head.weight, head.weight, atol=1e-3, rtol=0)

    def test_its_learning_rate_is_constant_and_its_loss_has_a_floor(self, tmp_path, few):
        trained = train(tmp_path, few, preset="notebook", hidden=32, batch_size=16, epochs=5)
        assert {step.learning_rate for step in trained.steps} == {0.01}
        losses = [step.loss for step in trained.steps] + [seen.loss for seen in trained.of(Evaluated)]
        assert SIGMOID_FLOOR - 1e-5 <= min(losses) < 2.1


class TestRepeating:
    def test_a_seed_gives_the_same_weights_and_events_to_the_bit(self, tmp_path, few):
        torch.manual_seed(1)
        one = train(tmp_path, few, **SMALL)
        torch.manual_seed(2)
        other = train(tmp_path, few, **SMALL)
        require_same(one.weights, other.weights)
        assert one.facts == other.facts

    def test_an_open_screen_does_not_change_a_bit(self, tmp_path, few):
        def watch(trained):
            torch.rand(1)  # other code may draw from torch's global generator
            evaluate(trained.model, few.test, Scaling.of(few.test, "standard"))
            return [activations_of(len(trained.steps)), FindSample(3), FindSample(0)]

        alone = train(tmp_path, few, **SMALL)
        watched = train(tmp_path, few, watch, **SMALL)
        assert len(watched.answers) > 3 * len(watched.steps)
        assert not all(isinstance(answer, Refused) for answer in watched.answers)
        require_same(alone.weights, watched.weights)
        assert alone.facts == watched.facts

    def test_another_seed_gives_different_weights_and_losses(self, tmp_path, few):
        one, other = train(tmp_path, few, **SMALL), train(tmp_path, few, **SMALL | {"seed": 6})
        assert not torch.equal(one.model.head.weight, other.model.head.weight)
        assert [step.loss for step in one.steps] != [step.loss for step in other.steps]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """5 epochs of 10 steps, the last batch smaller, with 1,050 test samples."""
    there = []

    def find(trained):
        there.append(all((trained.folder.path / e.path).exists() for e in trained.of(CheckpointSaved)[-3:]))
        return [FindSample(0)]

    runs_dir = tmp_path_factory.mktemp("runs")
    trained = train(runs_dir, first_digits(155, 1050), find, hidden=4, batch_size=16, epochs=5)
    assert all(there)  # a checkpoint is recorded once it is on disk
    return trained


class TestRecording:
    def test_it_begins_with_an_evaluation_a_checkpoint_and_the_state(self, trained):
        seen, saved, state = trained.events[:3]
        assert (type(seen), seen.step, seen.epoch, seen.whole) == (Evaluated, 0, 0, False)
        assert (type(saved), saved.step) == (CheckpointSaved, 0)
        assert (type(state), state.state) == (StateChanged, "training")
        assert trained.of(StateChanged) == [state]

    def test_steps_are_recorded_one_by_one_with_their_epoch(self, trained):
        assert [step.step for step in trained.steps] == list(range(1, 51))
        assert [step.epoch for step in trained.steps] == [1 + n // 10 for n in range(50)]
        assert all(0 <= step.accuracy <= 1 and step.samples_per_second > 0 for step in trained.steps)
        times = [event.time for event in trained.events]
        assert times == sorted(times)

    def test_a_clock_that_is_set_while_it_trains_changes_no_duration(self, tmp_path, few, monkeypatch):
        real, began = time.time, time.monotonic()
        leaps = cycle([0.0, 9e6, -9e6])  # a suspended machine sleeps for as long, and then knows the time
        monkeypatch.setattr(time, "time", lambda: real() + next(leaps))
        trained = train(tmp_path, few, **SMALL)
        took = time.monotonic() - began
        times = [event.time for event in trained.events]
        assert max(times) - min(times) > 8e6
        clocks = [event.clock for event in trained.events]
        assert began - 0.001 < clocks[0] and clocks == sorted(clocks)
        assert 0 < read_history(trained.folder.events).seconds <= took + 0.002
        assert all(step.samples_per_second > len(few.train.labels) / 100 / took for step in trained.steps)

    def test_each_epoch_ends_with_an_evaluation_on_the_whole_test_set_and_a_checkpoint(self, trained):
        whole = [seen for seen in trained.of(Evaluated) if seen.whole]
        assert [(seen.step, seen.epoch, seen.samples) for seen in whole] == [
            (10 * n, n, 1050) for n in range(1, 6)
        ]
        for seen in whole:
            after = trained.events[trained.events.index(seen) + 1]
            assert (type(after), after.step) == (CheckpointSaved, seen.step)
        assert trained.events[-2] is whole[-1]

    def test_in_between_it_evaluates_the_first_test_samples_but_not_too_often(self, trained):
        parts = [seen for seen in trained.of(Evaluated) if not seen.whole]
        assert {seen.samples for seen in parts} == {PARTIAL_SAMPLES}
        assert all(seen.epoch == seen.step // 10 for seen in parts)
        assert len({seen.step for seen in trained.of(Evaluated)}) == len(trained.of(Evaluated))
        assert 5 * 2 <= len(parts) - 1 <= 5 * (PARTIAL_EVALUATIONS + 2)

    def test_a_confusion_matrix_counts_every_sample_and_its_diagonal_is_the_accuracy(self, trained):
        truth = trained.dataset.test.labels
        for seen in trained.of(Evaluated):
            rows = [sum(row) for row in seen.confusion]
            assert rows == torch.bincount(truth[: seen.samples], minlength=10).tolist()
            right = sum(seen.confusion[digit][digit] for digit in range(10))
            assert seen.accuracy == pytest.approx(right / seen.samples)

    def test_the_last_evaluation_matches_the_model(self, trained):
        images = (trained.dataset.test.x.float() / 255 - 0.1307) / 0.3081
        with torch.no_grad():
            outputs = trained.model(images)
        truth = trained.dataset.test.labels
        seen = trained.of(Evaluated)[-1]
        assert seen.loss == pytest.approx(functional.cross_entropy(outputs, truth).item(), abs=1e-5)
        assert seen.accuracy == pytest.approx((outputs.argmax(1) == truth).double().mean().item())

    def test_a_sample_is_searched_for_among_those_that_were_evaluated(self, trained):
        found = [answer for answer in trained.answers if isinstance(answer, SampleFound)]
        assert found and all(answer.index < PARTIAL_SAMPLES for answer in found[:-2])

    def test_the_three_newest_checkpoints_are_kept(self, trained):
        assert [saved.step for saved in trained.of(CheckpointSaved)] == [0, 10, 20, 30, 40, 50]
        newest = [trained.folder.path / saved.path for saved in trained.of(CheckpointSaved)[:2:-1]]
        assert trained.folder.checkpoint_files() == newest
