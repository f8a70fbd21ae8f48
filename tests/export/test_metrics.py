"""Every number of every step as a table: exact, none dropped, and what isn't finite spelt."""

from __future__ import annotations

import csv
import io
import math
import sys
from pathlib import Path

import pytest
from kit.facts import changed, evaluated, started, stepped

from explorer.export.metrics import export_metrics
from explorer.export.wanted import Wanted
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.events import encode
from explorer.runs.folder import RunFolder
from explorer.system.errors import GatescopeError, UsageError

LOSSES = [2.302585092994046, math.nan, 1 / 3, math.inf, -math.inf, 0.1 + 0.2, 1e-300]


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    """Seven steps, four an epoch, with a pause of an hour, two evaluations, and some updates."""
    made = create_run(tmp_path, configure({"cell": "gru", "seed": "3"}), "one-two")
    events = [started(steps_per_epoch=4, clock=1.0), changed("training", clock=1.0)]
    events.append(evaluated(0, loss=2.5, clock=1.0))
    for step, loss in enumerate(LOSSES, start=1):
        updates = {"updates": {"W_hh": 0.001 * step}} if step % 2 else {}
        hour = 3600 if step > 3 else 0
        if step == 4:
            events += [changed("paused", clock=1.3), changed("training", clock=3601.3)]
        events.append(
            stepped(step, loss=loss, gradient_norm=0.1 * step, clock=1 + hour + 0.1 * step, **updates)
        )
    events.append(evaluated(4, loss=math.nan, clock=3602.0))
    made.events.write_bytes(b"".join(map(encode, events)))
    return made


def table(run: RunFolder, kind: str | None = None, **options) -> list[dict[str, str]]:
    """Return the rows of the exported csv."""
    path = run.path.parent / "m.csv"
    export_metrics(run, "metrics", Wanted(kind, path, True, lambda line: None, options=options))
    return list(csv.DictReader(io.StringIO(path.read_text())))


def test_every_number_of_every_step_is_there_to_the_last_digit(run: RunFolder) -> None:
    rows = table(run)
    assert list(rows[0]) == ["run", "cell", "seed", "step", "epoch", "seconds", "name", "value"]
    assert {(row["run"], row["cell"], row["seed"]) for row in rows} == {("one-two", "gru", "3")}
    read = {name: [row for row in rows if row["name"] == name] for name in {row["name"] for row in rows}}
    assert {name: len(some) for name, some in read.items()} == {
        **dict.fromkeys(("loss", "accuracy", "gradient_norm", "learning_rate", "samples_per_second"), 7),
        **{"update W_hh": 4, "test_loss": 2, "test_accuracy": 2},
    }
    assert [row["value"] for row in read["loss"]] == [repr(loss) for loss in LOSSES]
    assert [row["value"] for row in read["gradient_norm"]] == [repr(0.1 * step) for step in range(1, 8)]
    assert [(row["step"], row["epoch"], row["value"]) for row in read["test_loss"]] == [
        ("0", "0", "2.5"),
        ("4", "1", "nan"),
    ]
    assert [row["epoch"] for row in read["loss"]] == ["1"] * 4 + ["2"] * 3
    assert [row["step"] for row in read["update W_hh"]] == ["1", "3", "5", "7"]


def test_seconds_are_those_of_training_without_the_pause(run: RunFolder) -> None:
    seconds = [float(row["seconds"]) for row in table(run) if row["name"] == "loss"]
    assert seconds == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7], abs=1e-5)


def test_smoothing_adds_a_column_and_changes_no_value(run: RunFolder) -> None:
    plain, smooth = table(run), table(run, smooth="0.5")
    assert [{**row, "smoothed": None} for row in plain] == [{**row, "smoothed": None} for row in smooth]
    losses = [float(row["smoothed"]) for row in smooth if row["name"] == "loss"]
    a, b, c = LOSSES[0], LOSSES[2], LOSSES[5]
    wanted = [a, math.nan, (a / 2 + b) / 1.5, math.nan, math.nan, (a / 4 + b / 2 + c) / 1.75]
    assert losses[:6] == pytest.approx(wanted, nan_ok=True, rel=1e-12)
    tested = [(row["value"], row["smoothed"]) for row in smooth if row["name"] == "test_loss"]
    assert tested == [("2.5", "2.5"), ("nan", "nan")]


@pytest.mark.parametrize("text", ["1", "-0.1", "much", "nan"])
def test_a_smoothing_that_there_is_not_is_refused(run: RunFolder, text: str) -> None:
    with pytest.raises(UsageError, match="--smooth takes off, light, strong, or a number"):
        table(run, smooth=text)


def test_without_pyarrow_parquet_is_one_line_and_leaves_nothing(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(GatescopeError, match=r"parquet needs pyarrow: pip install 'gatescope\[parquet\]'"):
        export_metrics(run, "metrics", Wanted("parquet", None, False, lambda line: None))
    assert not list(run.exports.iterdir())


def test_parquet_holds_what_csv_does(run: RunFolder) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    path = run.path.parent / "m.parquet"
    export_metrics(run, "metrics", Wanted(None, path, False, lambda line: None, options={"smooth": "light"}))
    rows = parquet.read_table(path).to_pylist()
    assert [{name: str(value) for name, value in row.items()} for row in rows] == table(run, smooth="light")
