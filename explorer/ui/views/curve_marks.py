"""What happened to a run, below its curves: ticks on the axis, and in words, the newest first to stay."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Final

from rich.style import Style

from explorer.runs.blocks import Kind
from explorer.runs.history import History
from explorer.runs.marks import Mark
from explorer.system.text import printable
from explorer.ui.views.curve_panels import PANELS
from explorer.ui.views.curve_points import extent_of
from explorer.ui.views.curve_title import Ink
from explorer.ui.views.look import Look
from explorer.ui.views.said import KINDS, Said
from explorer.ui.widgets.line import PLAIN, cut
from explorer.ui.widgets.palette import hex_of

TICK: Final = "▴"
MOST: Final = 20
"""How many are told, at most."""
LONGEST: Final = 48
"""Cells of the longest text beside others."""


def marks_in(history: History, look: Look) -> Sequence[Mark]:
    """What happened at the steps that are shown."""
    first, last = look.window(extent_of(history))
    return [mark for mark in history.marks if first <= mark.step <= last]


def said_mark(mark: Mark, ink: Ink, rank: int) -> Said:
    """What happened, and when, as part of a line; its text may come from a person, or from a damaged file."""
    text = f"{TICK} {mark.step:,} {cut(printable(mark.text), LONGEST)}"
    return Said(text, Style(color=hex_of(ink.test)), rank)


def told(history: History, look: Look, ink: Ink) -> list[Said]:
    """What happened at the steps that are shown, and what of the lines isn't finite there, in a few words."""
    marks = marks_in(history, look)[-MOST:]
    said = [said_mark(mark, ink, len(marks) - 1 - number) for number, mark in enumerate(marks)]
    for name in look.lines:
        if counts := missing(history, look, name):
            kinds = ", ".join(f"{count:,} {KINDS[kind]}" for kind, count in sorted(counts.items()))
            said.append(Said(f"{PANELS[name].names[-1]}: {kinds}", PLAIN, 0))
    return said


def missing(history: History, look: Look, name: str) -> Counter[Kind]:
    """How many values of a plot's lines aren't finite, of those that are shown."""
    first, last = look.window(extent_of(history))
    counts = Counter[Kind]()
    for _, series in PANELS[name].lines(history):
        counts += series.holes(bisect_left(series.steps, first), bisect_right(series.steps, last))
    return counts
