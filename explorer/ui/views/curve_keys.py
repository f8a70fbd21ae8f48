"""The keys of the curves: each makes another `Look` of the one before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.message import Message

from explorer.ui.base.keys import Hint
from explorer.ui.views.curve_cursor import nearest
from explorer.ui.views.curve_range import Upright
from explorer.ui.views.look import Look, Range
from explorer.ui.views.plots import Drawing
from explorer.ui.views.view import View
from explorer.ui.views.wishes import Said

ZOOM: Final = 2.0
"""How much a key zooms."""
PAN: Final = 0.25
"""The share of a window by which a key moves it."""
KEYS: Final = (
    Hint("← →", "curves: the cursor; also home, end, mouse", "Cursor", 4),
    Hint("( )", "curves: zoom out, in; also the wheel, a drag", "Zoom", 5),
    Hint("{ }", "curves: more values, fewer; also a drag", "Values", 28),
    Hint("0", "curves: all of it; also a double click", "All", 11),
    Hint("S", "curves: smoothing, off, light or strong", "Smooth", 5),
    Hint("F", "curves: smoothing by any factor", "Factor", 29),
    Hint("L", "curves: which lines", "Lines", 5),
    Hint("X", "curves: steps, epochs, seconds", "Axes", 10),
    Hint("Y", "curves: own axis, logarithmic, linear", "Axes", 10),
    Hint("M", "curves: by this step's weights, or the newest", "Moment", 6),
    Hint("N", "curves: a note of yours in the run's events", "Note", 27),
    Hint("shift+← →", "curves: steps before, after; also a right-drag"),
    Hint("shift+↑ ↓", "curves: higher values, lower"),
)
"""What stands in the footer and in the help."""


class CurveKeys(View):
    """A view that is looked at by keys; a subclass paints, and has it drawn in `see`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Cursor left", show=False),
        Binding("right,l", "step(1)", "Cursor right", show=False),
        Binding("home", "edge(0)", "First step", show=False),
        Binding("end", "edge(-1)", "Newest step", show=False),
        Binding("right_parenthesis", "zoom_in(1)", "Zoom in", show=False),
        Binding("left_parenthesis", "zoom_in(-1)", "Zoom out", show=False),
        Binding("shift+left", "pan(-1)", "Steps before", show=False),
        Binding("shift+right", "pan(1)", "Steps after", show=False),
        Binding("right_curly_bracket", "narrow(1)", "Fewer values", show=False),
        Binding("left_curly_bracket", "narrow(-1)", "More values", show=False),
        Binding("shift+up", "raise(1)", "Higher values", show=False),
        Binding("shift+down", "raise(-1)", "Lower values", show=False),
        Binding("0", "whole", "All of it", show=False),
        Binding("S", "look('smoothed')", "Smoothing", show=False),
        Binding("F", "factor", "Smoothing factor", show=False),
        Binding("X", "look('over')", "Horizontal axis", show=False),
        Binding("Y", "look('axis')", "Vertical axis", show=False),
        Binding("L", "look('lines')", "Lines", show=False),
        Binding("M", "moment", "Moment", show=False),
        Binding("N", "note", "Note", show=False),
        Binding("escape", "let_go", "No cursor", show=False),
    ]

    class MomentWanted(Message):
        """All views should show the weights of this step, or the nearest that were kept."""

        def __init__(self, step: int) -> None:
            """Carry the step."""
            super().__init__()
            self.step = step

    class FactorWanted(Message):
        """A person wants to smooth by another factor."""

    class NoteWanted(Message):
        """A person wants to write a note into the run."""

    look = Look()
    """What is chosen."""
    _drawing: Drawing | None = None

    def see(self, look: Look) -> None:
        """Look at the curves like this from now on."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave escape to the screen while there is no cursor."""
        return self.look.cursor is not None if action == "let_go" else True

    @property
    def _stops(self) -> tuple[tuple[int, int], ...]:
        """Where the cursor stops."""
        return self._drawing.areas[0].stops if self._drawing and self._drawing.areas else ()

    def action_step(self, by: int) -> None:
        """Move the cursor by a column that has batches; the first time, to the newest step shown."""
        stops, cursor, drawing = self._stops, self.look.cursor, self._drawing
        if not stops or drawing is None:
            return
        if cursor is None:
            self.see(replace(self.look, cursor=stops[-1][1]))
            return
        at = nearest(stops, cursor) + by
        if 0 <= at < len(stops):
            self.see(replace(self.look, cursor=stops[at][1]))
        elif self.look.span is not None:  # on beyond the edge
            first, last = self.look.window(drawing.extent)
            step = max(1, round(cursor + by * max(1.0, (last - first) / drawing.areas[0].columns)))
            step = min(step, int(drawing.extent.newest))
            self.see(replace(self.look, cursor=step).showing(step, drawing.extent))

    def action_edge(self, end: int) -> None:
        """Move the cursor to the first step that is shown, or to the last (-1)."""
        if self._stops:
            self.see(replace(self.look, cursor=self._stops[end][1]))

    def action_zoom_in(self, by: int) -> None:
        """Show half the steps, or twice as many, around the cursor."""
        if self._drawing is not None:
            self.see(self.look.zoomed(ZOOM**-by, self.look.cursor, self._drawing.extent))

    def action_pan(self, by: int) -> None:
        """Show the steps before, or after."""
        if self._drawing is not None:
            self.see(self.look.panned(by * PAN, self._drawing.extent))

    def action_narrow(self, by: int) -> None:
        """Show half the values of each plot, or twice as many, around the middle."""
        self._range(lambda upright: upright.zoomed(ZOOM**-by))

    def action_raise(self, by: int) -> None:
        """Show higher values, or lower ones, of each plot that doesn't show all."""
        self._range(lambda upright: upright.panned(by * PAN))

    def _range(self, change: Callable[[Upright], Range | None]) -> None:
        """Show other values of each plot."""
        look = self.look
        for area in self._drawing.areas if self._drawing else ():
            look = look.ranging(area.upright.panel, change(area.upright))
        self.see(look)

    def action_whole(self) -> None:
        """Show all steps and all values."""
        self.see(self.look.whole())

    def action_look(self, what: str) -> None:
        """The next smoothing, axis, or lines."""
        look = self.look
        following = {"smoothed": look.smoothed_next, "over": look.over_next, "axis": look.axis_next}
        self.see(following.get(what, look.lines_next)())

    def action_moment(self) -> None:
        """Ask for the weights of the step under the cursor."""
        if self.look.cursor is None:
            self.post_message(Said("no step is chosen; ← and → choose one"))
        else:
            self.post_message(self.MomentWanted(self.look.cursor))

    def action_factor(self) -> None:
        """Ask for a factor of the smoothing."""
        self.post_message(self.FactorWanted())

    def action_note(self) -> None:
        """Ask for a note."""
        self.post_message(self.NoteWanted())

    def action_let_go(self) -> None:
        """Have no cursor."""
        self.see(replace(self.look, cursor=None, drag=None))
