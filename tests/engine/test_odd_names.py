"""A folder whose name is no UTF-8, from an old system: everything works in it, and says its name readably."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest
from kit.asking import activations_of, read
from kit.digits import tiny_config, write_tiny_mnist
from kit.exporting import export_run
from kit.screen import exploring, finished_run
from kit.trainings import one_thread

from explorer.engine import lifecycle
from explorer.engine.read_only import Library
from explorer.protocol.client import EngineClient
from explorer.protocol.messages import FindSample, pack, unpack_reply, unpack_request
from explorer.protocol.questions import Answers
from explorer.runs.catalogue import create_run, find_run, list_runs
from explorer.runs.events import RunStarted, StepTrained, Warned
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events
from explorer.system.path_text import path_text, text_path


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """A folder called caf\\xe9, with a data set in it."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        path.mkdir()
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    write_tiny_mnist(path)
    return path


@pytest.fixture
def run(odd: Path) -> RunFolder:
    """A run in it that was stopped at step 3, and its own folder then renamed likewise."""
    run = create_run(odd / "runs", tiny_config(odd, epochs=2), "one")

    def stop(event: object) -> None:
        if isinstance(event, StepTrained) and event.step == 3:
            os.kill(os.getpid(), signal.SIGTERM)

    with one_thread():
        assert lifecycle.train(run, stop) == "stopped"
    return RunFolder(run.path.rename(Path(os.fsdecode(os.fsencode(run.path) + b"\xe9"))))


def test_a_training_resumes_from_its_newest_checkpoint_and_nothing_is_called_damaged(run: RunFolder) -> None:
    with one_thread():
        assert lifecycle.train(run) == "finished"
    events = list(read_events(run.events))
    starts = [event for event in events if isinstance(event, RunStarted)]
    assert [event.step for event in starts] == [0, 3] and starts[1].run == "one?"
    assert [event.step for event in events if isinstance(event, StepTrained)] == list(range(1, 11))
    assert not any(isinstance(event, Warned) for event in events)
    assert {path.suffix for path in run.checkpoints.iterdir()} == {".safetensors"}
    assert not run.log.exists()


def test_while_it_trains_it_is_reached_even_if_the_folder_of_sockets_is_odd_too(
    odd: Path, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(odd))
    reached = []

    def look(event: object) -> None:
        if isinstance(event, StepTrained) and event.step == 4:
            client = EngineClient(run.socket)
            client.open()
            reached.append(run.engine_pid())
            client.close()

    with one_thread():
        lifecycle.train(run, look)
    assert reached == [os.getpid()]


def test_the_read_only_engine_answers_what_the_screen_asks_about_it(run: RunFolder) -> None:
    library = Library()
    for request in (activations_of(7, path_text(run.path)), FindSample(0, path_text(run.path))):
        answer = unpack_reply(pack(library.answer(unpack_request(pack(request)))))
        if isinstance(answer, Answers):
            assert read(answer).step == 3
    (run.path / "run.json").unlink()
    refused = unpack_reply(pack(library.answer(activations_of(7, path_text(run.path)))))
    assert "can't read" in refused.message


def test_it_is_listed_found_and_drawn(odd: Path, run: RunFolder) -> None:
    assert [found.path for found in list_runs(odd / "runs")] == [run.path]
    assert find_run(odd / "runs", "on").path == run.path.resolve()
    said: list[str] = []
    export_run(run, "step", "dot", None, False, True, said.append)
    [picture] = run.exports.iterdir()
    assert "step 3" in picture.read_text() and "graph-step.dot" in said[-1]


def test_its_data_folder_is_in_run_json_as_a_uri_and_read_from_there(odd: Path, run: RunFolder) -> None:
    said = msgspec.json.decode((run.path / "run.json").read_bytes())["config"]["data_dir"]
    assert said.startswith("file:///") and said.endswith("/caf%E9")
    assert text_path(said) == odd and run.read().config.data_dir == said


async def test_the_explorer_asks_about_it_and_copies_its_path(odd: Path) -> None:
    run = finished_run(odd / "shown")
    async with exploring(odd / "shown") as visit:
        await visit.sees(r"weights of step")
        await visit.press("y")
        await visit.sees("^ sent to the terminal's clipboard: file:///.*/caf%E9/shown/one *$", "MessageLine")
        assert text_path(visit.app.clipboard) == run.path
