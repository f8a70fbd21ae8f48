"""From a run and a question to a file with the answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Final

from msgspec.structs import replace

from explorer.export.data import WRITERS
from explorer.export.names import find_target
from explorer.export.wanted import Wanted
from explorer.export.write import write_export, written
from explorer.protocol.client import PATIENCE, EngineGone, ask_training
from explorer.protocol.exports import DATA, DRAWN, EXPORTS
from explorer.protocol.messages import Refused, Reply, refusal
from explorer.protocol.probes import lacking
from explorer.protocol.questions import (
    Answer,
    Answers,
    Ask,
    Given,
    Question,
    Sample,
    Samples,
    Selection,
    Subject,
)
from explorer.runs.folder import RunFolder
from explorer.runs.holds import check_names, name_cell, typed
from explorer.runs.reader import read_start
from explorer.runs.summary import Summary, summarise
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.path_text import path_text
from explorer.system.text import human
from models.registry import CELLS

PROGRESS_SECONDS: Final = 1.0
"""Seconds between two lines that say how far an answer is."""


def export_answer(folder: RunFolder, what: str, wanted: Wanted) -> None:
    """Ask a question to a run's weights, and write the answer into a file.

    A training is asked about its weights as they are now, or for them, where the answer takes long; else the
    newest checkpoint is read. The answer says of which step they are.

    Raises:
        UsageError: a question that the cell can't be asked, an activation that it hasn't, an unknown format,
            a file whose name contradicts it, one that exists already, one in no folder, or a title for what
            has none.
        GatescopeError: there is no answer, or the file can't be written.
    """
    config = folder.read().config  # before anything is written: the run may be from another version
    if why := lacking(what, config.cell):
        raise UsageError(why)
    selection = wanted.selection
    check_names(selection.intervention.hold, CELLS[config.cell].activations)
    target, kind = find_target(folder, wanted, f"{what}-{stem(selection)}", EXPORTS[what].formats)
    if kind in DATA and not wanted.titled:
        raise UsageError(f"--no-title is for pictures: {', '.join(DRAWN)}; a {kind} has no title")
    answer, weights = ask(folder, Question(what, dict(wanted.options)), selection, wanted.report)
    if config.hold:  # the model's own, in force under whatever was asked
        answer = replace(answer, facts=answer.facts | {"held": typed(config.hold)})
    if kind in WRITERS:
        content = WRITERS[kind](answer, folder.name)
    else:
        wanted.report("drawing")
        from explorer.export.figures.drawing import draw_figure
        from explorer.export.figures.heading import Source

        draw = resolve_name(EXPORTS[what].figure)
        started = read_start(folder.events)
        classes = started.shape.classes if started else ()
        source = Source(folder.name, name_cell(config.cell.upper(), config.hold), classes)
        content = draw_figure(draw, answer, source, kind, titled=wanted.titled)
    write_export(target, content, overwrite=wanted.force, private=wanted.output is None)
    wanted.report(f"{written(target)} ({human(len(content))}, {weights})")


def ask(
    folder: RunFolder, question: Question, selection: Selection, report: Callable[[str], None]
) -> tuple[Answer, str]:
    """The answer of the engine that trains the run, or of this process, and whose weights it is of, in words.

    Raises:
        UsageError: there is no such sample, or an option names something else that there isn't.
        GatescopeError: there is no answer.
    """
    asked = Ask(selection, (question,))
    live = _ask_training(folder, asked)
    answer = _only(live or _compute(folder, asked, report))
    _require_same(selection.subject, answer)
    return answer, f"weights of step {answer.step:,}" + ("" if live else _behind(folder, answer))


def stem(selection: Selection) -> str:
    """What a selection is called in a file's name: `sample-7`, `label-4-step-938-changed`."""
    match selection.subject:
        case Sample(index=index):
            parts = [f"sample-{index}"]
        case Given():
            parts = ["input"]
        case Samples(first=first, label=label, read_as=read_as):
            named = {"first": first, "label": label, "read-as": read_as}
            parts = [f"{name}-{value}" for name, value in named.items() if value is not None] or ["all"]
    if selection.moment is not None:
        parts.append(f"step-{selection.moment}")
    if selection.intervention:
        parts.append("changed")
    return "-".join(parts)


def _require_same(asked: Subject, answer: Answer) -> None:
    """Refuse the answer about another sample: the number asked for was beyond the last.

    Raises:
        UsageError: it is.
    """
    if isinstance(asked, Sample) and answer.asked.subject != asked:
        last = int(answer.facts.get("samples") or 1) - 1
        raise UsageError(f"--sample takes a test sample of this run, 0 to {last:,}, not {asked.index:,}")


def _behind(folder: RunFolder, answer: Answer) -> str:
    """How far the run got, where that is farther than the weights: its newest checkpoints may be gone."""
    summary = summarise(folder)
    if answer.asked.moment is not None or not isinstance(summary, Summary) or summary.step <= answer.step:
        return ""
    return f"; the run is at step {summary.step:,}"


def _ask_training(folder: RunFolder, asked: Ask) -> Reply | None:
    """The answer of the engine that trains the run; None where none does, or it has no time for it."""
    try:
        answered = ask_training(folder, asked, "ask", patience=PATIENCE)
    except EngineGone:
        return None
    match answered.reply if answered else None:
        case Answers(unanswerable=missing) if any(one.heavy for one in missing):
            return None
        case reply:
            return reply


def _compute(folder: RunFolder, asked: Ask, report: Callable[[str], None]) -> Reply:
    """The answer of this process, from the training's weights or the run's newest checkpoint."""
    report("loading torch")
    from explorer.engine.read_only import Library

    reply = Library(report).answer(asked.about_run(path_text(folder.path.resolve())))
    return reply(_Progress(asked.questions[0].what, report)) if callable(reply) else reply


class _Progress:
    """Says how far an answer is, a line every `PROGRESS_SECONDS`."""

    def __init__(self, what: str, report: Callable[[str], None]) -> None:
        """Say nothing yet."""
        self._what = what
        self._report = report
        self._next = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, share: float) -> None:
        """Say that this share of it is done."""
        if time.monotonic() >= self._next:
            self._report(f"{self._what}: {share:.0%}")
            self._next = time.monotonic() + PROGRESS_SECONDS


def _only(reply: Reply) -> Answer:
    """The one answer of a reply.

    Raises:
        UsageError: there is none, because an option or an input isn't what it must be.
        GatescopeError: there is none, for another reason.
    """
    match reply:
        case Answers(answers=(answer,)):
            return answer
        case Answers(unanswerable=(missing, *_)):
            raise (UsageError if missing.mistake else GatescopeError)(missing.reason)
        case Refused(message=reason, mistake=True):
            raise UsageError(reason)
    raise GatescopeError(refusal(reply))
