"""The drawings show what the cells compute: every operation, every connection, every equation."""

from __future__ import annotations

from collections import Counter
from typing import Any

from kit.cells import every_cell
from kit.minimal import minimal

from explorer.drawing.layered import lay_out
from explorer.drawing.plan import Plan
from explorer.drawing.table import DRAWINGS, plan_of
from explorer.engine.probes.operations import equations_of, operations_of
from explorer.export.graph.span import STEP
from explorer.export.graph.trace import trace_model
from models.classifier import SequenceClassifier
from models.registry import CELLS, layer_class

SIGNS = {"SigmoidBackward0": "σ", "TanhBackward0": "tanh", "MulBackward0": "×", "AddBackward0": "+"} | {
    "RsubBackward1": "1−"
}
Found = tuple[Counter[str], list[str]]
"""How often each operation occurs, with its activation; and what goes out, as nested calls."""


def called(name: str, operands: list[str]) -> str:
    return f"{name}({', '.join(sorted(operands))})"


def traced(cell: str) -> Found:
    """Return what autograd recorded of one step, by the tracer of the graph's picture."""
    trace = trace_model(SequenceClassifier(cell, 2, 3, 4), STEP)
    parameters = {id(tensor): name for name, tensor in trace.names.items()}
    fields = {getattr(trace.steps[0], one.name).grad_fn: one.name for one in trace.layer.activations}
    found: dict[Any, str] = {}

    def said(node: Any) -> str:
        kind = type(node).__name__
        sources = [source for source, _ in node.next_functions if source is not None]
        if kind == "AccumulateGrad":
            return parameters[id(node.variable)].removesuffix(" · before")
        if kind == "SplitBackward0":
            return said(sources[0])
        if kind == "AddmmBackward0":  # bias, what is multiplied (none for the input), the transposed matrix
            matrix = parameters[id(sources[-1].next_functions[0][0].variable)]
            found[node] = matrix.removeprefix("layer.weight_").removesuffix("_l0").join(["W_", ""])
            return called(found[node], [said(sources[1]) if len(sources) == 3 else "x_t"])
        found[node] = f"{SIGNS[kind]} {fields.get(node, '')}".strip()
        return called(found[node], [said(source) for source in sources])

    outputs = [said(tensor.grad_fn) for tensor in trace.outputs]
    return Counter(found.values()), sorted(outputs)


def drawn(plan: Plan) -> Found:
    """Return what a drawing shows."""

    def said(key: str) -> str:
        if plan.is_input(key):
            return plan.operations[key].sign
        return called(words[key], [said(one) for one in plan.operands(key)])

    words = {key: f"{one.sign} {one.name}".strip() for key, one in plan.operations.items()}
    ends = [key for key in words if plan.is_output(key)]
    inner = [key for key in words if not plan.is_input(key) and key not in ends]
    outputs = [said(one) for key in ends for one in plan.operands(key)]
    return Counter(words[key] for key in inner), sorted(outputs)


@every_cell
def test_the_drawing_by_hand_is_the_traced_step(cell: str) -> None:
    plan = plan_of(cell, [], [])
    assert plan is not None
    assert drawn(plan) == traced(cell)


@every_cell
def test_the_drawing_in_layers_is_the_traced_step(cell: str) -> None:
    assert drawn(lay_out(operations_of(layer_class(cell)(3, 2)), [])) == traced(cell)


@every_cell
def test_what_goes_out_has_the_letters_of_the_state(cell: str) -> None:
    layer = layer_class(cell)(3, 2)
    for plan in (plan_of(cell, [], []), lay_out(operations_of(layer), [])):
        assert plan is not None
        assert tuple(plan.state) == layer.state_fields
        assert {one.name for one in plan.operations.values()} - {""} == {*CELLS[cell].activations}


@every_cell
def test_the_equations_are_those_of_the_cell_s_own_text(cell: str) -> None:
    layer, plan = layer_class(cell)(3, 2), plan_of(cell, [], [])
    assert plan is not None
    text = type(layer).__doc__ or ""
    wanted = [line.strip() for line in text.splitlines() if line.startswith(" " * 8) and line.strip()]
    assert list(plan.equations) == equations_of(layer) == wanted


def test_another_cell_is_drawn_as_its_code_says() -> None:
    blocks = "+(W_hh(h), W_ih(x_t))"
    gate, candidate = f"σ f({blocks})", f"tanh({blocks})"
    kept, written = (
        f"×({', '.join(sorted(['h', gate]))})",
        f"×({', '.join(sorted([f'1−({gate})', candidate]))})",
    )
    plan = plan_of("minimal", operations_of(minimal()), [])
    assert plan is not None
    assert drawn(plan) == (
        Counter(["W_ih", "W_hh", "+", "+", "σ f", "tanh", "1−", "×", "×", "+ h"]),
        [f"+ h({', '.join(sorted([kept, written]))})"],
    )


def test_tracing_leaves_the_cell_as_it_was() -> None:
    layer = layer_class("lstm")(3, 2)
    before = {name: value.clone() for name, value in layer.named_parameters()}
    operations_of(layer)
    assert all(value.grad is None and value.equal(before[name]) for name, value in layer.named_parameters())


def test_every_cell_that_comes_with_the_program_is_laid_out_by_hand() -> None:
    assert {*DRAWINGS} == {*CELLS}


def test_a_run_that_does_not_say_what_its_cell_computes_has_no_drawing() -> None:
    assert plan_of("minimal", [], []) is None
