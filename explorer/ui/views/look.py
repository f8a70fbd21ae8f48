"""How the curves are looked at: one immutable value, of which each key makes another."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from explorer.runs.over import OVERS, Over
from explorer.runs.smoothing import SMOOTHING

LEAST: Final = 10.0
"""The fewest steps of a plot."""
FOLLOWING: Final = 8
"""A window that follows the newest step moves on by this share of it at a time: in between, only the tip of
the curves is painted."""
CHOICES: Final[tuple[tuple[str, ...], ...]] = (
    ("loss", "accuracy"),
    ("loss",),
    ("accuracy",),
    ("gradient",),
    ("rate",),
    ("speed",),
    ("update",),
)
"""What can be shown: the plots that stand together, by their names in `PANELS`."""
Axis = Literal["own", "log", "linear"]
"""Which vertical axes: each plot's own, or the same kind for all."""
AXES: Final[tuple[Axis, ...]] = ("own", "log", "linear")


class Extent(NamedTuple):
    """How far a run goes, in steps."""

    newest: float
    """The newest step."""
    edge: float
    """The right edge of a plot that shows all of it."""


class Range(NamedTuple):
    """What is shown of the vertical axis of a plot, in the units of that axis: see `Scale`."""

    panel: str
    """The plot, by its name in `PANELS`."""
    low: float
    """The value in the middle of the lowest line."""
    high: float


class Drag(NamedTuple):
    """A rectangle that is being drawn with the mouse, up to the cursor: what is in it will be shown."""

    step: int
    """Where it begins."""
    panel: str
    """The plot in which it is drawn."""
    began: int
    """The line of the plot in which it begins, counted from the highest."""
    now: int
    """That in which the mouse is."""

    @property
    def tall(self) -> bool:
        """Whether it is more than a stretch along a line or two: then it chooses values, too."""
        return abs(self.now - self.began) > 1

    @property
    def rows(self) -> tuple[int, int]:
        """Its highest and its lowest line."""
        return min(self.began, self.now), max(self.began, self.now)


class Span(NamedTuple):
    """A stretch of the steps."""

    first: float
    last: float
    follows: bool
    """Whether it moves on with the newest step."""


@dataclass(frozen=True)
class Look:
    """What a person has chosen in the curves."""

    cursor: int | None = None
    """The step under the cursor; None: there is no cursor."""
    drag: Drag | None = None
    """What is being drawn with the mouse."""
    span: Span | None = None
    """The steps that are shown; None: all."""
    ranges: tuple[Range, ...] = ()
    """The values that are shown, of the plots that don't show all of theirs."""
    factor: float = 0.0
    """Of the smoothing, below 1; 0: there is none."""
    over: Over = "steps"
    axis: Axis = "own"
    lines: tuple[str, ...] = CHOICES[0]
    """One of `CHOICES`."""
    moment: int | None = None
    """The step whose weights all views ask; None: now."""

    @property
    def still(self) -> Look:
        """The same with a cursor anywhere: the curves are the same."""
        return replace(self, cursor=None if self.cursor is None else 0, drag=None)

    def elsewhere(self) -> Look:
        """The same for another run: steps and values of this one mean nothing there."""
        return replace(self, cursor=None, drag=None, span=None, ranges=(), moment=None)

    def whole(self) -> Look:
        """The same with all steps and all values."""
        return replace(self, span=None, ranges=())

    def range_of(self, panel: str) -> Range | None:
        """The values that are shown of a plot; None: all."""
        return next((one for one in self.ranges if one.panel == panel), None)

    def ranging(self, panel: str, shown: Range | None) -> Look:
        """The same with these values of a plot; None: all of them."""
        others = tuple(one for one in self.ranges if one.panel != panel)
        return replace(self, ranges=others if shown is None else (*others, shown))

    def window(self, extent: Extent) -> tuple[float, float]:
        """The steps at the edges of the plots."""
        if self.span is None:
            return 0.0, extent.edge
        first, last, follows = self.span
        pace = (last - first) / FOLLOWING
        ahead = math.ceil((extent.newest - last) / pace) * pace if follows and extent.newest > last else 0.0
        return first + ahead, last + ahead

    def zoomed(self, factor: float, around: float | None, extent: Extent) -> Look:
        """A window of this factor's width, in which a step stays where it is; None: the newest one shown."""
        first, last = self.window(extent)
        around = min(max(min(last, extent.newest) if around is None else around, first), last)
        width = max(min(LEAST, extent.edge), (last - first) * factor)
        return self._spanning(around - (around - first) / (last - first) * width, width, extent)

    def panned(self, share: float, extent: Extent) -> Look:
        """The window moved by a share of its width."""
        first, last = self.window(extent)
        return self._spanning(first + share * (last - first), last - first, extent)

    def spanning(self, one: float, other: float, extent: Extent) -> Look:
        """The window from one step to another, which may come before."""
        first, last = min(one, other), max(one, other)
        width = max(min(LEAST, extent.edge), last - first + 1)
        return self._spanning((first + last - 1 - width) / 2, width, extent)

    def showing(self, step: int, extent: Extent) -> Look:
        """The same, moved as far as necessary for a step to be inside."""
        first, last = self.window(extent)
        if first < step <= last:
            return self
        width = last - first
        return self._spanning(step - width if step > last else step - 1, width, extent)

    def _spanning(self, first: float, width: float, extent: Extent) -> Look:
        """The window from here on, of this width, as far as the run goes."""
        if width >= extent.edge:
            return replace(self, span=None)
        first = min(max(first, 0.0), extent.edge - width)
        span = Span(first, first + width, first < extent.newest <= first + width)
        return replace(self, span=span)

    def smoothed_next(self) -> Look:
        """The next smoothing that has a name; after the strongest, none."""
        return replace(
            self, factor=min((one for one in SMOOTHING.values() if one > self.factor), default=0.0)
        )

    def over_next(self) -> Look:
        """The next horizontal axis."""
        return replace(self, over=OVERS[(OVERS.index(self.over) + 1) % len(OVERS)])

    def axis_next(self) -> Look:
        """The next vertical axis, with all values: the range of another axis is no range of this one."""
        return replace(self, axis=AXES[(AXES.index(self.axis) + 1) % len(AXES)], ranges=())

    def lines_next(self) -> Look:
        """The next lines."""
        return replace(self, lines=CHOICES[(CHOICES.index(self.lines) + 1) % len(CHOICES)])
