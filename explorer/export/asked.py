"""From the options of the command line to what is asked about."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from explorer.protocol import interventions
from explorer.protocol.exports import CHANGES, OPTIONS
from explorer.protocol.probes import PROBES
from explorer.protocol.questions import Array, Fact, Given, Intervention, Sample, Samples, Selection, Subject
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS
from explorer.system.errors import UsageError
from explorer.system.paths import absolute

_LARGEST: Final = 1 << 25
"""The most bytes of a file with one input: 1,000 × 512 numbers of 8 bytes are 4 MB."""
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
    wanted = f"--input takes an npz file with an array x of up to {MOST_TIMESTEPS:,} × {MOST_INPUTS} numbers"
    try:
        content = path.read_bytes() if path.stat().st_size <= _LARGEST else b""
        file = np.load(io.BytesIO(content), allow_pickle=False)
        x = file["x"] if isinstance(file, np.lib.npyio.NpzFile) else None
    except OSError as error:
        if error.strerror is None:  # numpy's own, for what is no npz
            raise UsageError(f"{wanted}; {path} is none") from None
        raise UsageError(f"--input: can't read {path}: {error.strerror}") from None
    except (ValueError, EOFError, zipfile.BadZipFile):
        raise UsageError(f"{wanted}; {path} is none") from None
    except KeyError:
        raise UsageError(f"{wanted}; {path} has no x") from None
    if x is None or x.dtype.kind not in "buif":
        raise UsageError(f"{wanted}; {path} is none")
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not (0 < x.shape[0] <= MOST_TIMESTEPS and 0 < x.shape[1] <= MOST_INPUTS):
        raise UsageError(f"{wanted}; its shape in {path} is {x.shape}")
    with np.errstate(over="ignore"):
        numbers = x.astype(np.float32)
    if not np.isfinite(numbers).all():
        raise UsageError(f"{wanted}; some in {path} are not finite")
    return Array(("timestep", "input"), numbers.shape, "float32", np.ascontiguousarray(numbers).tobytes())
