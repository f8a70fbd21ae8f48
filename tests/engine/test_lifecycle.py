"""An engine's life from its first event to its last, inside the test's own process."""

from __future__ import annotations

import os
import shutil
import signal

import pytest
from kit.digits import tiny_files, write_files
from kit.trainings import one_thread

from explorer.engine import evaluations, lifecycle
from explorer.engine.data.sources import SOURCES
from explorer.engine.learning.health import Diverged, Health
from explorer.engine.record import checkpoints
from explorer.engine.record.discard import discard
from explorer.engine.record.recorder import Recorder
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import CheckpointSaved, RunStarted, StateChanged, StepTrained, Warned
from explorer.runs.held_folder import FolderGone, HeldFolder
from explorer.runs.history import read_history
from explorer.runs.lock import EngineLock
from explorer.runs.reader import EventReader
from explorer.runs.shape import DIGITS
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError
from explorer.system.files import last_line


@pytest.fixture
def run(tmp_path):
    """A new run of 2 epochs of 5 steps."""
    write_files(tmp_path / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=20, test=10))
    options = {"hidden": 4, "batch_size": 4, "epochs": 2, "device": "cpu", "threads": 1}
    return create_run(tmp_path, configure(options | {"data_dir": str(tmp_path)}), "one")


def live_again(run):
    """Resume a run; its end and the new events."""
    recorded = []
    try:
        return lifecycle.train(run, recorded.append), recorded
    except GatescopeError as error:
        return error, recorded


@one_thread()
def live(run, at_step=lambda step: None):
    """Train as an engine does, calling `at_step` at every step; its end and the events it recorded."""
    recorded = []

    def sink(event):
        recorded.append(event)
        if isinstance(event, StepTrained):
            at_step(event.step)

    try:
        state = lifecycle.train(run, sink)
    except GatescopeError as error:
        state = error
    assert run.engine_pid() is None and not run.socket.exists()
    assert EventReader(run.events).read() == (recorded if run.path.exists() else [])
    return state, recorded


def states(recorded):
    """The recorded states, each with its reason."""
    return [(event.state, event.reason) for event in recorded if isinstance(event, StateChanged)]


class TestWhole:
    def test_it_reports_its_preparation_and_describes_the_run_before_the_first_step(self, run):
        state, recorded = live(run)
        assert state == "finished"
        assert [state for state, _ in states(recorded)] == ["preparing", "preparing", "training", "finished"]
        assert states(recorded)[:2] == [("preparing", "loading torch"), ("preparing", "reading mnist")]
        started = recorded[2]
        assert isinstance(started, RunStarted) and isinstance(recorded[-1], StateChanged)
        assert (started.run, started.cell, started.dataset, started.device) == ("one", "lstm", "mnist", "cpu")
        assert (started.hidden, started.epochs, started.steps_per_epoch) == (4, 2, 5)
        assert started.parameters == 4 * 4 * (28 + 4 + 2) + 10 * (4 + 1)
        assert [gate.name for gate in started.activations] == ["i", "f", "g", "o", "c", "h"]
        assert (started.pid, started.threads) == (os.getpid(), 1)
        assert set(started.versions) == {"gatescope", "python", "torch", "torchvision"}

    def test_it_holds_the_lock_and_listens_while_it_trains(self, run):
        seen = []
        live(run, lambda step: seen.append((run.engine_pid(), run.socket.is_socket())))
        assert seen == [(os.getpid(), True)] * 10

    def test_a_second_engine_is_refused(self, run):
        lock = EngineLock(run.lock)
        with pytest.raises(GatescopeError, match=rf"run one is already training \(process {os.getpid()}\)"):
            lifecycle.train(run)
        assert not run.events.exists()
        lock.release()


