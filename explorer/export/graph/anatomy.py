"""Where the cell is in an autograd graph: its inputs, activations, timesteps, and its memory's path.

Nothing here depends on a particular cell. An activation's node is the `grad_fn` of a field of the cell's
`Step`; the rest follows from which nodes lead where.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from torch import Tensor
from torch.autograd.graph import Node

from explorer.export.graph.trace import Traced

Edge = tuple[str, str]
"""Where an arrow starts and ends, by torchviz's names; it points the way the data flowed."""


class ActivationNode(NamedTuple):
    """A node that computes one of the cell's activations, or several of them at once."""

    lines: list[str]
    """`f · forget gate`; in a graph of several timesteps, `f · forget gate · timestep 3`."""
    name: str
    """The activation's name; the first one's if there are several."""


class Anatomy(NamedTuple):
    """What a drawing can show beyond torchviz's own. Nodes are known by torchviz's names."""

    functions: dict[str, Node]
    """Every node that is an operation. This also keeps them alive: torchviz names a node by its address."""
    activations: dict[str, ActivationNode]
    """The nodes that compute an activation."""
    inputs: dict[str, Edge]
    """Each timestep's input, `x_3 · input`, and the arrow from it to the operation that reads it."""
    memory: set[Edge]
    """The shortest path of the memory: through each timestep, from the state before it."""
    recurrent: set[Edge]
    """The edges from one timestep to the next."""
    inner: set[Edge]
    """The edges inside one timestep, the one from its input included; empty for a single timestep."""
    columns: list[list[str]]
    """The products of the input and their like, and each part of the state, over time; empty for a single
    timestep."""


def name_of(thing: Node | Tensor) -> str:
    """The name that torchviz gives a node: its address."""
    return str(id(thing))


def dissect(traced: Traced) -> Anatomy:
    """Find the cell in the graph behind the outputs."""
    functions = _behind(traced.outputs, stop=set())
    owner = _owners(traced)
    inner: set[Edge] = set()
    recurrent: set[Edge] = set()
    for node in functions:
        for source, _ in node.next_functions:
            if source in owner and node in owner:
                edges = inner if owner[source] == owner[node] else recurrent
                edges.add((name_of(source), name_of(node)))
    by_name = {name_of(node): node for node in functions}
    inputs = _inputs(traced, by_name)
    if owner:
        inner.update(inputs.values())
    parts = [_nodes(getattr(step, part) for step in traced.steps) for part in traced.layer.state_fields]
    parts.insert(0, _products(traced, owner))
    columns = [[name_of(node) for node in nodes if node in functions] for nodes in parts]
    columns = [column for column in columns if len(column) > 1]
    activations = _activations(traced, by_name)
    return Anatomy(by_name, activations, inputs, _memory(traced), recurrent, inner, columns)


def _nodes(tensors: Iterable[Tensor]) -> list[Node]:
    """The operations that computed these tensors, each once; a tensor that nothing computed has none."""
    return list(dict.fromkeys(tensor.grad_fn for tensor in tensors if tensor.grad_fn is not None))


def _behind(tensors: Iterable[Tensor], stop: set[Node]) -> dict[Node, None]:
    """Every operation that these tensors depend on, in a fixed order; it stops before those in `stop`."""
    found: dict[Node, None] = {}
    waiting = _nodes(tensors)[::-1]
    while waiting:
        node = waiting.pop()
        if node in found or node in stop:
            continue
        found[node] = None
        waiting += [source for source, _ in node.next_functions if source is not None]
    return found


def _owners(traced: Traced) -> dict[Node, int]:
    """The timestep of each operation that belongs to only one; empty for a single timestep."""
    reached: list[dict[Node, None]] = []
    stop: set[Node] = set()
    for step in traced.steps:
        reached.append(_behind(step, stop))
        stop = set(_nodes(getattr(step, name) for name in traced.layer.state_fields))
    if len(reached) == 1:
        return {}
    shared = Counter(node for nodes in reached for node in nodes)
    return {node: time for time, nodes in enumerate(reached) for node in nodes if shared[node] == 1}


def _products(traced: Traced, owner: dict[Node, int]) -> list[Node]:
    """The operations as deep in their timestep as the input's product, in the order of time.

    They read parameters that all timesteps share; unless they are kept in order, Graphviz groups them by
    parameter instead of by timestep.
    """
    depths = _depths(owner)
    products = _nodes(one.x_proj for one in traced.inputs)
    level = max((depths[node] for node in products if node in owner), default=0)
    return [node for node in owner if depths[node] == level]


def _depths(owner: dict[Node, int]) -> dict[Node, int]:
    """How many operations precede each one in its timestep, on the longest path."""
    depths: dict[Node, int] = {}
    waiting = list(owner)
    while waiting:
        node = waiting[-1]
        sources = [source for source, _ in node.next_functions if source is not None]
        sources = [source for source in sources if owner.get(source) == owner[node]]
        unknown = [source for source in sources if source not in depths]
        waiting += unknown
        if not unknown:
            depths[waiting.pop()] = 1 + max((depths[source] for source in sources), default=-1)
    return depths


def _activations(traced: Traced, functions: dict[str, Node]) -> dict[str, ActivationNode]:
    """The nodes behind the fields of every timestep's `Step`, as far as the outputs depend on them."""
    found: dict[str, ActivationNode] = {}
    for timestep, step in enumerate(traced.steps, 1):
        for activation in traced.layer.activations:
            node = getattr(step, activation.name).grad_fn
            if node is None or name_of(node) not in functions:
                continue
            where = f" · timestep {timestep}" if len(traced.steps) > 1 else ""
            line = f"{activation.name} · {activation.label}{where}"
            found.setdefault(name_of(node), ActivationNode([], activation.name)).lines.append(line)
    return found


def _inputs(traced: Traced, functions: dict[str, Node]) -> dict[str, Edge]:
    """The arrow from every timestep's input, as far as the outputs depend on it."""
    alone = len(traced.steps) == 1
    found: dict[str, Edge] = {}
    for timestep, (x, x_proj) in enumerate(traced.inputs, 1):
        reader = str(id(x_proj.grad_fn))
        if reader in functions:
            found["x_t · input" if alone else f"x_{timestep} · input"] = (name_of(x), reader)
    return found


def _memory(traced: Traced) -> set[Edge]:
    """The path of the last part of the state (c of an LSTM, h of a GRU) from timestep to timestep."""
    over_time = [getattr(step, traced.layer.state_fields[-1]) for step in traced.steps]
    path: set[Edge] = set()
    if traced.before:
        path |= _path(traced.before[-1], over_time[0])
        path.add((name_of(over_time[0].grad_fn), name_of(over_time[0])))
    for before, after in pairwise(over_time):
        path |= _path(before, after)
    return path


def _path(start: Tensor, end: Tensor) -> set[Edge]:
    """The edges of the shortest path from one tensor to another; none if there is no path."""
    toward: dict[Node, Node | None] = dict.fromkeys(_nodes([end]))  # each node's next one towards the end
    queue = deque(toward)
    while queue:
        node = queue.popleft()
        leaf = getattr(node, "variable", None) is start  # AccumulateGrad, which torchviz draws after a leaf
        if leaf or node is start.grad_fn:
            edges = {(name_of(start), name_of(node))} if leaf else set()
            while (following := toward[node]) is not None:
                edges.add((name_of(node), name_of(following)))
                node = following
            return edges
        for source, _ in node.next_functions:
            if source is not None and source not in toward:
                toward[source] = node
                queue.append(source)
    return set()
