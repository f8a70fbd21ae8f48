"""What is asked for when something is taken away from a run, whatever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from explorer.protocol.questions import Fact, Selection
from explorer.runs.folder import RunFolder


class Wanted(NamedTuple):
    """One export as it was asked for."""

    kind: str | None
    """A format; None: the ending of `output`, else the first of its formats."""
    output: Path | None
    """The file, whose format's ending may be missing, or `STANDARD_OUTPUT`; None: one in the run's
    `exports/`, a new one unless `force`."""
    force: bool
    """Whether to replace an existing file."""
    report: Callable[[str], None]
    """Called with a line for each phase; the last has the file's path and size."""
    titled: bool = True
    """Whether a picture says which run, cell and timesteps it shows."""
    selection: Selection = Selection()
    """What a question is asked about; its run is left empty."""
    others: Sequence[RunFolder] = ()
    """Other runs, for one picture of all."""
    options: Mapping[str, Fact] = {}
    """The export's own options, by name, those that were given: `ExportRow.own`. Of an export that asks a
    question, they are the question's."""
