"""The drawing of a cell that nobody laid out: from left to right, each operation after what it reads."""

from __future__ import annotations

from collections.abc import Sequence

from explorer.drawing.layers import Layers
from explorer.drawing.plan import NUMBER, Label, Operation, Plan, Point
from explorer.drawing.routes import Routes
from explorer.runs.events import OperationInfo


def lay_out(operations: Sequence[OperationInfo], equations: Sequence[str]) -> Plan:
    """A drawing of some operations.

    Args:
        operations: each after those that it reads. What reads nothing comes in, what nobody reads goes out;
            what does neither is left out.
        equations: to stand beside it.
    """
    read = {operand for operation in operations for operand in operation.operands}
    layers = Layers({str(at): one for at, one in enumerate(operations) if one.operands or at in read})
    routes = Routes(layers)
    boxes: dict[str, Operation] = {}
    labels: list[Label] = []
    edges, left = list[int](), 0
    for layer in range(len(layers.places)):
        wide = _put(layers, routes, layer, left, boxes, labels)
        edges.append(left + wide)
        left += wide + routes.columns[layer] + 1
    wires = [*routes.wires(edges, {key: box.at for key, box in boxes.items()})]
    points = [*(box.at for box in boxes.values()), *(label.at for label in labels)]
    points += [corner for wire in wires for corner in wire.via]
    top, bottom = (extreme(line for _, line in points) for extreme in (min, max))

    def lower(point: Point) -> Point:
        return point[0], point[1] - top

    return Plan(
        edges[-1],
        bottom - top + 1,
        {key: boxes[key]._replace(at=lower(boxes[key].at)) for key in layers.flow},
        tuple(wire._replace(via=tuple(map(lower, wire.via))) for wire in wires),
        tuple(label._replace(at=lower(label.at)) for label in labels),
        tuple(equations),
    )


def _put(
    layers: Layers, routes: Routes, layer: int, left: int, boxes: dict[str, Operation], labels: list[Label]
) -> int:
    """Put the operations of a layer, and their labels, from a column on; return how many that takes."""
    here = {key: layers.flow[key] for key in layers.places[layer] if layers.of[key] == layer}
    state = {one.sign.removesuffix("'") for key, one in layers.flow.items() if layers.goes_out(key)}
    ends = [one.sign for key, one in here.items() if not one.operands or layers.goes_out(key)]
    letters = max(map(len, ends), default=0)
    inner = [one for key, one in here.items() if one.operands and not layers.goes_out(key)]
    named = [one.name for one in inner if one.name not in {"", *state}]  # the state is named at the end
    wide = max(
        [len(one.sign) + 2 for one in inner]
        + [len(name) + NUMBER for name in named]
        + [letters + NUMBER + 2 for _ in ends]
    )
    for key, one in here.items():
        line, letter = layers.lines[key, layer], one.sign.removesuffix("'")
        if layers.goes_out(key):
            boxes[key] = Operation(one.sign, (left, line), colour=letter)
            labels.append(Label(key, (left + 2, line), one.sign, letters))
        elif not one.operands:
            start = left + (wide - 1 if letter in state else letters + 1)
            boxes[key] = Operation(one.sign, (start, line), colour=letter if letter in state else "")
            labels.append(Label(key, (left, line), one.sign, letters))
        else:
            boxes[key] = Operation(one.sign, (left + wide // 2, line), one.name)
            if one.name in named:
                under = -1 if any(to == key and at > line for (_, to), at in routes.entries.items()) else 1
                start = left + (wide - len(one.name) - NUMBER) // 2
                labels.append(Label(key, (start, line + under), one.name, len(one.name)))
    return wide
