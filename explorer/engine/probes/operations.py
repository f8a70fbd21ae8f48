"""What one timestep of a cell computes, found in autograd's graph of it: for a drawing.

Parts of a tensor and other shapes of it are no operations of their own, nor are the parameters: a product
with a matrix is called by the matrix's name, with its bias inside. Anything else that takes a parameter shows
it as something that comes in.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

import torch
from torch import Tensor
from torch.autograd.graph import Node
from torch.nn import functional

from explorer.engine.learning.updates import sign
from explorer.runs.events import OperationInfo
from models.hook import unchanged
from models.layer import RecurrentLayer

_SIGNS: Final = {"Sigmoid": "σ", "Tanh": "tanh", "Mul": "×", "Add": "+", "Sub": "−", "Rsub": "1−"}
"""What autograd calls them, and what people do."""
_PRODUCTS: Final = frozenset({"Addmm", "Mm"})
_PASSING: Final = frozenset(
    [
        "AsStrided",
        "Clone",
        "Expand",
        "Narrow",
        "Permute",
        "Select",
        "Slice",
        "Split",
        "SplitWithSizes",
        "Squeeze",
        "T",
        "Transpose",
        "Unbind",
        "UnsafeSplit",
        "UnsafeView",
        "Unsqueeze",
        "View",
    ]
)
"""What gives a tensor or a part of it another shape."""
_KIND: Final = re.compile(r"Backward\d*$")


def operations_of(layer: RecurrentLayer[Any]) -> list[OperationInfo]:
    """The operations of one timestep, operands first; nothing of the layer changes.

    What comes in stands first: the parts of the state, then `x_t`; what goes out, `h'`, last.
    """
    weight = layer.weight_hh_l0
    before = [weight.new_zeros(1, layer.hidden_size, requires_grad=True) for _ in layer.state_fields]
    x = weight.new_zeros(1, layer.input_size, requires_grad=True)
    with torch.enable_grad():
        x_proj = functional.linear(x, layer.weight_ih_l0, layer.bias_ih_l0)
        step = layer.step(x_proj, tuple(before), unchanged)
    names = {id(tensor): sign(name) for name, tensor in layer.named_parameters()}
    inputs = {id(tensor): name for name, tensor in zip(layer.state_fields, before, strict=True)} | {
        id(x): "x_t"
    }
    walk = _Walk(names, inputs)
    for name in inputs.values():
        walk.operations.append(OperationInfo(name))
    for activation in layer.activations:
        walk.name(getattr(step, activation.name), activation.name)
    for name in layer.state_fields:
        walk.visit(getattr(step, name), f"{name}'")
    return walk.operations


def equations_of(layer: RecurrentLayer[Any]) -> list[str]:
    """The equations in the text of the layer's class: its indented lines with an equals sign."""
    text = inspect.cleandoc(type(layer).__doc__ or "")
    return [line.strip() for line in text.splitlines() if line.startswith("    ") and " = " in line]


class _Walk:
    """A way through autograd's graph from the results to what came in."""

    def __init__(self, parameters: dict[int, str], inputs: dict[int, str]) -> None:
        """Begin; both tell by a tensor's identity what it is called."""
        self.operations: list[OperationInfo] = []
        self._parameters, self._inputs = parameters, [*inputs.values()]
        self._leaves = inputs
        self._names: dict[Node, str] = {}
        self._found: dict[Node, int] = {}

    def name(self, tensor: Tensor, name: str) -> None:
        """Note which activation an operation computes."""
        if tensor.grad_fn is not None:
            self._names.setdefault(_through(tensor.grad_fn), name)

    def visit(self, tensor: Tensor, out: str) -> None:
        """Find what a part of the new state was computed from, and let it go out under this name."""
        node = tensor.grad_fn
        operands = [] if node is None else [self._position(_through(node))]
        self.operations.append(OperationInfo(out, operands))

    def _position(self, end: Node) -> int:
        """The position of an operation; what it was computed from gets one before it."""
        waiting = [end]
        while waiting:
            node = waiting[-1]
            sources = self._sources(node)
            unknown = [source for source in sources if source not in self._found]
            if node in self._found or not unknown:
                waiting.pop()
                if node not in self._found:
                    self._found[node] = self._add(node, [self._found[source] for source in sources])
            waiting += unknown[::-1] if node not in self._found else []
        return self._found[end]

    def _add(self, node: Node, operands: list[int]) -> int:
        """Append an operation, unless it is something that came in."""
        if (leaf := getattr(node, "variable", None)) is not None:
            name = self._leaves.get(id(leaf))
            if name is not None:
                return self._inputs.index(name)
            self.operations.append(OperationInfo(self._parameters.get(id(leaf), "constant")))
        else:
            self.operations.append(OperationInfo(self._sign(node), operands, self._names.get(node, "")))
        return len(self.operations) - 1

    def _sources(self, node: Node) -> list[Node]:
        """The operations that one takes results of; of a product with a matrix, without the parameters."""
        sources = [_through(source) for source, _ in node.next_functions if source is not None]
        return [source for source in sources if not (_kind(node) in _PRODUCTS and self._parameter(source))]

    def _sign(self, node: Node) -> str:
        """What an operation is called."""
        kind = _kind(node)
        if kind not in _PRODUCTS:
            return _SIGNS.get(kind, kind.lower())
        sources = [_through(source) for source, _ in node.next_functions if source is not None]
        return next((name for one in sources[::-1] if (name := self._parameter(one))), "matrix")

    def _parameter(self, node: Node) -> str:
        """The name of the parameter that this is; empty: it is none."""
        return self._parameters.get(id(getattr(node, "variable", None)), "")


def _kind(node: Node) -> str:
    """What autograd calls an operation."""
    return _KIND.sub("", type(node).__name__)


def _through(node: Node) -> Node:
    """The operation behind what only gives its result another shape."""
    while _kind(node) in _PASSING and node.next_functions[0][0] is not None:
        node = node.next_functions[0][0]
    return node
