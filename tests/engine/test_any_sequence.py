"""Runs on a file of sequences: from one timestep to a thousand, and what becomes of them without the file."""

from __future__ import annotations

import io
import json
import os
import shutil
from array import array
from pathlib import Path

import numpy as np
import pytest
from kit.asking import activations_of, answer_in
from kit.digits import ignore
from kit.sequences import some, trained, write
from kit.trainings import on_record, one_thread, require_same

from explorer.commands.progress import Lines, Progress
from explorer.engine import lifecycle
from explorer.engine.data.sequences import read_sequences
from explorer.engine.learning.batches import Scaling
from explorer.engine.read_only import Library
from explorer.engine.record.checkpoints import newest_model
from explorer.export.answer import export_answer
from explorer.export.wanted import Wanted
from explorer.protocol.messages import FindSample, Refused, Reply, SampleFound
from explorer.protocol.questions import Array, Ask, Given, Question, Sample, Selection
from explorer.runs.events import Evaluated, RunStarted, Warned
from explorer.runs.folder import RunFolder
from explorer.runs.history import read_history
from explorer.runs.reader import read_events, read_start
from explorer.runs.shape import Shape
from explorer.runs.summary import Summary, summarise
from explorer.system.errors import GatescopeError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file of 12 sequences of three classes."""
    return write(tmp_path / "some.npz", **some())


def start_of(run: RunFolder) -> RunStarted:
    """How a run started."""
    started = read_start(run.events)
    assert started is not None
    return started


def ask(run: RunFolder, index: int = 1, library: Library | None = None) -> Reply:
    """Ask for the activations of a test sample."""
    return (library or Library(lambda line: None)).answer(activations_of(index, str(run.path)))


def test_classes_that_no_training_sample_has_are_named_until_a_checkpoint_is_saved(tmp_path: Path) -> None:
    """A test set this small is read whole within an epoch, too, which ends none."""
    arrays = some(20, classes=2)
    path = write(tmp_path / "some.npz", **arrays, x_test=arrays["x"], y_test=np.arange(20) % 4)
    run, said = trained(tmp_path / "runs", path), io.StringIO()
    progress = Progress(Lines(said), batch_size=4)
    for event in read_events(run.events):
        progress(event)
    doubt = "some.npz: 10 of 20 test samples are of classes 2, 3, of which y has none: they can't be learnt"
    (warned,) = (event for event in read_events(run.events) if isinstance(event, Warned))
    assert warned.message == doubt and read_history(run.events).warned is None
    lines = said.getvalue().splitlines()
    assert f"warning: {doubt}" in lines
    assert sum("test accuracy" in line for line in lines) == 1
    assert sum(isinstance(event, Evaluated) and event.whole for event in read_events(run.events)) > 2


CORNERS = [("lstm", 1, 3, 2), ("gru", 9, 1, 3), ("rnn", 3, 2, 100), ("lstm", 1000, 1, 2), ("gru", 2, 512, 2)]
"""A cell, and the timesteps, inputs and classes of a file."""


@pytest.mark.parametrize(("cell", "timesteps", "inputs", "classes"), CORNERS)
def test_sequences_of_any_shape_are_learnt_evaluated_asked_about_and_exported(
    tmp_path: Path, cell: str, timesteps: int, inputs: int, classes: int
) -> None:
    arrays = some(2 * classes + 4, timesteps, inputs, classes)
    path = write(tmp_path / "some.npz", **arrays, x_test=arrays["x"], y_test=arrays["y"])
    run = trained(tmp_path / "runs", path, cell=cell)
    started, history, seen = start_of(run), read_history(run.events), summarise(run)
    assert started.shape == Shape(timesteps, inputs, tuple(map(str, range(classes))))
    assert history.evaluated_whole is not None and history.evaluated_whole.samples == 2 * classes + 4
    assert len(history.evaluated_whole.confusion) == classes
    assert isinstance(seen, Summary) and seen.accuracy == history.evaluated_whole.accuracy

    answer = answer_in(ask(run))
    assert answer.arrays["h"].shape == (timesteps, 4) and answer.facts["label"] == 1
    assert [*answer.arrays["input"].numbers] == arrays["x"][1].astype("f4").flatten().tolist()
    model, _ = newest_model(run, run.read().config, started.shape)
    dataset = read_sequences(path, 0, ignore)
    scaled = Scaling.of(dataset.test, "standard", started.file)(dataset.test.x[1:2])
    wanted = model(scaled).softmax(1)[0].tolist()
    assert [*answer.arrays["probabilities"].numbers] == pytest.approx(wanted, abs=1e-6)

    for kind in ("json", "csv", "npz"):
        output = tmp_path / f"belief.{kind}"
        wanted_file = Wanted(None, output, False, lambda line: None, selection=Selection(subject=Sample(1)))
        export_answer(run, "belief", wanted_file)
    belief = json.loads((tmp_path / "belief.json").read_text())["arrays"]["belief"]["values"]
    assert np.load(tmp_path / "belief.npz")["belief"].shape == (timesteps, classes)
    assert (len(belief), len(belief[-1])) == (timesteps, classes)
    assert belief[-1] == pytest.approx(wanted, abs=1e-6)
    assert len((tmp_path / "belief.csv").read_text().splitlines()) == 1 + timesteps * classes


def test_a_question_is_about_the_real_timesteps_of_a_sample_alone(tmp_path: Path) -> None:
    arrays, lengths = some(), np.arange(12) % 5 + 1
    test = {"x_test": arrays["x"], "y_test": arrays["y"], "lengths_test": lengths}
    run = trained(tmp_path / "runs", write(tmp_path / "some.npz", **arrays, lengths=lengths, **test))
    library = Library(lambda line: None)
    for index in range(4):
        answer = answer_in(ask(run, index, library))
        assert answer.arrays["f"].shape == (index + 1, 4)
        assert [*answer.arrays["input"].numbers] == arrays["x"][index, : index + 1].astype(
            "f4"
        ).flatten().tolist()
    found = library.answer(FindSample(0, run=str(run.path)))
    assert isinstance(found, SampleFound | Refused)
    if isinstance(found, SampleFound):
        answer = answer_in(ask(run, found.index, library))
        assert answer.facts["label"] != answer.facts["predicted"]


class TestTheFileOfARun:
    def test_its_path_size_checksum_and_scaling_are_on_record(self, tmp_path: Path, file: Path) -> None:
        run = trained(tmp_path / "runs", file)
        assert run.read().config.dataset == start_of(run).dataset == str(file)
        assert start_of(run).file == read_sequences(file, 0, ignore).file

    def test_a_resume_with_the_same_file_ends_with_the_same_bits(self, tmp_path: Path, file: Path) -> None:
        whole, parts = (trained(tmp_path / "runs", file, name, epochs=3) for name in ("whole", "parts"))
        parts.checkpoint_files()[0].unlink()  # as if it had been killed after step 7 of 9
        begun, _, _ = parts.events.read_bytes().partition(b'{"event":"StepTrained","step":8,')
        parts.events.write_bytes(begun)
        with one_thread():
            assert lifecycle.train(parts) == "finished"
        models = [newest_model(run, run.read().config, start_of(run).shape)[0] for run in (whole, parts)]
        require_same(models[0].state_dict(), models[1].state_dict())
        assert on_record(parts) == on_record(whole)

    @pytest.mark.parametrize("harm", ["other", "missing"])
    def test_a_resume_without_it_is_refused_in_one_line_and_changes_nothing(
        self, tmp_path: Path, file: Path, harm: str
    ) -> None:
        run, content = trained(tmp_path / "runs", file), file.read_bytes()
        before = run.events.read_bytes(), run.read()
        file.unlink() if harm == "missing" else write(file, **some(seed=1))
        with one_thread(), pytest.raises(GatescopeError) as caught:
            lifecycle.train(run, epochs=2)
        said = {"missing": "is missing; put it back", "other": "is another file than this run learns from"}
        assert str(caught.value).startswith(f"{file} {said[harm]}") and str(caught.value).isprintable()
        assert (run.events.read_bytes(), run.read()) == before
        file.write_bytes(content)
        with one_thread():
            assert lifecycle.train(run, epochs=2) == "finished"

    def test_a_new_run_on_a_wrong_file_leaves_no_folder(self, tmp_path: Path, file: Path) -> None:
        write(file, x=np.zeros((4, 2)), y=np.zeros(4))
        with pytest.raises(GatescopeError, match="y holds float64; expected whole numbers or names"):
            trained(tmp_path / "runs", file)
        assert not list((tmp_path / "runs").iterdir())

    def test_other_options_are_those_of_any_data_set(self, tmp_path: Path, file: Path) -> None:
        """The notebook's recipe scales a file as any other does: by the training samples' own numbers."""
        run = trained(tmp_path / "runs", file, preset="notebook", cell="gru")
        model, _ = newest_model(run, run.read().config, start_of(run).shape)
        assert model.head_kind == "sigmoid"
        dataset = read_sequences(file, 0, ignore)
        scaled = Scaling.of(dataset.test, "whole-set", dataset.file)(dataset.test.x[1:2])
        found = [*answer_in(ask(run)).arrays["probabilities"].numbers]
        assert found == pytest.approx(model(scaled)[0].tolist(), abs=1e-6)


class TestReadOnly:
    @pytest.fixture
    def library(self) -> Library:
        return Library(lambda line: None)

    def test_without_the_file_it_says_so_and_answers_about_given_inputs(
        self, tmp_path: Path, file: Path, library: Library
    ) -> None:
        run = trained(tmp_path / "runs", file)
        sample = read_sequences(file, 0, ignore).test.x[1]
        x = Array(("timestep", "input"), (5, 3), "float32", array("f", sample.flatten().tolist()).tobytes())
        given = Ask(Selection(run=str(run.path), subject=Given(x)), (Question("activations"),))
        before = answer_in(library.answer(given)).arrays
        assert before["h"] == answer_in(ask(run, 1, library)).arrays["h"]
        aside = file.rename(tmp_path / "aside")
        missing = Refused(f"{file} is missing; put it back, or start a new run on another file")
        assert ask(run, 1, library) == library.answer(FindSample(0, run=str(run.path))) == missing
        assert answer_in(library.answer(given)).arrays == before
        assert answer_in(Library(lambda line: None).answer(given)).arrays == before
        aside.rename(file)
        assert answer_in(ask(run, 1, library)).arrays["h"] == before["h"]

    def test_another_file_is_not_taken_for_the_run_s_own(
        self, tmp_path: Path, file: Path, library: Library
    ) -> None:
        old = trained(tmp_path / "runs", file, "old")
        before, status = answer_in(ask(old, 1, library)), file.stat()
        shutil.copy(file, tmp_path / "aside")
        write(file, **some(seed=1))
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
        new = trained(tmp_path / "runs", file, "new")
        refused, other = ask(old, 1, library), answer_in(ask(new, 1, library))
        assert isinstance(refused, Refused) and "is another file than this run learns from" in refused.message
        assert other.arrays["input"] != before.arrays["input"]
        shutil.copy(tmp_path / "aside", file)
        assert answer_in(ask(old, 1, library)) == before
        assert isinstance(ask(new, 1, library), Refused)

    def test_each_run_has_the_test_samples_that_its_seed_holds_out(
        self, tmp_path: Path, file: Path, library: Library
    ) -> None:
        write(file, **some(count=60))
        for seed in (0, 1):
            run = trained(tmp_path / "runs", file, f"seed-{seed}", seed=seed)
            held = read_sequences(file, seed, ignore).test
            found = answer_in(ask(run, 3, library))
            assert [*found.arrays["input"].numbers] == held.x[3].flatten().tolist()
            assert found.facts["samples"] == len(held.labels) == 12
