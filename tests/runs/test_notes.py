"""Notes in the events of a run that nothing trains."""

from __future__ import annotations

import pytest
from kit.facts import changed, started, stepped

from explorer.runs import notes
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.history import read_history
from explorer.runs.lock import EngineLock
from explorer.runs.writer import EventWriter
from explorer.system.errors import GatescopeError, UsageError


@pytest.fixture
def folder(tmp_path):
    """A run of two steps that was stopped."""
    run = create_run(tmp_path, configure({}), "one")
    writer = EventWriter(run.events)
    for event in (started(), changed("training"), stepped(1), stepped(2), changed("stopped")):
        writer.write(event)
    writer.close()
    return run


def test_a_note_is_appended_at_the_step_of_the_run_whose_state_stays(folder):
    before = folder.events.read_bytes()
    assert notes.append(folder, notes.checked(" a line\nor two ")) == 2
    assert folder.events.read_bytes().startswith(before)
    history = read_history(folder.events)
    assert history.state == "stopped" and folder.engine() is None
    assert [tuple(mark) for mark in history.marks][-1] == (2, "note", "a line or two")


def test_while_an_engine_has_the_run_only_it_writes(folder):
    lock = EngineLock(folder.lock)
    before = folder.events.read_bytes()
    with pytest.raises(GatescopeError, match="already training"):
        notes.append(folder, "mine")
    lock.release()
    assert folder.events.read_bytes() == before


def test_how_the_last_engine_ended_stays_known(folder):
    lock = EngineLock(folder.lock)
    lock.say(ended="stopped, but the newest steps couldn't be saved")
    lock.release()
    notes.append(folder, "why?")
    assert folder.unrecorded_end() == "stopped, but the newest steps couldn't be saved"


@pytest.mark.parametrize(("text", "said"), [("", "empty"), (" \n ", "empty"), ("x" * 501, "501")])
def test_a_note_of_nothing_or_of_too_much_is_refused(text, said):
    with pytest.raises(UsageError, match=said):
        notes.checked(text)
