"""Equations in as few columns as there are."""

from __future__ import annotations

from collections.abc import Sequence

INDENT = "     "
"""Before the part of an equation that goes on in the next line."""


def broken(equations: Sequence[str], columns: int) -> list[str]:
    """The equations' lines of at most so many columns; one that is longer is broken before a `+`."""
    lines: list[str] = []
    for equation in equations:
        line, *rest = equation.split(" + ")
        for part in rest:
            if len(line) + 3 + len(part) <= columns:
                line = f"{line} + {part}"
            else:
                lines.append(line)
                line = f"{INDENT}+ {part}"
        lines.append(line)
    return lines
