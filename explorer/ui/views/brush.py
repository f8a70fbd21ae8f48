"""What a stroke does to a sheet: a soft pen on an image, a step up or down in the channels of anything else.

A place is (timestep, input), whole numbers in the middle of a pixel. Passing a place twice in one stroke
changes it once: ink doesn't add up, and steps are taken from the sheet as it was before the stroke.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final, Literal

from explorer.ui.views.sheet import INK, Sheet

Tool = Literal["ink", "erase", "raise", "lower"]
"""What the pen does."""
TOOLS: Final[Mapping[bool, tuple[Tool, ...]]] = {True: ("ink", "erase"), False: ("raise", "lower", "erase")}
"""The tools for an image, and for anything else."""
Place = tuple[float, float]
"""A timestep and an input."""
PEN: Final = 1.0
"""Half of the pen's width, in pixels: MNIST's strokes are about 2 wide."""
RUBBER: Final = 1.5
"""Half of the eraser's width."""
STEP: Final = 1 / 8
"""How much a channel is raised or lowered, as a share of its scale."""


def stroke(now: Sheet, before: Sheet, start: Place, end: Place, tool: Tool) -> dict[int, float]:
    """The numbers that a piece of a stroke gives, by their places in row-major order.

    Args:
        now: the sheet.
        before: the same before the stroke.
        start: where the piece begins.
        end: where it ends.
        tool: what the pen does.
    """
    if now.image:
        width = PEN if tool == "ink" else RUBBER
        return dict(_inked(now, coverage(now, start, end, width), tool == "ink"))
    return dict(_stepped(before, path(before, start, end), tool))


def traced(sheet: Sheet, start: Place, end: Place) -> dict[int, float]:
    """The numbers of a single channel along a line over time; here a place is (timestep, value)."""
    (first, low), (last, high) = sorted((start, end)) if start[0] != end[0] else (start, end)
    values: dict[int, float] = {}
    for timestep in range(
        max(0, math.ceil(first - 0.5)), min(sheet.timesteps - 1, math.floor(last + 0.5)) + 1
    ):
        share = 1.0 if last == first else min(1.0, max(0.0, (timestep - first) / (last - first)))
        values[timestep] = low + (high - low) * share
    return values


def coverage(sheet: Sheet, start: Place, end: Place, width: float) -> Iterator[tuple[int, float]]:
    """How much of each pixel near a line is covered, 0..1, by a round, soft pen of this half width.

    Only pixels beside the line are looked at: a stroke across 1,000 × 512 isn't a loop over all of them.
    """
    reach = width + 0.5
    (t0, i0), (t1, i1) = start, end
    along, across = t1 - t0, i1 - i0
    length = along * along + across * across
    for t in range(
        max(0, math.ceil(min(t0, t1) - reach)), min(sheet.timesteps - 1, math.floor(max(t0, t1) + reach)) + 1
    ):
        shares = (
            (0.0, 1.0)
            if not along
            else tuple(min(1.0, max(0.0, (t + side * reach - t0) / along)) for side in (-1, 1))
        )
        ends = [i0 + across * share for share in shares]
        left, right = max(0, math.ceil(min(ends) - reach)), math.floor(max(ends) + reach)
        for i in range(left, min(sheet.inputs - 1, right) + 1):
            share = ((t - t0) * along + (i - i0) * across) / length if length else 0.0
            share = min(1.0, max(0.0, share))
            away = math.hypot(t - t0 - along * share, i - i0 - across * share)
            if (covered := min(1.0, reach - away)) > 0:
                yield t * sheet.inputs + i, covered


def path(sheet: Sheet, start: Place, end: Place) -> set[int]:
    """The places on a line between two, one after the other, each beside the one before."""
    (t0, i0), (t1, i1) = start, end
    steps = max(1, math.ceil(max(abs(t1 - t0), abs(i1 - i0))))
    places: set[int] = set()
    for number in range(steps + 1):
        t = math.floor(t0 + (t1 - t0) * number / steps + 0.5)
        i = math.floor(i0 + (i1 - i0) * number / steps + 0.5)
        if 0 <= t < sheet.timesteps and 0 <= i < sheet.inputs:
            places.add(t * sheet.inputs + i)
    return places


def _inked(now: Sheet, covered: Iterator[tuple[int, float]], ink: bool) -> Iterator[tuple[int, float]]:
    """Ink, or paper, where the pen covers it."""
    numbers = now.given.x.numbers
    for place, share in covered:
        yield place, max(numbers[place], INK * share) if ink else min(numbers[place], INK * (1 - share))


def _stepped(before: Sheet, places: set[int], tool: Tool) -> Iterator[tuple[int, float]]:
    """A step up or down, or the mean."""
    numbers = before.given.x.numbers
    for place in places:
        channel = place % before.inputs
        low, high = before.scales[channel]
        step = STEP * ((high - low) or 1.0)
        by = {"raise": step, "lower": -step}.get(tool)
        yield place, before.blank[channel] if by is None else numbers[place] + by
