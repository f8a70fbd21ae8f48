"""Activations that are held at a value: how they are typed, which there are, and how they are said.

A training's option and a question's intervention take the same text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from explorer.system.errors import OptionError

LARGEST: Final = 1e6
"""The farthest from 0 that an activation may be held: beyond, float32 overflows within a few timesteps. That
is far outside of what a gate can be, on purpose: f = 2 shows a memory explode."""
_TAKES: Final = "an activation and its value, such as f=1"
_TO: Final = f"values from -{LARGEST:,.0f} to {LARGEST:,.0f}"


def parse_holds(texts: Iterable[str]) -> dict[str, float]:
    """Read `f=1`, or several with commas between; of one name, the last counts.

    Raises:
        OptionError: one line with what the option takes, and what was typed.
    """
    return dict(_held(part) for text in texts for part in text.split(","))


def _held(text: str) -> tuple[str, float]:
    """One activation and its value."""
    name, equals, value = (part.strip() for part in text.partition("="))
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    takes = _TAKES if math.isnan(number) or not (name and equals) else _TO
    if takes == _TAKES or abs(number) > LARGEST:
        raise OptionError("hold", f"--hold takes {takes}, not {text!r}", f"{takes}, not {text!r}")
    return name, number


def check_names(hold: Mapping[str, float], activations: Sequence[str]) -> None:
    """Refuse an activation that a cell hasn't.

    Args:
        hold: as it was typed.
        activations: the names of the cell's activations.

    Raises:
        OptionError: one line with those that there are.
    """
    for name in hold:
        if name not in activations:
            wrong = f"this cell's activations are {', '.join(activations)}, not {name!r}"
            raise OptionError("hold", f"--hold: {wrong}", wrong)


def typed(hold: Mapping[str, float]) -> str:
    """What to type for it: `f=1, o=0.5`; empty for nothing."""
    return ", ".join(f"{name}={number(value)}" for name, value in hold.items())


def number(value: float) -> str:
    """A value with no more digits than give it again: 1, 0.1, -1e-05."""
    return repr(value).removesuffix(".0")


def name_cell(cell: str, hold: Mapping[str, float]) -> str:
    """How a cell is called that holds something: `LSTM (f=1)`; one that holds nothing, by its name alone."""
    return f"{cell} ({typed(hold)})" if hold else cell
