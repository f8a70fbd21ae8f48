"""The axes of plots that show a chosen range of values: ticks that are round, as far as the range allows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from explorer.ui.views.rulers import LINES_PER_TICK, SIZES, Ruler, Tick, label, powers


def between(low: float, high: float, lines: int, log: bool) -> Ruler:
    """The axis from a value to a larger one: at least two ticks, and about one in three to seven lines.

    Args:
        low: the value in the middle of the lowest line; its common logarithm, if `log`.
        high: that in the middle of the highest line.
        lines: how many there are, at least 2.
        log: whether each factor of ten has the same height. Ticks are powers of ten then, or their parts, if
            there are enough of them inside; else evenly spaced numbers.
    """
    found: Sequence[Tick] = ()
    for distance in (LINES_PER_TICK, 2, 1):
        for ticks in _candidates(low, high, lines, log):
            at = [Ruler(low, high, []).line(tick, lines) for tick, _ in ticks]
            if len(ticks) > max(1, len(found)) and all(
                one - other >= distance for one, other in pairwise(at)
            ):
                found = ticks
        if found:
            return Ruler(low, high, [*found])
    if not log:
        return Ruler(low, high, [(end, precise(end, (high - low) / 2)) for end in (low, high)])
    apart = (10**high - 10**low) / 2
    return Ruler(low, high, [(end, precise(10**end, min(apart, 10**end / 10))) for end in (low, high)])


def _candidates(low: float, high: float, lines: int, log: bool) -> Iterator[list[Tick]]:
    """Ticks that would do, if they stand apart."""
    if log:
        for values in powers(low, high):
            yield [(tick, label(10**tick)) for tick in values if low <= tick <= high]
    if not log or high - low < 1:
        ends = (10**low, 10**high) if log else (low, high)
        power = math.floor(math.log10((ends[1] - ends[0]) / lines))
        for gap in (10.0**exponent * factor for exponent in range(power, power + 3) for factor in (1, 2, 5)):
            numbers = range(math.ceil(ends[0] / gap - 1e-9), math.floor(ends[1] / gap + 1e-9) + 1)
            if 1 < len(numbers) <= lines:
                values = [number * gap for number in numbers]
                yield [(math.log10(one) if log else one, precise(one, gap)) for one in values]


def precise(value: float, gap: float) -> str:
    """A number in as many digits as tell it from one that differs by `gap`: `0.412`, `12.55k`, `3.141e-5`."""
    if abs(value) < gap / 2:
        return "0"
    if 1e-3 <= max(abs(value), gap) < 10_000:
        return f"{value:.{_decimals(gap)}f}"
    for size, letter in SIZES:
        if size <= abs(value) < 10**12:
            return f"{value / size:.{_decimals(gap / size)}f}{letter}"
    exponent = math.floor(math.log10(abs(value)))
    mantissa, power = f"{value:.{_decimals(gap / 10.0**exponent)}e}".split("e")
    return f"{mantissa}e{int(power)}"


def _decimals(gap: float) -> int:
    """Decimals that tell numbers apart which differ by this."""
    return max(0, min(15, -math.floor(math.log10(gap) + 1e-9)))
