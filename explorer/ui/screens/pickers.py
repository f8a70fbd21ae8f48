"""What stands in the lists of runs and cells."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from explorer.runs.config import OPTIONS
from explorer.runs.summary import Summary
from explorer.runs.text import printable

LEAVING = (
    ("keep", "keep it running: gatescope shows it again"),
    ("stop", "stop it: everything so far is kept"),
)
"""The answers to leaving while a run is live; escape stays."""


def runs(summaries: Sequence[Summary]) -> list[tuple[str, Text]]:
    """A line for each run: name, cell, state, accuracy, when."""
    return [(str(one.folder.path), _line(one)) for one in summaries]


def cells(summaries: Sequence[Summary], current: str) -> list[tuple[str, Text]]:
    """A line for each cell: its newest run, or that a new one would start."""
    names = next(option.choices for option in OPTIONS if option.name == "cell")
    choices = []
    for cell in sorted(names, key=lambda name: name == current):
        newest = next((one for one in summaries if one.file.config.cell == cell), None)
        line = Text(f"{cell.upper():<6}")
        if newest is None:
            line.append("no run yet: start training one", style="dim")
        else:
            line.append(_line(newest))
        choices.append((cell, line))
    return choices


def _line(one: Summary) -> Text:
    """One run."""
    accuracy = "     –" if one.accuracy is None else f"{one.accuracy:6.2%}"
    name = printable(one.folder.name)
    name = name if len(name) <= 24 else name[:23] + "…"
    line = Text(f"{name:<25}{one.file.config.cell.upper():<5}")
    line.append(f"{one.state:<10}", style="bold" if one.state in ("training", "paused") else "")
    return line.append(f"{accuracy}  ").append(one.made, style="dim")
