"""The questions that can be asked about a run's weights: one line each.

A row names the function that answers, by its dotted path, so that whoever reads the table imports no torch. A
new question is a file in `engine/probes` and a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from explorer.protocol.questions import Fact, Given, Question, Samples, Selection, Subject
from explorer.runs.shape import Shape
from models.registry import CELLS

LIGHT: Final = 20_000
"""The most work, as `work` estimates it, that a training does between two batches: 50 ms on one core."""
ALONE: Final = 16
"""Reading one sample alone takes as long as reading so many of a thousand: 38 µs a timestep against 2.4 µs,
for an LSTM of 128 units on one core."""


def _once(options: Mapping[str, Fact], timesteps: int) -> int:
    """One pass over many samples."""
    return 1


def _alone(options: Mapping[str, Fact], timesteps: int) -> int:
    """One pass over a single sample."""
    return ALONE


def _twice(options: Mapping[str, Fact], timesteps: int) -> int:
    """Two passes over a single sample."""
    return 2 * ALONE


def _and_back(options: Mapping[str, Fact], timesteps: int) -> int:
    """A pass forward, and one backward, which takes twice as long."""
    return 3 * ALONE


def _and_tails(options: Mapping[str, Fact], timesteps: int) -> int:
    """One pass, and where they are wanted, T tails of T/2 timesteps; in the plain pass each takes 5 µs."""
    return ALONE + (timesteps if options.get("blanked") else 0)


def _and_terms(options: Mapping[str, Fact], timesteps: int) -> int:
    """One pass, and at each timestep the terms of one unit: 20 µs."""
    return ALONE + 8


def _and_sums(options: Mapping[str, Fact], timesteps: int) -> int:
    """One pass, and at each timestep T/2 terms of every unit: 20 µs, and 0.3 µs a term of 128 units."""
    return ALONE + 8 + timesteps // 15


def _and_gates(options: Mapping[str, Fact], timesteps: int) -> int:
    """A pass over many samples with all activations, which takes twice as long as one without."""
    return 2


class ProbeRow(NamedTuple):
    """One question to the weights."""

    title: str
    """What it tells, in a few words."""
    path: str
    """`module:function`, called with a `Context`, a `Selection` and the question's options."""
    about: Literal["one", "many"] = "one"
    """Whether it speaks of one sequence or of a set of test samples."""
    options: tuple[str, ...] = ()
    """The options of its own. One about many that has `label` and `read_as` takes its set from there where
    they are given, else from the selection: so the screen can ask about a set while a sample is chosen."""
    of_memory: bool = False
    """Whether it needs a cell that declares how it keeps and writes: `memory` in `models.registry.Cell`."""
    passes: Callable[[Mapping[str, Fact], int], int] = _alone
    """How often every timestep is read, by the question's options and T; one is a pass over many samples."""


PROBES: Final[Mapping[str, ProbeRow]] = {
    "activations": ProbeRow(
        "every activation at every timestep", "explorer.engine.probes.activations:read_activations"
    ),
    "belief": ProbeRow(
        "the answer after each timestep",
        "explorer.engine.probes.belief:read_belief",
        options=("blanked",),
        passes=_and_tails,
    ),
    "saliency": ProbeRow(
        "which inputs speak for a class",
        "explorer.engine.probes.saliency:read_saliency",
        options=("class",),
        passes=_and_back,
    ),
    "sources": ProbeRow(
        "when what is remembered was written",
        "explorer.engine.probes.sources:read_sources",
        of_memory=True,
        passes=_and_sums,
    ),
    "unit": ProbeRow(
        "what one hidden unit keeps and writes",
        "explorer.engine.probes.unit:read_unit",
        options=("unit",),
        passes=_and_terms,
    ),
    "difference": ProbeRow(
        "what a change changes: with, without",
        "explorer.engine.probes.difference:read_difference",
        options=("map",),
        passes=_twice,
    ),
    "units": ProbeRow("every unit's half-life and votes", "explorer.engine.probes.units:read_units"),
    "evaluation": ProbeRow(
        "how well a set of samples is read",
        "explorer.engine.probes.evaluation:read_evaluation",
        about="many",
        passes=_once,
    ),
    "mistakes": ProbeRow(
        "samples of a class read as another",
        "explorer.engine.probes.mistakes:read_mistakes",
        about="many",
        options=("label", "read_as"),
        passes=_and_gates,
    ),
}
"""The probes by name."""


