"""The lines in the lists of runs and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from rich.cells import cell_len

from explorer.runs.config import OPTIONS, Config
from explorer.runs.data_files import data_title
from explorer.runs.folder import RunFolder
from explorer.runs.holds import name_cell
from explorer.runs.summary import Listed, Summary, Unreadable
from explorer.system.text import printable, shorten
from explorer.ui.screens.choose_dialog import Choice
from explorer.ui.screens.run_order import NEWEST, Listing
from explorer.ui.widgets.choice_list import Words
from explorer.ui.widgets.line import cut

GAP = "  "
"""What separates two columns."""
LEAST_NAME = 20
"""Cells that a run's name keeps while there are other columns to drop: `lstm-20261123-214500`."""


class _Column(NamedTuple):
    """A column after the name."""

    title: str
    rank: int
    """Where there is no room, the highest go first."""
    text: Callable[[Summary], str]
    field: str
    """What it is sorted by: a field of filters."""


def epochs(one: Summary) -> str:
    """How many epochs are done, of how many."""
    total = one.file.config.epochs
    return f"{one.step * total // one.steps if one.steps else 0}/{total}"


_COLUMNS: Final = (
    _Column("cell", 2, lambda one: name_cell(one.file.config.cell.upper(), one.file.config.hold), "cell"),
    _Column("hidden", 6, lambda one: f"{one.file.config.hidden:>6}", "hidden"),
    _Column("data set", 7, lambda one: data_title(one.file.config.dataset), "dataset"),
    _Column("epochs", 4, epochs, "progress"),
    _Column("preset", 8, lambda one: one.file.config.preset, "preset"),
    _Column("state", 0, lambda one: one.words, "state"),
    _Column("accuracy", 1, lambda one: one.tested, "test"),
    _Column("made", 5, lambda one: one.made, "made"),
)


SORTED: Final[Mapping[str, str]] = {"run": "name", **{column.title: column.field for column in _COLUMNS}}
"""The columns that runs can be sorted by, from left to right, each with its field."""


class RunTable:
    """Runs in aligned columns, as many as there is room for."""

    def __init__(self, shown: Path | None, listing: Listing | None = None) -> None:
        """A table without runs yet.

        Args:
            shown: the folder of the run on the screen.
            listing: how they are sorted, and which are marked.
        """
        self.shown = shown
        self._listing = listing or Listing()
        self._name = len("run ▲")
        self._widths = [len(column.title) for column in _COLUMNS]

    def widen(self, runs: Iterable[Listed]) -> None:
        """Make the columns wide enough for these runs, too."""
        for one in runs:
            self._name = max(self._name, cell_len(_name(one)))
            if isinstance(one, Summary):
                found = (cell_len(column.text(one)) for column in _COLUMNS)
                self._widths = [*map(max, self._widths, found)]

    def head(self, width: int) -> Words:
        """The headings, for a line of this width; the column that the runs are sorted by has an arrow."""
        return [("".join(text for _, text in self._headings(width)), "dim")]

    def column_at(self, x: int, width: int) -> str | None:
        """The title of the column at a cell of a line of this width; None where there is none."""
        end = 0
        for title, text in self._headings(width):
            end += cell_len(text)
            if x < end:
                return title
        return None

    def _headings(self, width: int) -> Iterator[tuple[str, str]]:
        """Each column that fits, by its title: its heading, with what is left of it."""
        name, columns = self._layout(width)
        yield "run", f"{' ' * self._gutter}{_padded(self._title('run'), name)}"
        for index in columns:
            title = _COLUMNS[index].title
            yield title, GAP + _padded(self._title(title), self._width(index))

    def _title(self, title: str) -> str:
        """A heading; sorted by it, with an arrow in the way in which the values go."""
        order = self._listing.order
        return f"{title} {'▼' if order.falling else '▲'}" if order.title == title else title

    @property
    def _gutter(self) -> int:
        """Cells before a name: which run is on the screen and, if any is, which are marked."""
        return 4 if self._listing.marked else 2

    def line(self, one: Listed, width: int) -> Words:
        """A run, for a line of this width; a damaged one has the reason in place of its columns."""
        name, columns = self._layout(width)
        shown = "› " if is_at(one.folder, self.shown) else "  "
        if self._listing.marked:
            shown += "● " if one.folder.path in self._listing.marked else "  "
        begin = f"{shown}{_padded(shorten(_name(one), name, cell_len), name)}"
        if isinstance(one, Unreadable):
            return [(f"{begin}{GAP}{one.reason}", "dim")]
        live = one.state in ("training", "paused")
        texts = (GAP + _padded(_COLUMNS[index].text(one), self._width(index)) for index in columns)
        return [(begin, "plain"), ("".join(texts), "strong" if live else "plain")]

    def _layout(self, width: int) -> tuple[int, list[int]]:
        """The width of the names, and the indices of the columns that fit."""
        room, least = width - self._gutter, min(self._name, LEAST_NAME)
        columns = [*range(len(_COLUMNS))]
        order = self._listing.order
        last = order.title if order != NEWEST else ""  # what a person sorts by has to be seen
        while columns and least + self._taken(columns) > room:
            columns.remove(max(columns, key=lambda at: (_COLUMNS[at].title != last, _COLUMNS[at].rank)))
        return max(1, min(self._name, room - self._taken(columns))), columns

    def _width(self, index: int) -> int:
        """Cells of a column."""
        return max(self._widths[index], cell_len(self._title(_COLUMNS[index].title)))

    def _taken(self, columns: Iterable[int]) -> int:
        """Cells of these columns and of the gaps before them."""
        return sum(len(GAP) + self._width(index) for index in columns)


def cells(best: Mapping[str, Summary], like: Config, shown: Path | None = None) -> list[Choice]:
    """A line for each cell: its best comparable run, or what would be trained; the current one is last."""
    names = next(option.choices for option in OPTIONS if option.name == "cell")
    ordered = sorted(names, key=lambda name: name == like.cell)
    width = max(map(len, names)) + 2
    return [(cell, _cell(cell.upper().ljust(width), best.get(cell), like, shown)) for cell in ordered]


def _cell(cell: str, best: Summary | None, like: Config, shown: Path | None) -> Words:
    """One cell."""
    compared = f"{like.hidden} {data_title(like.dataset)}"
    if best is None:
        return [(cell, "plain"), (f"{compared} · none yet: train one like this", "dim")]
    here = " · on the screen" if is_at(best.folder, shown) else ""
    return [
        (cell, "plain"),
        (f"{compared} · {shorten(_name(best), 24, cell_len)} · {best.tested.strip()}", "plain"),
        (here, "dim"),
    ]


def is_at(folder: RunFolder, path: Path | None) -> bool:
    """Whether a run's folder is at a path, which may be written in another way."""
    return path is not None and folder.name == path.name and folder.path.resolve() == path.resolve()


def _name(one: Listed) -> str:
    """A run's name, as a terminal can show it."""
    return printable(one.folder.name)


def _padded(text: str, width: int) -> str:
    """A text of exactly this many cells."""
    text = cut(text, width)
    return text + " " * (width - cell_len(text))
