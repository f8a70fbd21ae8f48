"""Taking a run up again: to the bit the weights, and the same history, of one that was never left."""

from __future__ import annotations

import pytest
from kit.facts import changed, started
from kit.trainings import Trained, asking, first_digits, go_on, require_same, told, train

from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.engine.record.resume import resume
from explorer.engine.signals import Stopped
from explorer.protocol.messages import Refused, ScaleLearningRate, Stop
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.errors import GatescopeError, UsageError
from explorer.runs.events import (
    LearningRateChanged,
    Marked,
    StateChanged,
    Warned,
)
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.writer import EventWriter

SMALL = {"hidden": 8, "batch_size": 16, "augment": True, "epochs": 3, "seed": 5}
"""A training of 24 steps over 128 digits, with everything in it that is drawn by chance."""


class Killed(BaseException):
    """As `kill -9`: nothing that the training would do at its end is done."""


@pytest.fixture
def few():
    """128 digits to learn from, 50 to look at."""
    return first_digits(128, 50)


def kill_at(step, monkeypatch):
    """A viewer who kills the engine after a step: no last checkpoint, no last word."""

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
    def test_a_run_that_was_stopped_ends_as_if_it_had_never_been(self, tmp_path, few, step):
        whole = train(tmp_path, few, **SMALL)
        left = train(tmp_path, few, asking({step: [Stop()]}), **SMALL)
        assert isinstance(left.ended, Stopped) and len(left.steps) == step
        rest = go_on(left.folder, few)
        assert rest.ended is None and len(rest.steps) == 24 - step
        require_same(rest.weights, whole.weights)
        assert told(rest.folder) == told(whole.folder)


class TestAfterAKill:
    @pytest.mark.parametrize("step", [1, 5, 8, 9, 17, 24])
    def test_steps_after_the_checkpoint_are_computed_anew_and_told_once(
        self, tmp_path, few, step, monkeypatch
    ):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, step, monkeypatch)
        saved = newest_checkpoint(folder, whole.config).checkpoint.progress.step
        assert saved == (step - 1) // 8 * 8 < step
        rest = go_on(folder, few)
        assert [told.step for told in rest.steps] == list(range(step + 1, 25))
        require_same(rest.weights, whole.weights)
        assert told(folder) == told(whole.folder)

    def test_it_says_how_far_it_is_behind_and_cannot_be_turned_meanwhile(self, tmp_path, few, monkeypatch):
        folder = killed(tmp_path, few, 13, monkeypatch)
        rest = go_on(folder, few, lambda at: [] if at.answers else [ScaleLearningRate(2.0)])
        assert isinstance(rest.answers[0], Refused) and "steps up to 13" in rest.answers[0].message
        states = [(event.state, event.reason) for event in rest.of(StateChanged)]
        assert states == [("preparing", "recomputing steps up to 13: at step 8"), ("training", "")]
        assert rest.events.index(rest.of(StateChanged)[1]) < rest.events.index(rest.steps[0])

    def test_killed_again_and_again_it_still_comes_to_the_same_end(self, tmp_path, few, monkeypatch):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 3, monkeypatch)
        for step in (4, 11, 12, 20):
            with monkeypatch.context() as patch, pytest.raises(Killed):
                go_on(folder, few, kill_at(step, patch))
        require_same(go_on(folder, few).weights, whole.weights)
        assert told(folder) == told(whole.folder)

    def test_what_the_rate_was_turned_to_after_the_checkpoint_is_turned_again(
        self, tmp_path, few, monkeypatch
    ):
        def turning(then):
            turn = asking(
                {3: [ScaleLearningRate(0.5)], 10: [ScaleLearningRate(3.0)], 13: [ScaleLearningRate(2.0)]}
            )
            return lambda trained: then(trained) + turn(trained)

        whole = train(tmp_path / "whole", few, turning(lambda trained: []), **SMALL)
        with monkeypatch.context() as patch, pytest.raises(Killed):
            train(tmp_path / "killed", few, turning(kill_at(15, patch)), **SMALL)
        rest = go_on(RunFolder(tmp_path / "killed" / "0" / "run"), few)
        assert not rest.of(LearningRateChanged)
        require_same(rest.weights, whole.weights)
        assert told(rest.folder) == told(whole.folder)

    def test_a_verdict_on_the_training_is_told_once_and_at_the_same_step(self, tmp_path, monkeypatch):
        digits = first_digits(512, 50)
        options = {"hidden": 8, "batch_size": 8, "lr": 100}
        whole = train(tmp_path / "whole", digits, **options)
        (mark,) = whole.of(Marked)
        folder = killed(tmp_path, digits, mark.step + 2, monkeypatch, **options)
        assert not go_on(folder, digits).of(Marked)
        stopped = train(tmp_path / "stopped", digits, asking({mark.step - 1: [Stop()]}), **options)
        assert [event.step for event in go_on(stopped.folder, digits).of(Marked)] == [mark.step]

    def test_what_damage_took_from_the_file_after_the_checkpoint_is_told_anew(
        self, tmp_path, few, monkeypatch
    ):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 14, monkeypatch)
        lines = folder.events.read_bytes().splitlines(keepends=True)
        (at,) = [n for n, line in enumerate(lines) if b'"StepTrained"' in line and b'"step":11,' in line]
        lines[at] = b"\x00\xff garbage" * 20 + b"\n"
        folder.events.write_bytes(b"".join(lines))
        rest = go_on(folder, few)
        assert 11 in [told.step for told in rest.steps]
        shown, wanted = read_history(folder.events), read_history(whole.folder.events)
        assert shown.train_loss == wanted.train_loss and shown.train_accuracy == wanted.train_accuracy

    def test_a_step_that_comes_out_differently_is_said_so_once(self, tmp_path, few, monkeypatch):
        folder = killed(tmp_path, few, 13, monkeypatch)
        text = folder.events.read_text()
        (line,) = [line for line in text.splitlines() if '"StepTrained"' in line and '"step":10,' in line]
        other = line.replace('"loss":', '"loss":1')
        folder.events.write_text(text.replace(line, other))
        (warned,) = go_on(folder, few).of(Warned)
        assert (warned.step, "step 10 was recomputed with a different result" in warned.message) == (10, True)


