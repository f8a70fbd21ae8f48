"""How far numbers around 0 go: the end of their colour scale, found without a screen."""

from __future__ import annotations

import math
from heapq import nlargest

from explorer.ui.views.inputs import MOST


def reach(values: memoryview, row: int, before: float = 0.0, least: float = 1e-6) -> float:
    """How far values go from 0, without the farthest 2 %, rounded up to 1, 2 or 5 times 10ⁿ.

    Scaled to the maximum, nearly all of a saliency would look like 0. Of more values than `MOST`, every so
    many count, such that all places of a row take part.

    Args:
        values: the numbers, row by row; what isn't finite doesn't count.
        row: numbers in a row.
        before: the reach before, which is kept while it is at most three times too far.
        least: what it is at least: numbers that are all 0 must have a scale, too.
    """
    every = math.ceil(len(values) / MOST)
    while math.gcd(every, row) > 1:
        every += 1
    sizes: list[float] = [*map(abs, filter(math.isfinite, values[::every].tolist()))] or [1.0]
    beyond = nlargest(len(sizes) - int(0.98 * (len(sizes) - 1)), sizes)  # a third faster than sorting all
    far = max(beyond[-1], least)
    if before / 3 <= far <= before:
        return before
    power = 10.0 ** math.floor(math.log10(far))
    return next(power * step for step in (1, 2, 5, 10) if power * step >= far)
