"""What the confusion matrix says in words: which samples were read, with which weights, and how well."""

from __future__ import annotations

from rich.cells import cell_len

from explorer.protocol.interventions import describe
from explorer.protocol.questions import Selection
from explorer.runs.events import Evaluated
from explorer.ui.views.evaluations import Evaluation, Evaluations, Progress
from explorer.ui.views.matrix_sheet import Way
from explorer.ui.widgets.line import cut


def recorded(evaluated: Evaluated, room: int) -> str:
    """One of the run's own evaluations: the fullest form that fits into `room` columns."""
    which = f"all {evaluated.samples:,}" if evaluated.whole else f"first {evaluated.samples:,}"
    when = f"evaluated at step {evaluated.step:,}"
    epoch = f" (epoch {evaluated.epoch})" if evaluated.whole and evaluated.epoch else ""
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
    columns; a long intervention is cut.
    """
    changed, plain = describe(known.about.intervention), known.plain
    shown, other, named = chosen, plain, "without"
    if plain is None:
        way = "with"
    elif way == "without":
        shown, other, named = plain, chosen, "with"
    name = {"with": "", "without": "without ", "difference": "difference by "}[way] + changed
    result = f"{shown.accuracy:.2%}"
    several = other is not None and other.step != shown.step
    if several and other is not None:
        tails = [f"{result} at step {shown.step:,} ({named}: {other.accuracy:.2%} at step {other.step:,})"]
    else:
        against = f" ({named}: {other.accuracy:.2%})" if other else ""
        samples, step = f"all {shown.samples:,} test samples", f"step {shown.step:,}"
        tails = [
            f"{result}{against}, {samples}, weights of {step}",
            f"{result}{against}, weights of {step}",
            f"{result}{against}, {step}",
        ]
    if not name:
        return _fitting(tails, room)
    forms = [f"{name}: {tail}" for tail in tails]
    least = f"{cut(name, max(8, room - len(tails[-1]) - 2))}: {tails[-1]}"
    return _fitting((*forms, least), room)


def under(about: Selection) -> str:
    """What is chosen: the intervention and the moment, in a few words."""
    moment = "the newest weights" if about.moment is None else f"weights of step {about.moment:,}"
    return " · ".join(part for part in (describe(about.intervention), moment) if part)


def going_on(progress: Progress) -> str:
    """How far an evaluation has come."""
    what = "evaluating without" if progress.plain else "evaluating"
    return f"{what}: {progress.share:.0%}"


def _fitting(forms: list[str] | tuple[str, ...], room: int) -> str:
    """The first form that fits, or the last."""
    return next((form for form in forms if cell_len(form) <= room), forms[-1])
