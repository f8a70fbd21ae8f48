"""The curves of the compared runs over each other, each in its colour."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.binding import Binding, BindingType
from textual.events import MouseDown
from textual.message import Message
from textual.strip import Strip

from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Choice, Chosen
from explorer.ui.views.curve_keys import KEYS
from explorer.ui.views.curves import Curves
from explorer.ui.views.overlay_runs import OverlayCanvas
from explorer.ui.views.view import About
from explorer.ui.widgets.palette import hex_of, run_colours

HOW_TO_MARK: Final = "only one run: r lists all, space marks those to compare, c shows them"
"""What is said while there is nothing to compare."""
NO_RUNS: Final = "no run is open or marked: r lists all, space marks those to compare"
FRONT: Final = Hint("↑ ↓", "overlay, table: the run in front", "Front", 4)
"""What both views of the runs have."""
_OF_ONE_RUN: Final = ("M", "N")
"""Keys of the curves that mean something for the run on the screen alone."""


class Overlay(Curves):
    """The curves of several runs; the steps of the cursor are those of the run that goes furthest."""

    about = About(
        title="overlay",
        tip="the curves of the marked runs, over each other",
        help=(
            "Each run has a colour, which stays with it. The one in front is named in bold; ↑ and ↓, or a "
            "click on its curve or its name, bring another one there. A line is the mean of each column's "
            "batches, or smoothed, as in the curves; dots are the test set. The cursor reads the true values "
            "of each run at its place, in full of the one in front. Runs of different length share the axis "
            "of the one that goes furthest; in epochs or seconds each is where it was by then. The ticks, ▴, "
            "are what happened to the run in front."
        ),
        keys=(FRONT, *(hint for hint in KEYS if hint.shown not in _OF_ONE_RUN)),
        export="curves",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "front(-1)", "Run before", show=False),
        Binding("down,j", "front(1)", "Next run", show=False),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"overlay--dim"}

    class OverlayChanged(Message):
        """The runs are drawn in another way, or no longer (None)."""

        def __init__(self, canvas: OverlayCanvas | None) -> None:
            """Carry what to draw on."""
            super().__init__()
            self.canvas = canvas

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Show the runs that are compared."""
        super().__init__(choice, id=id)
        choice.compared.observe(self._post_canvas)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave to the screen what is about one run."""
        return action not in ("moment", "note") and super().check_action(action, parameters)

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Nothing of what is chosen shows here."""

    def clear(self, notice: str) -> None:
        """Stay: the runs are compared whichever is open."""

    def announce(self, notice: str) -> None:
        """Say what is being done, until there is a drawing."""
        self.notice = notice
        self.repaint()

    def fail(self, notice: str) -> None:
        """Say why there is nothing to show."""
        self._drawing = self._offered = None
        self.announce(notice)

    def action_look(self, what: str) -> None:
        """The next smoothing, axis, or lines; not those of matrices, which one colour can't tell apart."""
        super().action_look(what)
        if "update" in self.look.lines:
            super().action_look(what)

    def action_front(self, by: int) -> None:
        """Bring the run before, or the next one, to the front."""
        compared = self._choice.compared
        compared.bring(compared.at + by)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Bring the run to the front whose curve or name is under the mouse."""
        offset, drawing, canvas = event.get_content_offset(self), self._drawing, self.overlay_canvas()
        if offset is None or drawing is None or canvas is None or event.button != 1:
            return
        names = {hex_of(colour): at for at, (_, colour) in enumerate(canvas.colours)}
        for x, y in ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0)):
            at = names.get(_colour_at(drawing.lines, offset.x + x, offset.y + y))
            if at is not None:
                self._choice.compared.bring(at)
                return

    def picture(self, width: int, height: int) -> list[Strip]:
        """The newest drawing; where there is nothing to compare, how to mark runs."""
        runs = self._choice.compared.runs
        if len(runs) > 1:
            return super().picture(width, height)
        return self.said(width, self.tone("overlay--dim"), HOW_TO_MARK if runs else NO_RUNS)

    def overlay_canvas(self) -> OverlayCanvas | None:
        """What to draw on; None while the widget is hidden, or there is nothing to compare."""
        compared, canvas = self._choice.compared, self.canvas()
        if canvas is None or len(compared.runs) < 2:
            return None
        colours = run_colours(self.app.current_theme.dark)
        pairs = zip(compared.runs, compared.colours, strict=True)
        return OverlayCanvas(canvas, tuple((run.path, colours[at]) for run, at in pairs), compared.at)

    def _post_canvas(self) -> None:
        """Post what to draw on."""
        if self.is_mounted:
            self.post_message(self.OverlayChanged(self.overlay_canvas()))
            self.repaint()


def _colour_at(lines: list[Strip], x: int, y: int) -> str:
    """The colour of what is drawn in a cell; empty where nothing is."""
    if not (0 <= y < len(lines) and 0 <= x < lines[y].cell_length):
        return ""
    cell = lines[y].crop(x, x + 1)
    colours = (segment.style.color for segment in cell if segment.style and segment.text.strip())
    return next((colour.name for colour in colours if colour is not None), "")
