"""The exports `sources` and `unit`: their numbers in each format, at a kept step, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from kit.asking import answer_in
from kit.sequences import some, trained, write
from kit.trainings import one_thread
from msgspec.structs import replace

from explorer.engine.read_only import Library
from explorer.export.answer import export_answer
from explorer.export.wanted import Wanted
from explorer.protocol.questions import Answer, Ask, Intervention, Question, Sample, Selection, Wipe
from explorer.runs.folder import RunFolder
from explorer.system.errors import UsageError

EARLY = Selection(subject=Sample(1), moment=1, intervention=Intervention(wipe=(Wipe(3),), append_blank=1))
UNIT = {"unit": 2}


@pytest.fixture(scope="module")
def gru(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run over sequences of 5 timesteps of 3 inputs, 3 classes."""
    place = tmp_path_factory.mktemp("memory")
    return trained(place, write(place / "a.npz", **some()), cell="gru")


def export(folder: RunFolder, what: str, output: Path | None, **options: int) -> None:
    """Export an answer about the sample, as it was at step 1."""
    with one_thread():
        export_answer(folder, what, Wanted(None, output, False, print, selection=EARLY, options=options))


@pytest.mark.parametrize(("what", "options"), [("sources", {}), ("unit", UNIT)])
def test_each_format_has_the_numbers_of_a_kept_step(
    gru: RunFolder, tmp_path: Path, what: str, options: dict[str, int]
) -> None:
    selection = replace(EARLY, run=str(gru.path))
    with one_thread():
        answer: Answer = answer_in(Library().answer(Ask(selection, (Question(what, {**options}),))))
    for kind in ("json", "csv", "npz"):
        export(gru, what, tmp_path / f"a.{kind}", **options)
    told = json.loads((tmp_path / "a.json").read_text())
    assert (told["step"], told["facts"]) == (1, answer.facts)
    assert told["asked"].get("unit") == options.get("unit")
    packed = np.load(io.BytesIO((tmp_path / "a.npz").read_bytes()))
    rows = [*csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))]
    for name, part in answer.arrays.items():
        wanted = np.array(part.numbers.tolist(), np.float32).reshape(part.shape)
        assert (packed[name] == wanted).all()
        assert (np.array(told["arrays"][name]["values"], np.float32) == wanted).all()
        lines = [row for row in rows if row["array"] == name]
        assert [np.float32(row["value"]) for row in lines] == wanted.ravel().tolist()
        for place, row in zip(np.ndindex(part.shape), lines, strict=True):
            for axis, at in zip(part.axes, place, strict=True):
                assert int(row[axis]) == at + (axis in ("timestep", "written_at"))
    shown = answer.arrays["sources" if what == "sources" else "terms"]
    assert shown.axes == ("written_at", "timestep") and shown.shape == (6, 6)


def test_a_unit_that_there_is_not_is_a_mistake_of_the_command(gru: RunFolder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--unit: the units are 0 to 3, not 4$"):
        export(gru, "unit", tmp_path / "a.json", unit=4)
    assert not (tmp_path / "a.json").exists()


def test_of_a_plain_rnn_sources_is_refused_before_anything_is_computed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(tmp_path, write(tmp_path / "a.npz", **some()), cell="rnn")
    monkeypatch.setattr(Library, "answer", None)
    why = (
        "sources: a plain RNN overwrites its memory at every timestep, so there are no parts to trace; "
        "ask a run of lstm or gru"
    )
    with pytest.raises(UsageError) as refused:
        export(run, "sources", None)
    assert str(refused.value) == why and not run.exports.exists()