class TestItsFolder:
    """What real engines do in such cases is in test_identity.py."""

    @pytest.mark.parametrize("fails", [False, True])
    def test_events_that_are_replaced_just_before_the_end_are_made_whole(self, run, fails):
        def replace(step):
            if step == 10:
                copy = run.path / "copy"
                copy.write_bytes(run.events.read_bytes().partition(b"StepTrained")[0])
                copy.replace(run.events)
                if fails:
                    raise ZeroDivisionError

        state, recorded = live(run, replace)
        assert "ZeroDivisionError" in str(state) if fails else state == "finished"
        assert [event.step for event in recorded if isinstance(event, StepTrained)] == list(range(1, 11))
        assert isinstance(recorded[-1], Warned) and "events.jsonl was replaced" in recorded[-1].message

    def test_a_training_whose_folder_is_deleted_fails_in_one_line(self, run):
        def delete(step):
            if step == 3:
                shutil.rmtree(run.path)

        state, recorded = live(run, delete)
        assert isinstance(state, FolderGone) and str(state).startswith("the folder of run one was deleted")
        assert states(recorded)[-1] == ("failed", str(state))
        assert not run.path.exists()

    def test_a_training_whose_folder_is_deleted_at_its_very_end_is_not_called_finished(self, run):
        def delete(event):
            if isinstance(event, StateChanged) and event.state == "finished":
                shutil.rmtree(run.path)

        with pytest.raises(FolderGone):
            lifecycle.train(run, delete)

    def test_a_folder_that_took_its_place_is_not_discarded_with_a_run_that_never_began(self, run):
        held = HeldFolder(run)
        shutil.rmtree(run.path)
        run.path.mkdir()
        run.checkpoints.mkdir()
        discard(held, "no such device")
        held.close()
        assert [path.name for path in run.path.iterdir()] == ["checkpoints"]

    @pytest.mark.parametrize("look", [Recorder.check, Recorder.settle])
    def test_a_new_run_of_the_name_is_left_alone_even_if_it_came_right_after_the_look(
        self, run, look, monkeypatch
    ):
        held, lock, writer = HeldFolder(run), EngineLock(run.lock), EventWriter(run.events)
        record = Recorder(writer, lock, lambda event: None, held)
        record.enter("training")
        follow, made = HeldFolder.follow, []

        def swap(held):  # as if the engine had been stopped here for a while
            renamed = follow(held)
            if not made:
                shutil.rmtree(run.path)
                new = create_run(run.path.parent, run_config, run.name)
                other = EngineLock(new.lock)
                other.say(ended="long ago")  # else this process would write the same
                other.release()
                EventWriter(new.events).close()
                made.append({file: file.read_bytes() for file in new.path.rglob("*") if file.is_file()})
            return renamed

        run_config = run.read().config
        monkeypatch.setattr(HeldFolder, "follow", swap)
        look(record)
        with pytest.raises(FolderGone):
            record.check(now=True)
        assert [{file: file.read_bytes() for file in run.path.rglob("*") if file.is_file()}] == made
        record.close()
        lock.release()
        held.close()

    def test_a_traceback_goes_to_no_other_folder(self, run):
        def fail(event):
            if isinstance(event, RunStarted):
                shutil.rmtree(run.path)
                run.path.mkdir()
                raise ZeroDivisionError

        with pytest.raises(FolderGone):
            lifecycle.train(run, fail)
        assert list(run.path.iterdir()) == []


class TestSignals:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
    def test_a_signal_stops_it_after_the_step_with_everything_saved(self, run, number):
        before = signal.getsignal(number)
        state, recorded = live(run, lambda step: step == 3 and os.kill(os.getpid(), number))
        assert state == "stopped" and states(recorded)[-1] == ("stopped", "")
        assert max(event.step for event in recorded if isinstance(event, StepTrained)) == 3
        assert checkpoints.newest_model(run, run.read().config, DIGITS)[1] == 3
        assert signal.getsignal(number) is before


class TestRemovedCheckpoints:
    def test_a_resume_says_why_it_begins_so_early_and_the_next_checkpoint_ends_that_warning(self, run):
        live(run, lambda step: step == 7 and os.kill(os.getpid(), signal.SIGINT))
        shutil.rmtree(run.checkpoints)
        said = "the checkpoint from step 7 is gone; the training resumes from step 0"
        shown, history = [], read_history(run.events)
        for event in live_again(run)[1]:
            history.add(event)
            shown.append(history.warned and history.warned.message)
            if isinstance(event, CheckpointSaved) and not event.step:
                assert shown[-1] == said  # the first weights don't make up for those lost
        assert said in shown and None in shown[shown.index(said) :]
        assert history.warned is None and history.state == "finished"


