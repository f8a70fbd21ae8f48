"""An engine knows its run by the folder it holds open: what happens to the path is really done here."""

from __future__ import annotations

import os
import re
import shutil
import signal
from pathlib import Path

import pytest
from kit.asking import activations_of, read
from kit.digits import tiny_config
from kit.engine_template import PATIENCE, steps
from kit.trainings import require_same
from kit.viewers import ask, is_alive, kill_engine, until

from explorer.engine.record.checkpoints import newest_checkpoint
from explorer.protocol.messages import Continue, Done, Pause, Stop
from explorer.runs.catalogue import create_run
from explorer.runs.events import StepTrained, Warned
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.reader import EventReader, read_events
from explorer.runs.shape import DIGITS
from explorer.runs.summary import summarise

pytestmark = pytest.mark.slow


@pytest.fixture
def runs(place, tmp_path):
    """The folder of all runs; no engine outlives the test."""
    runs = tmp_path / "runs"
    runs.mkdir()
    yield runs
    for path in runs.iterdir():
        kill_engine(RunFolder(path))


@pytest.fixture
def make(place, runs):
    """Makes runs that would take hours."""
    return lambda name="tw", **options: create_run(
        runs, tiny_config(place, **{"epochs": 10_000} | options), name
    )


def content(run):
    """Every file of a run, as bytes."""
    return {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}


def require_whole(run):
    """Every step is on record, once and in order, and no line is torn."""
    reader = EventReader(run.events)
    recorded = []
    while events := reader.read():
        recorded += [event.step for event in events if isinstance(event, StepTrained)]
    assert recorded == list(range(1, len(recorded) + 1)) and reader.bad_lines == 0


def warnings(run):
    return [event.message for event in read_events(run.events) if isinstance(event, Warned)]


def require_reached(run):
    """The engine comes to listen where its run's name says."""
    until(lambda: run.engine().socket == str(run.socket) and run.socket.exists(), PATIENCE)


def end(run, pid):
    """Stop the engine; the run must be whole."""
    assert isinstance(ask(run.socket, Stop()), Done)
    until(lambda: not is_alive(pid), PATIENCE)
    assert read_history(run.events).state == "stopped"
    require_whole(run)


def finish(template, run):
    """Have an engine train a short run to its end."""
    pid = template.start(run)
    until(lambda: not is_alive(pid), PATIENCE)


def saved_step(run: RunFolder) -> int:
    """The step of the newest checkpoint."""
    return newest_checkpoint(run, run.read().config, DIGITS).checkpoint.progress.step


class TestDeleted:
    def test_the_engine_ends_with_its_last_words_in_its_own_files(self, template, make):
        run = make()
        pid, socket = template.train(run), run.socket
        with run.events.open() as events, run.log.open() as log:
            os.kill(pid, signal.SIGSTOP)  # else a checkpoint could be saved between two deletions
            shutil.rmtree(run.path)
            os.kill(pid, signal.SIGCONT)
            until(lambda: not is_alive(pid), PATIENCE)
            last, said = events.readlines()[-1], log.read()
        assert re.match("gatescope: the folder of run tw was deleted.* `gatescope train`\n$", said)
        assert '"state":"failed","reason":"the folder of run tw was deleted' in last
        assert not run.path.exists() and not socket.exists()

    def test_a_paused_engine_ends_and_meanwhile_makes_no_file_again(self, template, make):
        run = make()
        pid = template.train(run)
        assert isinstance(ask(run.socket, Pause()), Done)
        until(lambda: read_history(run.events).state == "paused")
        until(lambda: saved_step(run) == steps(run))
        shutil.rmtree(run.path)  # fails where a file is made while the others are being removed
        until(lambda: not is_alive(pid), PATIENCE)
        assert not run.path.exists()

    @pytest.mark.parametrize("seed", [0, 1])
    def test_a_new_run_of_the_same_name_is_left_alone(self, template, make, seed):
        run = make()
        old = template.train(run)
        os.kill(old, signal.SIGSTOP)  # so that it wakes up late, in the middle of the new one's life
        shutil.rmtree(run.path)
        new = template.train(make(seed=seed))
        end(run, new)
        before, socket = content(run), run.socket
        os.kill(old, signal.SIGCONT)
        until(lambda: not is_alive(old), PATIENCE)
        assert content(run) == before and not socket.exists()

    def test_the_socket_of_a_new_run_of_the_same_name_stays(self, template, make):
        run = make()
        old = template.train(run)
        os.kill(old, signal.SIGSTOP)
        shutil.rmtree(run.path)
        template.train(make(seed=1))
        inode = run.socket.stat().st_ino
        os.kill(old, signal.SIGCONT)
        until(lambda: not is_alive(old), PATIENCE)
        assert run.socket.stat().st_ino == inode
        assert read(ask(run.socket, activations_of(1))).name == "sample 1"


