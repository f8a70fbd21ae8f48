"""From where a run that diverged can go on: the newest checkpoint at which it was still learning."""

from __future__ import annotations

import math

import pytest
from kit.facts import changed, evaluated, marked, noted, started, stepped

from explorer.runs.events import CheckpointSaved, LearningRateChanged, MomentKept, Rewound
from explorer.runs.history import History
from explorer.runs.last_good import last_good, lower_rate
from explorer.runs.shape import Shape


def run_of(*losses: float) -> History:
    """Return the history of a run with these losses, which then diverged."""
    history = History()
    history.extend([started(), changed("training")])
    for step, loss in enumerate(losses, start=1):
        history.add(stepped(step, loss=loss))
    history.add(changed("diverged", "the loss became nan", refused=stepped(len(losses) + 1, loss=math.nan)))
    return history


class TestLastGood:
    def test_it_is_the_newest_whose_next_batch_was_read_well(self) -> None:
        assert last_good(run_of(2.0, 1.5, 1.0, 1.2, 90.0, 1e9), [0, 2, 3, 4, 5, 6]) == 3

    def test_the_weights_that_read_no_finite_loss_are_never_good(self) -> None:
        assert last_good(run_of(2.0, 1.5, 1.0), [3]) == 0
        assert last_good(run_of(2.0, 1.5, 1.0), [1, 3]) == 1

    def test_without_any_it_is_the_start(self) -> None:
        assert last_good(run_of(), []) == last_good(run_of(50.0, 60.0), [0, 1]) == 0

    @pytest.mark.parametrize("kind", ["exploded", "chance"])
    def test_one_where_something_looked_wrong_is_not_good_until_it_has_recovered(self, kind: str) -> None:
        history = History()
        history.extend([started(), changed("training")])
        for step in range(1, 9):
            history.add(stepped(step, loss=1.0))
            history.add(marked(kind, 3)) if step == 3 else None  # type: ignore[arg-type]
            history.add(marked("recovered", 6)) if step == 6 else None
        assert last_good(history, [2, 4]) == 2
        assert last_good(history, [2, 4, 6]) == 6

    def test_a_loss_of_a_few_is_high_for_two_classes_and_not_for_a_thousand(self) -> None:
        for classes, good in ((2, 0), (1000, 1)):
            history = History()
            shape = Shape(timesteps=3, inputs=2, classes=tuple(map(str, range(classes))))
            history.extend(
                [started(shape=shape), changed("training"), stepped(1, loss=6.0), stepped(2, loss=6.0)]
            )
            assert last_good(history, [1]) == good


class TestLowerRate:
    def run(self, *factors: tuple[int, float]) -> History:
        """Return the history of a run whose learning rate was changed so, each from a step on."""
        history = run_of(2.0, 1.5, 1.0, 50.0)
        history.extend(LearningRateChanged(time=1.0, step=step, factor=factor) for step, factor in factors)
        return history

    def test_it_is_the_rate_that_brought_the_run_to_its_last_good_step_if_that_is_lower(self) -> None:
        for raised in ((2, 33_000.0), (3, 33_000.0)):  # at that step, or after it
            assert lower_rate(self.run(raised), 0.003, good=2) == 0.003
        assert lower_rate(self.run((1, 0.5), (2, 4.0)), 0.004, good=2) == 0.002
        assert lower_rate(self.run((0, 20_000.0)), 0.004, good=0) == 0.004  # its plan's

    def test_else_it_is_half_of_the_rate_with_which_it_diverged(self) -> None:
        assert lower_rate(self.run(), 0.003, good=2) == 0.0015
        assert lower_rate(self.run((1, 10.0)), 0.003, good=2) == 0.015
        assert lower_rate(self.run((2, 0.5)), 0.004, good=2) == 0.001

    def test_a_rate_typed_as_it_was_offered_counts_as_the_same(self) -> None:
        brought, typed = 2 / 3, 0.00266667 / 0.004
        assert brought < typed
        offered = lower_rate(self.run((1, brought), (2, typed)), 0.004, good=2)
        assert offered == pytest.approx(0.004 / 3, rel=1e-5)

    def test_rates_after_a_step_to_which_it_went_back_count_no_more(self) -> None:
        history = self.run((1, 0.5), (3, 9.0))
        history.extend([Rewound(time=1.0, step=2), LearningRateChanged(time=1.0, step=2, factor=0.25)])
        assert history.factors == {1: 0.5, 2: 0.25}


