"""What an intervention changes in how one sequence is read: with it, without it, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from explorer.engine.probes.context import Context, array
from explorer.protocol.questions import Answer, Array, Fact, Selection, without
from explorer.system.errors import GatescopeError
from models.registry import CELLS

NOTHING: Final = "difference compares with and without a change; name one, such as --silence 0 or --wipe 2"
"""Why there is no answer where nothing is changed."""
_SPANS: Final = {"unit": "signed", "signed": "open", "open": "open"}
"""The range of a difference, by that of the two values."""


class _Pass(NamedTuple):
    """One sequence, as it was read."""

    trace: tuple[Tensor, ...]
    """Every activation over time, each (T, H)."""
    belief: Tensor
    """The share of each class after every timestep, (T, K)."""


@torch.no_grad()
def read_difference(context: Context, selection: Selection, options: Mapping[str, Fact]) -> Answer:
    """Read one sequence with and without the intervention.

    Options: `map`, the letter of the one activation that is wanted; None: all of them. Arrays: of each
    activation `f`, (T, H), and of `belief`, (T, K), three: `f` with the intervention, `f_without`, and
    `f_difference`, with − without. T counts the appended timesteps, too; what isn't read without is NaN.
    `input`, (T, I), unscaled, as it is read with the intervention. Facts: `label`, `predicted` and
    `predicted_without` are classes; `parts_at`, the first timestep, counted from 1, after which the likeliest
    class is another one with than without, None where there is none; `memory`, the letter of what the cell
    remembers; `samples`, the number of test samples.

    Raises:
        GatescopeError: nothing is changed, or the cell has no such activation.
    """
    if not selection.intervention:
        raise GatescopeError(NOTHING)
    layer, only = context.model.layer, options.get("map")
    names = [one.name for one in layer.activations]
    if only is not None and only not in names:
        raise GatescopeError(f"--map: this cell's activations are {', '.join(names)}, not {only!r}")
    subject = context.subject(selection)
    read, plain = (_read(context, one) for one in (selection, without(selection)))
    arrays: dict[str, Array] = {}
    for info, values, usual in zip(layer.activations, read.trace, plain.trace, strict=True):
        if only in (None, info.name):
            arrays |= _three(info.name, info.label, info.span, ("timestep", "unit"), values, usual)
    classes = {"class": context.shape.classes}
    shares = "the share of each class if the sample ended here"
    axes = ("timestep", "class")
    arrays |= _three("belief", shares, "unit", axes, read.belief, plain.belief, classes)
    arrays["input"] = array(subject.x[0], "timestep", "input", label="the sample as it is read")
    likeliest, before = read.belief.argmax(1), plain.belief.argmax(1)  # (T,), and perhaps fewer
    memory = CELLS[context.model.cell].memory
    return Answer(
        what="difference",
        asked=subject.asked,
        step=context.step,
        facts=subject.facts
        | {
            "predicted": int(likeliest[-1]),
            "predicted_without": int(before[-1]),
            "parts_at": parts_at(likeliest, before),
            "memory": memory.state if memory else layer.state_fields[-1],
        },
        arrays=arrays,
    )


def parts_at(likeliest: Tensor, usual: Tensor) -> int | None:
    """The first timestep, counted from 1, whose likeliest classes (T,) differ; those appended don't count."""
    both = min(len(likeliest), len(usual))
    others = (likeliest[:both] != usual[:both]).nonzero()
    return int(others[0]) + 1 if len(others) else None


def _read(context: Context, selection: Selection) -> _Pass:
    """Read the sequence of a selection."""
    model, subject = context.model, context.subject(selection)
    trace = model.layer.trace(subject.scaled, intervention=subject.changed)  # each (1, T, H)
    output: Tensor = getattr(trace, model.layer.state_fields[0])[0]  # (T, H)
    return _Pass(tuple(part[0] for part in trace), context.probabilities(model.read_out(output)))


def _three(
    name: str,
    label: str,
    span: str,
    axes: tuple[str, str],
    values: Tensor,
    plain: Tensor,
    coordinates: dict[str, tuple[str, ...]] | None = None,
) -> dict[str, Array]:
    """With, without, and the difference: (T, N) each, from (T, N) and as many timesteps or fewer."""
    missing = len(values) - len(plain)
    plain = functional.pad(plain, (0, 0, 0, missing), value=torch.nan)
    parts = {
        name: (values, label, span),
        f"{name}_without": (plain, f"{label}, without", span),
        f"{name}_difference": (values - plain, f"{label}, with − without", _SPANS[span]),
    }
    return {
        key: array(part, *axes, label=said, span=range_, coordinates=coordinates)
        for key, (part, said, range_) in parts.items()
    }
