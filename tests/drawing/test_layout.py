"""Drawings are readable: straight wires, crossings that are bridges, and no label or box on a wire."""

from __future__ import annotations

import random

import pytest
from kit.minimal import minimal

from explorer.drawing.layered import lay_out
from explorer.drawing.plan import NUMBER, Plan, Point, pieces
from explorer.drawing.strokes import DOWN, LEFT, RIGHT, UP, Strokes
from explorer.drawing.table import DRAWINGS, plan_of
from explorer.engine.probes.operations import operations_of
from explorer.runs.events import OperationInfo
from models.registry import layer_class


def made_up(seed: int) -> list[OperationInfo]:
    """Return the operations of a cell that nobody would write."""
    some = random.Random(seed)
    found = [OperationInfo("h"), OperationInfo("c"), OperationInfo("x_t"), OperationInfo("W_ih", [2])]
    for number in range(some.randint(5, 15)):
        name = some.choice(["", "", f"a{number}"])
        operands = some.sample(range(len(found)), some.choice([1, 2, 2]))
        sign = some.choice(["×", "+"] if len(operands) == 2 else ["σ", "tanh", "1−"])
        found.append(OperationInfo(sign, operands, name))
    last = len(found) - 1
    return [*found, OperationInfo("h'", [last]), OperationInfo("c'", [last - 2])]


def drawings() -> dict[str, Plan]:
    """Return every drawing by hand, and in layers that of every cell."""
    found = {cell: plan_of(cell, [], []) for cell in DRAWINGS}
    layers = {cell: layer_class(cell)(3, 2) for cell in DRAWINGS} | {"minimal": minimal()}
    found |= {f"{cell} in layers": lay_out(operations_of(layer), []) for cell, layer in layers.items()}
    found |= {f"made up {seed}": lay_out(made_up(seed), []) for seed in range(20)}
    return {name: plan for name, plan in found.items() if plan is not None}


every_drawing = pytest.mark.parametrize(
    "plan", [pytest.param(plan, id=name) for name, plan in drawings().items()]
)


def box(plan: Plan, key: str) -> set[Point]:
    """Return the cells that an operation's box takes."""
    (column, line), wide = plan.operations[key].at, plan.width(key)
    return {(column - wide // 2 + number, line) for number in range(wide)}


def boxes(plan: Plan) -> dict[str, set[Point]]:
    """Return the cells of every box, and of every arrow's head."""
    return {key: box(plan, key) for key in plan.operations if not plan.is_input(key)}


def labels(plan: Plan) -> list[set[Point]]:
    """Return the cells of every label with the longest number."""
    sizes = [(one, 0 if plan.operations[one.of].sign == "x_t" else NUMBER) for one in plan.labels]
    return [{(one.at[0] + column, one.at[1]) for column in range(one.wide + number)} for one, number in sizes]


@every_drawing
def test_wires_run_straight_along_the_grid_and_within_it(plan: Plan) -> None:
    for wire in plan.wires:
        for one, other in pieces(plan.path(wire)):
            assert (one[0] == other[0]) != (one[1] == other[1])
    for column, line in Strokes.of(plan).cells:
        assert 0 <= column < plan.columns and 0 <= line < plan.lines


@every_drawing
def test_two_values_meet_only_where_one_crosses_the_other_on_a_bridge(plan: Plan) -> None:
    taken = set().union(*boxes(plan).values())
    strokes = Strokes.of(plan)
    bridges = {at for at, _ in strokes.bridges}
    shared = {at for at, values in strokes.cells.items() if len(values) > 1}
    assert shared - taken == bridges
    for at in bridges:
        assert sorted(strokes.cells[at].values()) == [LEFT | RIGHT, UP | DOWN]


@every_drawing
def test_a_wire_touches_no_box_but_those_at_its_ends(plan: Plan) -> None:
    taken = boxes(plan)
    for wire in plan.wires:
        cells = Strokes.of(plan._replace(wires=(wire,))).cells
        for key, box in taken.items():
            assert key in (wire.source, wire.target) or not box & cells.keys()


@every_drawing
def test_nothing_is_written_on_a_wire_a_box_or_another_label(plan: Plan) -> None:
    wires, said = {*Strokes.of(plan).cells}, labels(plan)
    for number, label in enumerate(said):
        assert not label & wires
        assert not any(label & box for box in boxes(plan).values())
        assert not any(label & other for other in said[:number])
        assert all(0 <= column < plan.columns and 0 <= line < plan.lines for column, line in label)
    taken = [*boxes(plan).values()]
    assert sum(map(len, taken)) == len(set().union(*taken))


@every_drawing
def test_a_value_that_parts_does_so_at_a_junction_of_its_own(plan: Plan) -> None:
    strokes = Strokes.of(plan)
    for at, source in strokes.junctions:
        assert len([wire for wire in plan.wires if wire.source == source]) > 1
        assert strokes.cells[at].keys() == {source}
