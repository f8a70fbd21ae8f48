"""The mouse in the curves: it moves the cursor, draws a stretch to be shown, and zooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.events import Click, Leave, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.geometry import Offset

from explorer.ui.views.curve_keys import CurveKeys
from explorer.ui.views.plots import Area

WHEEL: Final = 1.4
"""How much a notch of the wheel zooms."""


class CurveMouse(CurveKeys):
    """A view of curves that is looked at by keys and mouse."""

    _pressed: int | None = None  # the step at which a button was pressed

    def _area(self, offset: Offset | None) -> Area | None:
        """The plot at a place of the view."""
        areas = self._drawing.areas if self._drawing and offset else ()
        for area in areas:
            inside = area.left <= offset.x < area.left + area.columns if offset else False
            if offset and inside and area.top - 1 <= offset.y <= area.top + area.rows + 1:
                return area
        return None

    def _step_at(self, offset: Offset | None) -> int | None:
        """The step drawn nearest to a place of the view; None outside the plots, or without any."""
        area = self._area(offset)
        if area is None or offset is None or not area.stops:
            return None
        return min(area.stops, key=lambda stop: abs(stop[0] - (offset.x - area.left)))[1]

    def on_mouse_down(self, event: MouseDown) -> None:
        """Put the cursor where the mouse points."""
        step = self._step_at(event.get_content_offset(self))
        self._pressed = step if event.button == 1 else None
        if step is not None:
            self.see(replace(self.look, cursor=step))

    def on_mouse_move(self, event: MouseMove) -> None:
        """Move the cursor with the mouse, while the view has the focus; draw a stretch with a button down."""
        step = self._step_at(event.get_content_offset(self))
        if step is None or not self.has_focus:
            return
        anchor = self._pressed if event.button == 1 else None
        self.see(replace(self.look, cursor=step, anchor=anchor))

    def on_mouse_up(self, event: MouseUp) -> None:
        """Show the stretch that was drawn."""
        pressed, self._pressed = self._pressed, None
        look = replace(self.look, anchor=None)
        if self._drawing and pressed is not None and look.cursor not in (None, pressed) and self.look.anchor:
            look = look.spanning(pressed, look.cursor or 0, self._drawing.extent)
        self.see(look)

    def on_leave(self, event: Leave) -> None:
        """Forget a stretch that was begun."""
        self._pressed = None

    def on_click(self, event: Click) -> None:
        """Show all steps after a double click."""
        if event.chain == 2:
            self.action_whole()

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Zoom in where the mouse is."""
        self._wheel(event, 1 / WHEEL)

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """Zoom out."""
        self._wheel(event, WHEEL)

    def _wheel(self, event: MouseScrollUp | MouseScrollDown, factor: float) -> None:
        """Zoom around the step where the mouse is."""
        step = self._step_at(event.get_content_offset(self))
        if self._drawing is not None and step is not None:
            event.stop()
            self.see(self.look.zoomed(factor, step, self._drawing.extent))
