"""A stroke with the mouse, from the press of a button until it is let go."""

from __future__ import annotations

from explorer.ui.views.pad import Pad
from explorer.ui.views.pad_layout import PadLayout


class MousePen:
    """Draws on a pad; points are in columns and lines from the corner of the view."""

    def __init__(self, pad: Pad) -> None:
        """Draw on this pad."""
        self._pad = pad
        self._last: tuple[float, float] | None = None
        self._curve = False

    @property
    def drawing(self) -> bool:
        """Whether a button is down that was pressed on the pad."""
        return self._last is not None

    def press(self, layout: PadLayout, x: float, y: float, erase: bool) -> bool:
        """Begin a stroke; false outside the pad."""
        if self._pad.sheet is None or not layout.holds(x, y):
            return False
        self._curve = layout.panel.curve and not erase
        self._pad.begin(layout.place(x, y), "erase" if erase else None)
        self._last = x, y
        self.drag(layout, x, y)
        return True

    def drag(self, layout: PadLayout, x: float, y: float) -> None:
        """Draw on to a point; a single channel takes the value at which the mouse is."""
        pad, sheet = self._pad, self._pad.sheet
        if self._last is None or sheet is None:
            return
        place = layout.place(x, y)
        if self._curve:
            low, high = sheet.scales[0]
            points = (
                (layout.place(*one)[0], low + layout.share(one[0]) * (high - low))
                for one in (self._last, (x, y))
            )
            pad.trace(*points)
        elif layout.panel.curve:
            pad.draw((place[0], 0))
        else:
            pad.draw(place)
        self._last = x, y
        scroll = layout.scroll
        timestep = max(scroll.first, min(scroll.last - 1, round(place[0])))
        pad.mark, pad.pen = None, (timestep, max(0, min(sheet.inputs - 1, round(place[1]))))

    def let_go(self) -> None:
        """End the stroke."""
        self._last = None
        self._pad.lift()
