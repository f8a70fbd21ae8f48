"""The keys that matter most, in the last line."""

from __future__ import annotations

from typing import ClassVar

from textual.events import Click, MouseMove
from textual.strip import Strip

from explorer.ui.keys import KEYS, Key
from explorer.ui.widgets.painted import Line, Painted


class KeyLine(Painted):
    """One line with a key after the other; a click does what the key does.

    Textual's own footer is a widget for each key, and makes all of them anew whenever another view, or a
    dialog, has the keys: 40 of the 340 ms to the first frame.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--name"}

    def paint(self, width: int, height: int) -> list[Strip]:
        """Each key with its name."""
        line = Line()
        for key, named in _shown():
            line.add(key.shown, self.tone("keys--key"))
            line.add(f" {key.name} " if named else " ", self.tone("keys--name"))
        return [line.strip(width)]

    async def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        key = _key_at(event.x)
        if key is not None:
            await self.app.run_action(f"screen.{key.action}")

    def on_mouse_move(self, event: MouseMove) -> None:
        """Say what the key under the mouse does."""
        key = _key_at(event.x)
        tip = key.tip if key else None
        if tip != self.tooltip:
            self.tooltip = tip


def _shown() -> list[tuple[Key, bool]]:
    """The keys of the line, and whether the name follows: of a group's, only after the last."""
    keys = [key for group in KEYS.values() for key in group if key.footer]
    after = [*keys[1:], None]
    return [
        (key, key.group is None or following is None or following.group is not key.group)
        for key, following in zip(keys, after, strict=True)
    ]


def _key_at(x: int) -> Key | None:
    """The key that a column belongs to, with its name."""
    right = 0
    for key, named in _shown():
        right += len(f"{key.shown} {key.name} " if named else f"{key.shown} ")
        if x < right:
            return key
    return None
