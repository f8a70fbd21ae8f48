"""Resuming a run gives the same weights, to the bit, and the same history as an uninterrupted one."""

from __future__ import annotations

import pytest
from kit.facts import changed, started
from kit.trainings import Trained, asking, first_digits, on_record, require_same, resume_training, train

from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.engine.record.resume import resume
from explorer.engine.signals import Stopped
from explorer.protocol.messages import Refused, ScaleLearningRate, Stop
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import (
    LearningRateChanged,
    Marked,
    StateChanged,
    Warned,
)
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.shape import DIGITS
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError, UsageError

SMALL = {"hidden": 8, "batch_size": 16, "augment": True, "epochs": 3, "seed": 5}
"""A training of 24 steps over 128 samples, with everything that is random."""


class Killed(BaseException):
    """Like `kill -9`: the training does nothing that it would do at its end."""


@pytest.fixture
def few():
    """128 training samples and 50 test samples."""
    return first_digits(128, 50)


def kill_at(step, monkeypatch):
    """A viewer that kills the engine after a step: no last checkpoint, no last event."""

    def ask(trained: Trained):
        if len(trained.steps) and trained.steps[-1].step >= step:
            monkeypatch.setattr("explorer.engine.record.autosave.save_checkpoint", dead)
            raise Killed
        return []

    return ask


def dead(*_):
    raise Killed


def killed(tmp_path, dataset, step, monkeypatch, **options):
    """A run whose engine was killed after a step."""
    runs = tmp_path / "killed"
    with monkeypatch.context() as patch, pytest.raises(Killed):
        train(runs, dataset, kill_at(step, patch), **options or SMALL)
    return RunFolder(runs / "0" / "run")


class TestAfterAStop:
    @pytest.mark.parametrize("step", [0, 1, 3, 7, 8, 9, 16, 23])
    def test_a_run_that_was_stopped_and_resumed_ends_as_if_never_stopped(self, tmp_path, few, step):
        whole = train(tmp_path, few, **SMALL)
        left = train(tmp_path, few, asking({step: [Stop()]}), **SMALL)
        assert isinstance(left.ended, Stopped) and len(left.steps) == step
        rest = resume_training(left.folder, few)
        assert rest.ended is None and len(rest.steps) == 24 - step
        require_same(rest.weights, whole.weights)
        assert on_record(rest.folder) == on_record(whole.folder)


class TestAfterAKill:
    @pytest.mark.parametrize("step", [1, 5, 8, 9, 17, 24])
    def test_steps_after_the_checkpoint_are_recomputed_and_recorded_once(
        self, tmp_path, few, step, monkeypatch
    ):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, step, monkeypatch)
        saved = newest_checkpoint(folder, whole.config, DIGITS).checkpoint.progress.step
        assert saved == (step - 1) // 8 * 8 < step
        rest = resume_training(folder, few)
        assert [step.step for step in rest.steps] == list(range(step + 1, 25))
        require_same(rest.weights, whole.weights)
        assert on_record(folder) == on_record(whole.folder)

    def test_recomputing_is_reported_and_the_learning_rate_is_fixed_meanwhile(
        self, tmp_path, few, monkeypatch
    ):
        folder = killed(tmp_path, few, 13, monkeypatch)
        rest = resume_training(folder, few, lambda at: [] if at.answers else [ScaleLearningRate(2.0)])
        assert isinstance(rest.answers[0], Refused) and "steps up to 13" in rest.answers[0].message
        states = [(event.state, event.reason) for event in rest.of(StateChanged)]
        assert states == [("preparing", "recomputing steps up to 13: at step 8"), ("training", "")]
        assert rest.events.index(rest.of(StateChanged)[1]) < rest.events.index(rest.steps[0])

    def test_a_run_that_is_killed_repeatedly_ends_the_same(self, tmp_path, few, monkeypatch):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 3, monkeypatch)
        for step in (4, 11, 12, 20):
            with monkeypatch.context() as patch, pytest.raises(Killed):
                resume_training(folder, few, kill_at(step, patch))
        require_same(resume_training(folder, few).weights, whole.weights)
        assert on_record(folder) == on_record(whole.folder)

    def test_learning_rate_changes_after_the_checkpoint_are_reapplied(self, tmp_path, few, monkeypatch):
        def scaling(then):
            scale = asking(
                {3: [ScaleLearningRate(0.5)], 10: [ScaleLearningRate(3.0)], 13: [ScaleLearningRate(2.0)]}
            )
            return lambda trained: then(trained) + scale(trained)

        whole = train(tmp_path / "whole", few, scaling(lambda trained: []), **SMALL)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            train(tmp_path / "killed", few, scaling(kill_at(15, patch)), **SMALL)
        rest = resume_training(RunFolder(tmp_path / "killed" / "0" / "run"), few)
        assert not rest.of(LearningRateChanged)
        require_same(rest.weights, whole.weights)
        assert on_record(rest.folder) == on_record(whole.folder)

    def test_a_verdict_on_the_training_is_recorded_once_and_at_the_same_step(self, tmp_path, monkeypatch):
        data = first_digits(512, 50)
        options = {"hidden": 8, "batch_size": 8, "lr": 100}
        whole = train(tmp_path / "whole", data, **options)
        (mark,) = whole.of(Marked)
        folder = killed(tmp_path, data, mark.step + 2, monkeypatch, **options)
        assert not resume_training(folder, data).of(Marked)
        stopped = train(tmp_path / "stopped", data, asking({mark.step - 1: [Stop()]}), **options)
        assert [event.step for event in resume_training(stopped.folder, data).of(Marked)] == [mark.step]

    def test_events_lost_to_damage_after_the_checkpoint_are_recorded_again(self, tmp_path, few, monkeypatch):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 14, monkeypatch)
        lines = folder.events.read_bytes().splitlines(keepends=True)
        (at,) = [n for n, line in enumerate(lines) if b'"StepTrained"' in line and b'"step":11,' in line]
        lines[at] = b"\x00\xff garbage" * 20 + b"\n"
        folder.events.write_bytes(b"".join(lines))
        rest = resume_training(folder, few)
        assert 11 in [step.step for step in rest.steps]
        shown, wanted = read_history(folder.events), read_history(whole.folder.events)
        for name in ("loss", "accuracy", "gradient_norm", "learning_rate"):
            assert shown.train[name].values == wanted.train[name].values

    def test_a_step_recomputed_with_a_different_result_is_warned_of_once(self, tmp_path, few, monkeypatch):
        folder = killed(tmp_path, few, 13, monkeypatch)
        text = folder.events.read_text()
        (line,) = [line for line in text.splitlines() if '"StepTrained"' in line and '"step":10,' in line]
        other = line.replace('"loss":', '"loss":1')
        folder.events.write_text(text.replace(line, other))
        (warned,) = resume_training(folder, few).of(Warned)
        assert (warned.step, "step 10 was recomputed with a different result" in warned.message) == (10, True)


