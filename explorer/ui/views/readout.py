"""The numbers under the cursor of the gates, in as many words and decimals as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from explorer.ui.views.pooling import Pooled
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
    units: Sequence[int]
    """The units, by number."""
    values: list[tuple[str, Span, float]]
    """Each activation's letter, range and value."""
    pooled: Pooled = "mean"
    """What is shown of several units."""

    @property
    def place(self) -> str:
        """The timestep, counted from 1."""
        return f"timestep {self.timestep + 1:,} of {self.timesteps:,}"

    @property
    def which(self) -> str:
        """The units."""
        if len(self.units) == 1:
            return f"unit {self._named}"
        return f"{'units ' if self._neighbours else ''}{self._named} ({self.pooled})"

    @property
    def _neighbours(self) -> bool:
        """Whether they are neighbours by number."""
        return [*self.units] == [*range(self.units[0], self.units[0] + len(self.units))]

    @property
    def _named(self) -> str:
        """The units, as short as can be."""
        if len(self.units) == 1:
            return f"{self.units[0]}"
        return f"{self.units[0]}–{self.units[-1]}" if self._neighbours else f"{len(self.units)} units"

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
        now, units = f"{self.timestep + 1:,}", self._named
        short = f"unit {units}" if len(self.units) == 1 else f"{self.pooled} of {units}"
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


def short(value: float, span: Span, room: int) -> str:
    """A value in as many decimals as fit into `room` columns, at most two, without a 0 before the point:
    `.98`, `+1.2`, `-12`; empty where none fits. What has neither point nor sign in front doesn't touch the
    value before it.
    """
    forms = [number(value, span, decimals) for decimals in (2, 1, 0)]
    forms = [one.replace("0.", ".", 1) if one.lstrip("+-").startswith("0.") else one for one in forms]
    return next((form for form in forms if len(form) <= room - (form[0] not in "+-.")), "")


def _width(named: list[Named], gap: str) -> int:
    """Columns that the values take, each after a gap."""
    return sum(len(gap) + len(name) + 1 + len(text) for name, text in named)
