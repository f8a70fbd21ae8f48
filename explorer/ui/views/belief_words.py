"""What the network believes at the cursor, in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from rich.cells import cell_len
from rich.style import Style

from explorer.system.text import printable
from explorer.ui.views.belief_data import Beliefs
from explorer.ui.widgets.line import PLAIN, Line, cut

WORDS: Final = 30
"""Columns that the words take beside the map."""
_NAME, _BAR = 9, 12
"""Columns of a class's name there, and of a bar."""

Tone = Callable[[str], Style]
"""A style of the view by the name of its component class."""


def below(
    beliefs: Beliefs,
    timestep: int,
    notice: str,
    tone: Tone,
    unread: bool,
    number: int | None,
    room: int,
) -> list[Line]:
    """Below the map: the likeliest classes, since when it is decided, how undecided it is.

    Args:
        beliefs: all of them.
        timestep: the one under the cursor, from 0.
        notice: why there are no newer ones, which takes the last line.
        tone: the view's styles.
        unread: whether the later timesteps are not read yet, so that nothing is decided.
        number: the class that is chosen, which keeps its place behind the first; None: none is.
        room: columns.
    """
    names, dim = [printable(name) for name in beliefs.classes], tone("belief--dim")
    first, *others = beliefs.guesses(timestep, number)
    guesses = Line()
    for k, share in (first, *sorted(others, key=lambda guess: guess.number != number)):
        name, value = cut(names[k], 8), f" {share:.0%}"
        gap = "  " if guesses.width else ""
        if guesses.width + len(gap) + cell_len(name + value) <= room:
            plain = tone("belief--strong") if k == first.number else PLAIN
            guesses.add(gap).add(name, tone("belief--chosen") if k == number else plain).add(value, plain)
    entropy = f"{beliefs.entropy(timestep):.2f} bits"
    decided = f"after timestep {timestep + 1:,}" if unread else f"decided at {beliefs.decided_at:,}"
    return [guesses, *(Line().add(cut(text, room), dim) for text in (decided, notice or entropy))]


def beside(
    beliefs: Beliefs, timestep: int, notice: str, tone: Tone, unread: bool, number: int | None
) -> list[Line]:
    """Beside the map: the same with bars, and what the sample is."""
    names, dim = [printable(name) for name in beliefs.classes], tone("belief--dim")
    read, line = "reading …" if unread else f"read as {cut(names[beliefs.predicted], 9)}", Line()
    if beliefs.label is None:
        line.add(read)
    else:
        right = beliefs.label == beliefs.predicted
        line.add(f"is {cut(names[beliefs.label], 9)}, ")
        line.add(read, PLAIN if unread else tone("belief--right" if right else "belief--wrong"))
    decided = "" if unread else f"decided at timestep {beliefs.decided_at:,}"
    lines = [line, Line().add(decided), Line()]
    lines.append(Line().add(f"after timestep {timestep + 1:,} of {beliefs.timesteps:,}", dim))
    for k, share in beliefs.guesses(timestep, number):
        bar = "█" * round(_BAR * min(1.0, share)) if math.isfinite(share) else ""
        name = tone("belief--chosen" if k == number else "belief--strong")
        line = Line().add(cut(names[k], _NAME), name).to(_NAME + 1)
        lines.append(line.add(f"{bar:<{_BAR}} {share:4.0%}"))
    lines += [Line().add(f"entropy {beliefs.entropy(timestep):.2f} bits", dim), Line()]
    how = "every later timestep blank" if beliefs.blanked else "if the sample ended here"
    lines += [Line().add(how, dim), Line().add(f"weights of step {beliefs.step:,}", dim)]
    return lines + ([Line().add(cut(notice, WORDS - 1), dim)] if notice else [])
