"""What a figure says about where it comes from: its title, and its metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from explorer.protocol.interventions import describe
from explorer.protocol.questions import Answer, Given, Sample, Samples, Subject
from explorer.system.text import one_line, printable


class Source(NamedTuple):
    """The run that was asked."""

    run: str
    """Its name."""
    cell: str
    """Its cell, as a person calls it."""
    classes: Sequence[str] = ()
    """The names of its classes; empty: they are numbers."""


def title_of(answer: Answer, source: Source) -> list[str]:
    """The parts of the title: run, cell, step, what was read, and the probe's own options."""
    options = [f"{name} {value}" for name, value in answer.options.items() if value is not None]
    about = [f"step {answer.step:,}", subject_of(answer.asked.subject), *options]
    return [shown(part) for part in (source.run, source.cell, *about)]


def changes_of(answer: Answer) -> list[str]:
    """The parts of the intervention; none without one."""
    said = describe(answer.asked.intervention)
    return [shown(part) for part in said.split(" · ")] if said else []


def subject_of(subject: Subject) -> str:
    """What was read, in a few words."""
    match subject:
        case Sample(index=index):
            return f"test sample {index:,}"
        case Given():
            return "an input of one's own"
        case Samples(first=first, label=label, read_as=read_as):
            which = "all test samples" if first is None else f"the first {first:,} test samples"
            which += "" if label is None else f" of class {label}"
            return which + ("" if read_as is None else f" read as {read_as}")


def facts_of(answer: Answer, names: Sequence[str] = ()) -> list[str]:
    """The true class, and what it was read as, as far as the answer says.

    Args:
        answer: any.
        names: those of the classes; without them, they are numbers.
    """
    said = (("label", "class"), ("predicted", "read as"))
    known = ((words, answer.facts.get(fact)) for fact, words in said)
    return [
        f"{words} {names[number] if names else number}" for words, number in known if isinstance(number, int)
    ]


def shown(text: str) -> str:
    """Any text as one line without control characters."""
    return printable(one_line(text))
