"""The answer to a question as a file: every number in it is the engine's, in each format."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from array import array
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.asking import activations_of, answer_in
from kit.fake_engine import FakeEngine
from kit.screen import beginning, learning, new_run
from kit.trainings import one_thread
from kit.viewers import running

from explorer.engine import lifecycle
from explorer.engine.probes import sets
from explorer.engine.read_only import Library
from explorer.export import answer as answers
from explorer.export.answer import export_answer
from explorer.export.data import write_csv, write_json, write_npz
from explorer.export.wanted import Wanted
from explorer.protocol import probes
from explorer.protocol.client import Answered
from explorer.protocol.questions import (
    Answer,
    Answers,
    Array,
    Given,
    Intervention,
    Sample,
    Samples,
    Selection,
    Span,
    Unanswerable,
    Wipe,
)
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import Evaluated
from explorer.runs.folder import RunFolder
from explorer.runs.reader import read_events
from explorer.system.errors import GatescopeError, UsageError


@pytest.fixture(scope="module")
def trained(place: Path) -> RunFolder:
    """A run of ten steps."""
    from kit.digits import tiny_config

    run = create_run(place / "answers", tiny_config(place, epochs=2), "one")
    with one_thread():
        lifecycle.train(run)
    return run


def wanted(output: Path | None, kind: str | None = None, **more: object) -> Wanted:
    """Return what to write."""
    return Wanted(kind, output, False, lambda line: None, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["json", "csv", "npz"])
def test_each_format_has_every_number_of_the_answer(trained: RunFolder, tmp_path: Path, kind: str) -> None:
    with one_thread():
        export_answer(
            trained, "activations", wanted(tmp_path / f"a.{kind}", selection=Selection(subject=Sample(7)))
        )
        answer = answer_in(Library().answer(activations_of(7, str(trained.path))))
    content = (tmp_path / f"a.{kind}").read_bytes()
    if kind == "npz":
        read = np.load(io.BytesIO(content))
        facts = json.loads(str(read["facts"]))
        found = {name: read[name] for name in answer.arrays}
    elif kind == "json":
        facts = json.loads(content)
        found = {name: np.array(facts["arrays"][name]["values"]) for name in answer.arrays}
        assert facts["arrays"]["f"]["axes"] == ["timestep", "unit"]
    else:
        rows = [*csv.DictReader(io.StringIO(content.decode()))]
        found = {name: [row for row in rows if row["array"] == name] for name in answer.arrays}
        for name, part in found.items():
            shape, numbers = answer.arrays[name].shape, answer.arrays[name].numbers
            assert [np.float32(row["value"]) for row in part] == [np.float32(value) for value in numbers]
            if "timestep" in answer.arrays[name].axes:
                assert [int(row["timestep"]) for row in part[:: shape[1]]] == [*range(1, 29)]
        return
    assert (facts["what"], facts["run"], facts["step"]) == ("activations", "one", 10)
    assert facts["asked"]["subject"] == {"type": "sample", "index": 7}
    assert facts["facts"] == answer.facts
    for name, part in answer.arrays.items():
        assert found[name].shape == part.shape
        assert [*found[name].ravel().astype(np.float32)] == [np.float32(value) for value in part.numbers]


def test_a_training_is_asked_for_its_weights_as_they_are_now(tmp_path: Path) -> None:
    engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
    engine.step = 1234
    try:
        export_answer(
            engine.folder,
            "activations",
            wanted(tmp_path / "now.json", selection=Selection(subject=Sample(5))),
        )
    finally:
        engine.end()
    now = json.loads((tmp_path / "now.json").read_text())
    assert (now["step"], now["facts"]["label"]) == (1234, 5)


@pytest.mark.parametrize("trains", [True, False], ids=["a training", "nothing"])
def test_a_heavy_question_is_computed_here_with_lines_that_say_how_far_it_is(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trains: bool
) -> None:
    monkeypatch.setattr(probes, "LIGHT", 0)
    monkeypatch.setattr(sets, "PART_NUMBERS", 1)
    monkeypatch.setattr(answers, "PROGRESS_SECONDS", 0.0)
    lines: list[str] = []
    if trains:  # and has no time
        heavy = Answers((), (Unanswerable("evaluation", "ask another", heavy=True),))
        monkeypatch.setattr(answers, "ask_training", lambda *_, **__: Answered(heavy, None))
    output = tmp_path / "e.json"
    wanted = Wanted(None, output, False, lines.append, selection=Selection(subject=Samples()))
    with (
        one_thread(),
        running(  # a thread of its own: its priority stays low
            lambda: export_answer(trained, "evaluation", wanted)
        ),
    ):
        pass
    written = json.loads(output.read_text())
    own = [event for event in read_events(trained.events) if isinstance(event, Evaluated) and event.whole][-1]
    assert (written["what"], written["step"], written["facts"]["samples"]) == ("evaluation", 10, own.samples)
    assert written["arrays"]["confusion"]["values"] == own.confusion
    shares = [int(line[12:-1]) for line in lines if re.fullmatch(r"evaluation: \d+%", line)]
    assert shares == sorted(shares) and shares[-1] == 100 and len(shares) >= own.samples


def test_what_cannot_be_written_is_refused_before_any_question(trained: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "there.json").write_text("mine")
    for output, kind, words in (
        (tmp_path / "there.json", None, "already exists"),
        (tmp_path / "a.dot", None, "a name ends in .json, .csv, .npz, .svg, .pdf or .png"),
        (tmp_path / "a.csv", "json", "but the format is json"),
        (tmp_path / "no" / "a.csv", None, "there is no folder"),
        (tmp_path, "json", "is a folder; name a file in it with --output"),
        (tmp_path / "a", "dot", "the format is json, csv, npz, svg, pdf or png"),
    ):
        with pytest.raises(UsageError, match=words):
            export_answer(trained, "activations", wanted(output, kind))
    assert [path.name for path in tmp_path.iterdir()] == ["there.json"]


def test_an_activation_that_the_cell_has_not_is_refused_before_any_question(
    trained: RunFolder, tmp_path: Path
) -> None:
    held = Selection(intervention=Intervention(hold={"z": 1.0}))
    with pytest.raises(UsageError, match="this cell's activations are i, f, g, o, c, h, not 'z'"):
        export_answer(trained, "belief", wanted(tmp_path / "a.json", selection=held))
    assert not (tmp_path / "a.json").exists()


def test_a_sample_beyond_the_last_is_refused_and_leaves_no_file(trained: RunFolder, tmp_path: Path) -> None:
    beyond = Selection(subject=Sample(37))
    with one_thread(), pytest.raises(UsageError, match=r"--sample takes .* 0 to 29, not 37"):
        export_answer(trained, "belief", wanted(tmp_path / "a.json", selection=beyond))
    assert not (tmp_path / "a.json").exists()


def test_weights_older_than_the_run_are_named(trained: RunFolder, tmp_path: Path) -> None:
    said: list[str] = []
    kept = [(file, file.read_bytes()) for file in trained.checkpoint_files()]
    for file, _ in kept:
        file.unlink()
    try:
        with one_thread():
            export_answer(trained, "belief", Wanted(None, tmp_path / "a.json", False, said.append))
    finally:
        for file, content in kept:
            file.write_bytes(content)
    assert said[-1].endswith("weights of step 0; the run is at step 10)")


def test_what_the_model_itself_holds_is_a_fact_of_the_answer(tmp_path: Path) -> None:
    config = configure({"cell": "lstm", "hidden": 4, "hold": "f=1"})
    run = create_run(tmp_path / "runs", config, "held")
    with one_thread():
        export_answer(run, "belief", wanted(tmp_path / "a.json"))
    assert json.loads((tmp_path / "a.json").read_text())["facts"]["held"] == "f=1"


@pytest.mark.parametrize(
    "changed",
    [Intervention(silence=(500,)), Intervention(blank=(Span(20, 40),)), Intervention(wipe=(Wipe(40),))],
)
def test_what_there_is_not_is_a_mistake_of_the_command_line(
    trained: RunFolder, tmp_path: Path, changed: Intervention
) -> None:
    with one_thread(), pytest.raises(UsageError, match=r"^--(silence|blank|wipe): "):
        export_answer(
            trained, "belief", wanted(tmp_path / "a.json", selection=Selection(intervention=changed))
        )


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Selection(moment=600), "^no weights were kept at step 600; the nearest is 10$"),
        (
            Selection(subject=Given(Array(("timestep", "input"), (2, 7), "float32", bytes(4 * 14)))),
            r"^this run reads inputs of \(timesteps, 28\) numbers, not \(2, 7\)$",
        ),
    ],
    ids=["moment", "width"],
)
def test_a_moment_that_was_not_kept_and_an_input_of_another_width_are_mistakes_too(
    trained: RunFolder, tmp_path: Path, asked: Selection, why: str
) -> None:
    with one_thread(), pytest.raises(UsageError, match=why):
        export_answer(trained, "belief", wanted(tmp_path / "a.json", selection=asked))
    assert not (tmp_path / "a.json").exists()


@pytest.mark.parametrize("mistake", [False, True])
def test_what_an_engine_calls_a_mistake_is_one_of_the_command_line_whatever_its_words(
    trained: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mistake: bool
) -> None:
    missing = Answers((), (Unanswerable("belief", "--no such thing", mistake=mistake),))
    monkeypatch.setattr(answers, "ask_training", lambda *_, **__: Answered(missing, None))
    with pytest.raises(GatescopeError, match=r"^--no such thing$") as refused:
        export_answer(trained, "belief", wanted(tmp_path / "a.json"))
    assert (refused.type is UsageError) == mistake


def test_a_refusal_is_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
    engine.refuse = "out of memory; close some programs, and ask again"
    try:
        with pytest.raises(GatescopeError, match="out of memory"):
            export_answer(engine.folder, "activations", wanted(tmp_path / "now.json"))
    finally:
        engine.end()
    assert not (tmp_path / "now.json").exists()


def answer_of(*values: float) -> Answer:
    """Return an answer with one array of these numbers."""
    numbers = Array(("unit",), (len(values),), "float32", array("f", values).tobytes())
    facts = {"label": None, "loss": math.nan}
    return Answer(what="x", asked=Selection(subject=Sample(1)), step=2, facts=facts, arrays={"v": numbers})


def test_what_is_not_finite_is_null_in_json_and_named_in_csv() -> None:
    odd = answer_of(math.nan, math.inf, -math.inf, 0.1)
    told = json.loads(write_json(odd, "run"))
    assert told["arrays"]["v"]["values"] == [None, None, None, 0.1]
    assert told["facts"] == {"label": None, "loss": None}
    lines = write_csv(odd, "run").decode().splitlines()
    assert lines == ["array,unit,value", "v,0,nan", "v,1,inf", "v,2,-inf", "v,3,0.1"]
    assert np.isnan(np.load(io.BytesIO(write_npz(odd, "run")))["v"][0])


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=20))
def test_every_float_comes_back_to_the_bit(values: list[float]) -> None:
    answer = answer_of(*values)
    wanted = [np.float32(value) for value in values]
    told = json.loads(write_json(answer, "run"))["arrays"]["v"]["values"]
    assert [np.float32(value) for value in told] == wanted
    rows = [*csv.DictReader(io.StringIO(write_csv(answer, "run").decode()))]
    assert [np.float32(row["value"]) for row in rows] == wanted
    assert [*np.load(io.BytesIO(write_npz(answer, "run")))["v"]] == wanted
