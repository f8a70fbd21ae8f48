"""From the options of the command line to what is asked about."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from explorer.engine.data.npz import Header, WrongArray, read_npz
from explorer.protocol import interventions
from explorer.protocol.exports import CHANGES, EXPORTS, OPTIONS
from explorer.protocol.questions import Array, Fact, Given, Intervention, Sample, Samples, Selection, Subject
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS
from explorer.system.errors import GatescopeError, UsageError, flag
from explorer.system.paths import absolute
from explorer.system.text import shorten

_SHAPES: Final = f"(timesteps, inputs) or (timesteps,), at most {MOST_TIMESTEPS:,} × {MOST_INPUTS}"
"""What the shape of an input may be."""


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
    """The options of an export itself, by name: of a question, those that its probe knows.

    A flag is True, a whole number is one, anything else the text that was given.

    Raises:
        UsageError: a value that its option doesn't take.
    """
    return {name: _value(name, given) for name in EXPORTS[what].own if name in given}


def _value(name: str, given: Mapping[str, Any]) -> Fact:
    """The value of an option that was given."""
    option = OPTIONS[name]
    if option.is_flag:
        return True
    text: str = given[name]
    return text if option.least is None else _whole(name, given)


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
    text, least = given[name].strip(), OPTIONS[name].least or 0
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < least:
        raise UsageError(f"{flag(name)} takes a whole number from {least}, not {given[name]!r}")
    return int(text)


def read_input(path: Path) -> Array:
    """The array x of a file, (T, I) or (T,): the bytes of an image as they are, all others as float32.

    Raises:
        UsageError: one line that says what is wrong with the file, and what was expected.
    """
    try:
        if stat.S_ISDIR(os.stat(path).st_mode):
            raise GatescopeError(f"{path} is a folder; name an npz file in it that has an array x")
        x = read_npz(path, ("x",), _check).arrays["x"]
        with np.errstate(over="ignore"):
            kind: Literal["uint8", "float32"] = "uint8" if x.dtype == np.uint8 else "float32"
            numbers = np.ascontiguousarray(x[:, None] if x.ndim == 1 else x, kind)
        if not np.isfinite(numbers).all():
            raise WrongArray("x", "has some that are not finite as float32", "finite numbers")
    except OSError as error:
        raise UsageError(f"--input: can't read {path}: {error.strerror}") from None
    except WrongArray as wrong:
        raise UsageError(f"--input: {path}: {wrong}") from None
    except GatescopeError as error:
        raise UsageError(f"--input: {error}") from None
    return Array(("timestep", "input"), numbers.shape, kind, numbers.tobytes())


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
