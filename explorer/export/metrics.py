"""Every number of every step of a run, as a long table: one value a row, none dropped."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat
from typing import Any, Final, NamedTuple

from explorer.export.names import find_target
from explorer.export.smooth import parse_smoothing
from explorer.export.wanted import Wanted
from explorer.export.write import write_export, written
from explorer.protocol.exports import EXPORTS
from explorer.runs.events import READ
from explorer.runs.folder import RunFolder
from explorer.runs.history import TESTED, History, read_history
from explorer.runs.series import Series
from explorer.system.errors import GatescopeError
from explorer.system.files import Content
from explorer.system.text import human

ROWS: Final = 1 << 14
"""Rows that are made at a time."""
COLUMNS: Final = ("run", "cell", "seed", "step", "epoch", "seconds", "name", "value")
"""The table's columns; the last is followed by `smoothed` where that was asked for."""
_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("run", "cell", "name"), "string"),
    **dict.fromkeys(("seed", "step", "epoch"), "int64"),
    **dict.fromkeys(("seconds", "value", "smoothed"), "float64"),
}
"""What a column holds, in the words of Arrow."""


class Facts(NamedTuple):
    """What is the same in every row."""

    run: str
    cell: str
    seed: int


Part = Mapping[str, Iterable[Any]]
"""Some rows, column by column."""


def export_metrics(folder: RunFolder, what: str, wanted: Wanted) -> None:
    """Write a run's numbers into a file.

    Raises:
        UsageError: a smoothing that there isn't, an unknown format, a file whose name contradicts it, one
            that exists already, or one in no folder.
        GatescopeError: the run can't be read, the file can't be written, or there is no pyarrow.
    """
    config = folder.read().config
    factor = parse_smoothing(str(wanted.options["smooth"])) if "smooth" in wanted.options else None
    target, kind = find_target(folder, wanted, what, EXPORTS[what].formats)
    columns = COLUMNS if factor is None else (*COLUMNS, "smoothed")
    write = _WRITERS[kind](columns)
    wanted.report("reading the events")
    history = read_history(folder.events, exact=True)
    parts = rows_of(history, Facts(folder.name, config.cell, config.seed), factor)
    size = 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in write(parts):
            size += len(piece)
            yield piece

    content: Content = counted()
    write_export(target, content, overwrite=wanted.force, private=wanted.output is None)
    wanted.report(f"{written(target)} ({human(size)}, {len(history.train.steps):,} steps)")


def rows_of(history: History, facts: Facts, factor: float | None = None) -> Iterator[Part]:
    """The table, some rows at a time: one name after the other, each by its steps.

    `seconds` is the time of training by then, without pauses; of an evaluation before the first step 0. Of
    evaluations, which are few, `smoothed` is the value.

    Args:
        history: the run's events, read to all digits.
        facts: what is the same in every row.
        factor: that of the smoothing; None: there is no such column.
    """
    for name in READ:
        yield from _rows(history, facts, name, history.train[name], factor)
    for matrix, column in sorted(history.updates.items()):
        yield from _rows(history, facts, f"update {matrix}", column["update"], factor)
    for name in TESTED:
        yield from _rows(history, facts, f"test_{name}", history.test[name], None if factor is None else 0.0)


def _rows(
    history: History, facts: Facts, called: str, series: Series, factor: float | None
) -> Iterator[Part]:
    """The rows of one series."""
    per_epoch = history.started.steps_per_epoch if history.started else 0
    smoothed = None if factor is None else series.smoothed(factor)
    for first in range(0, len(series), ROWS):
        end = min(first + ROWS, len(series))
        steps = [int(step) for step in series.steps[first:end]]
        rows: dict[str, Iterable[Any]] = {
            name: repeat(fact, len(steps)) for name, fact in facts._asdict().items()
        }
        rows |= {
            "step": steps,
            "epoch": [-(-step // per_epoch) if per_epoch else 0 for step in steps],
            "seconds": [round(second, 6) for second in history.seconds_at(steps)],
            "name": repeat(called, len(steps)),
            "value": series.stretch(first, end),
        }
        if smoothed is not None:
            rows["smoothed"] = smoothed.stretch(first, end)
        yield rows


def _csv(columns: Iterable[str]) -> Callable[[Iterable[Part]], Iterator[bytes]]:
    """Write rows as lines; numbers with as many digits as give them again, and `nan`, `inf`, `-inf`."""

    def write(parts: Iterable[Part]) -> Iterator[bytes]:
        yield ",".join(columns).encode() + b"\n"
        for part in parts:
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows(zip(*map(part.__getitem__, columns), strict=True))
            yield text.getvalue().encode(errors="replace")

    return write


def _parquet(columns: Iterable[str]) -> Callable[[Iterable[Part]], Iterator[bytes]]:
    """Write rows as Apache Parquet.

    Raises:
        GatescopeError: there is no pyarrow.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise GatescopeError(
            "parquet needs pyarrow: pip install 'gatescope[parquet]', or --format csv"
        ) from None
    schema = pyarrow.schema([(name, getattr(pyarrow, _KINDS[name])()) for name in columns])

    def write(parts: Iterable[Part]) -> Iterator[bytes]:
        sink = _Sink()
        with parquet.ParquetWriter(sink, schema) as writer:
            for part in parts:
                writer.write_table(pyarrow.table({name: list(part[name]) for name in columns}, schema))
                yield sink.take()
        yield sink.take()

    return write


class _Sink(io.RawIOBase):
    """A file whose content is taken away as it is written."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self._pieces: list[bytes] = []
        self._size = 0

    def writable(self) -> bool:
        """It is for writing."""
        return True

    def write(self, piece: Any) -> int:
        """Keep a piece until it is taken."""
        self._pieces.append(bytes(piece))
        self._size += len(self._pieces[-1])
        return len(self._pieces[-1])

    def tell(self) -> int:
        """How much has been written."""
        return self._size

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._pieces = b"".join(self._pieces), []
        return taken


_WRITERS: Final = {"csv": _csv, "parquet": _parquet}
"""What writes the columns, by the format."""
