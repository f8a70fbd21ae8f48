"""The pad: a sheet, a pen over it, and what a person did, which can be undone. No screen, no questions."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from explorer.ui.views.brush import TOOLS, Place, Tool, stroke, traced
from explorer.ui.views.sheet import Sheet, Stretch, cleared, pasted

MOST: Final = 200
"""The most changes that can be undone, and"""
MOST_BYTES: Final = 16 << 20
"""the most bytes that they may take."""


class Clip(NamedTuple):
    """Timesteps that were copied."""

    inputs: int
    """I."""
    numbers: Sequence[float]
    """All inputs of each timestep, one after the other."""


class Pad:
    """What is drawn, and with what."""

    def __init__(self) -> None:
        """An empty table: there is a pad as soon as there is a sheet."""
        self.sheet: Sheet | None = None
        """What lies on it."""
        self.tool: Tool = "ink"
        """What the pen does."""
        self.pen = (0, 0)
        """The pixel below the pen: timestep and input, from 0."""
        self.mark: int | None = None
        """The other end of the stretch that is marked; None: only the pen's timestep is."""
        self.clip: Clip | None = None
        """What was copied."""
        self._before: Sheet | None = None  # as it was before the stroke that is being drawn
        self._at: Place = (0.0, 0.0)
        self._tool: Tool = "ink"  # of that stroke
        self._undone: deque[Sheet] = deque(maxlen=MOST)

    # The sheet

    def lay(self, sheet: Sheet) -> None:
        """Put another sheet on it; undo gets back one that was drawn."""
        self.lift()
        if self.sheet is not None and self.sheet.inputs != sheet.inputs:
            self._undone.clear()  # of another data set
        elif self.sheet is not None and self.sheet.source is None:
            self._remember(self.sheet)
        self.sheet = sheet
        self.pen = min(self.pen[0], sheet.timesteps - 1), min(self.pen[1], sheet.inputs - 1)
        self.mark = None if self.mark is None else min(self.mark, sheet.timesteps - 1)
        if self.tool not in TOOLS[sheet.image]:
            self.tool = TOOLS[sheet.image][0]

    def undo(self) -> bool:
        """Take back the newest change; false if there is none."""
        self.lift()
        if not self._undone:
            return False
        self.sheet = self._undone.pop()
        return True

    def _remember(self, sheet: Sheet) -> None:
        """Keep a sheet for undo; the oldest ones go."""
        self._undone.append(sheet)
        while sum(len(one.data) for one in self._undone) > MOST_BYTES and len(self._undone) > 1:
            self._undone.popleft()

    def _become(self, sheet: Sheet) -> None:
        """Change the sheet in one step."""
        if self.sheet is not None and sheet != self.sheet:
            self._remember(self.sheet)
            self.sheet = sheet

    # Strokes

    @property
    def down(self) -> bool:
        """Whether the pen is down."""
        return self._before is not None

    def press(self, at: Place, tool: Tool | None = None) -> None:
        """Put the pen down and draw a point, with the tool that is chosen or another one."""
        self.begin(at, tool)
        self.draw(at)

    def begin(self, at: Place, tool: Tool | None = None) -> None:
        """Put the pen down."""
        self.lift()
        self._before, self._at, self._tool = self.sheet, at, tool or self.tool

    def draw(self, to: Place) -> None:
        """Draw from where the pen is to another place."""
        if self._before is None or self.sheet is None:
            return
        values = stroke(self.sheet, self._before, self._at, to, self._tool)
        self._at = to
        self.sheet = self.sheet.with_values(values)

    def trace(self, start: Place, end: Place) -> None:
        """Draw a single channel as a curve: places are (timestep, value); the pen is down."""
        if self._before is not None and self.sheet is not None:
            self.sheet = self.sheet.with_values(traced(self.sheet, start, end))

    def lift(self) -> None:
        """Lift the pen: the stroke can be undone in one step."""
        before, self._before = self._before, None
        if before is not None and before is not self.sheet:
            self._remember(before)

    def move(self, down: int, right: int, marking: bool = False) -> None:
        """Move the pen; it draws while it is down. `marking` begins a stretch, or keeps it."""
        if self.sheet is None:
            return
        if not marking:
            self.mark = None
        elif self.mark is None:
            self.mark = self.pen[0]
        timestep = max(0, min(self.sheet.timesteps - 1, self.pen[0] + down))
        self.pen = timestep, max(0, min(self.sheet.inputs - 1, self.pen[1] + right))
        self.draw(self.pen)

    def turn_tool(self) -> None:
        """Take the next tool; the pen stays down."""
        if self.sheet is None:
            return
        tools = TOOLS[self.sheet.image]
        self.tool = tools[(tools.index(self.tool) + 1) % len(tools)]
        if self.down:
            self.press(self.pen)

    # Stretches

    @property
    def stretch(self) -> Stretch:
        """What is marked, or the pen's timestep: of an image all inputs, else the channel below the pen."""
        first, last = sorted((self.pen[0], self.pen[0] if self.mark is None else self.mark))
        return Stretch(first, last, None if self.sheet is None or self.sheet.image else self.pen[1])

    def apply(self, change: Callable[[Sheet, Stretch], Sheet]) -> None:
        """Change the stretch."""
        self.lift()
        if self.sheet is not None:
            self._become(change(self.sheet, self.stretch))

    def clear(self) -> None:
        """Erase the stretch; without a mark the pen moves on, to clear one row after another."""
        self.apply(cleared)
        if self.mark is None:
            self.move(1, 0)

    def copy(self) -> None:
        """Copy the stretch, with all its inputs."""
        if self.sheet is not None:
            first, last, _ = self.stretch
            self.clip = Clip(self.sheet.inputs, self.sheet.part(Stretch(first, last)))

    def paste(self) -> bool:
        """Put what was copied where the stretch begins; false if nothing was, or of other inputs."""
        if self.sheet is None or self.clip is None or self.clip.inputs != self.sheet.inputs:
            return False
        clip = self.clip
        self.apply(lambda sheet, stretch: pasted(sheet, stretch.first, clip.numbers))
        return True
