"""Answers of any shape, made up of reproducible numbers, for what draws or writes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from explorer.protocol.questions import (
    NO_INTERVENTION,
    Answer,
    Array,
    Intervention,
    Sample,
    Samples,
    Selection,
)

LSTM = {"i": "unit", "f": "unit", "g": "signed", "o": "unit", "c": "open", "h": "signed"}
"""The activations of an LSTM, with their ranges."""

HELD = Intervention(hold={"f": 1.0})
"""What is changed in a comparison where nothing else is said."""
SEVENTH = Sample(7)
"""What is read where nothing else is said."""


def part(
    values: Any, *axes: str, span: Any = "open", label: str = "", names: Mapping[str, Sequence[str]] = {}
) -> Array:
    """Return an array as it travels."""
    values = np.asarray(values)
    dtype: Any = {"i": "int64", "u": "uint8"}.get(values.dtype.kind, "float32")
    named = {axis: tuple(those) for axis, those in names.items()}
    return Array(axes, values.shape, dtype, values.astype(dtype).tobytes(), label, span, named)


def activations(timesteps: int, inputs: int, units: int, spans: dict[str, str] = LSTM) -> Answer:
    """Return what `activations` finds, of any cell."""
    numbers = np.random.default_rng(1)
    scale = {"unit": (0.0, 1.0), "signed": (-1.0, 1.0), "open": (-30.0, 30.0)}
    arrays = {
        name: part(
            numbers.uniform(*scale[span], (timesteps, units)),
            "timestep",
            "unit",
            span=span,
        )
        for name, span in spans.items()
    }
    arrays["input"] = part(numbers.uniform(-5, 255, (timesteps, inputs)), "timestep", "input")
    arrays["probabilities"] = part([0.25, 0.75], "class", names={"class": ("no", "yes")})
    return answer("activations", arrays, {"label": 0, "predicted": 1, "samples": 9})


def belief(
    timesteps: int, names: Sequence[str], intervention: Intervention = NO_INTERVENTION, decided_at: int = 1
) -> Answer:
    """Return what `belief` finds, of these classes."""
    odds = np.random.default_rng(2).uniform(0, 1, (timesteps, len(names))) ** 4 + 1e-3
    shares = odds / odds.sum(1, keepdims=True)
    facts = {"label": 1, "predicted": int(shares[-1].argmax()), "decided_at": decided_at, "samples": 9}
    arrays = {"belief": part(shares, "timestep", "class", span="unit", names={"class": names})}
    return answer("belief", arrays, facts, intervention)


def saliency(timesteps: int, inputs: int) -> Answer:
    """Return what `saliency` finds."""
    values = np.random.default_rng(3).normal(size=(timesteps, inputs))
    arrays = {"saliency": part(values, "timestep", "input", label="∂ logit of yes / ∂ scaled input")}
    return answer("saliency", arrays, {"class": 1, "label": None, "predicted": 1})


def sources(timesteps: int, inputs: int) -> Answer:
    """Return what `sources` finds of an LSTM."""
    numbers = np.random.default_rng(5)
    sizes = np.triu(numbers.uniform(0.01, 1, (timesteps, timesteps)))
    label = "share of c, by when it was written"
    arrays = {
        "sources": part(sizes / sizes.sum(0), "written_at", "timestep", span="unit", label=label),
        "input": part(numbers.uniform(-5, 255, (timesteps, inputs)), "timestep", "input"),
    }
    return answer("sources", arrays, {"memory": "c", "label": 0, "predicted": 1, "samples": 9})


def unit(timesteps: int, names: Sequence[str], spans: dict[str, str] = LSTM) -> Answer:
    """Return what `unit` finds of any cell; one with a c keeps and writes like an LSTM."""
    numbers = np.random.default_rng(6)
    low = {"unit": 0.0, "signed": -1.0, "open": -30.0}
    arrays = {
        name: part(numbers.uniform(low[span], abs(low[span]) or 1, timesteps), "timestep", span=span)
        for name, span in spans.items()
    }
    if "c" in spans:
        arrays["kept"] = part(numbers.uniform(-20, 20, timesteps), "timestep", label="f·c")
        arrays["written"] = part(numbers.uniform(-1, 1, timesteps), "timestep", label="i·g")
    votes = numbers.normal(size=(timesteps, len(names)))
    arrays["votes"] = part(votes[-1], "class", names={"class": names})
    arrays["votes_over_time"] = part(votes, "timestep", "class", names={"class": names})
    memory = ("c", 2.5) if "c" in spans else (None, None)
    facts = {"unit": 17, "memory": memory[0], "half_life": memory[1], "label": 0, "predicted": 1}
    return replace(answer("unit", arrays, facts), options={"unit": 17})


def difference(
    timesteps: int,
    names: Sequence[str],
    units: int = 4,
    span: str = "open",
    parts_at: int | None = 3,
    intervention: Intervention = HELD,
) -> Answer:
    """Return what `difference` finds of the map c; the timesteps that are appended aren't read without."""
    numbers = np.random.default_rng(7)
    low = {"unit": 0.0, "signed": -1.0, "open": -30.0}[span]
    arrays: dict[str, Array] = {}
    sizes = {"c": (units, "unit", span, low, abs(low) or 1), "belief": (len(names), "class", "unit", 0, 1)}
    for name, (size, axis, kind, least, most) in sizes.items():
        values, plain = numbers.uniform(least, most, (2, timesteps, size))
        plain[timesteps - intervention.append_blank :] = np.nan
        named = {"class": names} if axis == "class" else {}
        arrays[name] = part(values, "timestep", axis, span=kind, label=f"made up {name}", names=named)
        arrays[f"{name}_without"] = part(plain, "timestep", axis, span=kind, names=named)
        arrays[f"{name}_difference"] = part(values - plain, "timestep", axis, names=named)
    arrays["input"] = part(numbers.uniform(-5, 255, (timesteps, 5)), "timestep", "input")
    facts = {"label": 0, "predicted": 1, "predicted_without": 0, "parts_at": parts_at, "memory": "c"}
    return answer("difference", arrays, facts, intervention)


