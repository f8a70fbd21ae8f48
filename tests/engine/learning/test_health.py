"""Detecting from the numbers alone that a training has gone wrong."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.engine.learning.health import Diverged, Health
from explorer.runs.limits import GRACE_STEPS, WINDOW, Limits

EXPLODED, CHANCE, LEARNT = Limits.of(10)
GOOD = (0.3, 0.9)
"""Loss and accuracy of a training that goes well."""
BLOWN = (20.0, 0.5)
"""Loss and accuracy of one whose loss is far too high, though it does better than chance."""
GUESSING = (2.3, 0.1)
"""Loss and accuracy of one that has learnt nothing."""


def watch(*spans):
    """The verdicts on spans of (steps, (loss, accuracy)), each with its step."""
    health, step, verdicts = Health(10), 0, []
    for count, (loss, accuracy) in spans:
        for _ in range(count):
            step += 1
            verdict = health.observe(step, loss, accuracy)
            if verdict is not None:
                verdicts.append((step, verdict))
    return verdicts


def marks(*spans):
    """The verdicts' marks."""
    return [verdict.mark for _, verdict in watch(*spans)]


class TestFinite:
    @pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
    @pytest.mark.parametrize(("name", "position"), [("loss", 0), ("gradient", 1)])
    def test_a_number_that_is_not_finite_ends_the_training_and_is_named(self, value, name, position):
        numbers = [1.0, 1.0]
        numbers[position] = value
        with pytest.raises(Diverged, match=f"the {name} became {value} at step 7; try a lower learning rate"):
            Health(10).require_finite(7, *numbers)

    @pytest.mark.parametrize("value", [0.0, 469.0, 7e17, 1.7e308])
    def test_a_huge_number_is_accepted(self, value):
        Health(10).require_finite(1, value, value)


class TestLimits:
    def test_for_ten_classes_chance_is_below_a_fifth_and_learnt_above_two(self):
        assert Limits.of(10) == pytest.approx((2 * math.log(10), 0.2, 0.4))

    @pytest.mark.parametrize("classes", [2, 3, 4, 5, 9, 10, 11, 26, 99, 100])
    def test_guessing_is_chance_and_learning_is_possible_for_any_number_of_classes(self, classes):
        limits = Limits.of(classes)
        # Guessing over 50 batches of 64 stays below: two standard deviations of that are less than the gap.
        noise = 2 * math.sqrt((1 / classes) * (1 - 1 / classes) / (50 * 64))
        assert 1 / classes + noise < limits.chance < limits.learnt < 1
        assert limits.chance <= 2 / classes

    def test_fifteen_per_cent_of_a_hundred_classes_is_not_chance(self):
        health = Health(100)
        verdicts = [health.observe(step, 3.0, 0.15) for step in range(1, GRACE_STEPS + 1)]
        assert not any(verdicts)


class TestExploded:
    def test_a_loss_that_stays_above_twice_the_loss_of_guessing_is_marked_once(self):
        [(step, verdict)] = watch((5 * WINDOW, BLOWN))
        assert (step, verdict.mark) == (WINDOW, "exploded")
        assert pytest.approx(2 * math.log(10)) == EXPLODED
        assert "4.6" in verdict.message

    def test_a_loss_just_below_that_is_not_marked(self):
        assert marks((5 * WINDOW, (EXPLODED - 0.01, 0.5))) == []
        assert marks((5 * WINDOW, (EXPLODED + 0.01, 0.5))) == ["exploded"]

    def test_a_bad_batch_among_good_ones_is_not_marked(self):
        assert marks((WINDOW, GOOD), (1, (50.0, 0.1)), (WINDOW, GOOD)) == []

    def test_a_loss_that_comes_down_and_rises_again_is_marked_each_time(self):
        assert marks((WINDOW, GOOD), (WINDOW, BLOWN), (WINDOW, GOOD), (WINDOW, BLOWN)) == [
            "exploded",
            "recovered",
            "exploded",
        ]

    def test_nothing_is_marked_before_a_full_window_of_steps(self):
        assert marks((WINDOW - 1, BLOWN)) == []


class TestChance:
    def test_a_training_that_stays_at_chance_is_marked_after_the_grace_steps(self):
        [(step, verdict)] = watch((2 * GRACE_STEPS, GUESSING))
        assert (step, verdict.mark) == (GRACE_STEPS, "chance")
        assert "still at chance (10%" in verdict.message

    @pytest.mark.parametrize("share", [0.1135, 0.098])  # always predicting 1, always predicting 0
    def test_a_model_that_always_predicts_the_same_class_is_at_chance(self, share):
        assert marks((GRACE_STEPS, (2.3, share))) == ["chance"]

    def test_a_slow_training_that_is_above_chance_by_then_is_not_marked(self):
        assert marks((GRACE_STEPS - WINDOW, GUESSING), (WINDOW, (1.8, 2 * CHANCE)), (GRACE_STEPS, GOOD)) == []

    def test_an_accuracy_that_falls_back_is_marked_without_grace(self):
        [(step, verdict)] = watch((WINDOW, GOOD), (WINDOW, GUESSING))
        assert step < 2 * WINDOW < GRACE_STEPS
        assert (verdict.mark, "fell back to chance" in verdict.message) == ("chance", True)

    def test_a_training_that_never_learnt_much_has_nothing_to_fall_back_from(self):
        assert marks((WINDOW, (2.0, LEARNT - 0.05)), (WINDOW, GUESSING)) == []

    def test_a_sigmoid_head_hides_divergence_from_the_loss_but_not_from_the_accuracy(self):
        floor, worst = 1.53, 2.55  # the range of such a head's loss
        assert worst < EXPLODED
        assert marks((WINDOW, (floor, 0.9)), (GRACE_STEPS, (worst, 0.1))) == ["chance"]

    def test_a_training_that_learns_again_is_marked_as_recovered(self):
        assert marks((GRACE_STEPS, GUESSING), (WINDOW, GOOD)) == ["chance", "recovered"]

    def test_one_mark_may_follow_another(self):
        assert marks((WINDOW, GOOD), (WINDOW, (20.0, 0.1)), (WINDOW, GUESSING)) == ["exploded", "chance"]


def test_a_good_training_gets_no_verdict():
    assert marks((30, GUESSING), (100, (1.0, 0.6)), (10 * GRACE_STEPS, GOOD)) == []


spans = st.lists(
    st.tuples(st.integers(1, 2 * WINDOW), st.tuples(st.floats(0, 1e30), st.floats(0, 1))), max_size=12
)


@given(spans)
def test_verdicts_come_only_with_a_change_and_the_first_is_bad(spans):
    found = marks(*spans)
    assert all(one != other for one, other in zip(["recovered", *found], found, strict=False))
