"""The thread that waits for the terminal."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

import pyte
import pytest
from kit.screen import ROOMY, finished_run
from kit.terminal import gatescope
from rich.color import ColorSystem
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.geometry import Offset, Region
from textual.strip import Strip

from explorer.ui.terminal.frame import Frame
from explorer.ui.terminal.grid import Grid
from explorer.ui.terminal.pace import BLOCKED, FIRST, PIECE, QUESTION, SILENT, Pace
from explorer.ui.terminal.writer import Writer


def picture(number: int) -> Frame:
    """Make a frame of 40 lines that differs from the one before in every cell."""
    line = [Strip([Segment(f"{number:05d}" + chr(65 + number % 26) * 60)])]
    return Frame(LayoutUpdate([line] * 40, Region(0, 0, 65, 40)), ColorSystem.TRUECOLOR, Offset(0, 0))


def shown_by(received: bytes) -> pyte.Screen:
    """Return the screen of a terminal that received these bytes."""
    shown = pyte.Screen(80, 40)
    pyte.ByteStream(shown).feed(received)
    return shown


def test_a_blocked_terminal_delays_nothing_and_then_gets_only_the_newest_frame() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writing, b"\x1b[1;1H" * 100)
    os.set_blocking(writing, True)
    pace = Pace()
    with open(writing, "w", encoding="utf-8") as file:
        writer = Writer(file, Grid(), pace)
        writer.start()
        began = time.monotonic()
        for number in range(2000):  # about 5 MB, more than the pipe holds
            writer.show(picture(number))
        assert time.monotonic() - began < 30  # a blocking writer would never get here
        time.sleep(2 * BLOCKED)
        received: list[bytes] = []
        reader = threading.Thread(target=lambda: received.extend(iter(lambda: os.read(reading, PIECE), b"")))
        reader.start()
        writer.close()
    reader.join()
    os.close(reading)
    screen = shown_by(b"".join(received))
    assert screen.display[0].startswith("01999")
    assert screen.display[39].startswith("01999")
    assert len(b"".join(received)) < 2000 * 40 * 20
    assert pace.slow


class Replier:
    """A terminal that says when it has read so far, but reads only when it is told to."""

    def __init__(self) -> None:
        """Open a pipe that holds everything, and a writer to it that has had its first reply."""
        self.received = b""
        self._reading, writing = os.pipe()
        os.set_blocking(self._reading, False)
        self._file = open(writing, "w", encoding="utf-8")  # noqa: SIM115 - closed by close
        self.pace = Pace()
        self.writer = Writer(self._file, Grid(), self.pace)
        self.writer.start()
        self.writer.listen()
        self.read_until(lambda: QUESTION.encode() in self.received)

    def read(self) -> bytes:
        """Read what is there, and reply to it."""
        try:
            data = os.read(self._reading, 1 << 20)
        except BlockingIOError:
            return b""
        self.received += data
        for _ in range(data.count(QUESTION.encode())):
            self.writer.replied()
        return data

    def read_until(self, condition: object) -> None:
        """Read until something holds."""
        deadline = time.monotonic() + 10
        while not condition():  # type: ignore[operator]
            assert time.monotonic() < deadline
            self.read()
            time.sleep(0.001)

    def close(self) -> None:
        """Close both ends."""
        self.writer.close()
        self._file.close()
        os.close(self._reading)


def test_pictures_that_were_overtaken_while_the_terminal_had_not_replied_are_never_sent() -> None:
    terminal = Replier()
    for number in range(1000):
        terminal.writer.show(picture(number))
    time.sleep(0.2)
    under_way = terminal.read()
    assert len(under_way) <= FIRST + 2000
    terminal.read_until(lambda: terminal.pace.quiet and not terminal.pace.backlog)
    assert all(line.startswith("00999") for line in shown_by(terminal.received).display)
    terminal.close()


def test_when_the_program_leaves_no_reply_is_left_for_the_shell() -> None:
    terminal = Replier()
    terminal.writer.show(picture(1))
    time.sleep(0.1)
    hushed = threading.Thread(target=terminal.writer.hush)
    hushed.start()
    time.sleep(0.1)
    assert hushed.is_alive()  # a question is still out
    terminal.read_until(lambda: terminal.pace.quiet)
    hushed.join(timeout=10)
    assert not hushed.is_alive()
    terminal.writer.show(picture(2))
    terminal.writer.write("\x1b[?1049l")
    terminal.read_until(lambda: terminal.received.endswith(b"\x1b[?1049l"))
    assert terminal.pace.quiet
    terminal.close()


def test_a_terminal_that_never_replies_holds_up_leaving_for_a_second_at_most() -> None:
    terminal = Replier()
    terminal.pace.begin()
    terminal.writer.show(picture(1))
    began = time.monotonic()
    terminal.writer.hush()
    assert time.monotonic() - began <= SILENT + 1
    terminal.close()


@pytest.mark.slow
def test_a_finished_run_sends_nothing_to_a_terminal_that_replies(tmp_path: Path) -> None:
    finished_run(tmp_path / "runs", "one")
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as shown:
        shown.until("i input gate")
        shown.settle(1.0)
        before = len(shown.bytes)
        assert QUESTION.encode() in shown.bytes
        for _ in range(40):
            shown.read()
        assert len(shown.bytes) == before
