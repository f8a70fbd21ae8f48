"""The drawing of a cell that nobody laid out: from left to right, each operation after what it reads.

Longest-path layering (an operation stands as far left as its operands allow), values that pass a layer get a
place in it, the order within a layer follows the median of the neighbours, and lines the mean of theirs: the
method of Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures",
IEEE Transactions on Systems, Man and Cybernetics 11(2), 1981, made for a grid. Between two layers, each
value turns in a column of its own, so that no two run along each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import mean, median
from typing import Final

from explorer.drawing.plan import NUMBER, Label, Operation, Plan, Point, Wire
from explorer.runs.events import OperationInfo

APART: Final = 3
"""Lines from one place of a layer to the next: its box, its label, and what keeps them apart."""
SWEEPS: Final = 8

_Net = tuple[str, int]
"""A place in a layer: an operation's key, and the layer."""


def lay_out(operations: Sequence[OperationInfo], equations: Sequence[str]) -> Plan:
    """A drawing of some operations; what comes in and goes out is that without operands, or without users."""
    flow = {str(index): operation for index, operation in enumerate(operations)}
    read = {str(operand) for operation in operations for operand in operation.operands}
    flow = {key: one for key, one in flow.items() if one.operands or key in read}
    layers = _layers(flow)
    places = _places(flow, layers)
    lines = _lines(places, flow, layers)
    return _drawn(flow, layers, places, lines, equations)


def _layers(flow: Mapping[str, OperationInfo]) -> dict[str, int]:
    """The layer of each operation: one more than its operands'; what goes out stands in the last."""
    layers: dict[str, int] = {}
    for key, operation in flow.items():
        layers[key] = 1 + max((layers[str(operand)] for operand in operation.operands), default=-1)
    last = max(layers.values())
    outs = flow.keys() - {str(operand) for operation in flow.values() for operand in operation.operands}
    return {key: last if key in outs else layer for key, layer in layers.items()}


def _users(flow: Mapping[str, OperationInfo], layers: Mapping[str, int]) -> dict[str, int]:
    """The last layer that each result is needed in."""
    ends = dict(layers)
    for key, operation in flow.items():
        for operand in operation.operands:
            ends[str(operand)] = max(ends[str(operand)], layers[key])
    return ends


def _places(flow: Mapping[str, OperationInfo], layers: Mapping[str, int]) -> list[list[str]]:
    """The keys in each layer, from the top: the operations there, and the results that pass it."""
    ends = _users(flow, layers)
    order = [
        [key for key in flow if layers[key] <= layer < max(ends[key], layers[key] + 1)]
        for layer in range(max(layers.values()) + 1)
    ]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        span = range(1, len(order)) if forward else range(len(order) - 2, -1, -1)
        for layer in span:
            beside = order[layer - 1 if forward else layer + 1]
            ranks = {key: rank for rank, key in enumerate(beside)}
            near = {key: _near(key, layer, flow, layers, forward) for key in order[layer]}
            keep = {key: rank for rank, key in enumerate(order[layer])}
            order[layer].sort(
                key=lambda key: (
                    median(ranks[one] for one in near[key] if one in ranks)
                    if any(one in ranks for one in near[key])
                    else keep[key]
                )
            )
    return order


def _near(
    key: str, layer: int, flow: Mapping[str, OperationInfo], layers: Mapping[str, int], before: bool
) -> list[str]:
    """What a place is wired to in the layer before, or after."""
    if before:
        return [key] if layers[key] < layer else [str(operand) for operand in flow[key].operands]
    users = [other for other, one in flow.items() if int(key) in one.operands]
    beyond = [key] if any(layers[other] > layer + 1 for other in users) else []
    return beyond + [other for other in users if layers[other] == layer + 1]


def _lines(
    places: Sequence[Sequence[str]], flow: Mapping[str, OperationInfo], layers: Mapping[str, int]
) -> dict[_Net, int]:
    """The line of each place: near its neighbours, in its layer's order, and never too close to the next."""
    at = {
        (key, layer): float(APART * rank)
        for layer, keys in enumerate(places)
        for rank, key in enumerate(keys)
    }
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for layer in range(len(places)) if forward else reversed(range(len(places))):
            wanted = []
            for key in places[layer]:
                beside = layer - 1 if forward else layer + 1
                near = [
                    at[one, beside] for one in _near(key, layer, flow, layers, forward) if (one, beside) in at
                ]
                wanted.append(mean(near) if near else at[key, layer])
            for key, line in zip(places[layer], _apart(wanted), strict=True):
                at[key, layer] = line
    top = min(at.values()) - 1  # above the first, a value may come in
    return {place: round(line - top) for place, line in at.items()}


def _apart(wanted: Sequence[float]) -> list[float]:
    """Lines near the wanted ones, in the same order, each at least `APART` after the one before."""
    if not wanted:
        return []
    down = [float(round(wanted[0]))]
    for line in wanted[1:]:
        down.append(max(float(round(line)), down[-1] + APART))
    shift = round(mean(one - other for one, other in zip(down, wanted, strict=True)))
    return [line - shift for line in down]


