"""The most important keys, in the last line."""

from __future__ import annotations

from itertools import zip_longest
from typing import ClassVar

from textual.events import Click, MouseMove
from textual.strip import Strip

from explorer.ui.base.keys import KEYS, Key
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted

_KEYS = [key for keys in KEYS.values() for key in keys if key.footer]
_SHOWN = [
    (key, " " if following and following.name == key.name else f" {key.name} ")
    for key, following in zip_longest(_KEYS, _KEYS[1:])
]
"""The keys of the line, and what follows each: of neighbours that share a name, only the last shows it."""


class KeyLine(Painted):
    """The keys side by side in one line; a click does what the key does.

    Textual's own footer is one widget per key, and makes all of them again whenever the focus moves to
    another view or a dialog: 40 of the 340 ms to the first frame.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--name"}

    def paint(self, width: int, height: int) -> list[Strip]:
        """Each key with its name."""
        line, bright, plain = Line(), self.tone("keys--key"), self.tone("keys--name")
        for key, after in _SHOWN:
            line.add(key.shown, bright).add(after, plain)
        return [line.strip(width)]

    async def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        key = _key_at(event.x)
        if key is not None:
            await self.app.run_action(f"screen.{key.action}")

    def on_mouse_move(self, event: MouseMove) -> None:
        """Show, as a tooltip, what the key under the mouse does."""
        key = _key_at(event.x)
        tip = key.tip if key else None
        if tip != self.tooltip:
            self.tooltip = tip


def _key_at(x: int) -> Key | None:
    """The key to which a column of the line belongs; its name counts as part of it."""
    right = 0
    for key, after in _SHOWN:
        right += len(key.shown) + len(after)
        if x < right:
            return key
    return None
