"""The cell as a textbook draws it, with its equations; perhaps with values on its wires."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyBboxPatch, Polygon
from msgspec.structs import replace

from explorer.drawing.colours import Colour
from explorer.drawing.numbers import number
from explorer.drawing.plan import ROUND, Plan, Point
from explorer.drawing.strokes import Strokes
from explorer.export.figures.again import command_of
from explorer.export.figures.drawing import About, content_of, styled
from explorer.export.figures.formulas import mathematical, width_of_formula, write
from explorer.export.figures.heading import Source, changes_of, shown, subject_of, title_of
from explorer.export.figures.sheet import FIRST, MARGIN, PAGE, Sheet
from explorer.protocol.questions import Answer

COLUMN: Final = 0.076
"""A column of the grid, in inches, as long as the page is wide enough."""
LINE: Final = 0.19
"""A line of the grid."""
ROW: Final = 0.17
"""From one equation to the next."""
GAP: Final = 0.2
"""Between the drawing and the equations."""
RADIUS: Final = 0.068
"""Of a circle."""
BOX: Final = 0.142
"""The height of a box."""
INSIDE: Final = 0.1
"""What is left and right of a box's text, together."""
HEAD: Final = 0.055
"""The length of an arrow's head."""
DOT: Final = 0.02
"""The radius of the dot where a wire parts."""
OVER: Final = 0.05
"""How far on either side of a crossing the wire below is hidden."""
NEAR: Final = 0.04
"""Between the name of what comes in and its wire."""
BETWEEN: Final = 0.06
"""Between a name and its value."""
WIRE: Final = 0.9
"""The width of a wire, in points."""
PLAIN: Final = Colour("#EFEFEF", "#555555", "#EFEFEF")
"""What belongs to no activation."""


def draw_drawing(
    plan: Plan,
    colours: Mapping[str, Colour],
    values: Mapping[str, float],
    answer: Answer | None,
    source: Source,
    kind: str,
    *,
    titled: bool,
) -> bytes:
    """Draw a cell; the same bytes for the same arguments.

    Args:
        plan: its drawing.
        colours: of its activations.
        values: what each operation computed, as far as it is known.
        answer: where the values are from, with its timestep and unit as options; None: there are none.
        source: the run.
        kind: svg, pdf or png.
        titled: whether the figure says what it shows. Its metadata always do.
    """
    run = shown(source.run)
    if answer is None:
        title, changes = [run, shown(source.cell), "one timestep"], list[str]()
        words = ["gatescope", "export", run, "cell", "--format", kind, *([] if titled else ["--no-title"])]
        command, facts = shlex.join(words), {"run": run}
    else:
        which = {name: value for name, value in answer.options.items() if value is not None}
        title, changes = title_of(replace(answer, options=which), source), changes_of(answer)
        title += [] if "unit" in which else ["mean over all units"]
        command = command_of(replace(answer, options={"values": True, **which}), run, kind, titled)
        facts = {"run": run, "step": str(answer.step), "subject": subject_of(answer.asked.subject)}
    with styled(shown("".join([*title, *changes, *plan.equations]))):
        sheet = Sheet(title if titled else None, changes)
        Drawing(plan, colours, values).draw(sheet)
        return content_of(sheet, kind, About(f"cell: {', '.join([*title, *changes])}", command, facts))


class _Text(NamedTuple):
    """A text beside a wire."""

    text: str
    left: float
    right: float
    y: float
    """Its middle."""


