"""What is wrong with a run: found where it is made, and nowhere else."""

from __future__ import annotations

import math
import random

import pytest
from kit.facts import changed, evaluated, started, stepped

from explorer.runs.config import configure
from explorer.runs.events import CheckpointSaved
from explorer.runs.history import History
from explorer.runs.shape import Shape
from explorer.runs.verdict import judge

FIVE = Shape(timesteps=7, inputs=3, classes=tuple("abcde"))
chance = random.Random(7)


def run(loss, accuracy=lambda step: 0.9, steps=1000, norm=lambda step: 1.0, shape=FIVE, preset="default"):
    """Return the history of a run whose batches read so at each step, with a little noise."""
    history = History()
    history.extend([started(shape=shape, config=configure({"preset": preset})), changed("training")])
    history.extend(
        stepped(
            step,
            loss=loss(step) * (1 + chance.uniform(-0.05, 0.05)),
            accuracy=accuracy(step),
            gradient_norm=norm(step),
        )
        for step in range(1, steps + 1)
    )
    return history


def falling(step):
    """Return a loss that goes on falling."""
    return 2 / math.sqrt(step)


def kinds(history):
    return [finding.kind for finding in judge(history)]


def test_a_run_that_learns_is_fine_and_so_is_one_of_a_few_steps():
    assert kinds(run(falling)) == []
    assert kinds(run(lambda step: 1.6, lambda step: 0.2, steps=20)) == []
    assert kinds(History()) == []


def test_a_run_that_has_mastered_its_data_is_on_no_plateau():
    assert kinds(run(lambda step: 0.01, lambda step: 0.995)) == []


def test_a_divergence_is_found_with_its_step_the_gradient_before_it_and_the_checkpoint():
    history = run(falling, steps=411, norm=lambda step: 3.4e5 if step == 411 else 1.0)
    history.add(CheckpointSaved(time=1.0, step=400, path="x"))
    batch = stepped(412, loss=math.nan)
    history.add(changed("diverged", "the loss became nan at step 412; try a lower rate", refused=batch))
    (finding,) = judge(history)
    assert (finding.kind, finding.step) == ("diverged", 412)
    found, before, saved = finding.text.split("; ")
    assert found == "diverged: the loss became nan at step 412"
    assert (before, saved) == ("gradient norm before it 3.4e+05", "last good checkpoint at step 400")


@pytest.mark.parametrize("classes", [2, 5, 10])
def test_a_loss_above_twice_that_of_guessing_explodes(classes):

    shape = Shape(timesteps=7, inputs=3, classes=tuple(map(str, range(classes))))
    above, below = 2.2 * math.log(classes), 1.8 * math.log(classes)
    assert kinds(run(lambda step: above, steps=100, shape=shape)) == ["exploding"]
    assert kinds(run(lambda step: below, steps=100, shape=shape)) == []


def test_gradients_far_above_those_of_the_run_explode():
    history = run(falling, norm=lambda step: 1e6 if step > 940 else 2.0)
    (finding,) = judge(history)
    assert finding.text == "exploding: gradient norm 1e+06 over the last 50 batches, 2 over the run"


def test_chance_is_found_after_a_while_or_at_the_end():
    guessing = {"loss": lambda step: math.log(5), "accuracy": lambda step: 0.21}
    assert kinds(run(**guessing, steps=300)) == []
    assert kinds(run(**guessing, steps=450)) == ["chance"]
    short = run(**guessing, steps=60)
    short.add(changed("finished"))
    (finding,) = judge(short)
    assert "accuracy 21 %" in finding.text and "guessing among 5 classes reads 20 %" in finding.text


@pytest.mark.parametrize(("classes", "floor"), [(5, "0.905"), (10, "1.461")])
def test_the_floor_of_a_sigmoid_head_is_found_only_where_there_is_one(classes, floor):
    lowest = math.log(math.e + classes - 1) - 1
    shape = Shape(timesteps=7, inputs=3, classes=tuple(map(str, range(classes))))
    (finding,) = judge(run(lambda step: lowest + 0.01, shape=shape, preset="notebook"))
    assert finding.kind == "floor" and f"ln(e + {classes - 1}) − 1 = {floor}" in finding.text
    assert "floor" not in kinds(run(lambda step: lowest + 0.01, shape=shape))


