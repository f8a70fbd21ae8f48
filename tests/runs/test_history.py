"""Histories and snapshots, derived from the events of a run."""

from __future__ import annotations

import math
from dataclasses import fields

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import any_event, changed, evaluated, marked, started, stepped

from explorer.runs.config import configure
from explorer.runs.events import (
    LIVE,
    CheckpointSaved,
    LearningRateChanged,
    Noted,
    Rewound,
    Warned,
    decode_all,
    decoder_of,
    encode,
)
from explorer.runs.folder import RunFile
from explorer.runs.history import READ, SPEED_SPAN, History, history_of
from explorer.runs.lock import Engine
from explorer.runs.series import Columns
from explorer.runs.snapshot import take_snapshot

RUN = RunFile(1, "one", 0.0, "0.1.0", configure({}))


any_step = st.builds(
    stepped,
    st.integers(0, 40),
    time=st.floats(0, 9),
    loss=st.none() | st.just(0.5),
    samples_per_second=st.floats(0, 9),
)
"""Steps, some of them late or recorded twice."""


def after(*events):
    """The history of a run with these events."""
    history = History()
    history.extend(events)
    return history


def test_the_total_of_epochs_is_that_of_the_newest_start() -> None:
    longer = take_snapshot(RUN, after(started(epochs=RUN.config.epochs + 4)), None, False, 0)
    assert longer.config.epochs == RUN.config.epochs + 4


def snapshot(*events, alive=False, starting=False, bad_lines=0, trouble=""):
    """The snapshot of a run with these events."""
    engine = Engine(pid=1, trouble=trouble) if alive else None
    return take_snapshot(RUN, after(*events), engine, starting, bad_lines)


def rate_changed(factor):
    """A change of the learning rate."""
    return LearningRateChanged(time=1.0, step=1, factor=factor)


class TestSeries:
    def test_training_curves_have_a_point_per_step(self):
        history = after(stepped(1, loss=2.0, accuracy=0.25), stepped(2, loss=1.5, accuracy=0.5))
        assert list(history.train["loss"].steps) == [1, 2]
        assert list(history.train["loss"].values) == [2.0, 1.5]
        assert list(history.train["accuracy"].values) == [0.25, 0.5]

    def test_a_loss_that_was_not_finite_is_a_gap_at_its_step(self):
        history = after(stepped(1), stepped(2, loss=None), stepped(3))
        assert len(history.train["loss"]) == 3
        assert [math.isnan(value) for value in history.train["loss"].values] == [False, True, False]

    def test_test_curves_have_a_point_for_each_evaluation_of_the_whole_set(self):
        history = after(evaluated(5, loss=0.5), evaluated(7, whole=False), evaluated(10, loss=0.25))
        assert list(history.test["loss"].steps) == [5, 10]
        assert list(history.test["loss"].values) == [0.5, 0.25]
        assert list(history.test["accuracy"].values) == [0.9, 0.9]

    def test_the_newest_evaluation_is_kept_whether_whole_or_partial(self):
        history = after(evaluated(5), evaluated(7, whole=False))
        assert history.evaluated == evaluated(7, whole=False)
        assert history.evaluated_whole == evaluated(5)

    def test_an_evaluation_at_a_pause_counts_as_the_newest_but_adds_no_point_to_the_curves(self):
        here = evaluated(7, whole=True, accuracy=0.95)
        history = after(evaluated(5), changed("paused", evaluated=here))
        assert history.evaluated == history.evaluated_whole == here
        assert list(history.test["loss"].steps) == [5]
        assert (snapshot(evaluated(5)).evaluated_whole, snapshot().evaluated_whole) == (evaluated(5), None)

    def test_an_evaluation_that_is_older_than_the_newest_changes_nothing(self):
        history = after(evaluated(9), changed("stopped", evaluated=evaluated(7)))
        assert history.evaluated == history.evaluated_whole == evaluated(9)


