"""Writing a note into a run, whoever writes its events at the moment."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable

from explorer.protocol.client import ANSWER_SECONDS, ask_training
from explorer.protocol.messages import Done, Note, refusal
from explorer.runs.folder import RunFolder
from explorer.runs.notes import append, checked
from explorer.system.errors import GatescopeError


def note(
    folder: RunFolder,
    text: str,
    *,
    timeout: float = ANSWER_SECONDS,
    patience: float = math.inf,
    meanwhile: Callable[[], object] = lambda: None,
) -> str:
    """Write a note: ask the engine of a run that has one, else append it here.

    Args:
        folder: the run.
        text: one line.
        timeout: seconds that the engine's answer may take; see `ask_training`.
        patience: seconds after which no other try begins.
        meanwhile: called all the while.

    Returns:
        What was done, in one line.

    Raises:
        UsageError: the note is empty, or too long.
        OutOfReach: nothing from here reaches the engine.
        EngineGone: it doesn't answer.
        GatescopeError: it refuses, or the events can't be written.
    """
    line = checked(text)
    request = Note(line, uuid.uuid4().hex)
    answered = ask_training(
        folder, request, "write a note", timeout=timeout, patience=patience, meanwhile=meanwhile
    )
    if answered is None:
        return f"noted at step {append(folder, line):,}"
    if isinstance(answered.reply, Done):
        return answered.reply.message
    raise GatescopeError(refusal(answered.reply))
