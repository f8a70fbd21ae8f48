"""The pages: each answers one question, and says where its views stand, counted in columns and lines.

A view stands on the pages that its row in `VIEWS` names, where their arrangements have a place for it; a view
without one fills the page when it is chosen. A place whose view doesn't exist leaves no hole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from textual.geometry import Region

from explorer.ui.views.table import VIEWS

REST: Final = 0
"""As a width or a height: what the others leave. Where none says so, the last one takes it."""


class Slot(NamedTuple):
    """A place in a row."""

    views: tuple[str, ...]
    """The views that take turns there: the one that was active last is shown."""
    width: int = REST
    """Columns, with the border."""


class Row(NamedTuple):
    """Places side by side."""

    height: int
    """Lines, with the border."""
    slots: tuple[Slot, ...]

    def of(self, recent: Sequence[str]) -> Row:
        """The same with those views alone that there are, the one that was active last at the front."""
        existing = (
            Slot(tuple(name for name in recent if name in slot.views), slot.width) for slot in self.slots
        )
        return Row(self.height, tuple(slot for slot in existing if slot.views))


class Arrangement(NamedTuple):
    """Where the views stand in terminals of at least this size."""

    terminal: tuple[int, int]
    """Columns and lines."""
    rows: tuple[Row, ...]
    bare: bool = False
    """Whether the views have no borders, and so more room."""


class Page(NamedTuple):
    """A page."""

    title: str
    question: str
    """The question that it answers."""
    arrangements: tuple[Arrangement, ...]
    """The ways in which its views stand side by side, the first that fits counts; where none does, the page
    shows one view at a time."""

    def fit(self, columns: int, lines: int) -> Arrangement | None:
        """The arrangement for a terminal of this size; None: one view at a time."""
        fitting = (
            one for one in self.arrangements if columns >= one.terminal[0] and lines >= one.terminal[1]
        )
        return next(fitting, None)


def _train(terminal: tuple[int, int], gates: int, confusion: int, belief: int) -> Arrangement:
    """The first page, by the lines of the gates and the columns of the matrix and of the belief."""
    above = Row(REST, (Slot(("curves",)), Slot(("confusion",), confusion)))
    below = Row(gates, (Slot(("gates",)), Slot(("belief",), belief)))
    return Arrangement(terminal, (above, below))


def _read(terminal: tuple[int, int], belief: int, below: tuple[Slot, ...]) -> Arrangement:
    """The second page: above, what was read, below, what that comes from."""
    above = Row(20, (Slot(("gates",)), Slot(("belief",), belief)))
    return Arrangement(terminal, (above, Row(REST, below)))


def _what_if(terminal: tuple[int, int], confusion: int) -> Arrangement:
    """The page of changes: above, one sample, below, the test set; by the columns of the matrix."""
    below = Row(REST, (Slot(("confusion",), confusion), Slot(("usual",))))
    return Arrangement(terminal, (Row(20, (Slot(("difference",)),)), below))


TRAIN: Final = (
    # From 56 lines the gates have two bands of maps, and curves and matrix still 16. Below 130 columns the
    # matrix has squares of four columns, so that the curves get more than half.
    _train((130, 56), gates=36, confusion=73, belief=27),
    _train((118, 56), gates=36, confusion=63, belief=19),
    _train((130, 40), gates=20, confusion=73, belief=27),
    _train((118, 40), gates=20, confusion=63, belief=19),
)
READ: Final = (
    # With a line for each of 28 timesteps and two columns for each, the triangle of the sources takes 62.
    _read((190, 60), belief=27, below=(Slot(("sources",), 62), Slot(("unit",)), Slot(("cell",), 72))),
    _read((150, 40), belief=27, below=(Slot(("sources",), 34), Slot(("unit",)), Slot(("cell",), 66))),
    _read((118, 40), belief=19, below=(Slot(("sources",), 33), Slot(("unit", "cell")))),
    # Three maps of eight columns, the sample with its bar, and the belief take 80.
    Arrangement((80, 21), (Row(REST, (Slot(("gates",)), Slot(("belief",), 14))),), bare=True),
)
WHAT_IF: Final = (_what_if((130, 40), confusion=73), _what_if((118, 40), confusion=63))


def _mistakes(terminal: tuple[int, int], confusion: int) -> Arrangement:
    """The third page: the matrix, and the samples of one of its squares."""
    return Arrangement(terminal, (Row(REST, (Slot(("confusion",), confusion), Slot(("mistakes",)))),))


MISTAKES: Final = (_mistakes((130, 40), 73), _mistakes((118, 40), 63))

DRAW: Final = (
    # The pad has two columns for a pixel of 28 × 28, and a line for a row.
    Arrangement((150, 40), (Row(REST, (Slot(("draw",), 62), Slot(("gates",)), Slot(("belief",), 27))),)),
    Arrangement((118, 40), (Row(REST, (Slot(("draw",), 62), Slot(("belief", "gates")))),)),
)

COMPARE: Final = (
    Arrangement(
        (150, 40),
        (Row(REST, (Slot(("overlay",)), Slot(("versus",), 80))), Row(21, (Slot(("pair",)),))),
    ),
    # Eight runs, the headings, and what isn't in the table.
    Arrangement((118, 40), (Row(REST, (Slot(("overlay", "pair")),)), Row(13, (Slot(("versus",)),)))),
)

PAGES: Final[Mapping[str, Page]] = {
    "train": Page("Train", "does it learn, and what?", TRAIN),
    "read": Page("Read", "why this answer?", READ),
    "mistakes": Page("Mistakes", "where does it err?", MISTAKES),
    "what_if": Page("What if", "what would happen without?", WHAT_IF),
    "draw": Page("Draw", "what if I wrote it?", DRAW),
    "compare": Page("Compare", "which is better, and why?", COMPARE),
}
"""The pages by their names, in the order of their number keys; on each stands a view."""


def standing_on(page: str) -> tuple[str, ...]:
    """The views that stand on a page, in the order of their table."""
    return tuple(name for name, row in VIEWS.items() if page in row.pages)


def regions(rows: Sequence[Row], recent: Sequence[str], width: int, height: int) -> dict[str, Region]:
    """Where each view is that is shown in so many columns and lines; together they fill all of them.

    Args:
        rows: the places.
        recent: the views that there are, the one that was active last at the front.
        width: columns.
        height: lines.
    """
    found: dict[str, Region] = {}
    rows = [one for row in rows if (one := row.of(recent)).slots]
    y = 0
    for row, lines in zip(rows, shared([row.height for row in rows], height), strict=True):
        x = 0
        for slot, columns in zip(row.slots, shared([slot.width for slot in row.slots], width), strict=True):
            found[slot.views[0]] = Region(x, y, columns, lines)
            x += columns
        y += lines
    return found


def shared(sizes: Sequence[int], whole: int) -> list[int]:
    """What each place takes of `whole` columns or lines: what was counted, one of them the rest."""
    taking = sizes.index(REST) if REST in sizes else len(sizes) - 1
    rest = max(0, whole - sum(sizes) + sizes[taking])
    return [rest if place == taking else size for place, size in enumerate(sizes)]
