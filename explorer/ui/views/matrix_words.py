"""What the confusion matrix says in words: which samples were read, with which weights, and how well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.cells import cell_len

from explorer.protocol.interventions import describe
from explorer.protocol.questions import Selection
from explorer.runs.events import Evaluated
from explorer.ui.views.evaluations import Evaluation, Evaluations
from explorer.ui.views.matrix_sheet import Way
from explorer.ui.widgets.line import cut, cut_evenly

READABLE: Final = 8
"""Columns of a class's name, with which most can be told apart."""


def recorded(evaluated: Evaluated, ended: int, room: int) -> str:
    """One of the run's own evaluations, at the end of epoch `ended`, or within one (0): the fullest form that
    fits into `room` columns.
    """
    which = f"all {evaluated.samples:,}" if evaluated.whole else f"first {evaluated.samples:,}"
    when = f"evaluated at step {evaluated.step:,}"
    epoch = f" (epoch {ended})" if ended else ""
    result = f": {evaluated.accuracy:.2%}"
    return _fitting(
        (
            f"{which} test samples, {when}{epoch}{result}",
            f"{which} test samples, {when}{result}",
            f"{which}, {when}{result}",
        ),
        room,
    )


def compared(known: Evaluations, chosen: Evaluation, way: Way, room: int) -> str:
    """An evaluation that was asked for, and what it is compared with: the fullest form that fits into `room`
    columns. What is shown and the steps are always said; the intervention is cut, or left out.
    """
    changed, plain = describe(known.about.intervention), known.plain
    if plain is None:
        tails = _results(chosen, None, "")
    elif way == "without":
        tails = _results(plain, chosen, "with")
    else:
        tails = _results(chosen, plain, "without")
    if not changed:
        return _fitting(tails, room)
    left = room - len(tails[-1]) - len(": ")
    name, short = changed, cut(changed, max(1, left))
    if plain is not None and way != "with":
        name, short = f"{way} {'by ' * (way == 'difference')}{changed}", way
    return _fitting([*(f"{name}: {tail}" for tail in tails), f"{short}: {tails[-1]}"], room)


def _results(shown: Evaluation, other: Evaluation | None, named: str) -> list[str]:
    """How well was read, and by which weights: the fullest form first.

    Args:
        shown: what is shown.
        other: what that is compared with, if anything.
        named: what the other one is.
    """
    result, step = f"{shown.accuracy:.2%}", f"step {shown.step:,}"
    result += f" ({named}: {other.accuracy:.2%})" if other else ""
    return [
        f"{result}, all {shown.samples:,} test samples, weights of {step}",
        f"{result}, weights of {step}",
        f"{result}, {step}",
    ]


def under(about: Selection) -> str:
    """What is chosen: the intervention and the moment, in a few words."""
    moment = "the newest weights" if about.moment is None else f"weights of step {about.moment:,}"
    return " · ".join(part for part in (describe(about.intervention), moment) if part)


def square(label: str, read_as: str, count: str, hints: Sequence[str], room: int) -> tuple[str, str]:
    """The square under the cursor, and what else there is to say, in `room` columns together.

    Args:
        label: the true class.
        read_as: what it was read as.
        count: how many were; it is always said.
        hints: what else, the fullest form first; where none leaves `READABLE` columns of each name, none is.
        room: columns.
    """
    names = [label, read_as]
    for hint in (*hints, ""):
        left = room - cell_len(f" read as : {count}{hint}")
        short = cut_evenly(names, left)
        if all(
            cell_len(one) >= min(READABLE, cell_len(name)) for one, name in zip(short, names, strict=True)
        ):
            break
    return f"{short[0]} read as {short[1]}: {count}", hint


def going_on(progress: float) -> str:
    """How far an evaluation has come, 0..1."""
    return f"evaluating: {progress:.0%}"


def _fitting(forms: list[str] | tuple[str, ...], room: int) -> str:
    """The first form that fits, or the last."""
    return next((form for form in forms if cell_len(form) <= room), forms[-1])
