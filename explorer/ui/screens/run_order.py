"""What a person makes of the list of runs: which are shown, in which order, and which are marked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from explorer.runs.filter import EVERY_RUN, FIELDS, NUMBERS, Filter, Value, parse_filter
from explorer.runs.summary import Listed, Summary
from explorer.runs.summary_cache import SummaryCache


class Order(NamedTuple):
    """The order of the runs."""

    title: str
    """The heading of the column that they are sorted by."""
    field: str
    """What that column shows: a field of filters."""
    falling: bool
    """Whether the largest is first, or the last by the alphabet."""

    @classmethod
    def of(cls, title: str, field: str) -> Order:
        """The order in which a column is first sorted: numbers and dates fall, texts rise."""
        return cls(title, field, field in NUMBERS or field == "made")

    @property
    def reversed(self) -> Order:
        """The opposite order."""
        return self._replace(falling=not self.falling)


NEWEST: Final = Order.of("made", "made")
"""The order in which the runs are found."""


@dataclass
class Listing:
    """What is kept from one opening of the list to the next."""

    text: str = ""
    """The filter, as it was typed."""
    order: Order = NEWEST
    """How the runs are sorted."""
    marked: dict[Path, None] = field(default_factory=dict)
    """The folders of the marked runs, in the order in which they were marked."""
    cache: SummaryCache = field(default_factory=SummaryCache)
    """What was read of each run."""
    _wanted: Filter = EVERY_RUN

    def narrow(self, text: str) -> None:
        """Show the runs that meet a filter.

        Raises:
            UsageError: it makes no sense; the one before holds.
        """
        self._wanted = parse_filter(text)
        self.text = text

    def mark(self, path: Path) -> None:
        """Mark a run, or no longer."""
        if path in self.marked:
            del self.marked[path]
        else:
            self.marked[path] = None

    def mark_all(self, paths: Iterable[Path]) -> None:
        """Mark these runs, in this order, and no others."""
        self.marked = dict.fromkeys(paths)

    def keep(self, there: Collection[Path]) -> None:
        """Forget the marks of all runs but those that are there."""
        for path in [path for path in self.marked if path not in there]:
            del self.marked[path]

    def moved(self, old: Path, new: Path) -> None:
        """Have the mark of a run whose folder was renamed follow it, in its place."""
        self.marked = {new if path == old else path: None for path in self.marked}

    def shown(self, runs: Iterable[Listed]) -> list[Listed]:
        """Those of these runs, newest first, that meet the filter, in their order."""
        return arranged([run for run in runs if self._wanted(run)], self.order)


def arranged(runs: list[Listed], order: Order) -> list[Listed]:
    """Runs, newest first, in another order; those of which the value isn't known come last in any."""
    if order.field == NEWEST.field:
        return runs if order.falling else runs[::-1]
    value = FIELDS[order.field]
    found = [(_key(value(run) if isinstance(run, Summary) else None), run) for run in runs]
    known = [(key, run) for key, run in found if key is not None]
    known.sort(key=lambda one: one[0], reverse=order.falling)
    return [run for _, run in known] + [run for key, run in found if key is None]


def _key(value: Value) -> tuple[float, str] | None:
    """What a value is sorted by; None where there is none."""
    if value is None:
        return None
    return (0.0, value.casefold()) if isinstance(value, str) else (value, "")


def next_column(order: Order, columns: Sequence[tuple[str, str]]) -> Order:
    """The order by the column after an order's own, in its first direction.

    Args:
        order: the order now.
        columns: title and field of each column, from left to right.
    """
    titles = [title for title, _ in columns]
    return Order.of(*columns[(titles.index(order.title) + 1) % len(columns)])
