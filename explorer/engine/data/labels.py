"""Labels as a file has them, numbers or names, and what they become: indices into the classes' names."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.engine.data.npz import WrongArray
from explorer.runs.shape import LONGEST_NAME, MOST_CLASSES
from explorer.system.text import one_line, printable, shorten

Values = np.ndarray[Any, np.dtype[Any]]
"""An array as it was read."""


def number_labels(labels: dict[str, Values], classes: Values | None) -> tuple[tuple[str, ...], list[Tensor]]:
    """The names of the classes, and the labels as indices into them.

    Without `classes`, the classes are all values that the labels have, in order.

    Args:
        labels: `y`, and `y_test` if there is one: (N,) whole numbers or names.
        classes: (K,) the names; labels that are numbers are indices into them.

    Raises:
        WrongArray: one of them isn't what it must be.
    """
    parts = [_plain(name, values) for name, values in labels.items()]
    first = np.unique(parts[0])
    if len(first) < 2:
        raise WrongArray("y", f"has one class only ({_shown(first[0])})", "at least two")
    for name, part in zip(labels, parts, strict=True):
        if part.dtype.kind != parts[0].dtype.kind:
            raise WrongArray(name, f"holds {_kind(part)}", f"{_kind(parts[0])}, as in y")
    distinct, numbers = np.unique(np.concatenate(parts), return_inverse=True)
    if classes is None:
        names = _names("y", distinct)
    else:
        given = _plain("classes", classes)
        names = _names("classes", given)
        numbers = _indices(distinct, given)[numbers]
    cuts = np.cumsum([len(part) for part in parts])[:-1]
    return names, [torch.from_numpy(part.astype(np.int64)) for part in np.split(numbers, cuts)]


def _plain(name: str, values: Values) -> Values:
    """Labels as int64, or as text."""
    if values.dtype.kind == "S":
        try:
            return np.char.decode(values, "utf-8")
        except UnicodeDecodeError:
            raise WrongArray(name, "has names that aren't UTF-8", "text") from None
    if values.dtype.kind == "U":
        return values
    if values.dtype.kind == "u" and values.max() > np.iinfo(np.int64).max:
        raise WrongArray(name, f"has the number {values.max()}", "numbers below 2^63")
    return values.astype(np.int64)


def _kind(values: Values) -> str:
    """What labels are, for a person."""
    return "names" if values.dtype.kind == "U" else "numbers"


def _indices(distinct: Values, classes: Values) -> Values:
    """The index of each label among the classes."""
    if distinct.dtype.kind != "U":
        wrong = distinct[(distinct < 0) | (distinct >= len(classes))]
        indices = distinct
    else:
        known = {name: index for index, name in enumerate(classes.tolist())}
        indices = np.array([known.get(name, -1) for name in distinct.tolist()])
        wrong = distinct[indices < 0]
    if len(wrong):
        one = "one of those in classes" if distinct.dtype.kind == "U" else f"0 to {len(classes) - 1}"
        raise WrongArray("y or y_test", f"has the label {_shown(wrong[0])}", one)
    return indices


def _shown(label: object) -> str:
    """A label in a message."""
    return repr(shorten(str(label), LONGEST_NAME, len))


def _names(array: str, values: Values) -> tuple[str, ...]:
    """The classes' names, fit for one line and a terminal, from the array of this name."""
    if not 2 <= len(values) <= MOST_CLASSES:
        raise WrongArray(array, f"has {len(values):,} classes", f"2 to {MOST_CLASSES}")
    names = tuple(printable(one_line(str(value))) for value in values)
    for index, name in enumerate(names):
        if not name:
            raise WrongArray(array, "has an empty name", "a name for each class")
        if len(name) > LONGEST_NAME:
            found = f"has a name of {len(name)} characters ({name[:LONGEST_NAME]}…)"
            raise WrongArray(array, found, f"at most {LONGEST_NAME}")
        if name in names[:index]:
            raise WrongArray(array, f"has the name {name!r} twice", "another name for each class")
    return names