class TestRenamed:
    @pytest.mark.parametrize("stopped", [False, True])
    def test_the_engine_goes_on_under_the_new_name(self, template, make, stopped):
        run = make()
        pid = template.train(run)
        if stopped:
            os.kill(pid, signal.SIGSTOP)
        old = run.socket
        new = RunFolder(run.path.rename(run.path.with_name("other")))
        if stopped:
            os.kill(pid, signal.SIGCONT)
        require_reached(new)
        assert isinstance(ask(new.socket, Pause()), Done)
        until(lambda: read_history(new.events).state == "paused")
        until(lambda: saved_step(new) == steps(new))
        assert isinstance(ask(new.socket, Continue()), Done)
        before = steps(new)
        until(lambda: steps(new) > before)
        end(new, pid)
        assert warnings(new) == []
        assert not run.path.exists() and not old.exists() and not new.socket.exists()

    def test_the_old_name_can_be_taken_by_another_training(self, template, make):
        run = make()
        first = template.train(run)
        moved = RunFolder(run.path.rename(run.path.with_name("other")))
        second = template.train(make(seed=1))
        require_reached(moved)
        for each, pid in ((moved, first), (run, second)):
            end(each, pid)
            assert read_history(each.events).started.pid == pid

    @pytest.mark.parametrize("relative", [False, True])
    def test_it_is_found_through_a_link_and_under_a_relative_path(
        self, template, make, runs, tmp_path, relative
    ):
        make()
        link = tmp_path / "link"
        link.symlink_to(runs)
        run = RunFolder(Path(os.path.relpath(link / "tw")) if relative else link / "tw")
        pid = template.train(run)
        new = RunFolder((runs / "tw").rename(runs / "other"))
        require_reached(new)
        end(new, pid)

    def test_a_folder_of_runs_that_was_renamed_is_followed(self, template, make, runs):
        run = make()
        pid = template.train(run)
        away = runs.rename(runs.with_name("elsewhere"))
        new = RunFolder(away / "tw")
        require_reached(new)
        end(new, pid)
        away.rename(runs)


def edit(run):
    """Replace the events as `sed -i` and editors do: a changed copy takes the name."""
    copy = run.path / "copy"
    copy.write_bytes(run.events.read_bytes().replace(b'"v":2', b'"v": 2'))
    copy.replace(run.events)