class TestRewound:
    def history(self, abandoned: bool) -> History:
        """Return a history of 9 steps; `abandoned`: steps 5 to 8 were trained otherwise before."""
        history = History()
        history.extend([started(steps_per_epoch=3), changed("training", clock=0.0)])
        for step in range(1, 5):
            history.add(stepped(step, loss=1 / step, clock=float(step), updates={"W_hh": 0.1 * step}))
        history.add(evaluated(3, epoch=1, clock=4.0))
        history.add(noted(3, "mine"))
        if abandoned:
            for step in range(5, 9):
                history.add(stepped(step, loss=10.0**step, clock=float(step), updates={"W_hh": 9.0}))
            history.extend(
                [
                    evaluated(6, epoch=2, clock=9.0),
                    MomentKept(time=1.0, step=8, path="x"),
                    CheckpointSaved(time=1.0, step=8, path="x"),
                    marked("exploded", 7),
                    noted(8, "it went wrong"),
                    changed("diverged", "the loss became nan", refused=stepped(9, loss=math.nan)),
                    changed("preparing"),
                    Rewound(time=1.0, step=4),
                    LearningRateChanged(time=1.0, step=4, factor=0.5),
                ]
            )
        history.add(changed("training", clock=100.0))
        for step in range(5, 10):
            history.add(stepped(step, loss=1 / step, clock=96.0 + step, updates={"W_hh": 0.1 * step}))
        return history

    def test_the_curves_are_as_if_the_abandoned_steps_had_never_been(self) -> None:
        one, other = self.history(abandoned=True), self.history(abandoned=False)
        for name in ("loss", "accuracy", "gradient_norm"):
            assert list(one.train[name].values) == list(other.train[name].values)
        assert one.train.steps == other.train.steps == range(1, 10)
        assert one.test == other.test and one.updates == other.updates
        assert (one.step, one.steps_done, one.moments, one.mark) == (other.step, 9, set(), None)
        smoothed = [line.train["loss"].smoothed(0.9).stretch(0, 9) for line in (one, other)]
        assert smoothed[0] == smoothed[1]
        extremes = [line.train["loss"].extremes(0, 9) for line in (one, other)]
        assert extremes[0] == extremes[1]

    def test_seconds_of_training_go_on_from_the_step_to_which_it_went_back(self) -> None:
        seconds = self.history(abandoned=True).train["seconds"].values
        assert list(seconds) == sorted(seconds)
        assert seconds[4] - seconds[3] == pytest.approx(1.0)

    def test_what_a_person_wrote_and_why_it_went_back_stay_on_the_axis(self) -> None:
        marks = [(mark.step, mark.kind) for mark in self.history(abandoned=True).marks]
        assert marks == [(3, "note"), (8, "note"), (9, "diverged"), (4, "resumed"), (4, "rate")]

    def test_until_it_is_trained_on_it_is_as_it_was_at_that_step(self) -> None:
        history = run_of(2.0, 1.5, 1.0, 50.0)
        history.add(CheckpointSaved(time=1.0, step=4, path="x"))
        history.add(changed("preparing"))
        history.add(Rewound(time=1.0, step=2))
        assert history.steps_done == 2 and history.step is not None and history.step.loss == 1.5
        assert history.evaluated is None and history.checkpoint is None and history.saved == []
