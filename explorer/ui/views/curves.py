"""The curves: drawn by the follower, painted by difference."""

from __future__ import annotations

from dataclasses import replace

from textual.events import Hide, Resize, Show
from textual.message import Message
from textual.strip import Strip

from explorer.ui.views.choice import Chosen
from explorer.ui.views.curve_keys import KEYS
from explorer.ui.views.curve_mouse import CurveMouse
from explorer.ui.views.look import Look
from explorer.ui.views.plots import Canvas, Drawing, Ink
from explorer.ui.views.view import About
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import parse


class Curves(CurveMouse):
    """Loss, accuracy and what else each step says, over the training."""

    about = About(
        title="curves",
        tip="loss, accuracy, gradient, rate, speed, updates",
        help=(
            "Each column is a range of steps. The line is the mean of its batches, or, smoothed, an "
            "exponential mean of all batches so far, which is the same at every zoom; the title says which. "
            "The band behind it reaches from the lowest to the highest batch, the dots are the test set. "
            "Zoomed in far enough, each batch is a dot. The loss is a mean cross-entropy in nats: guessing "
            "among K classes costs ln K. The cursor reads the true values of its step; what follows ~ is "
            "smoothed, and what isn't of that step says of which. On the axis, ▴ marks what happened to the "
            "run, ◆ the step whose weights all views show, 0 a value that a logarithmic axis has no place "
            "for, N and ∞ what is no finite number."
        ),
        keys=KEYS,
    )

    class CanvasChanged(Message):
        """The size or the colours to draw in have changed, or the curves are hidden (None)."""

        def __init__(self, canvas: Canvas | None) -> None:
            """Carry what to draw on."""
            super().__init__()
            self.canvas = canvas

    throttled = True
    _offered: Drawing | None = None
    notice = "drawing …"

    def see(self, look: Look) -> None:
        """Have the curves drawn like this from now on."""
        if look != self.look:
            self.look = look
            self._post_canvas()

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Mark the step whose weights all views show."""
        self.see(replace(self.look, moment=now.selection.moment))

    def offer(self, drawing: Drawing) -> None:
        """Take a drawing, made for this widget's size, that is shown when there is time for it."""
        self._offered = drawing

    def catch_up(self) -> None:
        """Show the drawing that was offered last, unless it is shown already."""
        if self._offered is not None:
            self._drawing, self._offered, self.notice = self._offered, None, "drawing …"
            self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: there is no run, or none of it is drawn yet."""
        self._drawing, self._offered, self.look = None, None, self.look.elsewhere()
        super().clear(notice)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The newest drawing, if it fits; one of another size is not shown."""
        lines = self._drawing.lines if self._drawing else []
        if lines and lines[0].cell_length == width and len(lines) <= height:
            return lines
        return [Line().add(f" {self.notice}").strip(width)]

    def canvas(self) -> Canvas | None:
        """What to draw on; None while the widget is hidden."""
        if not (self.display and self.size.area):
            return None
        dark = self.app.current_theme.dark
        ink = Ink(
            axis=parse("#8b93a3" if dark else "#5a6270"),
            band=parse("#1f4a6e" if dark else "#b9d4ec"),
            train=parse("#6cc4ff" if dark else "#1668b8"),
            test=parse("#ffb454" if dark else "#c2570c"),
            third=parse("#7ec87e" if dark else "#2e7d32"),
            shade=parse("#3a4252" if dark else "#d5dae3"),
        )
        return Canvas(self.size.width, self.size.height, ink, self.look)

    def on_mount(self) -> None:
        """Have the curves drawn in other colours when the theme changes."""
        self.app.theme_changed_signal.subscribe(self, lambda _: self._post_canvas())

    def on_resize(self, event: Resize) -> None:
        """Have the curves drawn for the new size."""
        self._post_canvas()

    def on_show(self, event: Show) -> None:
        """Have the curves drawn again."""
        self._post_canvas()

    def on_hide(self, event: Hide) -> None:
        """Have the curves drawn no more."""
        self._post_canvas()

    def _post_canvas(self) -> None:
        """Post what to draw on."""
        self.post_message(self.CanvasChanged(self.canvas()))
