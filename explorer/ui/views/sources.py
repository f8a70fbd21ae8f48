"""Where the memory comes from: down, the timestep in which it was written; to the right, the timestep now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from textual.strip import Strip

from explorer.protocol.probes import lacking
from explorer.protocol.questions import Answer, Question
from explorer.runs.snapshot import Snapshot
from explorer.ui.base.keys import Hint
from explorer.ui.views.choice import Chosen
from explorer.ui.views.over_time import OverTime
from explorer.ui.views.rows import Rows, Spot
from explorer.ui.views.sources_data import Shares
from explorer.ui.views.sources_words import come_from, earlier
from explorer.ui.views.view import About
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line, cut

BELOW: Final = 3
"""Lines below the triangle: the axis, the words, the scale; the gates leave at least as many."""
NAMED: Final = (0.01, 0.1, 1.0)
"""The shares whose colours the scale shows."""


class Sources(OverTime):
    """The share of each timestep in what is held after each timestep; the cursor is the timestep now."""

    about = About(
        title="sources",
        tip="where the memory comes from: when it was written",
        help=(
            "What the cell remembers is a sum of what was written at each timestep, times all that was "
            "kept of it since. Downward is the timestep at which it was written, on the lines of the "
            "sample; to the right the timestep now. A column is what is held then: its shares, of the "
            "absolute values over all units, sum to 1. A row that stays bright to the right is remembered"
            " long. Colours are by the square root, so that 1 % is seen beside 98 %. The cursor's column "
            "stands beside the sample of the gates, too. A plain RNN's memory isn't such a sum."
        ),
        equation="c(t) = Σₛ f(t) ⊙ … ⊙ f(s+1) ⊙ i(s) ⊙ g(s)        GRU: z for f, (1−z) ⊙ n for i ⊙ g",
        keys=(Hint("↑ ↓", "sources: the timestep now, as in the gates", "Timestep", 4),),
        shows_sample=True,
        smallest=(8, 6),
    )
    COMPONENT_CLASSES: ClassVar[set[str]] = {"sources--dim", "sources--cursor"}

    shares: Shares | None = None
    _lacking = ""
    """Why the run's cell can't be asked; empty: it can."""

    def needs(self) -> tuple[Question, ...]:
        """The shares, of a cell that declares how it keeps and writes."""
        return () if self._lacking else (Question("sources"),)

    def take(self, answers: Mapping[str, Answer], learning: bool, sparing: bool) -> None:
        """Show shares."""
        self.shares, self.notice = Shares(answers["sources"]), ""
        self.note_below(f"step {self.shares.step:,}")
        self.repaint()

    def note(self, snapshot: Snapshot) -> None:
        """Note whether the run's cell can be asked."""
        if (why := lacking("sources", snapshot.config.cell)) != self._lacking:
            self._lacking = why
            self.repaint()

    def follow(self, before: Chosen, now: Chosen) -> None:
        """Paint the cursor, and the timesteps that the gates show now."""
        self.repaint()

    def clear(self, notice: str) -> None:
        """Show nothing but the reason: another run is opened, or there is none."""
        self.shares = None
        self.note_below("")
        super().clear(notice)

    @property
    def timesteps(self) -> int:
        """T of the sample."""
        return self.shares.timesteps if self.shares else 0

    @property
    def room(self) -> int:
        """The lines between the cursor's mark and what is below."""
        return self.size.height - 1 - BELOW

    def spot(self, x: int, y: int) -> Spot | None:
        """The timestep now of a column; left of the triangle, that of a line."""
        rows = self.rows
        if rows is None or x == 0:
            return super().spot(x, y)
        columns, cell = self._columns(rows, self.size.width)
        place = (x - 1) // cell
        return Spot(columns[place], None) if place < len(columns) and y <= rows.top + rows.lines else None

    def picture(self, width: int, height: int) -> list[Strip]:
        """The triangle, with the scale and the words below."""
        if self._lacking or self.shares is None:
            return self.said(width, self.tone("sources--dim"), self._lacking)
        rows = self.page()
        assert rows is not None
        columns, cell = self._columns(rows, width)
        lines = [Line() for _ in range(rows.top - 1)]
        if self.timestep in columns:
            lines.append(Line().to(1 + (self.timestep - columns[0]) * cell))
            lines[-1].add("▾" * cell, self.tone("sources--cursor"))
        else:
            lines.append(Line())
        lines += self._map(rows, columns, cell)
        words = Line().add(" ").add(come_from(self.shares, self.timestep, width - 1))
        lines += [self._axis(columns, cell), words, self._scale(rows, width)]
        return [line.strip(width) for line in lines]

    def _columns(self, rows: Rows, width: int) -> tuple[range, int]:
        """The timesteps now that have a column, and how many columns of text each takes: a square.

        Where not all fit, they begin with the page, if all of them have a timestep, and the cursor a place.
        """
        timesteps = rows.timesteps
        cell = 2 if rows.per_line == 1 and 2 * timesteps < width else 1
        if cell * timesteps < width:
            return range(timesteps), cell
        shown = width - 1
        first = max(min(rows.first, timesteps - shown), self.timestep - shown + 1)
        return range(first, first + shown), cell

    def _map(self, rows: Rows, columns: Sequence[int], cell: int) -> list[Line]:
        """The lines of the triangle, one or two timesteps that wrote in each, with the cursor beside them."""
        shares = self.shares
        assert shares is not None
        pairs, lines = palette.share_pairs(self.dark, self.tint), []

        def levels(written_at: int) -> list[int]:
            row = shares.row(written_at, columns[0], min(columns[-1] + 1, max(self.seen, columns[0] + 1)))
            return [palette.share_level(share, len(pairs)) for share in row]

        for number in range(rows.lines):
            line = Line().add(rows.mark(number, self.timestep), self.tone("sources--cursor"))
            painted = rows.cells(number, pairs, levels, self.seen)
            lines.append(line.cells(one for one in painted for _ in range(cell)))
        return lines

    def _axis(self, columns: Sequence[int], cell: int) -> Line:
        """Below the triangle, the first and the last timestep now."""
        first, last, wide = f"{columns[0] + 1:,}", f"{columns[-1] + 1:,}", cell * len(columns)
        line = Line().add(" ").add(first, self.tone("sources--dim"))
        for name in ("timestep now →", "now →", "→"):
            if (gap := wide - len(first + name + last)) >= 2:
                break
        else:
            return line
        line.add(" " * (gap // 2) + name, self.tone("sources--dim"))
        return line.to(1 + wide - len(last)).add(last, self.tone("sources--dim"))

    def _scale(self, rows: Rows, width: int) -> Line:
        """Why there is nothing newer; or what is from before this page, and which colour is which share."""
        assert self.shares is not None
        line, dim = Line().add(" "), self.tone("sources--dim")
        if self.notice:
            return line.add(cut(self.notice, width - 1), dim)
        if before := earlier(self.shares, self.timestep, rows.first):
            line.add(before, dim).add("  ")
        pairs, room = palette.share_pairs(self.dark, self.tint), width - line.width
        named = next((some for some in (NAMED, NAMED[::2]) if sum(map(_wide, some)) - 2 < room), ())
        for share in named:
            level = palette.share_level(share, len(pairs))
            line.cells([pairs[level][level]] * 2).add(f" {share:.0%}  ", dim)
        weights = f"weights of step {self.shares.step:,}"
        return line.to(width - len(weights)).add(weights, dim) if line.width + len(weights) < width else line


def _wide(share: float) -> int:
    """Columns that a share takes in the legend, with the gap behind it."""
    return len(f"▀▀ {share:.0%}  ")
