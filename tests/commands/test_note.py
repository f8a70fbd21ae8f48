"""`gatescope note`, of a run that nothing trains; that an engine writes it is in `tests/engine`."""

from __future__ import annotations

from pathlib import Path

from kit.command import run

from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.runs.history import read_history


def test_a_note_needs_no_quotes_and_stands_in_the_events(tmp_path: Path) -> None:
    folder = create_run(tmp_path, configure({}), "one")
    assert (
        "run one: noted at step 0" in run("note", str(folder.path), "the", "loss jumps", cwd=tmp_path).stdout
    )
    assert read_history(folder.events).marks[-1].text == "the loss jumps"
    empty = run("note", str(folder.path), " ", cwd=tmp_path)
    assert (empty.returncode, empty.stderr) == (2, "gatescope: the note is empty; write something\n")
