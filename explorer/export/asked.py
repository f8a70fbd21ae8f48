"""From the options of the command line to what is asked about."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from explorer.engine.data.npz import Header, WrongArray, read_npz
from explorer.protocol import interventions
from explorer.protocol.exports import CHANGES, OPTIONS
from explorer.protocol.probes import PROBES
from explorer.protocol.questions import Array, Fact, Given, Intervention, Sample, Samples, Selection, Subject
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.paths import absolute
from explorer.system.text import shorten

_SHAPES: Final = f"(timesteps, inputs) or (timesteps,), at most {MOST_TIMESTEPS:,} × {MOST_INPUTS}"
"""What the shape of an input may be."""
_WHOLE: Final = {"sample": 0, "first": 1, "label": 0, "read_as": 0, "class": 0, "unit": 0, "moment": 0}
"""The options that take a whole number, and the smallest."""


def selection(given: Mapping[str, Any], about: str = "one") -> Selection:
    """What is asked about.

    Args:
        given: the text of each option that was given, a tuple of texts where it may be given several times.
        about: whether the question is about `one` sequence or about `many`, as in `ProbeRow`.

    Raises:
        UsageError: a value that its option doesn't take, or two options that contradict each other.
    """
    moment = _whole("moment", given)
    return Selection(moment=moment, subject=_SUBJECTS[about](given), intervention=_intervention(given))


def own_options_of(what: str, given: Mapping[str, Any]) -> dict[str, Fact]:
    """The options of the question itself, by the names that its probe knows.

    Raises:
        UsageError: a value that its option doesn't take.
    """
    names = PROBES[what].options if what in PROBES else ()
    return {name: _whole(name, given) if OPTIONS[name].metavar else True for name in names if name in given}


def _one(given: Mapping[str, Any]) -> Sample | Given:
    """One sequence."""
    if "input" not in given:
        return Sample(_whole("sample", given) or 0)
    if "sample" in given:
        raise UsageError("--sample is a test sample, --input another one; give one of the two")
    return Given(read_input(absolute(given["input"])))


def _many(given: Mapping[str, Any]) -> Samples:
    """A set of test samples."""
    return Samples(*(_whole(name, given) for name in ("first", "label", "read_as")))


_SUBJECTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Subject]]] = {"one": _one, "many": _many}


def _intervention(given: Mapping[str, Any]) -> Intervention:
    """What is changed while it is read."""
    return interventions.parse(**{name: given[name] for name in CHANGES if name in given})


def _whole(name: str, given: Mapping[str, Any]) -> int | None:
    """A whole number; None where it wasn't given."""
    if name not in given:
        return None
    text, low = given[name].strip(), _WHOLE[name]
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < low:
        flag = "--" + name.replace("_", "-")
        raise UsageError(f"{flag} takes a whole number from {low}, not {given[name]!r}")
    return int(text)


def read_input(path: Path) -> Array:
    """The array x of a file, (T, I) or (T,), as float32.

    Raises:
        UsageError: one line that says what is wrong with the file, and what was expected.
    """
    try:
        os.stat(path)
        x = read_npz(path, ("x",), _check).arrays["x"]
        with np.errstate(over="ignore"):
            numbers = np.ascontiguousarray(x[:, None] if x.ndim == 1 else x, np.float32)
        if not np.isfinite(numbers).all():
            raise WrongArray("x", "has some that are not finite as float32", "finite numbers")
    except OSError as error:
        raise UsageError(f"--input: can't read {path}: {error.strerror}") from None
    except WrongArray as wrong:
        raise UsageError(f"--input: {path}: {wrong}") from None
    except GatescopeError as error:
        raise UsageError(f"--input: {error}") from None
    return Array(("timestep", "input"), numbers.shape, "float32", numbers.tobytes())


def _check(headers: Mapping[str, Header]) -> None:
    """Check what is known of x before its numbers are read.

    Raises:
        WrongArray: it is missing, or isn't what it must be.
    """
    if "x" not in headers:
        raise WrongArray("x", "is missing", _SHAPES)
    shape, dtype = headers["x"]
    if dtype.kind not in "buif":
        raise WrongArray("x", f"holds {shorten(str(dtype), 60, len)}", "numbers")
    fits = zip(shape, (MOST_TIMESTEPS, MOST_INPUTS), strict=False)
    if len(shape) not in (1, 2) or not all(1 <= size <= most for size, most in fits):
        raise WrongArray("x", f"has the shape {shape}", _SHAPES)
