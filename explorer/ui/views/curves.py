"""The curves: drawn by the follower, painted by difference."""

from __future__ import annotations

from textual.events import Hide, Resize, Show
from textual.message import Message
from textual.strip import Strip

from explorer.ui.views.plots import Canvas, Ink
from explorer.ui.views.view import About, View
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import parse


class Curves(View):
    """Loss and accuracy over the steps."""

    about = About(
        title="curves",
        tip="loss and accuracy",
        help=(
            "Loss and accuracy of the batches (a line) and of the test samples (dots) over the steps. The "
            "loss is a mean cross-entropy in nats, on a logarithmic scale: guessing among K classes costs "
            "ln K."
        ),
    )

    class CanvasChanged(Message):
        """The size or the colours to draw in have changed, or the curves are hidden (None)."""

        def __init__(self, canvas: Canvas | None) -> None:
            """Carry what to draw on."""
            super().__init__()
            self.canvas = canvas

    throttled = True
    _drawing: list[Strip] | None = None
    _offered: list[Strip] | None = None
    notice = "drawing …"

    def offer(self, lines: list[Strip]) -> None:
        """Take a drawing, made for this widget's size, that is shown when there is time for it."""
        self._offered = lines

    def catch_up(self) -> None:
        """Show the drawing that was offered last, unless it is shown already."""
        if self._offered is not None:
            self._drawing, self._offered, self.notice = self._offered, None, "drawing …"
            self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: there is no run, or none of it is drawn yet."""
        self._drawing, self._offered = None, None
        super().clear(notice)

    def picture(self, width: int, height: int) -> list[Strip]:
        """The newest drawing, if it fits; one of another size is not shown."""
        if self._drawing and self._drawing[0].cell_length == width and len(self._drawing) <= height:
            return self._drawing
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
        )
        return Canvas(self.size.width, self.size.height, ink)

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