class TestTrainingTime:
    def test_seconds_of_training_leave_out_pauses_stops_and_recomputing(self):
        history = after(
            changed("preparing", clock=1.0),
            started(clock=4.0),
            changed("training", clock=5.0),
            stepped(1, clock=5.5),
            stepped(2, clock=6.0),
            changed("paused", clock=6.25),
            changed("training", clock=99.0),
            stepped(3, clock=99.5),
            changed("stopped", clock=100.0),
            changed("preparing", clock=3.0),
            changed("preparing", "recomputing", clock=50.0),
            changed("training", clock=60.0),
            stepped(4, clock=60.25),
        )
        assert list(history.train["seconds"].values) == [0.5, 1.0, 1.75, 2.5]

    @given(st.lists(st.lists(any_event | any_step, max_size=20), max_size=8))
    def test_seconds_of_training_never_fall_even_where_steps_are_recorded_late(self, parts):
        history = History()
        for part in parts:
            history.extend(part)
        seconds = list(history.train["seconds"].values)
        assert seconds == sorted(seconds)

    def test_steps_say_of_some_how_far_they_moved_each_matrix(self):
        history = after(
            stepped(1, updates={"W_ih": 0.5, "W_hh": 0.25}), stepped(2), stepped(3, updates={"W_hh": None})
        )
        assert list(history.updates["W_ih"]["update"].steps) == [1]
        assert repr(list(history.updates["W_hh"]["update"].values)) == "[0.25, nan]"


class TestSteps:
    @given(st.lists(st.lists(st.integers(1, 30), max_size=12), max_size=6))
    def test_steps_ascend_and_are_each_there_once_in_whatever_order_they_come(self, parts):
        history = History()
        for part in parts:
            history.extend([stepped(step, loss=float(step)) for step in part])
        wanted = sorted({step for part in parts for step in part})
        assert list(history.train.steps) == wanted
        assert list(history.train["loss"].values) == wanted == list(history.train["loss"].steps)

    def test_a_million_steps_without_a_gap_take_no_room_for_their_numbers(self):
        history = after(*(stepped(step) for step in range(1, 1000)))
        history.add(stepped(1000))
        assert history.train.steps == range(1, 1001)


class TestMarks:
    def test_what_happened_stands_at_its_step_in_the_order_in_which_it_did(self):
        history = after(
            changed("preparing"),
            changed("training"),
            stepped(1),
            changed("paused"),
            changed("paused", evaluated=evaluated(1)),
            changed("training"),
            rate_changed(0.5),
            stepped(2),
            marked("exploded", 2),
            Noted(time=1.0, step=2, text="too fast"),
            changed("stopped", "can't save"),
            changed("preparing"),
            changed("preparing", "recomputing"),
            changed("training"),
            stepped(3),
            changed("diverged", "the loss became nan", refused=stepped(4, loss=math.nan)),
        )
        assert [tuple(mark) for mark in history.marks] == [
            (1, "paused", "paused"),
            (1, "continued", "continued"),
            (1, "rate", "learning rate ×0.5"),
            (2, "exploded", "this run is exploded"),
            (2, "note", "too fast"),
            (2, "stopped", "stopped: can't save"),
            (2, "resumed", "resumed"),
            (4, "diverged", "the loss became nan"),
        ]
        assert history.refused.step == 4 and len(history.train["loss"]) == 3
        history.add(changed("preparing"))
        assert history.refused is None

    def test_a_run_that_finishes_undisturbed_has_no_marks(self):
        quiet = [changed("preparing"), changed("training"), stepped(1), changed("finished")]
        assert after(*quiet).marks == []

    def test_a_note_that_was_written_after_the_end_is_no_time_spent_on_the_run(self):
        history = after(changed("training", time=1.0, clock=1.0), stepped(1, time=3.0, clock=3.0))
        history.add(Noted(time=90_000.0, step=1, text="good"))
        assert (history.seconds, history.trained) == (2.0, 2.0)


