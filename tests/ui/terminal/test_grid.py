"""The bytes sent to the terminal: as few as bring it to the right picture, and no others."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pyte
import pyte.modes
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.screen import ROOMY, finished_run
from kit.terminal import gatescope
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Offset, Region
from textual.strip import Strip

from explorer.ui.terminal.frame import Frame, drawn
from explorer.ui.terminal.grid import Grid
from explorer.ui.terminal.pens import PLAIN, blank, parse_sgr, swapped, transition
from explorer.ui.widgets import palette

WIDTH, HEIGHT = 24, 5
COLOURS = ["default", "red", "bright_white", "#010203", "#c80009", "color(77)"]
GROUNDS = ["default", "red", "#010203", "#c80009"]
ATTRIBUTES = ["", "bold", "reverse", "bold underline"]
NARROW = "ab  ▀▀▄─●"
"""Without wide characters: half of one could be overwritten."""
CONSOLE = Console(color_system="truecolor", force_terminal=True)
STYLES = [None, *(Style.parse(f"{a} {c} on {g}") for a in ATTRIBUTES for c in COLOURS for g in GROUNDS)]


def strips(letters: str) -> st.SearchStrategy[Strip]:
    """Generate a piece of a line, no wider than the screen."""
    pairs = st.tuples(st.text(letters, min_size=1, max_size=9), st.sampled_from(STYLES))
    segments = pairs.map(lambda pair: Segment(*pair))
    return st.lists(segments, min_size=1, max_size=3).map(lambda some: Strip(some).crop(0, WIDTH))


def layout(y: int, x: int, strip: Strip) -> LayoutUpdate:
    """Make an update of one piece of a line."""
    return LayoutUpdate([[strip]], Region(x, y, strip.cell_length, 1))


@st.composite
def updates(draw: st.DrawFn, letters: str = "ab  ▀▀▄─●宽") -> CompositorUpdate:
    """Generate a piece of a line anywhere, or some of the pieces that make up whole lines."""
    drawn = draw(st.lists(st.none() | strips(letters), min_size=3, max_size=3))
    if drawn[0] is not None and draw(st.booleans()):
        room = WIDTH - drawn[0].cell_length
        return layout(draw(st.integers(0, HEIGHT - 1)), draw(st.integers(0, room)), drawn[0])
    cuts = [0, *sorted(draw(st.sets(st.integers(1, WIDTH - 1), min_size=2, max_size=2))), WIDTH]
    line = {
        left: strip and strip.adjust_cell_length(right - left)
        for strip, (left, right) in zip(drawn, pairwise(cuts), strict=True)
    }
    lines = sorted(draw(st.sets(st.integers(0, HEIGHT - 1), min_size=1, max_size=2)))
    left, right = sorted(draw(st.sets(st.integers(0, WIDTH), min_size=2, max_size=2)))
    return ChopsUpdate([line] * HEIGHT, [(y, left, right) for y in lines], [cuts[1:]] * HEIGHT)


def written(update: CompositorUpdate) -> str:
    """Return an update as Textual writes it, without line ends: each line is positioned anyway."""
    return update.render_segments(CONSOLE).replace("\n", "")


def frame(update: CompositorUpdate, at_once: bool = False, asked: bool = False) -> Frame:
    """Return an update in the form that the app passes to the grid."""
    return Frame(update, ColorSystem.TRUECOLOR, Offset(0, 0), at_once, asked)


def text(y: int, x: int, characters: str, style: str = "") -> Frame:
    """Make a frame of one piece of text."""
    return frame(layout(y, x, Strip([Segment(characters, Style.parse(style))])))


def screen() -> tuple[pyte.Screen, pyte.Stream]:
    """Make an emulated terminal."""
    shown = pyte.Screen(WIDTH, HEIGHT)
    shown.reset_mode(pyte.modes.DECAWM)  # as Textual does
    return shown, pyte.Stream(shown)


def visible(shown: pyte.Screen) -> list[object]:
    """Return all visible differences; ▄ with swapped colours equals ▀, and a space has no foreground."""
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


class TestGrid:
    """The bytes sent, seen through an emulator."""

    @given(st.lists(st.lists(updates(NARROW), max_size=3), max_size=5))
    def test_the_terminal_shows_the_same_as_if_textual_wrote_everything(
        self, turns: list[list[CompositorUpdate]]
    ) -> None:
        (naive, all_of_it), (shown, less) = screen(), screen()
        grid = Grid()
        for turn in turns:
            for update in turn:
                all_of_it.feed(written(update))
                grid.take(frame(update))
            less.feed(grid.difference())
            assert visible(shown) == visible(naive)

    @given(st.lists(updates(), max_size=6))
    def test_characters_already_shown_are_not_sent_again(self, turn: list[CompositorUpdate]) -> None:
        grid = Grid()
        for _ in range(2):
            for update in turn:
                grid.take(text(1, 0, " " * WIDTH))
                grid.take(frame(update))
            sent = grid.difference()
        assert sent == ""

    @given(st.lists(updates(NARROW), min_size=1, max_size=6))
    def test_updates_in_pieces_give_the_same_picture(self, turn: list[CompositorUpdate]) -> None:
        (naive, all_of_it), (shown, less) = screen(), screen()
        grid = Grid()
        for update in turn:
            all_of_it.feed(written(update))
            grid.take(frame(update))
        while grid.pending:
            less.feed(grid.difference(most=1))
        assert visible(shown) == visible(naive)

    @given(st.lists(st.tuples(updates(NARROW), st.booleans(), st.integers(0, 40)), min_size=1, max_size=9))
    def test_frames_that_come_while_others_are_half_sent_end_in_the_same_picture(
        self, turns: list[tuple[CompositorUpdate, bool, int]]
    ) -> None:
        (naive, all_of_it), (shown, less) = screen(), screen()
        grid = Grid()
        for update, asked, most in turns:
            all_of_it.feed(written(update))
            grid.take(frame(update, asked=asked))
            less.feed(grid.difference(most))
        less.feed(grid.difference())
        assert visible(shown) == visible(naive)

    def test_what_a_key_changed_overtakes_a_picture_that_is_half_sent(self) -> None:
        grid = Grid()
        for y in range(HEIGHT):
            grid.take(text(y, 0, "." * WIDTH))
        grid.difference()
        for y in range(HEIGHT):
            grid.take(text(y, 0, "#" * WIDTH))
        grid.difference(most=WIDTH)
        grid.take(frame(layout(HEIGHT - 1, 3, Strip([Segment("@")])), asked=True))
        assert f"\x1b[{HEIGHT};4H@" in grid.difference(most=1)

    def test_a_key_that_changes_everything_overtakes_nothing(self) -> None:
        grid = Grid()
        grid.resize(160, 45)
        grid.take(frame(layout(44, 0, Strip([Segment("a" * 160)])), asked=False))
        lines = [[Strip([Segment("b" * 160)])]] * 44
        grid.take(frame(LayoutUpdate(lines, Region(0, 0, 160, 44)), asked=True))
        grid.take(frame(layout(44, 9, Strip([Segment("@")])), asked=True))
        assert "\x1b[45;10H@" in grid.difference(most=1)

    def test_lines_that_change_all_the_time_leave_a_turn_to_the_others(self) -> None:
        grid = Grid()
        sent = ""
        for number in range(4 * HEIGHT):
            for y in range(HEIGHT):
                grid.take(text(y, 0, f"{number:03d}"))
            sent += grid.difference(most=1)
        assert all(f"\x1b[{y + 1};1H" in sent for y in range(HEIGHT))

    def test_one_changed_character_costs_a_cursor_move_and_a_character(self) -> None:
        grid = Grid()
        grid.take(text(0, 0, "step 1,234 of 9,999", "#010203"))
        grid.difference()
        grid.take(text(0, 0, "step 1,235 of 9,999", "#010203"))
        assert grid.difference() == "\x1b[1;10H\x1b[38;2;1;2;3m5\x1b[m\x1b[1;1H"

    @given(st.lists(st.tuples(st.integers(0, 16), st.integers(0, 16)), min_size=WIDTH, max_size=WIDTH))
    def test_a_line_of_a_heatmap_takes_few_more_colours_than_it_has_pairs_of_them(
        self, levels: list[tuple[int, int]]
    ) -> None:
        (naive, all_of_it), (shown, less), grid = screen(), screen(), Grid()
        pixels = palette.blocks(palette.scale("signed", dark=True))
        cells = [pixels[upper][lower] for upper, lower in levels]
        update = layout(0, 0, Strip([Segment(cell.text, cell.style) for cell in cells]))
        grid.take(frame(update))
        all_of_it.feed(written(update))
        less.feed(sent := grid.difference())
        assert visible(shown) == visible(naive)
        pairs, colours = {frozenset(both) for both in levels}, {one for both in levels for one in both}
        set_colours = sent.count("38;2;") + sent.count("48;2;")
        assert set_colours <= len(pairs) + len(colours)

    def test_a_wide_character_is_sent_whole(self) -> None:
        grid = Grid()
        grid.take(text(0, 0, "a宽b"))
        assert grid.difference().startswith("\x1b[1;1Ha宽b")
        grid.take(text(0, 0, "a宾b"))
        assert grid.difference().startswith("\x1b[1;2H宾\x1b[")

    def test_a_character_that_a_terminal_would_obey_is_left_out(self) -> None:
        grid = Grid()
        grid.take(text(0, 0, "a\x1b[2Jb\x9b31mc\x07\x7f\nd"))
        assert grid.difference() == "\x1b[1;1Ha[2Jb31mcd\x1b[1;1H"

    def test_sequences_that_paint_nothing_are_passed_on_unchanged(self) -> None:
        grid = Grid()
        for sequence in (
            "\x1b[?25l",
            "\x1b[>1u",
            "\x1b]52;c;YQ==\x07",
            "\x07",
            "\x1b[?2048$p",
            "\x1b[?1049h",
        ):
            grid.pass_on(sequence)
            assert grid.difference() == sequence

    def test_on_the_terminal_s_other_screen_nothing_is_assumed_known(self) -> None:
        grid = Grid()
        grid.take(text(0, 0, "abc"))
        grid.difference()
        grid.pass_on("\x1b[?1049h")
        grid.take(text(0, 0, "abc"))
        assert "abc" in grid.difference()

    def test_a_frame_to_be_shown_at_once_is_synchronized(self) -> None:
        grid = Grid()
        grid.take(frame(layout(0, 0, Strip([Segment("x")])), at_once=True))
        sent = grid.difference()
        assert sent.startswith("\x1b[?2026h")
        assert sent.endswith("\x1b[?2026l")
        assert sent.count("\x1b[?2026h") == 1

    def test_after_a_resize_nothing_is_assumed_known(self) -> None:
        grid = Grid()
        grid.resize(10, 3)
        for y, characters in ((0, "abc"), (2, "xyz")):
            grid.take(text(y, 0, characters))
        grid.difference()
        grid.resize(10, 3)  # the size was different in between, and the terminal cut off its contents
        assert "abc" in grid.difference()
        grid.resize(2, 1)
        for y, characters in ((0, "abc"), (2, "xyz")):
            grid.take(text(y, 0, characters))
        sent = grid.difference()
        assert "ab" in sent
        assert "c" not in sent
        assert "xyz" not in sent


class TestPens:
    """The transition from one colour to another."""

    def test_only_the_differences_are_sent(self) -> None:
        red, blue = parse_sgr("38;2;9;0;0;48;5;1"), parse_sgr("38;2;0;0;9;48;5;1")
        assert transition(red, blue)[0] == "\x1b[38;2;0;0;9m"
        assert transition(red, red)[0] == ""
        assert transition(red, PLAIN)[0] == "\x1b[39;49m"
        assert transition(parse_sgr("38;2;9;0;0;48;5;1;1"), blue)[0] == "\x1b[0;38;2;0;0;9;48;5;1m"

    def test_a_space_has_no_foreground_unless_it_is_underlined_or_reversed(self) -> None:
        assert blank(parse_sgr("31;42")) is parse_sgr("42") or blank(parse_sgr("31;42")).foreground is None
        assert blank(parse_sgr("4;31")) is parse_sgr("4;31")

    def test_swapping_the_colours_twice_changes_nothing(self) -> None:
        pen = parse_sgr("38;2;1;2;3;48;2;4;5;6")
        turned = swapped(pen)
        assert turned is parse_sgr("38;2;4;5;6;48;2;1;2;3")
        assert swapped(turned) is pen
        assert swapped(parse_sgr("31;48;2;4;5;6")) is None


@pytest.mark.slow
def test_ctrl_l_redraws_the_screen_after_another_program_wrote_over_it(tmp_path: Path) -> None:

    finished_run(tmp_path / "runs", "one")
    with gatescope("watch", "one", size=ROOMY, cwd=tmp_path) as shown:
        shown.until("✓ finished")
        shown.settle()
        shown.screen.erase_in_display(2)
        assert "finished" not in shown.text
        shown.send(b"\x0c")
        shown.until("✓ finished")
        shown.until("i input gate")


@pytest.mark.parametrize("text", ["e\u0301漢x", "e\u0301漢", "漢e\u0301"])
def test_an_accent_shares_the_cell_of_its_letter_also_beside_a_wide_character(text: str) -> None:
    cells = {"e\u0301": ["e\u0301"], "漢": ["漢", ""], "x": ["x"]}
    wanted = [cell for letter in re.findall("e\u0301|.", text) for cell in cells[letter]]
    assert drawn(text, "")[0] == wanted