def _drawn(
    flow: Mapping[str, OperationInfo],
    layers: Mapping[str, int],
    places: Sequence[Sequence[str]],
    lines: Mapping[_Net, int],
    equations: Sequence[str],
) -> Plan:
    """The drawing: the columns of the layers, and of the turns between them."""
    state = {one.sign for one in flow.values()} & {one.sign.removesuffix("'") for one in flow.values()}
    operations: dict[str, Operation] = {}
    labels: list[Label] = []
    turns: dict[_Net, int] = {}
    entries = _entries(flow, layers, lines)
    below = {key for (_, key), line in entries.items() if line > lines[key, layers[key]]}
    left = 0
    for layer, keys in enumerate(places):
        here = [key for key in keys if layers[key] == layer]
        ins = [key for key in here if not flow[key].operands]
        outs = [key for key in here if not _is_read(key, flow)]
        letters = max((len(flow[key].sign) for key in ins + outs), default=1)
        named = [key for key in here if flow[key].name and key not in ins + outs]
        wide = max(
            [len(flow[key].sign) + 2 for key in here if key not in ins + outs]
            + [len(flow[key].name) + 1 + NUMBER for key in named]
            + [letters + 1 + NUMBER + 1 for _ in ins]
            + [letters + 3 + NUMBER for _ in outs]
        )
        for key in here:
            line, one = lines[key, layer], flow[key]
            letter = one.sign.removesuffix("'")
            if key in ins:
                operations[key] = Operation(
                    one.sign,
                    (left + (wide if letter in state else letters + 2) - 1, line),
                    colour=letter if letter in state else "",
                )
                labels.append(Label(key, (left, line), one.sign, letters))
            elif key in outs:
                operations[key] = Operation(one.sign, (left, line), colour=letter)
                labels.append(Label(key, (left + 2, line), one.sign, letters))
            else:
                operations[key] = Operation(one.sign, (left + wide // 2, line), one.name)
                if key in named:
                    start = left + (wide - len(one.name) - 1 - NUMBER) // 2
                    labels.append(
                        Label(key, (start, line + (-1 if key in below else 1)), one.name, len(one.name))
                    )
        left += wide
        if layer + 1 < len(places):
            for rank, key in enumerate(_turning(layer, places, flow, layers, lines, entries)):
                turns[key, layer] = left + 1 + rank
            left += 2 + sum(1 for _, at in turns if at == layer)
    columns = {key: operation.at[0] for key, operation in operations.items()}
    wires = tuple(_wires(flow, layers, lines, turns, entries, columns))
    order = sorted(operations, key=int)
    corners = [at for wire in wires for at in wire.via]
    ends = [operations[key].at for key in order] + [label.at for label in labels]
    high = 1 + max(line for _, line in corners + ends)
    return Plan(left, high, {key: operations[key] for key in order}, wires, tuple(labels), tuple(equations))


def _is_read(key: str, flow: Mapping[str, OperationInfo]) -> bool:
    """Whether another operation reads its result."""
    return any(int(key) in operation.operands for operation in flow.values())


def _entries(
    flow: Mapping[str, OperationInfo], layers: Mapping[str, int], lines: Mapping[_Net, int]
) -> dict[tuple[str, str], int]:
    """The line on which each operand comes to each operation that reads it.

    Of two, one comes from the left, the other from above, or from below where the first is above.
    """
    entries: dict[tuple[str, str], int] = {}
    for key, operation in flow.items():
        line = lines[key, layers[key]]
        sources = sorted(
            {*map(str, operation.operands)}, key=lambda one: (lines[one, layers[key] - 1], int(one))
        )
        level = len(sources) > 1 and lines[sources[0], layers[key] - 1] >= line
        for source, to in zip(sources, (line, line + 1) if level else (line - 1, line), strict=False):
            entries[source, key] = to if len(sources) > 1 else line
        for source in sources[2:]:
            entries[source, key] = line
    return entries


def _turning(
    layer: int,
    places: Sequence[Sequence[str]],
    flow: Mapping[str, OperationInfo],
    layers: Mapping[str, int],
    lines: Mapping[_Net, int],
    entries: Mapping[tuple[str, str], int],
) -> list[str]:
    """The results that change lines after a layer, in the order of their columns.

    One that comes from a line must turn before another turns into that line; where two ask that of each
    other, the later one loses, and the two run along each other there.
    """
    ways = {
        key: {
            entries.get((key, other), lines[other, layer + 1])
            for other in _near(key, layer, flow, layers, before=False)
        }
        for key in places[layer]
    }
    moving = [key for key in places[layer] if ways[key] - {lines[key, layer]}]
    first = {
        key: {other for other in moving if other != key and lines[other, layer] in ways[key]}
        for key in moving
    }
    order: list[str] = []
    while moving:
        free = [key for key in moving if not first[key] & {*moving}] or moving[:1]
        order.append(free[0])
        moving.remove(free[0])
    return order


def _wires(
    flow: Mapping[str, OperationInfo],
    layers: Mapping[str, int],
    lines: Mapping[_Net, int],
    turns: Mapping[_Net, int],
    entries: Mapping[tuple[str, str], int],
    columns: Mapping[str, int],
) -> Iterable[Wire]:
    """A wire for every operand."""
    for key, operation in flow.items():
        for operand in operation.operands:
            source, via = str(operand), list[Point]()
            for layer in range(layers[source], layers[key]):
                last = layer + 1 == layers[key]
                to = entries[source, key] if last else lines[source, layer + 1]
                if to != (line := lines[source, layer]):
                    via += [(turns[source, layer], line), (turns[source, layer], to)]
            if entries[source, key] != lines[key, layers[key]]:
                via.append((columns[key], entries[source, key]))
            yield Wire(source, key, tuple(via))
