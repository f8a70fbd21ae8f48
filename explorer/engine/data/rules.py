"""Which arrays a file of sequences may hold, of what types and shapes: checked before any of them is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.engine.data.npz import Header, WrongArray
from explorer.runs.shape import MOST_INPUTS, MOST_TIMESTEPS
from explorer.system.text import shorten


class _Rule(NamedTuple):
    """What an array must be."""

    kinds: str
    """numpy's letters for the types that it may have."""
    holds: str
    """The same, for a person."""
    shapes: tuple[str, ...]
    """The shapes that it may have, for a person: a comma between two dimensions."""


_SEQUENCES: Final = _Rule("buif", "numbers", ("(samples, timesteps, inputs)", "(samples, timesteps)"))
_LABELS: Final = _Rule("buiUS", "whole numbers or names", ("(samples)",))
_LENGTHS: Final = _Rule("ui", "whole numbers", ("(samples)",))
RULES: Final[Mapping[str, _Rule]] = {
    "x": _SEQUENCES,
    "y": _LABELS,
    "x_test": _SEQUENCES,
    "y_test": _LABELS,
    "classes": _Rule("US", "names", ("(classes)",)),
    "lengths": _LENGTHS,
    "lengths_test": _LENGTHS,
}
"""The arrays that a file may hold, by name."""
_LIMITS: Final = (("timesteps", MOST_TIMESTEPS), ("inputs", MOST_INPUTS))
"""What the dimensions of x after the first are, and how long they may be; without the second, it is 1."""
_NEEDED: Final = (
    ("y", "x"),
    ("x", "y"),
    ("y_test", "x_test"),
    ("x_test", "y_test"),
    ("lengths_test", "lengths"),
    ("lengths_test", "x_test"),
)
"""Arrays the first of which makes no sense without the second."""


def check(headers: Mapping[str, Header]) -> None:
    """Check what is known of the arrays before they are read.

    Args:
        headers: those of the arrays in `RULES` that the file has.

    Raises:
        WrongArray: one is missing, or isn't what it must be.
    """
    if "x" not in headers:
        raise WrongArray("x", "is missing", f"{_SEQUENCES.holds} of {_SEQUENCES.shapes[0]}")
    for one, other in _NEEDED:
        if one in headers and other not in headers:
            raise WrongArray(other, "is missing", f"it beside {one}")
    if {"lengths", "x_test"} <= headers.keys() and "lengths_test" not in headers:
        raise WrongArray("lengths_test", "is missing", "it beside lengths and x_test")
    for name, header in headers.items():
        _check_kind(name, header)
    for size, (what, most) in zip(headers["x"].shape[1:], _LIMITS, strict=False):
        if not 1 <= size <= most:
            raise WrongArray("x", f"has {size:,} {what}", f"1 to {most:,}")
    _check_part("", headers)
    if "x_test" in headers:
        _check_part("_test", headers)


def _check_kind(name: str, header: Header) -> None:
    """Check an array's type, and how many dimensions it has."""
    rule = RULES[name]
    if header.dtype.kind not in rule.kinds:
        found = "pickled objects" if header.dtype.hasobject else shorten(str(header.dtype), 60, len)
        raise WrongArray(name, f"holds {found}", rule.holds)
    if len(header.shape) not in [shape.count(",") + 1 for shape in rule.shapes]:
        raise WrongArray(name, f"has the shape {header.shape}", " or ".join(rule.shapes))


def _check_part(suffix: str, headers: Mapping[str, Header]) -> None:
    """Check that the arrays of the training samples, or of the test samples, have sizes that agree."""
    x, first = headers[f"x{suffix}"].shape, headers["x"].shape
    if x[1:] != first[1:]:
        sizes = ", ".join(map(str, first[1:]))
        raise WrongArray(f"x{suffix}", f"has the shape {x}", f"(samples, {sizes}), as in x")
    if not x[0]:
        raise WrongArray(f"x{suffix}", "has no samples", "at least one")
    for name in (f"y{suffix}", f"lengths{suffix}"):
        if name in headers and headers[name].shape != x[:1]:
            found, wanted = headers[name].shape[0], f"{x[0]:,}, one for each sample of x{suffix}"
            raise WrongArray(name, f"has {found:,} values", wanted)