class TestOrder:
    def test_steps_recorded_late_are_sorted_in_and_none_counts_twice(self):
        steps = [stepped(n, loss=float(n)) for n in range(1, 10)]
        late = [*steps[:3], *steps[6:8], *steps[3:7], *steps]
        history = after(*late)
        assert list(history.train["loss"].steps) == list(range(1, 10))
        assert list(history.train["loss"].values) == [float(n) for n in range(1, 10)]
        assert len(history.train["accuracy"]) == 9 and history.steps_done == 9

    @given(st.lists(st.lists(any_event | any_step, max_size=20), max_size=8))
    def test_events_added_at_once_give_the_same_as_one_by_one(self, parts):
        at_once, one_by_one = History(), History()
        for part in parts:
            at_once.extend(part)
            for event in part:
                one_by_one.add(event)
        for field in fields(History):
            some, other = getattr(at_once, field.name), getattr(one_by_one, field.name)
            if isinstance(some, Columns):
                some, other = ([list(part[name].values) for name in part] for part in (some, other))
                alike = all(a == pytest.approx(b, nan_ok=True) for a, b in zip(some, other, strict=True))
            else:
                alike = repr(some) == repr(other) or some == pytest.approx(other)
            assert alike, field.name

    def test_an_evaluation_recorded_late_is_not_the_newest(self):
        history = after(evaluated(10), evaluated(5))
        assert history.evaluated == evaluated(10)
        assert list(history.test["loss"].steps) == [5, 10]


class TestFacts:
    def test_a_history_without_events_is_empty(self):
        history = History()
        assert (history.state, history.total_steps, history.steps_done) == (None, 0, 0)
        assert (history.samples_per_second, history.mean_samples_per_second) == (0.0, 0.0)
        assert history.seconds_left(100) is None

    def test_the_total_is_epochs_times_steps_per_epoch(self):
        assert after(started(epochs=3, steps_per_epoch=600)).total_steps == 1800

    def test_the_newest_start_state_reason_and_checkpoint_count(self):
        first, second = (CheckpointSaved(time=1.0, step=s, path=f"checkpoints/{s}") for s in (0, 5))
        history = after(
            started(pid=1), changed("training"), first, started(pid=2), changed("failed", "disk full"), second
        )
        assert history.started == started(pid=2)
        assert (history.state, history.reason) == ("failed", "disk full")
        assert history.checkpoint == second

    def test_a_reason_lasts_only_as_long_as_its_state(self):
        assert after(changed("preparing", "loading torch"), changed("training")).reason == ""

    def test_the_learning_rate_factor_is_the_newest(self):
        assert History().factor == 1.0
        assert after(rate_changed(2.0), rate_changed(0.5)).factor == 0.5

    def test_a_mark_stays_until_the_training_recovers(self):
        assert after(marked("exploded"), stepped(2)).mark == marked("exploded")
        assert after(marked("exploded"), marked("chance")).mark == marked("chance")
        assert after(marked("exploded"), marked("recovered")).mark is None

    def test_the_training_time_leaves_out_the_gaps_between_engines(self):
        history = after(
            changed("preparing", time=10.0),
            changed("preparing", time=12.0),
            stepped(1, time=13.0),
            changed("stopped", time=14.5),
            changed("preparing", time=90_000.0),
            stepped(2, time=90_001.0),
        )
        assert (history.seconds, history.last_time) == (5.5, 90_001.0)

    def test_a_clock_that_is_set_back_subtracts_nothing(self):
        history = after(
            stepped(1, time=10.0), stepped(2, time=13.0), stepped(3, time=4.0), stepped(4, time=5.0)
        )
        assert history.seconds == 4.0

    def test_the_engine_s_clock_counts_and_not_the_time_of_day(self):
        history = after(
            changed("preparing", time=10.0, clock=500.0),
            stepped(1, time=11.0, clock=501.0),
            stepped(2, time=7_000_000.0, clock=502.0),  # the clock was set forward, or the machine slept
            stepped(3, time=5.0, clock=503.5),  # and was set back
            changed("stopped", time=6.0, clock=504.0),
            changed("preparing", time=90_000.0, clock=3.0),  # after a restart of the machine
            stepped(4, time=90_009.0, clock=4.0),
        )
        assert (history.seconds, history.last_time) == (5.0, 90_009.0)

    def test_a_run_that_an_older_version_began_counts_by_the_time_of_day_up_to_there(self):
        history = after(
            changed("preparing", time=10.0),
            stepped(1, time=11.0),
            changed("stopped", time=12.0),
            changed("preparing", time=90_000.0, clock=700.0),
            stepped(2, time=99_000.0, clock=701.0),
        )
        assert history.seconds == 3.0

    def test_a_checkpoint_ends_the_warning_that_none_could_be_written(self):
        warned = Warned(time=1.0, step=4, message="can't save")
        assert after(warned).warned == warned
        assert after(warned, CheckpointSaved(time=2.0, step=5, path="x")).warned is None

    def test_every_event_is_counted(self):
        assert after(started(), stepped(1), evaluated(), changed("finished")).events == 4

    @given(st.lists(any_event, max_size=12), st.integers(0, 12))
    @settings(max_examples=60, deadline=None)
    def test_it_does_not_matter_in_how_many_parts_the_events_arrive(self, events, cut):
        history = after(*events[:cut])
        history.extend(events[cut:])
        assert repr(history) == repr(after(*events))


