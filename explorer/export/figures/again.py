"""The command that makes a figure again."""

from __future__ import annotations

import shlex

from explorer.protocol.interventions import typed
from explorer.protocol.questions import Answer, Fact, Given, Intervention, Sample, Samples, Subject
from explorer.system.errors import flag


def command_of(answer: Answer, run: str, kind: str, titled: bool) -> str:
    """The command line that draws this answer again, wherever the run is.

    It names the step: a run that goes on has other weights later. A given input is in no answer by its file's
    name, so that one stands as `FILE.npz`.

    Args:
        answer: what is drawn.
        run: the run's name.
        kind: the figure's format.
        titled: whether it has a title.
    """
    words = ["gatescope", "export", run, answer.what, *_subject(answer.asked.subject)]
    words += ["--moment", str(answer.step), *_changes(answer.asked.intervention)]
    for name, value in answer.options.items():
        words += _option(name, value)
    words += ["--format", kind, *([] if titled else ["--no-title"])]
    return shlex.join(words)


def _subject(subject: Subject) -> list[str]:
    """What is read."""
    match subject:
        case Sample(index=index):
            return ["--sample", str(index)]
        case Given():
            return ["--input", "FILE.npz"]
        case Samples():
            pairs = (("first", subject.first), ("label", subject.label), ("read_as", subject.read_as))
            return [word for name, value in pairs for word in _option(name, value)]


def _changes(intervention: Intervention) -> list[str]:
    """What is changed while it is read."""
    values = ((name, text) for name, texts in typed(intervention).items() for text in texts)
    return [word for name, text in values for word in _option(name, text)]


def _option(name: str, value: Fact) -> list[str]:
    """One option: none that isn't given, and a flag without a value."""
    if value is None or value is False:
        return []
    return [flag(name)] if value is True else [flag(name), str(value)]
