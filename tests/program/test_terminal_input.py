"""Where the mouse is, what happens if reading fails, and a terminal that goes away, in the real program."""

from __future__ import annotations

import os
import re
import signal
import sys
import termios
from pathlib import Path

import pytest
from kit.screen import ROOMY, finished_run
from kit.terminal import PATIENCE, Terminal, gatescope, terminal
from kit.viewers import until

pytestmark = pytest.mark.slow

WIDTH, HEIGHT = 10, 20
"""A cell, in pixels."""


def until_sent(screen: Terminal, sequence: bytes, since: int = 0) -> None:
    """Wait until the program has sent something to the terminal."""
    while sequence not in screen.bytes[since:]:
        assert screen.read(5), f"never sent {sequence!r}"


def click_help(screen: Terminal, width: int = 1, height: int = 1) -> None:
    """Click on the key for help, reported in units of so many to a cell, and close the help again."""
    row = ROOMY[1] - 1
    screen.until(r"\? Help")
    column = screen.screen.display[row].index("? Help")
    x, y = column * width + (width + 1) // 2, row * height + (height + 1) // 2
    screen.send(b"\x1b[<0;%d;%dM\x1b[<0;%d;%dm" % (x, y, x, y))
    screen.until("pixels per timestep")
    screen.press("escape")
    screen.until(r"\? Help")


def size(height: int, width: int) -> bytes:
    """Return a report of the terminal's size, with that of a cell in pixels."""
    return b"\x1b[48;%d;%d;%d;%dt" % (ROOMY[1], ROOMY[0], height * ROOMY[1], width * ROOMY[0])


def test_a_click_hits_in_cells_until_the_terminal_says_that_it_reports_pixels(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as screen:
        screen.until("✓ finished")
        for report in (size(0, 0), size(HEIGHT, WIDTH), size(-1, 0)):  # of one that wasn't asked
            screen.send(report)
            click_help(screen)
        until_sent(screen, b"\x1b[?2048$p")
        screen.send(b"\x1b[?2048;2$y")
        until_sent(screen, b"\x1b[?1016$p")
        screen.send(size(HEIGHT, WIDTH))
        click_help(screen)  # it hasn't answered yet
        screen.send(b"\x1b[?1016;0$y")
        click_help(screen)
        assert b"\x1b[?1016h" not in screen.bytes
        screen.send(b"\x1b[?1016;2$y")
        until_sent(screen, b"\x1b[?1016h")
        click_help(screen, WIDTH, HEIGHT)
        since = len(screen.bytes)
        screen.send(size(0, 0))
        until_sent(screen, b"\x1b[?1016l", since)
        click_help(screen)
        screen.send(size(HEIGHT, WIDTH))
        until_sent(screen, b"\x1b[?1016h", since)
        screen.press("q")
        assert screen.ended() == 0
        assert screen.bytes.rindex(b"\x1b[?1016l") > screen.bytes.rindex(b"\x1b[?1016h")


BROKEN = """
from explorer.ui.terminal.driver import Terminal
handle = Terminal.process_message

def process_message(self, message):
    if getattr(message, "key", "") == "x":
        raise ZeroDivisionError("no such thing")
    handle(self, message)

Terminal.process_message = process_message

from explorer.cli import main
main(["watch", "one"])
"""


def test_a_failure_while_reading_input_ends_in_one_line_like_any_other(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    state = tmp_path / "state"
    command = [sys.executable, "-c", BROKEN]
    with terminal(command, ROOMY, tmp_path, XDG_STATE_HOME=str(state)) as screen:
        before = termios.tcgetattr(screen.file)
        screen.until("✓ finished")
        screen.press("x")
        assert screen.ended() == 1
        assert termios.tcgetattr(screen.file) == before
    _, back, said = screen.bytes.rpartition(b"\x1b[?1049l")
    assert back and b"\x1b[?25h" in said
    assert re.fullmatch(
        r"gatescope: the explorer failed: ZeroDivisionError: no such thing; training continues; "
        r"reopen it with `gatescope`; details in \S*/explorer.log",
        re.sub(r"\x1b\[[^a-zA-Z]*[a-zA-Z]", "", said.decode()).strip(),
    )
    [log] = state.rglob("explorer.log")
    assert re.search(r"Traceback .*process_message.*ZeroDivisionError: no such", log.read_text(), re.S)


DEAF = """
import contextlib, signal
import explorer.ui.signals
explorer.ui.signals.receiving = lambda leave: contextlib.nullcontext()
signal.signal(signal.SIGHUP, signal.SIG_IGN)

from explorer.cli import main
main(["watch", "one"])
"""


def test_an_explorer_whose_terminal_is_gone_ends_even_if_no_signal_tells_it(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    state = tmp_path / "state"
    with terminal([sys.executable, "-c", DEAF], ROOMY, tmp_path, XDG_STATE_HOME=str(state)) as screen:
        screen.until("✓ finished")
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), screen.file)  # the terminal's end of the line
        until(lambda: not screen.running(), PATIENCE)
        assert screen.status == 128 + signal.SIGHUP
    assert not [*state.rglob("explorer.log")]
