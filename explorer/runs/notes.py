"""A person's own notes in a run's events; the engine writes them while there is one."""

from __future__ import annotations

import time
from contextlib import suppress

from explorer.runs.events import Noted
from explorer.runs.folder import RunFolder
from explorer.runs.lock import EngineLock, read_last
from explorer.runs.summary import Unreadable, summarise
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError, UsageError
from explorer.system.text import one_line

LONGEST = 500
"""Characters of the longest note."""


def checked(text: str) -> str:
    """A note as one line.

    Raises:
        UsageError: nothing is in it, or too much.
    """
    line = one_line(text)
    if not line:
        raise UsageError("the note is empty; write something")
    if len(line) > LONGEST:
        raise UsageError(f"a note has up to {LONGEST} characters, not {len(line):,}")
    return line


def append(folder: RunFolder, text: str) -> int:
    """Write a note into the events of a run that nothing trains.

    Its lock is held meanwhile, so no engine begins; how the last one ended stays in it. The note has no
    `clock`: it doesn't count as time in which the run was worked on.

    Args:
        folder: the run.
        text: as `checked` returns it.

    Returns:
        How many steps the run has been trained.

    Raises:
        GatescopeError: an engine has the run by now, it can't be read, or it can't be written.
    """
    last = read_last(folder.lock)
    lock = EngineLock(folder.lock)
    try:
        summary = summarise(folder)
        if isinstance(summary, Unreadable):
            raise GatescopeError(f"run {folder.name} can't be read ({summary.reason})")
        with suppress(OSError):
            lock.say(ended=last.ended)
        writer = EventWriter(folder.events)
        try:
            writer.write(Noted(time=time.time(), step=summary.step, text=text))
        finally:
            writer.close()
    except OSError as error:
        raise GatescopeError(f"can't write {folder.events}: {error.strerror}") from None
    finally:
        lock.release()
    return summary.step
