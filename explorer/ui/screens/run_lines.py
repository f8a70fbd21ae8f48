"""The lines in the lists of runs and cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from explorer.runs.config import OPTIONS
from explorer.runs.summary import Summary, Unreadable
from explorer.runs.text import printable
from explorer.ui.screens.choose_dialog import Choice
from explorer.ui.widgets.choice_list import Words

LEAVING: Sequence[Choice] = (
    ("keep", [("keep it running; reopen it with `gatescope`", "plain")]),
    ("stop", [("stop it; everything so far is kept", "plain")]),
)
"""What can become of a live run when the explorer is left; escape means to stay."""


def runs(summaries: Sequence[Summary | Unreadable]) -> list[Choice]:
    """A line for each run: name, cell, state, accuracy, when."""
    return [(str(one.folder.path), _line(one)) for one in summaries]


def cells(newest: Mapping[str, Summary], current: str) -> list[Choice]:
    """A line for each cell: its newest run, or that a new one would start; the current one is last."""
    names = next(option.choices for option in OPTIONS if option.name == "cell")
    return [(cell, _cell(cell, newest.get(cell))) for cell in sorted(names, key=lambda name: name == current)]


def _cell(cell: str, newest: Summary | None) -> Words:
    """One cell."""
    if newest is None:
        return [(f"{cell.upper():<6}", "plain"), ("no run yet: start training one", "dim")]
    return [(f"{cell.upper():<6}", "plain"), *_line(newest)]


def _line(one: Summary | Unreadable) -> Words:
    """One run."""
    name = printable(one.folder.name)
    name = name if len(name) <= 24 else name[:23] + "…"
    if isinstance(one, Unreadable):
        return [(f"{name:<30}{one.reason}", "dim")]
    accuracy = "     –" if one.accuracy is None else f"{one.accuracy:6.2%}"
    return [
        (f"{name:<25}{one.file.config.cell.upper():<5}", "plain"),
        (f"{one.state:<10}", "strong" if one.state in ("training", "paused") else "plain"),
        (f"{accuracy}  ", "plain"),
        (one.made, "dim"),
    ]
