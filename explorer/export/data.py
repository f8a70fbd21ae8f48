"""An answer as data: json for programs, csv for tables, npz for numpy.

What isn't finite is null in json and `nan`, `inf` or `-inf` in csv. Timesteps are counted from 1, everything
else from 0, in coordinates as on the screen.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any, Final

import msgspec
import numpy as np

from explorer.protocol.questions import Answer, Array, Given, Sample, Selection

FROM_ONE: Final = frozenset({"timestep", "written_at"})
"""Axes that are counted from 1."""


def write_json(answer: Answer, run: str) -> bytes:
    """`{"what", "run", "step", "asked", "facts", "arrays": {NAME: {"axes", "values"}}}`, one object."""
    asked = _asked(answer.asked) | {"run": run} | answer.options
    arrays = {
        name: {"axes": array.axes, "values": _nested(array)}
        | ({"coordinates": array.coordinates} if array.coordinates else {})
        for name, array in answer.arrays.items()
    }
    whole = {
        "what": answer.what,
        "run": run,
        "step": answer.step,
        "asked": asked,
        "facts": {name: _finite(value) for name, value in answer.facts.items()},
        "arrays": arrays,
    }
    return json.dumps(whole, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def write_csv(answer: Answer, run: str) -> bytes:
    """One number a line: the array, a column for each axis of any array, the value."""
    axes = list(dict.fromkeys(axis for array in answer.arrays.values() for axis in array.axes))
    text = io.StringIO(newline="")
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["array", *axes, "value"])
    for name, array in answer.arrays.items():
        for place, value in _numbers(array):
            at = dict(zip(array.axes, place, strict=True))
            lines.writerow([name, *(at.get(axis, "") for axis in axes), _short(value)])
    return text.getvalue().encode()


def write_npz(answer: Answer, run: str) -> bytes:
    """Each array under its name, and `facts`, a json text with what the other formats say besides."""
    arrays: dict[str, Any] = {
        name: np.frombuffer(array.data, array.dtype).reshape(array.shape)
        for name, array in answer.arrays.items()
    }
    facts = json.loads(write_json(msgspec.structs.replace(answer, arrays={}), run))
    facts["axes"] = {name: array.axes for name, array in answer.arrays.items()}
    facts["coordinates"] = {
        name: part.coordinates for name, part in answer.arrays.items() if part.coordinates
    }
    content = io.BytesIO()
    np.savez_compressed(content, facts=np.array(json.dumps(facts, ensure_ascii=False)), **arrays)
    return content.getvalue()


WRITERS: Final[Mapping[str, Callable[[Answer, str], bytes]]] = {
    "json": write_json,
    "csv": write_csv,
    "npz": write_npz,
}
"""What writes an answer about a run of this name, by the format."""


def _asked(selection: Selection) -> dict[str, Any]:
    """What was asked about; of an input that came with the question, its shape."""
    asked: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(selection, subject=Sample()))
    match selection.subject:
        case Given(x=x):
            asked["subject"] = {"type": "input", "shape": x.shape}
        case subject:
            asked["subject"] = msgspec.to_builtins(subject)
    return asked


def _numbers(array: Array) -> Iterator[tuple[tuple[int, ...], float | int]]:
    """Each number of an array with its place."""
    ranges = (
        range(axis in FROM_ONE, length + (axis in FROM_ONE))
        for axis, length in zip(array.axes, array.shape, strict=True)
    )
    yield from zip(product(*ranges), array.numbers, strict=True)


def _nested(array: Array) -> Any:
    """The numbers as lists of lists; what isn't finite is None."""
    values: list[Any] = [_finite(_short(value)) for value in array.numbers]
    for length in reversed(array.shape[1:]):
        values = [values[at : at + length] for at in range(0, len(values), length)] if length else []
    return values if array.shape else values[0]


def _short(value: float | int) -> float | int:
    """A float32 with no more decimals than give it again: 0.1, not 0.10000000149011612."""
    return value if isinstance(value, int) else float(str(np.float32(value)))


def _finite(value: Any) -> Any:
    """A value, or None for a number that isn't finite."""
    return None if isinstance(value, float) and not math.isfinite(value) else value
