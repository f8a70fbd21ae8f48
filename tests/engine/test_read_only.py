"""Answering about runs that nothing trains: one engine for all of them, or the one that has just trained."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest
from kit.asking import activations_of, answer_in, read
from kit.digits import tiny_config, write_tiny_mnist
from kit.trainings import one_thread
from kit.viewers import DEADLINE, running, until

from explorer.engine import lifecycle, prepare, read_only
from explorer.engine import linger as lingering
from explorer.engine import server as servers
from explorer.engine.probes import sets
from explorer.engine.read_only import Library
from explorer.engine.record import checkpoints
from explorer.protocol import probes
from explorer.protocol.client import EngineClient, EngineGone
from explorer.protocol.messages import FindSample, Pause, Refused, Reply, SampleFound
from explorer.protocol.questions import Answers, Ask, Question, Samples, Selection
from explorer.runs.catalogue import create_run
from explorer.runs.events import StepTrained
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events


@pytest.fixture
def make(tmp_path):
    """Makes trained runs of 2 epochs of 5 steps."""
    write_tiny_mnist(tmp_path)

    @one_thread()
    def make(name: str, **options: object) -> RunFolder:
        run = create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=2, **options), name)
        lifecycle.train(run)
        return run

    return make


def ask(library: Library, run: RunFolder, index: int = 7) -> Reply:
    """Ask about a run."""
    return library.answer(activations_of(index, str(run.path)))


class TestLibrary:
    def test_each_request_is_answered_by_the_run_that_it_names(self, make):
        library = Library()
        one, two = make("one"), make("two", cell="gru", hidden=6)
        for run, hidden, names in ((one, 8, "ifgoch"), (two, 6, "rznh")):
            reply = ask(library, run)
            seen = read(reply)
            assert (seen.name, seen.step, reply.state, seen.hidden) == ("sample 7", 10, None, hidden)
            assert "".join(info.name for info in seen.infos) == names
            assert isinstance(library.answer(FindSample(0, run=str(run.path))), SampleFound | Refused)

    def test_a_run_is_read_again_only_when_it_has_a_newer_checkpoint(self, make, monkeypatch):
        run, library, reads = make("one"), Library(), []
        newest = checkpoints.newest_model
        monkeypatch.setattr(checkpoints, "newest_model", lambda *given: reads.append(1) or newest(*given))
        assert read(ask(library, run)).step == read(ask(library, run, 8)).step == 10 and len(reads) == 1
        with one_thread():
            lifecycle.train(run, epochs=3)
        assert read(ask(library, run)).step == 15 and len(reads) == 2

    def test_a_light_question_reads_the_run_s_options_once(self, make, monkeypatch):
        run, library, reads = make("one"), Library(), []
        read_run = RunFolder.read
        monkeypatch.setattr(RunFolder, "read", lambda folder: reads.append(1) or read_run(folder))
        assert read(ask(library, run)).step == 10 and len(reads) == 1

    def test_a_data_set_is_read_once_for_all_runs_on_it(self, make, monkeypatch):
        runs, library, reads = [make("one"), make("two")], Library(), []
        read = prepare.prepare
        monkeypatch.setattr(prepare, "prepare", lambda *given: reads.append(1) or read(*given))
        assert {type(ask(library, run)) for run in runs} == {Answers} and len(reads) == 1

    def test_only_the_models_asked_about_last_are_kept(self, make, monkeypatch):
        monkeypatch.setattr(read_only, "MOST_MODELS", 2)
        library = Library()
        one, two, three = (make(name) for name in ("one", "two", "three"))
        for run in (one, two, one, three):
            ask(library, run)
        assert list(library._models) == [str(one.path), str(three.path)]

    @pytest.mark.parametrize("trouble", ["gone", "damaged", "no data", "no device"])
    def test_a_run_that_cannot_be_read_is_refused_in_one_line(self, make, tmp_path, monkeypatch, trouble):
        run, library = make("one"), Library()
        if trouble == "gone":
            shutil.rmtree(run.path)
        elif trouble == "damaged":
            for path in run.checkpoint_files():
                path.write_bytes(b"x")
        elif trouble == "no data":
            shutil.rmtree(tmp_path / "MNIST")
        else:
            file = (run.path / "run.json").read_text()
            (run.path / "run.json").write_text(file.replace('"device": "cpu"', '"device": "mps"'))
        refused = ask(library, run)
        said = {
            "gone": "can't read",
            "damaged": "is damaged",
            "no data": "is missing",
            "no device": "--device mps",
        }
        assert isinstance(refused, Refused) and said[trouble] in refused.message
        assert "\n" not in refused.message and "couldn't do that" not in refused.message

    def test_it_refuses_to_steer(self):
        assert Library().answer(Pause()) == Refused("this run isn't training")


def test_a_read_only_engine_ends_when_no_viewer_is_left(make, tmp_path, monkeypatch):
    monkeypatch.setattr(read_only, "ALONE_SECONDS", 0.3)
    run = make("one")
    socket, answers = Path(f"{run.socket}.answers"), []

    def probe_and_pause():
        until(socket.exists)
        client = EngineClient(socket)
        answers.extend(client.ask(request) for request in (activations_of(7, str(run.path)), Pause()))
        client.close()

    with running(probe_and_pause), one_thread():
        read_only.serve(socket)
    assert [type(answer) for answer in answers] == [Answers, Refused] and not socket.exists()


def test_a_heavy_question_is_answered_over_the_socket_with_progress_while_others_are_asked(
    make, tmp_path, monkeypatch
):
    monkeypatch.setattr(read_only, "ALONE_SECONDS", 0.3)
    monkeypatch.setattr(servers, "PROGRESS_SECONDS", 0.0)
    monkeypatch.setattr(sets, "PART_NUMBERS", 1)
    monkeypatch.setattr(probes, "LIGHT", 28 * probes.ALONE)
    run = make("one")
    socket, told, replies = Path(f"{run.socket}.answers"), [], []

    def view():
        until(socket.exists)
        light, heavy = EngineClient(socket), EngineClient(socket)
        light.open()

        def tell(share):
            told.append(share)
            if len(told) < 4:  # between two parts, on a connection of its own
                replies.append(light.ask(activations_of(len(told), str(run.path))))

        request = Ask(Selection(run=str(run.path), subject=Samples()), (Question("evaluation"),))
        replies.append(heavy.ask(request, progress=tell))
        light.close()
        heavy.close()

    with running(view), one_thread():
        read_only.serve(socket)
    assert [answer_in(reply).what for reply in replies] == ["activations"] * 3 + ["evaluation"]
    count = answer_in(replies[-1]).facts["samples"]
    assert told == sorted(told)
    assert [*dict.fromkeys(told)] == pytest.approx([number / count for number in range(count + 1)])


class TestLingering:
    """An engine that has trained goes on answering on the connections that are open."""

    def linger(self, run, view, ended=None):
        """Train a run while a viewer connects at step 3; `view` gets its client once the run is free."""
        clients: list[EngineClient] = []

        def sink(event):
            if isinstance(event, StepTrained) and event.step == 3:
                clients.append(EngineClient(run.socket))
                clients[0].open()

        def watch():
            until(lambda: clients and run.engine_pid() is None)
            view(clients[0])
            clients[0].close()

        with running(watch), one_thread():
            state = lifecycle.train(run, sink, lingers=True)
            (ended or Event()).set()
            return state

    @pytest.fixture
    def run(self, tmp_path):
        """A new run."""
        write_tiny_mnist(tmp_path)
        return create_run(tmp_path / "runs", tiny_config(tmp_path, epochs=2), "one")

    def test_it_answers_about_the_last_step_and_refuses_to_steer(self, run):
        answers = []

        def view(client):
            assert not run.socket.exists()
            with pytest.raises(EngineGone):
                EngineClient(run.socket).open()
            answers.extend(
                map(
                    client.ask, (activations_of(7), FindSample(0), Pause(), activations_of(7, "/another/run"))
                )
            )

        assert self.linger(run, view) == "finished"
        probed, found, refused, other = answers
        assert (read(probed).step, probed.state) == (10, None) and isinstance(found, SampleFound | Refused)
        assert refused == other == Refused("this run isn't training")

    @pytest.mark.slow
    def test_a_training_that_resumes_meanwhile_is_not_disturbed(self, run):
        answers = []

        def view(client):
            resumed = [sys.executable, "-m", "explorer", "engine", str(run.path), "--epochs", "3"]
            with subprocess.Popen(resumed) as process:
                while process.poll() is None:
                    answers.append(client.ask(activations_of(7)))
                    time.sleep(0.05)
            assert process.returncode == 0 and not run.socket.exists()

        assert self.linger(run, view) == "finished"
        assert {read(answer).step for answer in answers} == {10}
        steps = [event.step for event in read_events(run.events) if isinstance(event, StepTrained)]
        assert steps == list(range(1, 16))

    def test_it_ends_when_the_folder_is_deleted(self, run):
        ended, waited = Event(), []

        def view(client):
            shutil.rmtree(run.path)
            waited.append(ended.wait(DEADLINE))

        assert self.linger(run, view, ended) == "finished"
        until(lambda: waited)
        assert waited == [True] and not run.path.exists()

    def test_it_ends_in_time_even_if_a_viewer_stays(self, run, monkeypatch):
        monkeypatch.setattr(lingering, "LINGER_SECONDS", 0.2)
        ended, waited = Event(), []
        assert self.linger(run, lambda client: waited.append(ended.wait(DEADLINE)), ended) == "finished"
        until(lambda: waited)
        assert waited == [True]
