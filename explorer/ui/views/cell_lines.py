"""A cell's drawing in the characters of a terminal, its numbers and its equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from rich.style import Style

from explorer.drawing.equations import broken
from explorer.drawing.numbers import number
from explorer.drawing.plan import ROUND, Plan
from explorer.drawing.strokes import Strokes
from explorer.ui.widgets.line import PLAIN, Line, cut

STROKES: Final[Mapping[int, str]] = {
    1: "─", 2: "─", 3: "─", 4: "│", 8: "│", 12: "│", 5: "┘", 6: "└", 9: "┐", 10: "┌",
    7: "┴", 11: "┬", 13: "┤", 14: "├", 15: "┼",
}  # fmt: skip
"""The character for each set of directions, as `strokes` counts them."""
BESIDE: Final = 22
"""The fewest columns for the equations beside the drawing."""
GAP: Final = 2


class Look(NamedTuple):
    """The styles."""

    colour: Callable[[str], Style]
    """That of an activation, by its name; of none, that of a value without a letter."""
    strong: Style
    """That of numbers."""
    dim: Style
    """That of what explains."""


def picture(
    plan: Plan, values: Mapping[str, float], caption: str, size: tuple[int, int], look: Look
) -> list[Line]:
    """The drawing, and as far as there is room the equations beside it or below, and what is shown above.

    Args:
        plan: of the cell.
        values: what each operation computed, as far as it is known.
        caption: what the numbers are.
        size: columns and lines.
        look: the styles.
    """
    width, height = size
    if width < plan.columns or height < plan.lines:
        said = [f"the drawing needs {plan.columns}×{plan.lines}", *broken(plan.equations, width)]
        return [Line().add(cut(text, width), look.dim) for text in said[:height]]
    lines = drawn(plan, values, look)
    if width - plan.columns - GAP >= BESIDE:
        equations = broken(plan.equations, width - plan.columns - GAP)
        lines += [Line() for _ in range(min(len(equations), height) - len(lines))]
        for line, text in zip(lines, equations, strict=False):
            line.to(plan.columns + GAP).add(text, look.dim)
    elif len(lines) + len(equations := broken(plan.equations, width)) <= height:
        gap = len(lines) + len(equations) + 2 <= height
        lines += [*([Line()] if gap else []), *(Line().add(text, look.dim) for text in equations)]
    if len(lines) < height:
        lines.insert(0, Line().add(cut(caption, width), look.dim))
    return lines


def drawn(plan: Plan, values: Mapping[str, float], look: Look) -> list[Line]:
    """The drawing alone."""
    grid = [[(" ", PLAIN)] * plan.columns for _ in range(plan.lines)]

    def write(column: int, line: int, text: str, style: Style) -> None:
        grid[line][column : column + len(text)] = [(character, style) for character in text]

    strokes = Strokes.of(plan)
    for (column, line), sources in strokes.cells.items():
        directions = 0
        for one in sources.values():
            directions |= one
        write(column, line, STROKES[directions], look.colour(plan.tone(next(iter(sources)))))
    for (column, line), source in strokes.bridges:
        write(column, line, "│", look.colour(plan.tone(source)))
    for key, operation in plan.operations.items():
        column, line = operation.at
        if plan.is_output(key):
            write(column, line, "▶", look.colour(plan.tone(key)))
        elif not plan.is_input(key):
            text = f"({operation.sign})" if operation.sign in ROUND else f"[{operation.sign}]"
            write(column - len(text) // 2, line, text, look.colour(plan.tone(key)))
    for label in plan.labels:
        style = look.colour(plan.tone(label.of))
        write(*label.at, label.name.ljust(label.wide), style)
        if label.of in values:
            write(label.at[0] + label.wide, label.at[1], number(values[label.of], label.digits), look.strong)
    return [_line(row) for row in grid]


def _line(row: list[tuple[str, Style]]) -> Line:
    """One line of the grid."""
    line = Line()
    for character, style in row:
        line.add(character, style)
    return line
