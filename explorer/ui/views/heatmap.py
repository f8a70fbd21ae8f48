"""What the pixels of the gate heatmaps show: arithmetic without a screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import truediv
from typing import TypeAlias

from explorer.protocol.questions import Answer
from explorer.ui.views.activations import Activations
from explorer.ui.views.columns import Columns
from explorer.ui.views.inputs import Inputs
from explorer.ui.views.pooling import Pooled, counted
from explorer.ui.views.saliency import Saliency
from explorer.ui.views.sources_data import Shares
from explorer.ui.views.unit_order import UnitOrder

Painted: TypeAlias = "dict[tuple[int, int, int, int, Pooled, UnitOrder], list[float]]"
"""The values that were painted: by activation, timestep, and what the layout shows of the units."""
STEADY = 1.5
"""How many colours a value must move, while the weights are learning, before its pixel changes."""
STEADIER = 3.0
"""The same where bytes are few: pictures are coarser then, but come two to three times as often."""


class Readings:
    """One answer of the engine, ready to be painted."""

    def __init__(
        self,
        answer: Activations,
        before: Readings | None = None,
        steady: float = STEADY,
        over: Answer | None = None,
        sources: Answer | None = None,
    ) -> None:
        """Read the activations in place: no copy, no numpy.

        Args:
            answer: the activations.
            before: what is painted now, while the weights are learning. A pixel that has moved too little
                since then is painted as it was: that halves the cells that change.
            steady: how many colours of its scale are too little.
            over: the saliency of the same sequence, to be painted over it.
            sources: where what is held was written, of the same sequence and the same weights.

        Raises:
            ValueError: that isn't what its question promises.
        """
        self.answer = answer
        self.inputs = Inputs(answer)
        """What the sample shows."""
        self._steady = steady
        self._values = answer.values
        self._painted: Painted = {}
        self._before: Painted = {}
        """What the readings before painted; without what they had from those before them."""
        if before is not None and not before.answer.like(answer):
            before = None
        shown = before.saliency if before is not None else None
        self.saliency: Saliency | None = Saliency(over, answer, shown) if over is not None else None
        """What is painted over it."""
        self.sources = Shares(sources) if sources is not None else None
        """Where what is held was written."""
        if self.sources is not None and self.sources.timesteps != answer.timesteps:
            raise ValueError("no sources of the sequence that was read")
        if before is not None:
            self._before = before._painted

    def value(self, activation: int, timestep: int, units: Sequence[int], pooled: Pooled = "") -> float:
        """What is shown of units at a timestep, without bounds: the value of one, or what several share."""
        base, values = timestep * self.answer.hidden, self._values[activation]
        parts = counted([values[base + unit] for unit in units], pooled, self.answer.infos[activation].span)
        return sum(parts) / len(units)

    def levels(self, activation: int, timestep: int, layout: Columns, levels: int) -> list[int]:
        """The colours of one timestep of a map, 0 to `levels` - 1; NaN gets the lowest.

        This runs for every pixel of every repaint, so it is one loop without calls.
        """
        low, high = self.limits(activation)
        per_level, top = levels / (high - low), levels - 1
        high -= 1e-9  # just below it, the quotient is rounded up to `levels`: that of tanh 18.5
        return [
            int((value - low) * per_level) if low < value < high else top if value >= high else 0
            for value in self.painted(activation, timestep, layout, levels)
        ]

    def painted(self, activation: int, timestep: int, layout: Columns, levels: int) -> list[float]:
        """What the columns of one timestep are painted by: values, or the tanh of those without bounds."""
        key = (activation, timestep, layout.first, layout.columns, layout.pooled, layout.order)
        values = self._painted.get(key)
        if values is None:
            values = self._painted[key] = self._means(activation, timestep, layout)
            if old := self._before.get(key):
                low, high = self.limits(activation)
                step = self._steady * (high - low) / levels
                pairs = zip(old, values, strict=True)
                values[:] = [one if -step < other - one < step else other for one, other in pairs]
        return values

    def _means(self, activation: int, timestep: int, layout: Columns) -> list[float]:
        """What each column of a map shows at a timestep: a unit's value, or what several share.

        Of an activation without bounds, it is the tanh of that.
        """
        base, order = timestep * self.answer.hidden, layout.order.units
        values = self._values[activation]
        if layout.pooled:
            units = layout.order.arranged(values[base : base + self.answer.hidden].tolist())
            units = counted(units, layout.pooled, self.answer.infos[activation].span)
            slices, counts = layout.pools  # without a step of Python's own for each column: half the time
            means = [*map(truediv, map(sum, map(units.__getitem__, slices)), counts)]
        else:
            first, last = layout.first, layout.first + len(layout.spans)
            means = (
                [values[base + unit] for unit in order[first:last]]
                if order
                else [*values[base + first : base + last]]
            )
        return [*map(math.tanh, means)] if self.squashed(activation) else means

    def squashed(self, activation: int) -> bool:
        """Whether the colour of an activation is that of its tanh: it has no bounds of its own.

        So a memory has the colour of what h sees of it, h = o ⊙ tanh(c): the same for every sample and step,
        however far a few units go. Of a trained one, half is beyond ±1, and the farthest is at 20.
        """
        return self.answer.infos[activation].span == "open"

    def limits(self, activation: int) -> tuple[float, float]:
        """The values, or those of their tanh, at the two ends of the activation's colour scale."""
        return (0.0 if self.answer.infos[activation].span == "unit" else -1.0), 1.0
