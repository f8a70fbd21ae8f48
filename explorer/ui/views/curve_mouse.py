"""The mouse in the curves: it moves the cursor, draws what is to be shown, moves it, and zooms."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.events import Click, Hide, MouseDown, MouseMove, MouseScrollDown, MouseScrollUp, MouseUp
from textual.geometry import Offset

from explorer.ui.views.curve_keys import CurveKeys
from explorer.ui.views.look import Drag, Look
from explorer.ui.views.plots import Area

WHEEL: Final = 1.4
"""How much a notch of the wheel zooms."""


class CurveMouse(CurveKeys):
    """A view of curves that is looked at by keys and mouse."""

    _begun: Drag | None = None  # where the left button was pressed
    _held: tuple[Area, Offset, Look] | None = None  # where the right one was, and what was shown

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
        return area.step(offset.x)

    def on_mouse_down(self, event: MouseDown) -> None:
        """Put the cursor where the mouse points, and begin to draw there; take hold with the right button."""
        offset = event.get_content_offset(self)
        area, step = self._area(offset), self._step_at(offset)
        if area is None or offset is None or step is None:
            return
        if event.button == 1:
            self._begun = Drag(step, area.upright.panel, area.row(offset.y), area.row(offset.y))
            self.capture_mouse()
            self.see(replace(self.look, cursor=step))
        elif event.button == 3:
            self._held = area, offset, self.look
            self.capture_mouse()

    def on_mouse_move(self, event: MouseMove) -> None:
        """Move the cursor with the mouse, while the view has the focus; draw, or move, with a button down."""
        offset = event.get_content_offset_capture(self)
        if not event.button:  # it was let go outside of the terminal
            self._let_go(self.look)
        if self._held is not None:
            self._move(offset)
        elif self._begun is not None and self._drawing is not None:
            area = self._drawing.area_of(self._begun.panel)
            if area is not None and area.stops:
                drag = self._begun._replace(now=area.row(offset.y))
                self.see(replace(self.look, cursor=area.step(offset.x), drag=drag))
        elif self.has_focus and (step := self._step_at(event.get_content_offset(self))) is not None:
            self.see(replace(self.look, cursor=step))

    def _move(self, offset: Offset) -> None:
        """Have what was under the mouse where it is now."""
        if self._held is None or self._drawing is None:
            return
        area, began, look = self._held
        moved = look.panned((began.x - offset.x) / area.columns, self._drawing.extent)
        panel = area.upright.panel
        if (shown := look.range_of(panel)) is not None:
            moved = moved.ranging(panel, area.upright.moved(shown, offset.y - began.y))
        self.see(replace(moved, cursor=self.look.cursor))

    def on_mouse_up(self, event: MouseUp) -> None:
        """Show what was drawn: its steps, and its values, if it is higher than a line or two."""
        look, drag = self.look, self.look.drag
        if self._drawing is not None and drag is not None and look.cursor is not None:
            if look.cursor != drag.step:
                look = look.spanning(drag.step, look.cursor, self._drawing.extent)
            if drag.tall and (area := self._drawing.area_of(drag.panel)) is not None:
                look = look.ranging(drag.panel, area.upright.drawn(*drag.rows))
        self._let_go(look)

    def on_hide(self, event: Hide) -> None:
        """Let go of the mouse."""
        self._let_go(self.look)

    def _let_go(self, look: Look) -> None:
        """Forget what was begun with a button, and look at the curves like this."""
        if self._begun or self._held:
            self.release_mouse()
            self._begun = self._held = None
            self.see(replace(look, drag=None))

    def on_click(self, event: Click) -> None:
        """Show all of it after a double click."""
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
