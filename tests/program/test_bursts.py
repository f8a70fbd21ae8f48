"""Keys that a slow connection delivers together, sent to the real program in one write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.screen import ROOMY, live_run
from kit.terminal import Terminal, gatescope

pytestmark = pytest.mark.slow


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Terminal]:
    """The explorer on a run that is training; its engine is a fake in this process."""
    with (
        live_run(tmp_path / "runs", "live"),
        gatescope("watch", "live", size=ROOMY, cwd=tmp_path) as screen,
    ):
        screen.until("is 0, read as 0")
        yield screen


def test_a_form_is_filled_in_by_one_write(screen: Terminal) -> None:
    screen.send(b"n\t\t64\t2")
    screen.until(r"│ epochs +2 ")
    assert re.search(r"│ hidden +64 ", screen.text)
    assert re.search(r"│ name +cell and time ", screen.text)  # empty


def test_of_two_keys_that_open_dialogs_the_second_goes_to_the_first_dialog(screen: Terminal) -> None:
    screen.send(b"cn")
    screen.until("─ switch cell ─")
    screen.settle()
    assert "─ new run ─" not in screen.text
    screen.press("escape")
    screen.settle()
    assert "─ switch cell ─" not in screen.text
    assert "─ new run ─" not in screen.text


def test_every_key_of_a_burst_counts(screen: Terminal) -> None:
    screen.send(b"]]]")
    screen.until("sample 3 ")
    screen.send(b"\x1b[C" * 30 + b"g12\r")
    screen.until("sample 12 ")
    screen.until("unit 30")