class TestDamage:
    @pytest.mark.parametrize(
        "spoil", [lambda b: b[:-1], lambda b: b[:9], lambda b: b[:-1] + bytes([b[-1] ^ 1])]
    )
    def test_a_damaged_checkpoint_is_skipped_for_the_one_before_with_the_same_result(
        self, tmp_path, few, monkeypatch, spoil
    ):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 21, monkeypatch)
        newest = folder.checkpoint_files()[0]
        newest.write_bytes(spoil(newest.read_bytes()))
        rest = resume_training(folder, few)
        assert [step.step for step in rest.steps] == list(range(22, 25))
        require_same(rest.weights, whole.weights)
        assert on_record(folder) == on_record(whole.folder)

    def test_without_an_intact_checkpoint_everything_is_recomputed(self, tmp_path, few, monkeypatch):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 21, monkeypatch)
        for path in folder.checkpoint_files():
            path.write_bytes(b"")
        require_same(resume_training(folder, few).weights, whole.weights)
        assert on_record(folder) == on_record(whole.folder)


class TestLonger:
    def test_a_finished_run_that_is_extended_follows_the_longer_schedule(self, tmp_path, few):
        first = train(tmp_path, few, **SMALL)
        resume(first.folder, 5)
        longer = resume_training(first.folder, few)
        assert [step.step for step in longer.steps] == list(range(25, 41))
        plain = train(tmp_path / "plain", few, **SMALL | {"epochs": 5})
        rates = [step.learning_rate for step in plain.steps]
        assert [step.learning_rate for step in longer.steps] == rates[24:]
        assert longer.steps[-1].epoch == 5 and read_history(first.folder.events).steps_done == 40

    def test_an_extension_that_is_recomputed_keeps_both_schedules(self, tmp_path, few, monkeypatch):
        first = train(tmp_path, few, **SMALL)
        resume(first.folder, 5)
        whole = resume_training(first.folder, few)
        folder = killed(tmp_path, few, 22, monkeypatch)
        resume_training(folder, few)
        resume(folder, 5)
        for path in folder.checkpoint_files():
            path.unlink()
        rest = resume_training(folder, few)
        require_same(rest.weights, whole.weights)
        assert on_record(rest.folder) == on_record(whole.folder)

    @pytest.mark.parametrize(
        ("epochs", "said"),
        [(None, "finished after 3 epochs"), (3, "finished"), (2, "--epochs must be larger")],
    )
    def test_there_must_be_something_left_to_train(self, tmp_path, few, epochs, said):
        folder = finished(tmp_path, few)
        before = folder.path.joinpath("run.json").read_bytes()
        with pytest.raises(UsageError, match=said):
            resume(folder, epochs)
        assert folder.path.joinpath("run.json").read_bytes() == before

    def test_a_shorter_plan_is_accepted_if_its_end_is_still_ahead(self, tmp_path, few):
        left = train(tmp_path, few, asking({5: [Stop()]}), **SMALL)
        resume(left.folder, 1)
        assert [step.step for step in resume_training(left.folder, few).steps] == [6, 7, 8]


def finished(tmp_path, few):
    """A run of 3 epochs that is trained to the end and recorded as finished."""
    trained = train(tmp_path, few, **SMALL)
    writer = EventWriter(trained.folder.events)
    for event in (started(epochs=3, steps_per_epoch=8), changed("finished")):
        writer.write(event)
    writer.close()
    return trained.folder


class TestBeforeResuming:
    def test_a_run_that_diverged_is_not_resumed(self, tmp_path):
        folder = create_run(tmp_path, configure({}), "one")
        writer = EventWriter(folder.events)
        writer.write(changed("diverged"))
        writer.close()
        with pytest.raises(GatescopeError, match=r"--lr 0\.002` goes on from step 0 with a lower rate"):
            resume(folder, None)

    def test_partial_files_of_a_killed_engine_are_removed(self, tmp_path):
        folder = create_run(tmp_path, configure({}), "one")
        for path in (
            folder.path / ".run.json.0badcafe",
            folder.checkpoints / ".step-00000001.safetensors.0badcafe",
        ):
            path.write_bytes(b"half")
        (folder.checkpoints / ".mine").write_bytes(b"kept")
        resume(folder, None)
        assert sorted(path.name for path in folder.checkpoints.iterdir()) == [".mine"]
        left = sorted(path.name for path in folder.path.iterdir())
        assert left == ["checkpoints", "engine.lock", "run.json"]