def evaluation(names: Sequence[str], most: int = 1000) -> Answer:
    """Return what `evaluation` finds: a class's own square has about `most`, another one a fiftieth."""
    numbers = np.random.default_rng(4)
    classes = len(names)
    counts = numbers.integers(0, most // 50 + 1, (classes, classes))
    counts[np.diag_indices(classes)] = numbers.integers(most // 2, most + 1, classes)
    facts = {
        "samples": int(counts.sum()), "accuracy": float(np.trace(counts) / counts.sum()), "loss": 0.1234567
    }  # fmt: skip
    arrays = {"confusion": part(counts, "label", "predicted", names={"label": names, "predicted": names})}
    return answer("evaluation", arrays, facts, subject=Samples(first=500))


def mistakes(
    timesteps: int,
    inputs: int,
    units: int,
    count: int,
    spans: dict[str, str] = LSTM,
    square: tuple[int, int] = (4, 9),
    subject: Any = None,
) -> Answer:
    """Return what `mistakes` finds: images of a square; on the diagonal nothing is compared."""
    numbers, (label, read_as) = np.random.default_rng(6), square
    images = numbers.integers(0, 256, (min(count, 60), timesteps, inputs)).astype(np.uint8)
    arrays = {
        "samples": part(numbers.permutation(9 * count)[:count], "rank"),
        "wrongness": part(np.linspace(0.98, 0.02, count), "rank"),
        "predicted": part(np.full(count, read_as), "rank"),
        "share": part(np.linspace(0.99, 0.5, count), "rank", span="unit"),
        "lengths": part(np.full(count, timesteps), "rank"),
        "thumbnails": part(images, "rank", "timestep", "input"),
    }
    for name, span in spans.items():
        low, high = {"unit": (0.0, 1.0), "signed": (-1.0, 1.0), "open": (-3.0, 3.0)}[span]
        means, right = numbers.uniform(low, high, (2, timesteps, units))
        arrays[name] = part(means, "timestep", "unit", span=span, label=f"gate {name}")
        if label != read_as:
            arrays[f"{name}_right"] = part(right, "timestep", "unit", span=span, label=f"gate {name}")
            arrays[f"{name}_difference"] = part(means - right, "timestep", "unit", label=f"gate {name}")
    facts = {"label": label, "read_as": read_as, "count": count, "count_right": 968}
    facts |= {"samples": 10_000, "timesteps_pooled": 1, "inputs_pooled": 1}
    subject = subject or Samples(label=label, read_as=read_as)
    return answer("mistakes", arrays, facts, subject=subject)


def answer(
    what: str,
    arrays: dict[str, Array],
    facts: dict[str, Any],
    intervention: Intervention = NO_INTERVENTION,
    subject: Any = SEVENTH,
) -> Answer:
    """Return an answer about step 1,234."""
    asked = Selection(subject=subject, intervention=intervention)
    return Answer(what=what, asked=asked, step=1234, facts=facts, arrays=arrays)
