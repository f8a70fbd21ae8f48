"""A pad to draw an input on, or to change a test sample; every question is then asked of what is drawn."""

from __future__ import annotations

from typing import ClassVar, Final, Literal

from textual.binding import Binding, BindingType
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp
from textual.message import Message
from textual.strip import Strip

from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Choice
from explorer.ui.views.drawing import Drawing
from explorer.ui.views.mouse_pen import MousePen
from explorer.ui.views.pad_layout import PadLayout
from explorer.ui.views.pad_lines import PadLines
from explorer.ui.views.view import About
from explorer.ui.views.wishes import Said

RIGHT: Final = 3
"""The number of the mouse's right button."""
Wish = Literal["save", "open", "change"]
"""What a key asks for with a dialog: a name, another sheet, or a number for the stretch."""


class Draw(Drawing):
    """The pad, and what the network makes of what is on it."""

    about = About(
        title="draw",
        tip="draw a sample, or change one",
        help=(
            "Draw with the mouse, the right button erases; or move the pen with the arrows: space puts it "
            "down and lifts it. It begins with a copy of the test sample that is chosen; ] and [ choose "
            "another. Each stroke is read at once, and every view is about what is drawn, without a label. "
            "shift+↑ ↓ marks a stretch of timesteps to clear (l), copy (k) or change (enter); v puts a copy "
            "on another sample: the top of one, the bottom of another. What isn't an image is changed by "
            "channels: raised, lowered, set to its mean, and its numbers set, shifted, scaled or moved."
        ),
        keys=(
            Hint("↑ ↓ ← →", "draw: the pen", "Pen", 4),
            Hint("space", "draw: ink, and lift the pen", "Ink", 5),
            Hint("d", "draw: ink or erase; channels: raise, lower, erase", "Tool", 12),
            Hint("u", "draw: undo the newest stroke", "Undo", 13),
            Hint("l", "draw: clear the row, or the stretch", "Clear", 16),
            Hint("shift+↑ ↓", "draw: mark a stretch of timesteps"),
            Hint("k v", "draw: copy the stretch, put it on the pad", "Copy/put", 17),
            Hint("enter", "draw: set, shift, scale or move the stretch", "Change", 17),
            Hint("ctrl+s", "draw: save it with the run, under a name", "Save", 6),
            Hint("o", "draw: saved ones, and empty paper", "Open", 16),
            Hint("escape", "draw: lift the pen, unmark the stretch"),
        ),
        shows_sample=True,
        export="activations",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1, 0)", "Pen up", show=False),
        Binding("down", "move(1, 0)", "Pen down", show=False),
        Binding("left", "move(0, -1)", "Pen left", show=False),
        Binding("right", "move(0, 1)", "Pen right", show=False),
        Binding("shift+up", "move(-1, 0, True)", "Mark upward", show=False),
        Binding("shift+down", "move(1, 0, True)", "Mark downward", show=False),
        Binding("home", "move(-1000, 0)", "First timestep", show=False),
        Binding("end", "move(1000, 0)", "Last timestep", show=False),
        Binding("space", "ink", "Ink", show=False),
        Binding("d", "tool", "Tool", show=False),
        Binding("u", "undo", "Undo", show=False),
        Binding("l", "clear_stretch", "Clear", show=False),
        Binding("k", "copy", "Copy", show=False),
        Binding("v", "paste", "Put", show=False),
        Binding("enter", "ask('change')", "Change", show=False),
        Binding("ctrl+s", "ask('save')", "Save", show=False),
        Binding("o", "ask('open')", "Open", show=False),
        Binding("escape", "lift", "Lift", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "draw--dim",
        "draw--strong",
        "draw--cursor",
        "draw--right",
        "draw--wrong",
    }

    class Wished(Message):
        """A key was pressed that asks for something."""

        def __init__(self, what: Wish) -> None:
            """Carry what for."""
            super().__init__()
            self.what = what

    def __init__(self, choice: Choice, *, id: str) -> None:
        """Start with the pen up."""
        super().__init__(choice, id=id)
        self._mouse = MousePen(self.pad)
        self._keyed = False  # whether the pen is moved by keys, and has to be seen
        self._fine = False  # whether the terminal reports the mouse within cells
        self._first = 0

    # Keys

    def action_move(self, down: int, right: int, marking: bool = False) -> None:
        """Move the pen."""
        self._keyed = True
        self.pad.move(down, right, marking)
        self.show_change()

    def action_ink(self) -> None:
        """Put the pen down, or lift it."""
        self._keyed = True
        if self.pad.down:
            self.pad.lift()
        else:
            self.pad.press(self.pad.pen)
        self.show_change()

    def action_lift(self) -> None:
        """Lift the pen, and mark nothing."""
        self.pad.lift()
        self.pad.mark = None
        self.repaint()

    def action_tool(self) -> None:
        """The next tool."""
        self.pad.turn_tool()
        self.show_change()

    def action_undo(self) -> None:
        """Take back the newest stroke."""
        if not self.pad.undo():
            self.post_message(Said("nothing is drawn that could be undone"))
        self.show_change()

    def action_clear_stretch(self) -> None:
        """Erase the stretch, or the pen's row."""
        self._keyed = True
        self.pad.clear()
        self.show_change()

    def action_copy(self) -> None:
        """Copy the stretch."""
        self.pad.copy()
        first, last, _ = self.pad.stretch
        self.post_message(Said(f"timesteps {first + 1:,}–{last + 1:,} copied; v puts them where the pen is"))

    def action_paste(self) -> None:
        """Put the copy on the pad."""
        if not self.pad.paste():
            self.post_message(Said("nothing is copied; shift+↑ ↓ marks timesteps, k copies them"))
        self.show_change()

    def action_ask(self, what: Wish) -> None:
        """Ask something, if there is a sheet."""
        self.pad.lift()
        if self.pad.sheet is not None and not self.stale:
            self.post_message(self.Wished(what))

    # Mouse

    def on_mouse_down(self, event: MouseDown) -> None:
        """Begin a stroke: the right button erases."""
        layout = self._layout()
        if layout is not None and self._mouse.press(layout, *self._spot(event), event.button == RIGHT):
            event.stop()
            self.capture_mouse()
            self._keyed = False
            self.show_change()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Draw on; a button that was let go elsewhere has ended the stroke."""
        layout = self._layout()
        if self._mouse.drawing and layout is not None:
            event.stop()
            if event.button:
                self._mouse.drag(layout, *self._spot(event))
                self.show_change()
            else:
                self._let_go()

    def on_mouse_up(self, event: MouseUp) -> None:
        """End the stroke."""
        if self._mouse.drawing:
            event.stop()
            self._let_go()

    def _let_go(self) -> None:
        """End the stroke."""
        self.release_mouse()
        self._mouse.let_go()
        self.show_change()

    def _spot(self, event: MouseEvent) -> tuple[float, float]:
        """Where the mouse is, in columns and lines; a terminal that reports cells means their middles."""
        left, top = self.gutter.top_left
        x, y = event.pointer_x - left, event.pointer_y - top
        self._fine = self._fine or bool(x % 1 or y % 1)
        return (x, y) if self._fine else (x + 0.5, y + 0.5)

    # Painting

    def _layout(self) -> PadLayout | None:
        """Where everything is; None while there is no sheet."""
        sheet = self.pad.sheet
        if sheet is None or self.stale:
            return None
        size, shape = (self.size.width, self.size.height), (sheet.timesteps, sheet.inputs)
        return PadLayout.fit(size, shape, self.pad.pen[0], self._first, sheet.image)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The pad, and beside it or below what it is read as."""
        layout, sheet = self._layout(), self.pad.sheet
        if layout is None or sheet is None:
            return self.said(width, self.tone("draw--dim"))
        self._first = layout.scroll.first
        frame = PadLines(self.pad, sheet, layout, self.tone, self.dark, self.tint)
        pen = self._keyed or self.pad.down
        return [line.strip(width) for line in frame.all(self.answer, self.notice, pen and self.has_focus)]