class TestSpeed:
    def test_the_speed_is_the_harmonic_mean_of_the_steps(self):
        history = after(stepped(1, samples_per_second=100.0), stepped(2, samples_per_second=300.0))
        assert history.samples_per_second == pytest.approx(150.0)

    def test_old_steps_count_for_the_mean_but_not_for_the_current_speed(self):
        slow = [stepped(step, samples_per_second=1.0) for step in range(1, 11)]
        fast = [stepped(step, samples_per_second=200.0) for step in range(11, 11 + SPEED_SPAN)]
        history = after(*slow, *fast)
        assert history.samples_per_second == pytest.approx(200.0)
        assert history.mean_samples_per_second == pytest.approx(60 / (10 + SPEED_SPAN / 200))

    def test_a_step_without_speed_causes_no_division_by_zero(self):
        assert after(stepped(1, samples_per_second=0.0)).samples_per_second >= 0

    def test_the_time_left_is_the_remaining_samples_divided_by_the_speed(self):
        history = after(started(epochs=2, steps_per_epoch=5), stepped(4, samples_per_second=50.0))
        assert history.seconds_left(batch_size=100) == pytest.approx(6 * 100 / 50)

    def test_nothing_is_left_after_the_last_step(self):
        assert after(started(), stepped(10)).seconds_left(100) == 0

    def test_the_time_left_is_unknown_without_a_start_or_a_step(self):
        assert after(stepped(1)).seconds_left(100) is None
        assert after(started()).seconds_left(100) is None


