"""The cell as a figure: its numbers at their places, the same bytes each time, and no weights needed."""

from __future__ import annotations

import math
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from kit import made_answers
from kit.cells import every_cell
from kit.fake_engine import FakeEngine, activation
from kit.minimal import minimal
from kit.screen import beginning, finished_run, learning, new_run
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from explorer.drawing.colours import colours_of
from explorer.drawing.plan import Plan
from explorer.drawing.reading import read_values
from explorer.drawing.table import plan_of
from explorer.engine.probes.operations import equations_of, operations_of
from explorer.export.cell import export_cell
from explorer.export.figures.cell import Drawing
from explorer.export.figures.drawing import DPI, styled
from explorer.export.figures.formulas import mathematical
from explorer.export.figures.sheet import PAGE, Sheet
from explorer.export.wanted import Wanted
from explorer.protocol.questions import Sample, Selection
from explorer.system.errors import UsageError
from models.registry import CELLS


def drawing(cell: str) -> Plan:
    """Return a drawing, also of the README's cell."""
    layer = minimal()
    plan = plan_of(cell, operations_of(layer), equations_of(layer))
    assert plan is not None
    return plan


def exported(folder: Any, output: Path, **wanted: Any) -> bytes:
    """Export a run's cell, and return the file's content."""
    export_cell(folder, "cell", Wanted(None, output, True, lambda line: None, **wanted))
    return output.read_bytes()


def texts(svg: bytes) -> list[str]:
    """Return each text of an svg without its spaces."""
    found = ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    return ["".join("".join(element.itertext()).split()) for element in found]


@pytest.mark.parametrize(("cell", "kind"), [("lstm", "svg"), ("gru", "pdf"), ("rnn", "png")])
def test_without_values_a_drawing_needs_no_weights_and_is_the_same_each_time(
    tmp_path: Path, cell: str, kind: str
) -> None:
    folder = finished_run(tmp_path, cell=cell)  # which has no checkpoint
    content = exported(folder, tmp_path / f"a.{kind}")
    assert content == exported(folder, tmp_path / f"b.{kind}")
    if kind == "svg":
        untitled = exported(folder, tmp_path / "c.svg", titled=False).decode()
        assert "· one timestep" in content.decode() and "· one timestep" not in untitled
    if kind == "pdf":
        assert b"/Type3" not in content and b"/FontFile2" in content
    if kind == "png":
        about = Image.open(tmp_path / "a.png").text
        assert about["Description"] == f"gatescope export {folder.name} cell --format png"


def test_without_values_neither_torch_nor_a_training_is_asked(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    program = (
        "import sys; from explorer.cli import main; code = main(sys.argv[1:]); "
        "assert 'torch' not in sys.modules and 'matplotlib.pyplot' not in sys.modules; sys.exit(code)"
    )
    command = [
        "export",
        "one",
        "cell",
        "--runs-dir",
        str(tmp_path / "runs"),
        "--output",
        str(tmp_path / "a.svg"),
    ]
    done = subprocess.run(
        [sys.executable, "-c", program, *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.svg").exists()


@every_cell
def test_the_numbers_are_those_of_the_unit_at_the_timestep(tmp_path: Path, cell: str) -> None:
    engine = FakeEngine(new_run(tmp_path, cell=cell), *beginning(cell), *learning(3))
    engine.step = 1234
    options = {"values": True, "timestep": 20, "unit": 5}
    try:
        selection = Selection(subject=Sample(5))
        content = exported(engine.folder, tmp_path / "a.svg", options=options, selection=selection)
        mean = exported(engine.folder, tmp_path / "b.svg", options={"values": True}, selection=selection)
    finally:
        engine.end()
    after, before = (
        {name: activation(gate, row, 5) for gate, name in enumerate(CELLS[cell].activations)}
        for row in (19, 18)
    )
    known = {
        "h": before["h"],
        "h out": after["h"],
        **{name: after[name] for name in after if name not in "ch"},
    }
    if cell == "lstm":
        known |= {"c": before["c"], "c out": after["c"], "squashed": math.tanh(after["c"])}
        known |= {"kept": after["f"] * before["c"], "written": after["i"] * after["g"]}
    if cell == "gru":
        known |= {"rest": 1 - after["z"], "kept": after["z"] * before["h"]}
        known |= {"written": (1 - after["z"]) * after["n"]}
    wanted = [f"{known[label.of]:.2f}".replace("-", "−") for label in drawing(cell).labels if label.of != "x"]
    assert [text for text in texts(content) if re.fullmatch(r"−?\d+\.\d\d", text)] == wanted
    command = re.search(r"gatescope export [^<]*", content.decode())
    assert command and shlex.split(command[0]) == [
        *("gatescope", "export", engine.folder.name, "cell", "--sample", "5", "--moment", "1234"),
        *("--values", "--timestep", "20", "--unit", "5", "--format", "svg"),
    ]
    assert "test sample 5 · timestep 20 · unit 5" in content.decode()
    assert "timestep 28" in mean.decode() and "mean over all units" in mean.decode()


@pytest.mark.parametrize("values", [False, True], ids=["plain", "values"])
@pytest.mark.parametrize("cell", [*CELLS, "minimal"])
def test_no_text_touches_another_and_all_is_on_the_page(cell: str, values: bool) -> None:
    plan = drawing(cell)
    spans = {one.name: "open" for one in plan.operations.values() if one.name}
    answer = made_answers.activations(6, 5, 4, spans)
    numbers = read_values(plan, answer, 3, 2) if values else {}
    with styled("a"):
        sheet = Sheet(None, ())
        Drawing(plan, colours_of([*spans], plan.state), numbers).draw(sheet)
        sheet.figure.dpi = DPI
        canvas = FigureCanvasAgg(sheet.figure)
        canvas.draw()
        renderer = canvas.get_renderer()
        (axes,) = sheet.figure.axes
        boxes = [text.get_window_extent(renderer) for text in axes.texts]
        page = sheet.figure.bbox
    assert page.width / DPI <= PAGE
    for one, box in enumerate(boxes):
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert not any(box.overlaps(other) for other in boxes[:one]), axes.texts[one].get_text()


@pytest.mark.parametrize(
    ("options", "selection", "reason"),
    [
        ({"timestep": 3}, Selection(), "without --values"),
        ({}, Selection(subject=Sample(3)), "without --values"),
        ({"values": True, "timestep": 29}, Selection(), "--timestep: there are 28 timesteps, and no 29"),
        ({"values": True, "unit": 40}, Selection(), r"--unit: the units are 0 to 39, not 40"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_written(
    tmp_path: Path, options: dict[str, Any], selection: Selection, reason: str
) -> None:
    engine = FakeEngine(new_run(tmp_path), *beginning(), *learning(3))
    try:
        with pytest.raises(UsageError, match=reason):
            exported(engine.folder, tmp_path / "a.svg", options=options, selection=selection)
    finally:
        engine.end()
    assert not (tmp_path / "a.svg").exists()


def test_an_equation_that_is_no_mathematics_stays_as_it_is() -> None:
    assert mathematical("n  = tanh(W_in x_t + b_in)") == r"$n = \mathrm{tanh}(W_{in}\,x_{t} + b_{in})$"
    for text in ("a = $5", "b = 100 % of h", r"c = \nothing{", ""):
        assert mathematical(text) == text
