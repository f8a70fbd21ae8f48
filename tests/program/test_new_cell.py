"""A file in `models/` and one line of registration add a cell to the whole program."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from kit.copied import copy_program, run
from kit.digits import REPOSITORY
from kit.minimal import readme_cell

pytestmark = pytest.mark.slow


def readme_line() -> str:
    """Return the README's line for the registry."""
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^CELLS = \{\.\.\., (.*)\}$", text, re.M)
    assert found
    return found[1]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A copy of the program with the README's cell added as the README says."""
    line = (
        "models/registry.py",
        '    "rnn": Cell("models.rnn:RNN", ("h",), overwrites=True, blocks=1),\n',
        f"    {readme_line()},\n",
    )
    copy_program(tmp_path, {"models/minimal.py": readme_cell()}, [line])
    return tmp_path


def test_a_file_and_a_line_add_a_cell(program: Path) -> None:
    options = ["--cell", "minimal", "--hidden", "8", "--epochs", "1", "--data-dir", "data", "--name", "new"]
    summary = json.loads(run(program, "-m", "explorer", "train", "--json", *options))
    assert summary["cell"] == "minimal"
    assert summary["parameters"] == 2 * 8 * (28 + 8 + 2) + 8 * 10 + 10
    events = (program / "runs" / "new" / "events.jsonl").read_text(encoding="utf-8")
    started = next(event for event in map(json.loads, events.splitlines()) if event["event"] == "RunStarted")
    assert [one["label"] for one in started["activations"]] == ["forget gate", "hidden state"]
    assert "lstm | gru | rnn | minimal" in " ".join(run(program, "-m", "explorer", "train", "--help").split())
    run(program, "-m", "explorer", "export", "new", "graph", "--output", "graph.svg")
    picture = (program / "graph.svg").read_text(encoding="utf-8")
    assert "f · forget gate" in picture
    run(program, "-m", "explorer", "export", "new", "cell", "--output", "cell.svg")
    drawn = (program / "cell.svg").read_text(encoding="utf-8")
    assert "cell: new, MINIMAL, one timestep" in drawn
    probe = (
        "from pathlib import Path; from explorer.engine.record.checkpoints import newest_model;"
        "from explorer.engine.probes.registry import Prober;"
        "from explorer.engine.learning.batches import Scaling;"
        "from explorer.engine.data.dataset import load_dataset; from explorer.runs.folder import RunFolder;"
        "from explorer.protocol.questions import *; folder = RunFolder(Path('runs/new'));"
        "data = load_dataset('mnist', 'data', lambda *_: None);"
        "model, step = newest_model(folder, folder.read().config, data.shape);"
        "ask = Ask(Selection(subject=Sample(3)), (Question('activations'),));"
        "probed = Prober(model, data, Scaling(0.1, 0.3)).answer(ask, step, None).answers[0];"
        "gates = {name: len(part.data) for name, part in probed.arrays.items() if 'unit' in part.axes};"
        "print([*gates], [*gates.values()])"
    )
    assert run(program, "-c", probe).strip() == f"['f', 'h'] {[28 * 8 * 4] * 2}"
    why = (
        "minimal doesn't declare what it keeps and what it writes, so there are no parts to trace; ask a run"
    )
    why += " of lstm or gru"
    refused = run(program, "-m", "explorer", "export", "new", "sources", code=2)
    assert refused == f"gatescope: sources: {why}\n"