def lacking(what: str, cell: str) -> str:
    """Why a cell can't be asked a question, in one line; empty if it can.

    Args:
        what: a name of `PROBES`; with any other, nothing is lacking.
        cell: a name of `models.registry.CELLS`.
    """
    return lacking_memory(what, cell) if what in PROBES and PROBES[what].of_memory else ""


def lacking_memory(what: str, cell: str) -> str:
    """Why a cell has no such thing, which needs that it declares how it keeps and writes; empty if it does.

    Args:
        what: in a word or two.
        cell: a name of `models.registry.CELLS`; one of another program's version is asked all the same.
    """
    if not (why := undivided(cell)):
        return ""
    others = " or ".join(name for name, row in CELLS.items() if row.memory)
    return f"{what}: {why}, so there are no parts to trace; ask a run of {others}"


def undivided(cell: str) -> str:
    """Why a cell's memory has no parts that are kept and written, in a few words; empty if it has; arguments
    as those of `lacking_memory`.
    """
    if cell not in CELLS or CELLS[cell].memory:
        return ""
    if CELLS[cell].overwrites:
        return f"a plain {cell.upper()} overwrites its memory at every timestep"
    return f"{cell} doesn't declare what it keeps and what it writes"


def subject_of(question: Question, selection: Selection) -> Subject:
    """What a question is about: the set that its options name, or what the selection says."""
    if question.what in PROBES and PROBES[question.what].about == "many":
        label, read_as = (_class(question.options.get(name)) for name in ("label", "read_as"))
        if label is not None or read_as is not None:
            return Samples(label=label, read_as=read_as)
    return selection.subject


def settled(selection: Selection, questions: Sequence[Question]) -> Selection:
    """The same, but where all questions name one set, about that: then no sample that is chosen matters."""
    subjects = [subject_of(question, selection) for question in questions]
    alike = bool(subjects) and all(one == subjects[0] for one in subjects)
    return replace(selection, subject=subjects[0]) if alike else selection


def _class(value: Fact) -> int | None:
    """A class by its number; None for anything else."""
    return value if isinstance(value, int) and value >= 0 and not isinstance(value, bool) else None


def work(question: Question, selection: Selection, shape: Shape, count: int) -> int:
    """An estimate of what an answer takes: samples × timesteps × passes.

    The hidden units are left out: with more of them a training's steps take longer, and so may its questions.

    Args:
        question: of an unknown name, it takes nothing.
        selection: what it is asked about.
        shape: of the run's data set.
        count: how many test samples there are.
    """
    if question.what not in PROBES:
        return 0
    samples, timesteps = 1, shape.timesteps
    match subject_of(question, selection):
        case Given(x=x):
            timesteps = x.shape[0] if x.shape else 0
        case Samples(first=first, label=label, read_as=read_as):
            samples = min(first or count, count)
            if label is not None:
                samples = -(-samples // len(shape.classes))  # each class has about as many
            samples *= 1 if read_as is None else 2  # all of them are read, then those that were chosen
    timesteps += selection.intervention.append_blank
    return samples * timesteps * PROBES[question.what].passes(question.options, timesteps)


def is_heavy(question: Question, selection: Selection, shape: Shape, count: int) -> bool:
    """Whether a question is too much for a training between two batches; arguments as those of `work`."""
    return work(question, selection, shape, count) > LIGHT
