"""How much room the rest of a dialog's box leaves for the part of it that gives way."""

from __future__ import annotations

from typing import Final

from textual.geometry import Size
from textual.widget import Widget

BORDER: Final = 2
"""Lines of a box's border."""


def room_for(widget: Widget, container: Size, viewport: Size, width: int) -> int:
    """The lines of the terminal that are left for a widget in a box, at least 1.

    With `max-height: 1fr`, Textual would let the widget push what is below it out of the box. It must be laid
    out again when something beside it has changed its height.

    Args:
        widget: what gives way; its `get_content_height` asks this.
        container: as `get_content_height` gets it.
        viewport: likewise.
        width: likewise.
    """
    taken = BORDER
    for one in widget.siblings:
        if one.display:
            fixed = one.styles.height is not None and one.styles.height.cells
            taken += fixed or one.get_content_height(container, viewport, width)
            taken += one.styles.margin.height
    return max(1, viewport.height - taken)
