"""The numbers under the cursor of the gates, in as many words and decimals as there is room for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from explorer.ui.widgets.palette import Span

Named = tuple[str, str]
"""An activation's letter, and its value as text."""


@dataclass(frozen=True)
class Readout:
    """The values of all activations at one timestep, of one unit or as the mean of several."""

    timestep: int
    """From 0."""
    timesteps: int
    """T, of the sample."""
    first: int
    """The first unit."""
    last: int
    """The unit after the last."""
    values: list[tuple[str, Span, float]]
    """Each activation's letter, range and value."""

    @property
    def place(self) -> str:
        """The timestep, counted from 1."""
        return f"timestep {self.timestep + 1:,} of {self.timesteps:,}"

    @property
    def which(self) -> str:
        """The units."""
        if self.last - self.first == 1:
            return f"unit {self.first}"
        return f"units {self.first}–{self.last - 1} (mean)"

    def numbers(self, decimals: int) -> list[Named]:
        """Each activation's letter and value."""
        return [(name, number(value, span, decimals)) for name, span, value in self.values]

    def line(self, room: int) -> tuple[str, list[Named], str]:
        """One line's parts: where, the values, and what separates them; the fullest form that fits.

        Where even the shortest doesn't fit, the last values are left out whole.
        """
        for where, decimals, gap in self._forms():
            named = self.numbers(decimals)
            if len(where) + _width(named, gap) <= room:
                return where, named, gap
        while named and len(where) + _width(named, gap) > room:
            named.pop()
        return where, named, gap

    def _forms(self) -> Iterator[tuple[str, int, str]]:
        """Where, the number of decimals, and the gap between two values, from the fullest to the shortest."""
        now, alone = f"{self.timestep + 1:,}", self.last - self.first == 1
        units = f"{self.first}" if alone else f"{self.first}–{self.last - 1}"
        short = f"unit {units}" if alone else f"mean of {units}"
        yield f"{self.place} · {self.which} ", 3, "  "
        yield f"{self.place} · {self.which} ", 2, "  "
        yield f"{self.place} · {self.which}", 2, " "
        yield f"timestep {now} · {short} ", 2, "  "
        yield f"timestep {now} · {short}", 2, " "
        yield f"t {now} · {short}", 2, " "
        yield f"timestep {now} · {short}", 1, " "
        yield f"t {now} · {short}", 1, " "
        yield f"t {now} · {units}", 1, " "


def number(value: float, span: Span, decimals: int) -> str:
    """A value as text: signed, unless it can't be negative."""
    if not -1000 < value < 1000:  # also inf and nan, which a diverged training brings
        return f"{value:.0e}"
    value = round(value, decimals) + 0.0  # -0.0 + 0.0 is 0.0
    return f"{value:.{decimals}f}" if span == "unit" else f"{value:+.{decimals}f}"


def _width(named: list[Named], gap: str) -> int:
    """Columns that the values take, each after a gap."""
    return sum(len(gap) + len(name) + 1 + len(text) for name, text in named)
