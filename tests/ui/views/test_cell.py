"""The cell on the screen: the values at the cursor on its wires, whole at every size."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.cells import every_cell
from kit.fake_engine import activation
from kit.minimal import minimal
from kit.screen import HIDDEN, ROOMY, exploring, finished_run
from rich.style import Style

from explorer.drawing.table import DRAWINGS, plan_of
from explorer.engine.probes.operations import equations_of, operations_of
from explorer.ui.views.cell_lines import Look, picture

LOOK = Look(lambda name: Style(), Style(), Style())
SIZES = [(62, 18), (84, 13), (76, 17), (200, 40)]
"""What a page leaves it at 160×45 and 120×40, alone at 80×24, and more than it needs."""


def shown(cell: str, size: tuple[int, int], values: dict[str, float] | None = None) -> list[str]:
    """Return the lines of a cell's picture."""
    plan = plan_of(cell, [], [])
    assert plan is not None
    lines = picture(plan, values or {}, "where", size, LOOK)
    return [line.strip(size[0]).text.rstrip() for line in lines]


@every_cell
@pytest.mark.parametrize("size", SIZES)
def test_drawing_and_equations_are_whole_in_every_place_of_a_page(cell: str, size: tuple[int, int]) -> None:
    plan = plan_of(cell, [], [])
    assert plan is not None
    lines = shown(cell, size)
    text = "\n".join(lines)
    assert len(lines) <= size[1] and max(map(len, lines)) <= size[0]
    assert "where" in lines[0] or size == (76, 17)
    for one in plan.operations.values():
        assert one.sign in text
    letters = "".join(text.split())
    for equation in plan.equations:
        for part in equation.split(" + "):
            assert "".join(part.split()) in letters


@pytest.mark.parametrize("cell", list(DRAWINGS))
def test_nothing_but_digits_moves_when_the_numbers_change(cell: str) -> None:
    plan = plan_of(cell, [], [])
    assert plan is not None
    signs = [str.maketrans("0123456789.-", " " * 12)] * 2
    one, other = (dict.fromkeys(plan.operations, value) for value in (-0.5, 99.25))
    first, second = (shown(cell, (62, 18), values)[: plan.lines + 1] for values in (one, other))
    assert first != second
    assert [line.translate(signs[0]).rstrip() for line in first] == [
        line.translate(signs[1]).rstrip() for line in second
    ]


def test_where_the_drawing_does_not_fit_its_size_and_the_equations_are_said() -> None:
    lines = shown("lstm", (40, 8))
    assert lines[0] == "the drawing needs 60×10" and any("c' = f ⊙ c + i ⊙ g" in line for line in lines)


def test_an_unknown_cell_is_drawn_with_the_equations_of_its_own_text() -> None:
    layer = minimal()
    plan = plan_of("minimal", operations_of(layer), equations_of(layer))
    assert plan is not None and plan.columns <= 78
    lines = picture(plan, {}, "", (78, 18), LOOK)
    assert "[1−]" in "\n".join(line.strip(78).text for line in lines)


@every_cell
async def test_the_values_are_those_of_the_unit_and_the_timestep_under_the_cursor(
    tmp_path: Path, cell: str
) -> None:
    finished_run(tmp_path / "runs", cell=cell)
    names = {"lstm": "ifgoch", "gru": "rznh", "rnn": "h"}[cell]
    async with exploring(tmp_path / "runs", ROOMY) as visit:
        await visit.turn_to("cell")
        await visit.sees(r"timestep 28 of 28 · unit 0 · weights of step")
        await visit.press("up", "right", "right")
        await visit.sees(r"timestep 27 of 28 · unit 2 ·")
        after = {name: activation(gate, 26, 2) for gate, name in enumerate(names)}
        before = {name: activation(gate, 25, 2) for gate, name in enumerate(names)}
        text = visit.text_in("#cell")
        for name in [name for name in names if name not in "ch"]:
            columns = 5 if cell == "lstm" and name in "ifo" else 6
            assert f"{name}{after[name]:{columns}.2f}" in text
        for name in [name for name in names if name in "ch"]:
            assert f"{name}'{after[name]:6.2f}" in text and f"{name}{before[name]:6.2f}" in text
        if cell == "lstm":
            assert f"f·c{after['f'] * before['c']:6.2f}" in text
            assert f"i·g{after['i'] * after['g']:6.2f}" in text
        if cell == "gru":
            assert f"z·h{after['z'] * before['h']:6.2f}" in text and f"1−z{1 - after['z']:6.2f}" in text
        await visit.press("home")
        await visit.sees(r"timestep 1 of 28")
        assert "h  0.00" in visit.text_in("#cell")
        await visit.press("u", "end")
        await visit.sees(rf"timestep 28 of 28 · mean of {HIDDEN} units")
        mean = sum(activation(len(names) - 1, 27, unit) for unit in range(HIDDEN)) / HIDDEN
        assert float((await visit.sees(r"h' +(-?\d\.\d\d)"))[1]) == pytest.approx(mean, abs=0.0051)


async def test_a_cell_that_its_run_does_not_describe_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(DRAWINGS, "gru")
    finished_run(tmp_path / "runs", cell="gru")
    async with exploring(tmp_path / "runs", ROOMY) as visit:
        await visit.turn_to("cell")
        await visit.sees("the run doesn't say what its cell computes")