class TestDamage:
    @pytest.mark.parametrize(
        "spoil", [lambda b: b[:-1], lambda b: b[:9], lambda b: b[:-1] + bytes([b[-1] ^ 1])]
    )
    def test_a_damaged_checkpoint_gives_way_to_the_one_before_with_the_same_end(
        self, tmp_path, few, monkeypatch, spoil
    ):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 21, monkeypatch)
        newest = folder.checkpoint_files()[0]
        newest.write_bytes(spoil(newest.read_bytes()))
        rest = go_on(folder, few)
        assert [told.step for told in rest.steps] == list(range(22, 25))
        require_same(rest.weights, whole.weights)
        assert told(folder) == told(whole.folder)

    def test_without_any_good_checkpoint_everything_is_computed_anew(self, tmp_path, few, monkeypatch):
        whole = train(tmp_path / "whole", few, **SMALL)
        folder = killed(tmp_path, few, 21, monkeypatch)
        for path in folder.checkpoint_files():
            path.write_bytes(b"")
        require_same(go_on(folder, few).weights, whole.weights)
        assert told(folder) == told(whole.folder)


class TestLonger:
    def test_a_finished_run_trains_on_with_the_schedule_of_the_longer_plan(self, tmp_path, few):
        first = train(tmp_path, few, **SMALL)
        resume(first.folder, 5)
        longer = go_on(first.folder, few)
        assert [told.step for told in longer.steps] == list(range(25, 41))
        plain = train(tmp_path / "plain", few, **SMALL | {"epochs": 5})
        rates = [told.learning_rate for told in plain.steps]
        assert [told.learning_rate for told in longer.steps] == rates[24:]
        assert longer.steps[-1].epoch == 5 and read_history(first.folder.events).steps_done == 40

    def test_an_extension_that_is_computed_anew_keeps_the_schedules_of_both_plans(
        self, tmp_path, few, monkeypatch
    ):
        first = train(tmp_path, few, **SMALL)
        resume(first.folder, 5)
        whole = go_on(first.folder, few)
        folder = killed(tmp_path, few, 22, monkeypatch)
        go_on(folder, few)
        resume(folder, 5)
        for path in folder.checkpoint_files():
            path.unlink()
        rest = go_on(folder, few)
        require_same(rest.weights, whole.weights)
        assert told(rest.folder) == told(whole.folder)

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

    def test_a_shorter_plan_is_taken_while_its_end_is_ahead(self, tmp_path, few):
        left = train(tmp_path, few, asking({5: [Stop()]}), **SMALL)
        resume(left.folder, 1)
        assert [told.step for told in go_on(left.folder, few).steps] == [6, 7, 8]


def finished(tmp_path, few):
    """A run of three epochs that is trained to its end, and says so."""
    trained = train(tmp_path, few, **SMALL)
    writer = EventWriter(trained.folder.events)
    for event in (started(epochs=3, steps_per_epoch=8), changed("finished")):
        writer.write(event)
    writer.close()
    return trained.folder


class TestTakingUp:
    def test_a_run_that_diverged_would_again(self, tmp_path):
        folder = create_run(tmp_path, configure({}), "one")
        writer = EventWriter(folder.events)
        writer.write(changed("diverged"))
        writer.close()
        with pytest.raises(GatescopeError, match="start a new one with a lower --lr"):
            resume(folder, None)

    def test_what_a_killed_engine_was_just_writing_is_swept_away(self, tmp_path):
        folder = create_run(tmp_path, configure({}), "one")
        for path in (
            folder.path / ".run.json.0badcafe",
            folder.checkpoints / ".step-00000001.safetensors.0badcafe",
        ):
            path.write_bytes(b"half")
        (folder.checkpoints / ".mine").write_bytes(b"kept")
        resume(folder, None)
        assert sorted(path.name for path in folder.checkpoints.iterdir()) == [".mine"]
        assert sorted(path.name for path in folder.path.iterdir()) == ["checkpoints", "run.json"]