def worsening(tests, loss=lambda step: 0.4 if step <= 500 else 1.2, **options):
    """Return the history of a run with these test losses, each after its step, whose batches rise."""
    history = run(loss, **options)
    for step, tested in tests.items():
        history.add(evaluated(step, loss=tested))
    return history


def test_a_run_that_got_worse_is_found_with_what_was_read_where_it_was_best_and_now():
    history = worsening({200: 0.9, 500: 0.38, 1000: 1.42})
    (finding,) = judge(history)
    assert (finding.kind, finding.step) == ("worse", 500)
    said, batches = finding.text.split("; loss of the batches ")
    assert said == "worse since step 500: test loss 0.38 there, 1.42 at step 1,000"
    losses = history.train["loss"].values
    before, now = sum(losses[450:500]) / 50, sum(losses[950:1000]) / 50
    assert batches == f"{before:.3g}, then {now:.3g}"


@pytest.mark.parametrize(
    ("tests", "loss"),
    [
        ({500: 0.40, 1000: 0.49}, lambda step: 0.4 if step <= 500 else 1.2),  # hardly
        ({500: 0.40, 1000: 0.80}, lambda step: 0.4 if step <= 500 else 0.45),  # the batches hardly
        ({500: 0.40, 900: 0.80}, lambda step: 1.2 if 500 < step <= 940 else 0.4),  # the batches are back
        ({500: 0.40, 800: 0.80, 1000: 0.41}, lambda step: 0.4 if step <= 500 else 1.2),  # the test loss is
        ({20: 0.40, 1000: 0.80}, lambda step: 0.4 if step <= 20 else 1.2),  # too few batches were read
        ({}, lambda step: 0.4 if step <= 500 else 1.2),
    ],
)
def test_a_run_is_no_worse_where_the_test_loss_or_the_batches_rose_hardly_or_are_back(tests, loss):
    assert "worse" not in kinds(worsening(tests, loss))


def test_batches_that_scatter_more_than_they_rose_are_no_evidence():
    scattered = worsening({500: 0.4, 1000: 0.8}, lambda step: (step % 2) * (1.0 if step <= 500 else 1.4))
    assert "worse" not in kinds(scattered)


def test_overfitting_begins_where_the_test_loss_was_lowest():
    history = run(falling)
    for step, loss in ((200, 0.5), (400, 0.4), (600, 0.41), (800, 0.43), (1000, 0.47)):
        history.add(evaluated(step, loss=loss))
    (finding,) = judge(history)
    assert (finding.kind, finding.step) == ("overfitting", 400)
    assert "test loss 0.4 there, 0.47 at step 1,000" in finding.text


@pytest.mark.parametrize(
    "losses", [(0.5, 0.4, 0.39, 0.41), (0.5, 0.4, 0.3, 0.5), (0.5, 0.4, 0.401, 0.402), (0.4, 0.5)]
)
def test_a_test_loss_that_rose_once_or_hardly_is_no_overfitting(losses):
    history = run(falling)
    for at, loss in enumerate(losses, start=1):
        history.add(evaluated(200 * at, loss=loss))
    assert kinds(history) == []


def test_a_loss_that_stays_is_a_plateau_since_the_middle():
    (finding,) = judge(run(lambda step: 2 / math.sqrt(min(step, 300)), lambda step: 0.8))
    assert (finding.kind, finding.step) == ("plateau", 500)
    assert "over 250 batches each" in finding.text


def test_of_a_long_run_evenly_spaced_batches_are_read_and_said():
    flat = run(lambda step: 2 / math.sqrt(min(step, 4000)), lambda step: 0.8, steps=20_000)
    (finding,) = judge(flat)
    assert (finding.kind, finding.step) == ("plateau", 10_000)
    means = [finding.text.partition("mean loss ")[2][:6], finding.text.partition("then ")[2][:6]]
    for mean in means:
        assert float(mean) == pytest.approx(2 / math.sqrt(4000), rel=0.01)
    assert "over 2,500 of 5,000 batches each" in finding.text
    rising = run(falling, steps=20_000, norm=lambda step: 500.0 if step > 19_950 else 1.0)
    assert kinds(rising) == ["exploding"]