def go_back(run):
    """Replace the events by an older state of theirs, with a torn last line, as a sync client may."""
    old = run.events.read_bytes()
    run.events.unlink()
    run.events.write_bytes(old[: len(old) // 2].rpartition(b"\n")[0])


def empty(run):
    run.events.unlink()
    run.events.touch()


def delete(run):
    run.events.unlink()


class TestLock:
    def test_an_engine_whose_lock_is_deleted_or_replaced_is_found_again(self, template, make):
        run = make()
        pid = template.train(run)
        for replaced in (False, True):
            run.lock.unlink()
            if replaced:
                run.lock.touch()
            assert run.engine_pid() is None
            until(lambda: run.engine_pid() == pid, PATIENCE)
        end(run, pid)

    def test_it_ends_without_a_trace_if_another_engine_has_the_run_by_then(self, template, make):
        run = make()
        old = template.train(run)
        os.kill(old, signal.SIGSTOP)
        run.lock.unlink()
        new = template.train(run)
        with run.log.open() as log:
            os.kill(old, signal.SIGCONT)
            until(lambda: not is_alive(old), PATIENCE)
            said = log.read()
        assert said.startswith("gatescope: engine.lock was deleted, and run tw is already training (process")
        assert run.engine_pid() == new and b"failed" not in run.events.read_bytes()
        assert isinstance(ask(run.socket, Stop()), Done)
        until(lambda: not is_alive(new), PATIENCE)
        history = read_history(run.events)  # the first may have gone on for a second
        assert list(history.train.steps) == list(range(1, history.steps_done + 1))
        assert history.state == "stopped"


class TestReplacedEvents:
    @pytest.mark.parametrize("replace", [edit, go_back, empty, delete])
    def test_what_is_missing_is_written_again_and_said_once(self, template, make, replace):
        run = make()
        pid = template.train(run)
        with run.events.open("rb") as old:
            replace(run)
            until(lambda: warnings(run), PATIENCE)
            written = old.read()
        before = steps(run)
        until(lambda: steps(run) > before + 5)
        end(run, pid)
        assert warnings(run) == [
            "events.jsonl was replaced while it was written; what was missing has been written again"
        ]
        if replace is not edit:
            assert run.events.read_bytes().startswith(written)

    def test_steps_that_the_other_file_has_lost_in_its_middle_are_named(self, template, make):
        run = make()
        pid = template.train(run)
        until(lambda: steps(run) > 20)
        copy = run.path / "copy"
        lines = run.events.read_bytes().splitlines(keepends=True)
        kept = b"".join(line for line in lines if not re.search(rb'"step":(7|9),.*"loss"', line))
        copy.write_bytes(kept)
        copy.replace(run.events)
        until(lambda: warnings(run), PATIENCE)
        assert warnings(run) == [
            "events.jsonl was replaced while it was written; step 7 and step 9 are no longer in it"
        ]
        kill_engine(run)
        until(lambda: not is_alive(pid), PATIENCE)

    def test_a_file_that_cannot_be_written_holds_the_training_until_it_can(self, template, make):
        run = make()
        pid = template.train(run)
        aside = run.events.rename(run.path / "aside")
        run.events.mkdir()  # root may write any file, but no folder
        until(lambda: run.engine().trouble, PATIENCE)
        assert run.engine().trouble == "can't write events: Is a directory; the training waits until it can"
        size = aside.stat().st_size
        run.events.rmdir()
        until(lambda: run.events.exists() and run.events.stat().st_size > size, PATIENCE)
        until(lambda: run.engine().trouble == "")
        end(run, pid)

    @pytest.mark.parametrize("left", [b"", b"garbage\n"])
    def test_a_file_that_is_emptied_in_place_says_what_is_missing_and_still_describes_the_run(
        self, template, make, left
    ):
        run = make()
        pid = template.train(run)
        until(lambda: steps(run) > 20)
        before = read_history(run.events)
        with open(run.events, "wb") as file:
            file.write(left)
        until(lambda: warnings(run), PATIENCE)
        history = read_history(run.events)
        assert history.started.activations == before.started.activations
        assert (history.state, history.total_steps) == ("training", before.total_steps)
        (said,) = warnings(run)
        first = int(history.train.steps[0])
        assert said == (
            f"events.jsonl was truncated while it was written; steps 1 to {first - 1:,} are no longer in it"
        )
        assert isinstance(ask(run.socket, Stop()), Done)
        until(lambda: not is_alive(pid), PATIENCE)
        template.train(run)
        assert warnings(run)[1].startswith(f"steps 1 to {first - 1:,} are not in events.jsonl, but")

    def test_a_paused_run_whose_events_are_cut_off_is_still_paused_where_it_was(self, template, make):
        run = make()
        pid = template.train(run)
        assert isinstance(ask(run.socket, Pause()), Done)
        until(lambda: read_history(run.events).state == "paused")
        until(lambda: saved_step(run) == steps(run))
        before, summary = steps(run), summarise(run)
        run.events.write_bytes(b"garbage\n")
        until(lambda: warnings(run), PATIENCE)
        seen = summarise(run)
        assert (seen.state, seen.step, seen.steps) == ("paused", before, summary.steps)
        assert isinstance(ask(run.socket, Continue()), Done)
        until(lambda: steps(run) > before)
        assert read_history(run.events).train.steps[0] == before + 1
        kill_engine(run)
        until(lambda: not is_alive(pid), PATIENCE)

    def test_a_pause_whose_events_are_cut_off_is_stopped_at_its_step(self, template, make):
        run = make()
        pid = template.train(run)
        assert isinstance(ask(run.socket, Pause()), Done)
        until(lambda: read_history(run.events).state == "paused")
        until(lambda: saved_step(run) == steps(run))
        before, half = steps(run), run.events.stat().st_size // 2
        os.truncate(run.events, half)
        until(lambda: warnings(run), PATIENCE)
        assert isinstance(ask(run.socket, Stop()), Done)
        until(lambda: not is_alive(pid), PATIENCE)
        assert (summarise(run).state, summarise(run).step, saved_step(run)) == ("stopped", before, before)

    def test_a_hole_is_said_on_resume_and_the_run_finishes_whole(self, template, make):
        run = make(epochs=4)
        finish(template, run)
        lines = run.events.read_bytes().splitlines(keepends=True)
        cut = next(number for number, line in enumerate(lines) if b'"step":13,' in line)
        run.events.write_bytes(b"".join(lines[:cut]))
        weights = newest_checkpoint(run, run.read().config, DIGITS).model.state_dict()
        finish(template, run)
        history = read_history(run.events)
        assert (history.state, history.steps_done, history.total_steps) == ("finished", 20, 20)
        assert [line.split(",")[0] for line in warnings(run)] == ["steps 13 to 20 are not in events.jsonl"]
        require_same(newest_checkpoint(run, run.read().config, DIGITS).model.state_dict(), weights)
