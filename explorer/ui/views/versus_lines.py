"""The compared runs as a table: a line each, as many columns as there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len

from explorer.runs.against import Against, Row
from explorer.runs.summary import Summary
from explorer.system.text import printable, shorten
from explorer.ui.widgets.line import cut

GAP: Final = 2
"""Cells between two columns."""
NAME: Final = 20
"""Cells that a name keeps while options could go: `lstm-20261123-214500`."""
_WIDEST: Final = 24
"""Cells of an option's value at most."""


class Column(NamedTuple):
    """A column."""

    title: str
    texts: tuple[str, ...]
    """Of each run."""
    right: bool = False
    """Whether they are aligned to the right."""

    @property
    def width(self) -> int:
        """Cells that it takes."""
        return max(map(cell_len, (self.title, *self.texts)))

    def cell(self, text: str, width: int) -> str:
        """One of its texts in exactly so many cells."""
        text = shorten(text, width, cell_len)
        blanks = " " * (width - cell_len(text))
        return blanks + text if self.right else text + blanks


class Fitted(NamedTuple):
    """The columns that fit."""

    columns: tuple[Column, ...]
    widths: tuple[int, ...]
    left_out: int
    """How many options there is no room for."""

    def row(self, at: int) -> list[str]:
        """A run's texts, each in its cells."""
        return [one.cell(one.texts[at], width) for one, width in zip(self.columns, self.widths, strict=True)]

    def head(self) -> list[str]:
        """The headings."""
        return [one.cell(one.title, width) for one, width in zip(self.columns, self.widths, strict=True)]


def fitted(against: Against, room: int) -> Fitted:
    """As many columns as fit: name, test accuracy, Δ, the state unless all are finished; then the options.

    A name is shortened before an option has to go.
    """
    rows = against.rows
    name = Column("run", tuple(printable(row.run.folder.name) for row in rows))
    facts = [
        Column("accuracy", tuple(map(_accuracy, rows))),
        Column("Δ", ("baseline", *map(_away, rows[1:])), right=True),
    ]
    if any(not _is_finished(row) for row in rows):
        facts.insert(0, Column("state", tuple(map(_state, rows))))
    options = []
    for at, title in enumerate(against.names):
        options.append(Column(title, tuple(cut(printable(row.values[at]), _WIDEST) for row in rows)))
    least = min(name.width, NAME)
    while options and least + _taken([*facts, *options]) > room:
        options.pop()
    taken = _taken([*facts, *options])
    columns = (name, *facts, *options)
    widths = (max(1, min(name.width, room - taken)), *(one.width for one in columns[1:]))
    return Fitted(columns, widths, len(against.names) - len(options))


def _taken(columns: Sequence[Column]) -> int:
    """Cells of these columns and of the gaps before them."""
    return sum(GAP + one.width for one in columns)


def _is_finished(row: Row) -> bool:
    """Whether there is nothing to say of a run's state while no other has another."""
    return isinstance(row.run, Summary) and row.run.words == "finished"


def _state(row: Row) -> str:
    """A run's state."""
    return row.run.words if isinstance(row.run, Summary) else row.run.reason


def _accuracy(row: Row) -> str:
    """A run's test accuracy."""
    return row.run.tested if isinstance(row.run, Summary) else "     –"


def _away(row: Row) -> str:
    """How far it is from the baseline's; ≈: one of the two is of fewer samples."""
    return "–" if row.away is None else f"{'' if row.alike else '≈'}{row.away:+.2f}"
