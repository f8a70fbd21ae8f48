"""What is sent to the terminal: as little as takes it to what it should show, and never anything else."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from pathlib import Path

import pyte
import pyte.modes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from screen import ROOMY, finished_run
from terminal import gatescope

from explorer.ui.terminal.budget import FREE, LEAN, RATE, REMEMBERED, SLOW, Budget
from explorer.ui.terminal.grid import Grid
from explorer.ui.terminal.pens import PLAIN, blank, change, dip, swapped
from explorer.ui.terminal.writer import PIECE, Writer

WIDTH, HEIGHT = 24, 5
FIRST = "38;2;1;2;3"
COLOURS = ["", "31", "97", FIRST, "38;2;200;0;9", "38;5;77"]
GROUNDS = ["", "41", "48;2;1;2;3", "48;2;200;0;9"]
ATTRIBUTES = ["", "1", "7", "1;4"]


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """A piece of a line as Textual writes it: placed, styled, reset; it ends inside of the screen."""
    text = draw(st.text(st.sampled_from("ab  ▀▀▄─●宽"), min_size=1, max_size=9))
    room = WIDTH - cell_len(text)
    x, y = draw(st.integers(0, max(0, room))), draw(st.integers(0, HEIGHT - 1))
    parts = [draw(st.sampled_from(some)) for some in (ATTRIBUTES, COLOURS, GROUNDS)]
    style = ";".join(part for part in parts if part)
    return f"\x1b[{y + 1};{x + 1}H" + (f"\x1b[{style}m{text}\x1b[0m" if style else text)


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    """An emulated terminal."""
    shown = pyte.Screen(WIDTH, HEIGHT)
    shown.reset_mode(pyte.modes.DECAWM)  # as Textual does
    return shown, pyte.Stream(shown)


def looks(shown: pyte.Screen) -> list[object]:
    """All that a person can tell apart; ▄ in turned colours is ▀, and a space has no foreground."""
    cells: list[object] = []
    for y in range(HEIGHT):
        for x in range(WIDTH):
            cell = shown.buffer[y][x]
            fore, back, data = cell.fg, cell.bg, cell.data
            if data == "▄":
                fore, back, data = back, fore, "▀"
            hidden = data == " " and not (cell.reverse or cell.underscore)
            cells.append((data, None if hidden else fore, back, cell.bold and not hidden, cell.reverse))
    return cells


def narrow(output: str) -> str:
    """The same without wide characters, of which a half can be written over."""
    return output.replace("宽", "w")


class TestGrid:
    """What is sent, seen through an emulator."""

    @given(st.lists(st.lists(pieces().map(narrow), max_size=4), max_size=8))
    def test_the_terminal_shows_the_same_as_if_everything_were_sent(self, frames: list[list[str]]) -> None:
        (naive, all_of_it), (shown, less) = screen(), screen()
        grid = Grid()
        for frame in frames:
            output = "".join(frame)
            all_of_it.feed(output)
            grid.take(output)
            less.feed(grid.difference())
            assert looks(shown) == looks(naive)

    @given(st.lists(pieces(), max_size=6))
    def test_what_is_shown_already_is_not_sent_again(self, frame: list[str]) -> None:
        grid = Grid()
        for _ in range(2):
            for piece in frame:
                grid.take("\x1b[2;1H" + " " * WIDTH + piece)
            grid.difference()
        whole = "".join("\x1b[2;1H" + " " * WIDTH + piece for piece in frame)
        grid.take(whole)
        grid.difference()
        grid.take(whole)
        assert grid.difference() == ""

    @given(st.lists(pieces(), min_size=1, max_size=6))
    def test_in_pieces_it_comes_to_the_same(self, frame: list[str]) -> None:
        output = "".join(map(narrow, frame))
        (naive, all_of_it), (shown, less) = screen(), screen()
        all_of_it.feed(output)
        grid = Grid()
        grid.take(output)
        while grid.pending:
            less.feed(grid.difference(most=1))
        assert looks(shown) == looks(naive)

    def test_one_new_digit_costs_a_move_and_a_digit(self) -> None:
        grid = Grid()
        grid.take(f"\x1b[1;1H\x1b[{FIRST}mstep 1,234 of 9,999\x1b[0m")
        grid.difference()
        grid.take(f"\x1b[1;1H\x1b[{FIRST}mstep 1,235 of 9,999\x1b[0m\x1b[1;1H")
        assert grid.difference() == f"\x1b[1;10H\x1b[{FIRST}m5\x1b[m\x1b[1;1H"

    def test_a_wide_character_is_sent_whole(self) -> None:
        grid = Grid()
        grid.take("\x1b[1;1Ha宽b")
        assert grid.difference().startswith("\x1b[1;1Ha宽b")
        grid.take("\x1b[1;1Ha宾b")
        assert grid.difference().startswith("\x1b[1;2H宾\x1b[")

    def test_what_is_no_cell_is_passed_on_as_it_is(self) -> None:
        grid = Grid()
        for sequence in (
            "\x1b[?25l",
            "\x1b[>1u",
            "\x1b]52;c;YQ==\x07",
            "\x07",
            "\x1b[?2048$p",
            "\x1b[?1049h",
        ):
            grid.take(sequence)
            assert grid.difference() == sequence

    def test_a_frame_that_is_to_be_shown_at_once_is(self) -> None:
        grid = Grid()
        grid.take("\x1b[?2026h\x1b[1;1Hx\x1b[?2026l")
        sent = grid.difference()
        assert sent.startswith("\x1b[?2026h")
        assert sent.endswith("\x1b[?2026l")
        assert sent.count("\x1b[?2026h") == 1

    def test_after_another_size_nothing_is_taken_for_known(self) -> None:
        grid = Grid()
        grid.resize(10, 3)
        grid.take("\x1b[1;1Habc\x1b[3;1Hxyz")
        grid.difference()
        grid.resize(10, 3)  # it was another one meanwhile, and the terminal cut what it showed
        assert "abc" in grid.difference()
        grid.resize(2, 1)
        grid.take("\x1b[1;1Habc\x1b[3;1Hxyz")
        sent = grid.difference()
        assert "ab" in sent
        assert "c" not in sent
        assert "xyz" not in sent


class TestPens:
    """The way from one colour to another."""

    def test_only_what_differs_is_named(self) -> None:
        red, blue = dip(PLAIN, "38;2;9;0;0;48;5;1"), dip(PLAIN, "38;2;0;0;9;48;5;1")
        assert change(red, blue)[0] == "\x1b[38;2;0;0;9m"
        assert change(red, red)[0] == ""
        assert change(red, PLAIN)[0] == "\x1b[39;49m"
        assert change(dip(red, "1"), blue)[0] == "\x1b[0;38;2;0;0;9;48;5;1m"

    def test_a_space_has_no_foreground_unless_it_is_underlined_or_reversed(self) -> None:
        assert blank(dip(PLAIN, "31;42")) is dip(PLAIN, "42") or blank(dip(PLAIN, "31;42")).foreground is None
        assert blank(dip(PLAIN, "4;31")) is dip(PLAIN, "4;31")

    def test_turning_the_colours_twice_is_no_change(self) -> None:
        pen = dip(PLAIN, "38;2;1;2;3;48;2;4;5;6")
        turned = swapped(pen)
        assert turned is dip(PLAIN, "38;2;4;5;6;48;2;1;2;3")
        assert swapped(turned) is pen
        assert swapped(dip(PLAIN, "31;48;2;4;5;6")) is None


class TestBudget:
    """What may move by itself."""

    def test_what_was_spent_is_saved_up_again(self) -> None:
        now = [0.0]
        budget = Budget(clock=lambda: now[0])
        now[0] = 10.0
        budget.spend(int(6 * RATE), 0.0)
        assert not budget.solvent
        now[0] += 4.9  # the purse held a second's worth
        assert not budget.solvent
        now[0] += 0.2
        assert budget.solvent

    def test_what_a_key_causes_is_free(self) -> None:
        now = [10.0]
        budget = Budget(clock=lambda: now[0])
        now[0] = 20.0
        budget.asked()
        now[0] += FREE / 2
        budget.spend(1_000_000, 0.0)
        assert budget.solvent
        now[0] += FREE
        budget.spend(1_000_000, 0.0)
        assert not budget.solvent

    def test_a_slow_terminal_gets_little_for_some_time(self) -> None:
        now = [10.0]
        budget = Budget(clock=lambda: now[0])
        now[0] = 20.0
        budget.spend(10, 2 * SLOW)
        assert (budget.slow, budget.thrifty, budget.patience > 1) == (True, True, True)
        now[0] += REMEMBERED + 1
        assert (budget.slow, budget.thrifty, budget.patience) == (False, False, 1)

    def test_lean_saves_more_slowly(self) -> None:
        now = [0.0]
        budget = Budget(lean=True, clock=lambda: now[0])
        now[0] = 10.0
        budget.spend(int(6 * LEAN), 0.0)
        now[0] += 4.0
        assert not budget.solvent
        now[0] += 2.0
        assert budget.solvent


class TestWriter:
    """The thread that waits for the terminal."""

    def test_a_terminal_that_takes_nothing_holds_up_nobody_and_then_gets_only_the_newest(self) -> None:
        reading, writing = os.pipe()
        os.set_blocking(writing, False)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(writing, b"\x1b[1;1H" * 100)
        os.set_blocking(writing, True)
        budget = Budget()
        with open(writing, "w", encoding="utf-8") as file:
            writer = Writer(file, Grid(), budget)
            writer.start()
            began = time.monotonic()
            for number in range(2000):  # some 5 MB, and the pipe is full
                lines = "".join(
                    f"\x1b[{y + 1};1H{number:05d}" + chr(65 + number % 26) * 60 for y in range(40)
                )
                writer.write(lines)
            assert time.monotonic() - began < 30  # a writer that waited would never come here
            time.sleep(2 * SLOW)
            received: list[bytes] = []
            reader = threading.Thread(
                target=lambda: received.extend(iter(lambda: os.read(reading, PIECE), b""))
            )
            reader.start()
            writer.close()
        reader.join()
        os.close(reading)
        shown = pyte.Screen(80, 40)
        pyte.ByteStream(shown).feed(b"".join(received))
        assert shown.display[0].startswith("01999")
        assert shown.display[39].startswith("01999")
        assert len(b"".join(received)) < 2000 * 40 * 20
        assert budget.slow


@pytest.mark.slow
def test_ctrl_l_paints_anew_what_another_program_wrote_over(tmp_path: Path) -> None:

    finished_run(tmp_path / "runs", "one")
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as shown:
        shown.until("✓ finished")
        shown.settle()
        shown.screen.erase_in_display(2)
        assert "finished" not in shown.text
        shown.send(b"\x0c")
        shown.until("✓ finished")
        shown.until("i input gate")