class TestStoppedBetweenEvaluations:
    """One epoch of 40 steps, with an evaluation after every fifth."""

    @pytest.fixture
    def run(self, run, tmp_path):
        write_files(tmp_path / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=160, test=10))
        return run

    def test_a_signal_records_the_accuracy_at_the_last_step_once_the_checkpoint_is_saved(self, run):
        recorded = live(run, lambda step: step == 3 and os.kill(os.getpid(), signal.SIGINT))[1]
        saved, stopped = recorded[-2:]
        assert isinstance(saved, CheckpointSaved) and stopped.state == "stopped"
        assert (stopped.evaluated.step, stopped.evaluated.samples, saved.step) == (3, 10, 3)
        assert stopped == EventReader(run.events).read()[-1]

    @pytest.mark.parametrize("at", ["in the same step", "while it evaluates"])
    def test_a_second_signal_skips_the_evaluation_and_loses_nothing(self, run, monkeypatch, at):
        read = evaluations.evaluate

        def evaluate(model, samples, scaling, between, part):
            if part == evaluations.INTERRUPTIBLE_PART and at == "while it evaluates":
                os.kill(os.getpid(), signal.SIGINT)
            return read(model, samples, scaling, between, part)

        def interrupt(step):
            if step == 3:
                os.kill(os.getpid(), signal.SIGINT)
                if at == "in the same step":
                    os.kill(os.getpid(), signal.SIGTERM)

        monkeypatch.setattr(evaluations, "evaluate", evaluate)
        state, recorded = live(run, interrupt)
        assert state == "stopped" == recorded[-1].state and recorded[-1].evaluated is None
        assert checkpoints.newest_model(run, run.read().config, DIGITS)[1] == 3

    def test_an_evaluation_that_takes_too_long_is_given_up(self, run, monkeypatch):
        monkeypatch.setattr("explorer.engine.loop.LAST_SECONDS", -1.0)
        recorded = live(run, lambda step: step == 3 and os.kill(os.getpid(), signal.SIGINT))[1]
        assert (recorded[-1].state, recorded[-1].evaluated) == ("stopped", None)


class TestFailing:
    @pytest.fixture
    def damaged(self, tmp_path):
        """A data file that is a byte short."""
        path = tmp_path / "MNIST" / "raw" / "t10k-images-idx3-ubyte"
        path.write_bytes(path.read_bytes()[:-1])
        return path

    def test_a_new_run_that_cannot_be_prepared_leaves_only_its_reason(self, run, damaged):
        with open(run.log, "w+") as log:  # as whoever starts an engine has it open
            error, recorded = live(run)
            assert last_line(log.fileno()) == f"gatescope: {error}"
        assert str(error).startswith(str(damaged)) and "\n" not in str(error)
        assert states(recorded)[-1] == ("failed", str(error))
        assert not run.path.exists()

    def test_a_run_that_was_trained_before_is_kept_when_it_cannot_be_prepared(self, run, tmp_path):
        live(run, lambda step: step == 3 and os.kill(os.getpid(), signal.SIGINT))
        self.damaged.__wrapped__(self, tmp_path)
        error, _ = live_again(run)
        assert isinstance(error, GatescopeError) and len(run.checkpoint_files()) == 2
        assert states(EventReader(run.events).read())[-1] == ("failed", str(error))
        assert not run.log.exists()  # the line says it all

    def test_a_run_whose_first_start_was_stopped_or_that_holds_a_strange_file_is_kept(self, run, damaged):
        (run.path / "notes.txt").touch()
        live(run)
        assert states(EventReader(run.events).read())[-1][0] == "failed"
        (run.path / "notes.txt").unlink()
        live_again(run)
        assert run.read().run == "one"

    def test_an_unexpected_error_during_the_preparation_keeps_the_run_and_its_log(self, run, monkeypatch):
        def fail(*_):
            raise RuntimeError("boom")

        monkeypatch.setattr(lifecycle, "prepare", fail)
        assert "boom" in states(live(run)[1])[-1][1] and "Traceback" in run.log.read_text()

    @pytest.mark.parametrize(
        ("error", "said"),
        [
            (RuntimeError("boom\nand more"), "RuntimeError: boom"),
            (ValueError(), "ValueError"),
            (MemoryError(), "out of memory; try a smaller --hidden or --batch-size"),
            (RuntimeError("CUDA out of memory. Tried"), "out of memory; try a smaller"),
        ],
        ids=repr,
    )
    def test_an_unexpected_error_is_one_line_and_a_traceback_in_the_log(self, run, error, said):
        def fail(step):
            raise error

        failure, recorded = live(run, fail)
        state, reason = states(recorded)[-1]
        assert state == "failed" and said in reason and "\n" not in reason
        assert reason in str(failure) and str(run.log) in str(failure)
        assert "Traceback" in run.log.read_text() and "in fail" in run.log.read_text()
        assert checkpoints.newest_model(run, run.read().config, DIGITS)[1] == 1  # what was learnt is kept

    def test_a_divergence_ends_the_run_with_a_reason(self, run, monkeypatch):
        def diverge(health, step, loss, norm):
            if step == 4:
                raise Diverged("the loss became nan at step 4")

        monkeypatch.setattr(Health, "require_finite", diverge)
        state, recorded = live(run)
        assert state == "diverged" and states(recorded)[-1] == ("diverged", "the loss became nan at step 4")
        assert checkpoints.newest_model(run, run.read().config, DIGITS)[1] == 3