class Drawing:
    """One drawing on its way to paper; places are in inches from the upper left."""

    def __init__(self, plan: Plan, colours: Mapping[str, Colour], values: Mapping[str, float]) -> None:
        """Prepare to draw a plan."""
        self._plan, self._colours, self._values = plan, colours, values
        self._column = min(COLUMN, (PAGE - 2 * MARGIN) / plan.columns)

    def draw(self, sheet: Sheet) -> None:
        """Draw it, with the equations beside it if the page is wide enough, else below."""
        plan = self._plan
        texts = self._texts()
        first = min(text.left for text in texts)
        wide = max(text.right for text in texts) - first
        tall = plan.lines * LINE
        equations = [mathematical(equation) for equation in plan.equations]
        beside = max(map(width_of_formula, equations), default=0.0)
        high = len(equations) * ROW
        if equations and wide + GAP + beside + 2 * MARGIN <= PAGE:
            left, top = wide + GAP, max(0.0, (tall - high) / 2)
            width, height = left + beside, max(tall, high)
        else:
            left, top = 0.0, tall + GAP / 2
            width, height = max(wide, beside), top + high
        sheet.open(width + 2 * MARGIN, height)
        axes = sheet.axes(MARGIN, 0, width, height)
        axes.set_xlim(first, first + width)
        axes.set_ylim(height, 0)
        axes.axis("off")
        self._wires(axes)
        self._operations(axes)
        for text in texts:
            write(axes, text.left, text.y, text.text, FIRST, zorder=6)
        for row, equation in enumerate(equations):
            write(axes, first + left, top + (row + 0.5) * ROW, equation, FIRST)

    def _at(self, point: Point) -> tuple[float, float]:
        """The middle of a cell of the grid."""
        return (point[0] + 0.5) * self._column, (point[1] + 0.5) * LINE

    def _colour(self, key: str) -> Colour:
        """The colour of an operation and its wires."""
        return self._colours.get(self._plan.tone(key), PLAIN)

    def _size(self, key: str) -> tuple[float, float]:
        """Half the width and half the height of what is drawn for an operation."""
        if self._plan.is_input(key) or self._plan.is_output(key):
            return 0.0, 0.0
        sign = self._plan.operations[key].sign
        if sign in ROUND:
            return RADIUS, RADIUS
        return max(BOX, width_of_formula(mathematical(sign)) + INSIDE) / 2, BOX / 2

    def _wires(self, axes: Axes) -> None:
        """Draw the wires, the dots where they part, and the bridges where they cross."""
        plan, strokes = self._plan, Strokes.of(self._plan)
        for wire in plan.wires:
            path = [self._at(point) for point in plan.path(wire)]
            colour = self._colour(wire.source).line
            (x, y), (before_x, before_y) = path[-1], next(one for one in path[::-1] if one != path[-1])
            across, down = (x > before_x) - (x < before_x), (y > before_y) - (y < before_y)
            half_wide, half_high = self._size(wire.target)
            x, y = x - across * half_wide, y - down * half_high
            path[-1] = (x - across * HEAD / 2, y - down * HEAD / 2)
            axes.plot(
                *zip(*path, strict=True), color=colour, linewidth=WIRE, solid_joinstyle="round", zorder=1
            )
            back, side = (x - across * HEAD, y - down * HEAD), HEAD * 0.36
            wings = [
                (back[0] + down * side, back[1] + across * side),
                (back[0] - down * side, back[1] - across * side),
            ]
            axes.add_patch(Polygon([(x, y), *wings], closed=True, color=colour, linewidth=0, zorder=2))
        ends = {operation.at for operation in plan.operations.values()}
        for at, source in strokes.junctions:
            if at not in ends:
                axes.add_patch(
                    Circle(self._at(at), DOT, color=self._colour(source).line, linewidth=0, zorder=4)
                )
        for at, source in strokes.bridges:
            x, y = self._at(at)
            for colour, width, order in (("white", 4.5 * WIRE, 2), (self._colour(source).line, WIRE, 3)):
                axes.plot(
                    (x, x),
                    (y - OVER, y + OVER),
                    color=colour,
                    linewidth=width,
                    solid_capstyle="butt",
                    zorder=order,
                )

    def _operations(self, axes: Axes) -> None:
        """Draw the boxes and the circles."""
        for key, operation in self._plan.operations.items():
            (x, y), (half_wide, half_high) = self._at(operation.at), self._size(key)
            if not half_wide:
                continue
            colour = self._colour(key)
            look: dict[str, Any] = {
                "facecolor": colour.fill,
                "edgecolor": colour.line,
                "linewidth": 0.7,
                "zorder": 5,
            }
            if operation.sign in ROUND:
                axes.add_patch(Circle((x, y), RADIUS, **look))
                arm = RADIUS * (0.62 if operation.sign == "+" else 0.62 / 2**0.5)
                strokes = {"+": ((arm, 0), (0, arm)), "−": ((arm, 0),), "×": ((arm, arm), (arm, -arm))}
                for across, down in strokes[operation.sign]:
                    axes.plot(
                        (x - across, x + across), (y - down, y + down), color=FIRST, linewidth=0.8, zorder=6
                    )
                continue
            style = f"round,pad=0,rounding_size={BOX / 5}"
            corner = (x - half_wide, y - half_high)
            axes.add_patch(FancyBboxPatch(corner, 2 * half_wide, 2 * half_high, boxstyle=style, **look))
            write(axes, x, y, mathematical(operation.sign), FIRST, align="center", zorder=6)

    def _texts(self) -> list[_Text]:
        """The names and the values beside the wires; those of what comes in end where the wire begins."""
        plan, texts = self._plan, list[_Text]()
        for label in plan.labels:
            parts = [mathematical(label.name)] if label.name else []
            if label.of in self._values:
                parts.append(number(self._values[label.of]).strip().replace("-", "−"))
            wide = [width_of_formula(part) for part in parts]
            x, y = self._at(label.at)
            left = x - self._column / 2
            if plan.is_input(label.of):
                whole = sum(wide) + BETWEEN * (len(parts) - 1)
                left = self._at(plan.operations[label.of].at)[0] - NEAR - whole
            for part, width in zip(parts, wide, strict=True):
                texts.append(_Text(part, left, left + width, y))
                left += width + BETWEEN
        return texts