class TestSnapshot:
    def test_an_engine_that_has_recorded_nothing_yet_is_starting(self):
        assert snapshot(alive=True).state == "starting"
        assert snapshot(starting=True).state == "starting"

    def test_a_run_without_events_or_an_engine_is_lost(self):
        assert snapshot().state == "lost"

    @pytest.mark.parametrize("state", sorted(LIVE))
    def test_a_live_state_holds_while_the_engine_is_alive(self, state):
        shown = snapshot(changed(state, "why"), alive=True)
        assert (shown.state, shown.reason, shown.live) == (state, "why", True)

    @pytest.mark.parametrize("state", sorted(LIVE))
    def test_a_live_state_without_an_engine_is_lost_and_names_the_step(self, state):
        shown = snapshot(changed(state), stepped(1234))
        assert (shown.state, shown.live) == ("lost", False)
        assert "at step 1,234" in shown.reason

    @pytest.mark.parametrize("alive", [True, False])
    @pytest.mark.parametrize("state", ["finished", "stopped", "diverged", "failed"])
    def test_an_ended_run_stays_ended_with_or_without_an_engine(self, state, alive):
        shown = snapshot(changed("training"), changed(state, "why"), alive=alive)
        assert (shown.state, shown.reason, shown.live) == (state, "why", False)

    def test_a_snapshot_carries_the_newest_numbers(self):
        shown = snapshot(
            started(),
            stepped(4, epoch=1, loss=1.25, accuracy=0.5),
            rate_changed(2.0),
            evaluated(),
            alive=True,
        )
        assert (shown.epoch, shown.step, shown.total_steps, shown.share) == (1, 4, 10, 0.4)
        assert (shown.loss, shown.accuracy, shown.learning_rate, shown.factor) == (1.25, 0.5, 0.006, 2.0)
        assert (shown.parameters, [gate.name for gate in shown.activations]) == (82_186, ["f", "c"])
        assert shown.evaluated == evaluated()
        assert shown.seconds_left == pytest.approx(6 * RUN.config.batch_size / 100)

    def test_a_checkpoint_that_knows_more_than_the_events_counts_but_gives_no_numbers_of_its_batch(self):
        events = [started(), stepped(3, loss=0.5), started(step=9)]
        shown = snapshot(*events, alive=True)
        assert (shown.step, shown.epoch, shown.share) == (9, 2, 0.9)
        assert (shown.loss, shown.accuracy, shown.learning_rate) == (None, None, None)
        shown = snapshot(*events, stepped(10, epoch=2, loss=0.4), alive=True)
        assert (shown.step, shown.epoch, shown.loss) == (10, 2, 0.4)

    def test_before_the_start_a_snapshot_has_no_numbers_and_no_share(self):
        shown = snapshot(alive=True)
        assert (shown.epoch, shown.step, shown.share, shown.activations) == (0, 0, 0.0, ())
        assert (shown.loss, shown.seconds_left, shown.warning) == (None, None, "")

    def test_a_mark_is_a_warning_until_the_training_recovers(self):
        training = changed("training")
        assert snapshot(training, marked("exploded"), alive=True).warning == "this run is exploded"
        assert snapshot(training, marked("exploded"), marked("recovered"), alive=True).warning == ""

    def test_a_run_whose_folder_was_removed_failed_for_the_reason_its_engine_gave(self):
        for said, state in (("no such device", "failed"), ("", "lost")):
            gone = take_snapshot(RUN, after(changed("preparing")), None, False, 0, said, exists=False)
            assert (gone.state, gone.reason) == (state, said or "its folder is gone")
            assert not gone.resumable

    def test_what_looked_wrong_does_not_hide_why_a_run_ended(self):
        diverged = changed("diverged", "the loss became nan")
        shown = snapshot(changed("training"), marked("exploded"), diverged)
        assert (shown.state, shown.reason, shown.warning) == ("diverged", "the loss became nan", "")
        shown = snapshot(changed("training"), marked("chance"), changed("finished"))
        assert (shown.reason, shown.warning) == ("", "this run is chance")

    def test_a_full_disk_outranks_a_failed_checkpoint_and_that_outranks_a_mark(self):
        warned = Warned(time=1.0, step=4, message="can't save")
        assert snapshot(marked("exploded"), warned, alive=True).warning == "can't save"
        assert snapshot(marked("exploded"), warned, alive=True, trouble="no room").warning == "no room"

    def test_a_resumed_run_is_starting_until_its_engine_is_there(self):
        assert snapshot(changed("stopped"), starting=True).state == "starting"
        assert (
            snapshot(changed("stopped"), changed("preparing"), starting=True, alive=True).state == "preparing"
        )

    def test_lines_that_are_not_events_are_counted(self):
        assert snapshot(bad_lines=3).bad_lines == 3


def test_a_speed_beyond_a_float32_is_no_speed():
    history = History()
    history.add(stepped(1, samples_per_second=3.5e38))
    assert history.samples_per_second == 0.0


@settings(max_examples=60, deadline=None)
@given(st.lists(any_event | any_step, max_size=30), st.sets(st.sampled_from([*READ, "seconds"])))
@example([stepped(1), stepped(2), Rewound(time=5.0, step=1), stepped(2)], {"loss"})
def test_a_history_of_some_series_has_the_same_of_them_and_of_everything_else(events, names) -> None:
    lines = b"".join(map(encode, events))
    whole, part = History(), history_of(sorted(names))
    whole.extend(decode_all(lines) or ())
    part.extend(decode_all(lines, decoder_of(sorted(names - {"seconds"}))) or ())
    assert part.train.steps == whole.train.steps and part.events == whole.events
    for name in names:
        assert repr(part.train[name].values) == repr(whole.train[name].values)
    assert {*part.train} == names and not part.updates
    assert repr(part.test) == repr(whole.test) and part.marks == whole.marks
    assert (part.state, part.steps_done) == (whole.state, whole.steps_done)
