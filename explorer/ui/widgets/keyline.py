"""The keys that do something now, in the last line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from operator import itemgetter
from typing import ClassVar, NamedTuple

from textual.events import Click, MouseMove
from textual.strip import Strip

from explorer.runs.snapshot import NO_RUN, Snapshot
from explorer.ui.base.keys import Hint, Key
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.painted import Painted

_WITHOUT_RUN = frozenset({"new_run", "race", "runs", "theme", "messages", "help", "quit_explorer"})
"""The actions that do something while no run is open."""
_MARGIN = 1
"""Columns before the first key."""
_GAP = "  "
"""What stands between two keys; behind the last it needs no room."""


class _Shown(NamedTuple):
    """A key in the line."""

    key: Key | Hint
    name: str
    """What it does now, in a word or two."""

    @property
    def place(self) -> tuple[int, str]:
        """Its rank and its name."""
        return self.key.rank, self.name


class KeyLine(Painted):
    """The keys side by side in one line, those of the active view first; a click does what the key does.

    Textual's own footer is one widget per key, and makes all of them again whenever the focus moves to
    another view or a dialog: 40 of the 340 ms to the first frame.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"keys--key", "keys--name"}

    _about: tuple[Sequence[Key | Hint], Snapshot, str] = ((), NO_RUN, "Enlarge")
    _covered = False

    def show(self, keys: Sequence[Key | Hint], snapshot: Snapshot, zoom: str) -> None:
        """Show those of the active view's keys that do something for a run in this state.

        Args:
            keys: all of them, in their order.
            snapshot: the run.
            zoom: what z does now, in a word or two; empty: nothing.
        """
        before = self._moment
        self._about = keys, snapshot, zoom
        if self._moment != before:
            self.repaint()

    def cover(self, covered: bool) -> None:
        """Show no key while something lies over the screen: it takes all of them, and names its own."""
        if covered != self._covered:
            self._covered = covered
            self.repaint()

    @property
    def _moment(self) -> tuple[object, ...]:
        """What the line depends on."""
        keys, snapshot, zoom = self._about
        return keys, snapshot.state, snapshot.steerable, snapshot.resumable, zoom

    def paint(self, width: int, height: int) -> list[Strip]:
        """Each key with its name."""
        line, bright, plain = Line().to(_MARGIN), self.tone("keys--key"), self.tone("keys--name")
        for shown, after in self._line(width):
            line.add(shown.key.shown, bright).add(after, plain)
        return [line.strip(width)]

    def _line(self, width: int) -> list[tuple[_Shown, str]]:
        """The keys that fit, and what follows each."""
        line: list[tuple[_Shown, str]] = []
        candidates = [(shown.place, shown) for shown in self._useful()]
        chosen: set[tuple[int, str]] = set()  # of a rank, those that share a name come together
        for place in dict.fromkeys(sorted((place for place, _ in candidates), key=itemgetter(0))):
            more = chosen | {place}
            longer = _spaced([shown for place, shown in candidates if place in more])
            taken = _MARGIN + sum([len(one.key.shown) + len(after) for one, after in longer])
            if taken <= width + len(_GAP):
                chosen, line = more, longer
        return line

    def _useful(self) -> Iterator[_Shown]:
        """The keys that do something now, in their order."""
        keys, snapshot, zoom = self._about
        for key in () if self._covered else keys:
            name = _name(key, snapshot)
            name = zoom if name == "Enlarge" else name
            if name:
                yield _Shown(key, name)

    async def on_click(self, event: Click) -> None:
        """Do what the key under the mouse does."""
        key = self._key_at(event.x)
        if isinstance(key, Key):
            await self.app.run_action(f"screen.{key.action}")

    def on_mouse_move(self, event: MouseMove) -> None:
        """Show, as a tooltip, what the key under the mouse does."""
        key = self._key_at(event.x)
        tip = key.tip if key else None
        if tip != self.tooltip:
            self.tooltip = tip

    def _key_at(self, x: int) -> Key | Hint | None:
        """The key to which a column of the line belongs; its name counts as part of it."""
        right = _MARGIN
        for shown, after in self._line(self.size.width):
            right += len(shown.key.shown) + len(after)
            if x < right:
                return shown.key
        return None


def _spaced(chosen: list[_Shown]) -> list[tuple[_Shown, str]]:
    """Keys, and what follows each: of neighbours that share a name, only the last shows it."""
    return [
        (one, " " if following and following.name == one.name else f" {one.name}{_GAP}")
        for one, following in zip_longest(chosen, chosen[1:])
    ]


def _name(key: Key | Hint, snapshot: Snapshot) -> str:
    """What a key does to a run in this state, in a word; empty if it does nothing."""
    action = key.action if isinstance(key, Key) else ""
    if snapshot.state == "none":
        return key.name if action in _WITHOUT_RUN else ""
    if action == "pause":
        if snapshot.resumable:
            names = {"finished": "Train longer", "waiting": "Start", "not started": "Start"}
            return names.get(snapshot.state, "Resume")
        return ("Continue" if snapshot.state == "paused" else "Pause") if snapshot.steerable else ""
    if action == "stop" or action.startswith("rate("):
        return key.name if snapshot.steerable else ""
    return key.name
