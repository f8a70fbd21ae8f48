"""The confusion matrix: any count can be told from none, and the cursor hides no colour."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import screen
from kit.facts import evaluated
from kit.screen import Visit, exploring, finished_run
from msgspec.structs import replace as changed
from rich.cells import cell_len
from rich.style import Style

from explorer.runs.events import Evaluated
from explorer.runs.shape import Shape
from explorer.runs.snapshot import NO_RUN
from explorer.ui.base.oklab import to_oklab
from explorer.ui.views.choice import Choice
from explorer.ui.views.confusion import Confusion
from explorer.ui.views.matrix_words import recorded
from explorer.ui.widgets import palette

RARE = [[0 if row != column else 1_100 for column in range(10)] for row in range(10)]
RARE[4][9], RARE[4][2], RARE[4][7], RARE[1][1] = 1, 2, 3, 999
THEMES = pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])


def square(visit: Visit, row: int, column: int, wide: int = 5) -> list[tuple[str, Style]]:
    """Return the characters of a square, each with its style."""
    matrix = visit.app.screen_stack[0].query_one(Confusion)
    lines = [
        [(text, segment.style or Style()) for segment in matrix.render_line(y) for text in segment.text]
        for y in range(matrix.size.height)
    ]
    y = next(y for y, line in enumerate(lines) if "is↓as→" in "".join(text for text, _ in line)) + 1 + row
    x = "".join(text for text, _ in lines[y - 1 - row]).index("is↓as→") + 6 + column * wide
    return lines[y][x : x + wide]


def written(visit: Visit, row: int, column: int, wide: int = 5) -> str:
    """Return the text of a square."""
    return "".join(text for text, _ in square(visit, row, column, wide))


def ground(visit: Visit, row: int, column: int) -> str:
    """Return the colour of a square, at its left edge."""
    colour = square(visit, row, column)[0][1].bgcolor
    assert colour is not None and colour.triplet is not None
    return colour.triplet.hex


async def in_theme(visit: Visit, dark: bool) -> None:
    """Wait until the matrix is shown, in the theme that is requested."""
    await visit.sees("4 read as 9: ", "#confusion")
    if not dark:
        await visit.press("t")
    await visit.until(lambda: visit.app.screen_stack[0].query_one(Confusion).dark is dark)


@THEMES
async def test_a_square_has_the_colour_of_its_count_and_one_differs_from_none(
    dark: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "CONFUSION", RARE)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await in_theme(visit, dark)
        scale = [palette.hex_of(rgb) for rgb in palette.counts(dark)]
        for row, column in ((4, 0), (4, 9), (4, 2), (4, 7), (4, 4), (1, 1)):
            share = RARE[row][column] / sum(RARE[row])
            wanted = 4 + min(11, math.floor(math.sqrt(share) * 12)) if share else 0
            assert ground(visit, row, column) == scale[wanted], (row, column)
        none, one = (to_oklab(palette.parse(scale[level])) for level in (0, 4))
        assert math.dist(none, one) > 0.1


async def test_the_cursor_keeps_the_colour_of_its_square_and_stands_out_only_with_the_focus(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("4 read as 9: 49", "#confusion")

        def emphasis(row: int, column: int) -> set[tuple[bool, bool]]:
            styles = [style for text, style in square(visit, row, column) if text.strip()]
            return {(bool(style.reverse), bool(style.underline)) for style in styles}

        before = ground(visit, 4, 9)
        assert emphasis(4, 9) == {(False, True)}
        await visit.turn_to("confusion")
        await visit.until(lambda: emphasis(4, 9) == {(True, False)})
        assert ground(visit, 4, 9) == before == ground(visit, 4, 8)
        await visit.press("left")
        await visit.until(lambda: emphasis(4, 8) == {(True, False)})
        assert emphasis(4, 9) == {(False, False)}
        assert [bool(style.reverse) for _, style in square(visit, 4, 8)] == [False, True, True, True, True]
        await visit.press("left", "left", "left", "left")  # of a long count, the edge stays as it is
        await visit.until(lambda: emphasis(4, 4) == {(True, False)})
        assert [bool(style.reverse) for _, style in square(visit, 4, 4)] == [False, True, True, True, True]
        await visit.press("right", "right", "right", "right")
        await visit.until(lambda: emphasis(4, 8) == {(True, False)})
        await visit.turn_to("gates")
        await visit.until(lambda: emphasis(4, 8) == {(False, True)})


async def test_counts_end_in_one_column_below_the_class_and_the_longest_is_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "CONFUSION", RARE)
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await visit.sees("4 read as 9: 1 ", "#confusion")
        assert [written(visit, *place) for place in ((0, 0), (1, 1), (4, 2))] == ["1100 ", " 999 ", "   2 "]
        assert written(visit, -1, 7) == "   7 "  # the header
        await visit.pilot.resize_terminal(120, 40)  # four columns: a long count fills them
        places = ((0, 0), (1, 1), (4, 2), (-1, 7))
        wanted = ["1100", "999 ", "  2 ", "  7 "]
        await visit.until(lambda: [written(visit, *place, wide=4) for place in places] == wanted)
        await visit.pilot.resize_terminal(160, 45)
        await visit.turn_to("confusion")
        await visit.press("z")
        await visit.until(lambda: visit.app.screen_stack[0].query_one(Confusion).size.width > 100)
        # Nine columns wide and three lines tall: the count is on the second.
        await visit.until(lambda: written(visit, 1, 0, wide=9) == "  1100   ")


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((160, 45), "all 10,000 test samples, evaluated at step 10 (epoch 2): 95.00%"),
        ((120, 40), "all 10,000 test samples, evaluated at step 10: 95.00%"),
        ((80, 24), "all 10,000 test samples, evaluated at step 10 (epoch 2): 95.00%"),
        ((60, 20), "all 10,000 test samples, evaluated at step 10: 95.00%"),
    ],
)
async def test_the_matrix_names_the_step_of_its_weights_and_where_there_is_room_the_epoch(
    size: tuple[int, int], wanted: str, tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.turn_to("confusion")
        await visit.until(lambda: f"{wanted} " in visit.text_in("#confusion") + " ")


def test_an_epoch_is_named_only_where_one_ended() -> None:
    newest = evaluated(12, epoch=2, samples=30, accuracy=0.5)
    assert recorded(newest, 2, 80) == "all 30 test samples, evaluated at step 12 (epoch 2): 50.00%"
    assert recorded(newest, 0, 80) == "all 30 test samples, evaluated at step 12: 50.00%"


def evaluation(confusion: list[list[int]]) -> Evaluated:
    """Return an evaluation of the whole test set with these counts."""
    total = sum(map(sum, confusion))
    right = sum(confusion[k][k] for k in range(len(confusion)))
    facts = {"time": 0.0, "step": 10, "epoch": 1, "samples": total, "whole": True, "loss": 0.5}
    return Evaluated(**facts, accuracy=right / total, confusion=confusion)


def show(matrix: Confusion, confusion: list[list[int]], classes: tuple[str, ...] = ("0", "1")) -> None:
    """Have a matrix show an evaluation with these classes."""
    shape = Shape(1, 1, classes)
    matrix.note(replace(NO_RUN, evaluated=evaluation(confusion), shape=shape))
    matrix.catch_up()


def painted(matrix: Confusion, width: int, height: int) -> list[str]:
    """Return the lines that a matrix paints in a size, without the blanks at their ends."""
    return [strip.text.rstrip() for strip in matrix.paint(width, height)]


async def test_classes_are_named_in_rows_columns_and_the_square_in_words(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        matrix = visit.app.screen_stack[0].query_one(Confusion)
        names = ("ankle boot", "歩く", "a\x1b[31m very long name")
        show(matrix, [[5, 1, 0], [2, 7, 3], [0, 4, 9]], names)
        matrix._choice.change(square=(0, 1))
        lines = painted(matrix, 60, 20)
        text = "\n".join(lines)
        assert "ankle boot read as 歩く: 1" in text
        header = next(line for line in lines if "is↓as→" in line)
        assert header.split() == ["is↓as→", "0", "1", "2", "right"] and "\x1b" not in text
        assert [cell_len(line) <= 60 for line in lines] == [True] * len(lines)
        row = next(line for line in lines if line.strip().startswith("0  ankle boot"))
        assert row.split()[3:] == ["5", "1", "·", "83.3%"]
        assert cell_len(row[: row.index("5") + 1]) == cell_len(header[: header.index("0") + 1])


@pytest.mark.parametrize("size", [(59, 33), (69, 30), (80, 20), (40, 20)])
async def test_long_names_are_shortened_so_that_the_count_and_the_key_are_seen(
    size: tuple[int, int], tmp_path: Path
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        matrix = visit.app.screen_stack[0].query_one(Confusion)
        names = ("lying down on a bed", "walking", "climbing up the stairs")
        show(matrix, [[5, 1, 1234], [2, 7, 3], [0, 4, 9]], names)
        for row, column, count in ((0, 2, "1,234"), (0, 1, "1"), (1, 1, "7"), (2, 0, "0")):
            matrix._choice.change(square=(row, column))
            line = painted(matrix, *size)[-1]
            hint = "   enter: its samples" if count != "0" and size[0] > 55 else ""
            label, rest = line.strip().split(" read as ")
            read, told = rest.split(": ", 1)
            assert told == count + hint and cell_len(line) <= size[0] - 1
            for said, name in ((label, names[row]), (read, names[column])):
                assert said == name or (said.endswith("…") and name.startswith(said[:-1]))
            whole = f" {names[row]} read as {names[column]}: {count}{hint} "
            assert ("…" in line) is (len(whole) > size[0])


async def test_where_only_the_first_samples_were_read_the_key_says_that_it_shows_those_of_all(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        matrix = visit.app.screen_stack[0].query_one(Confusion)
        part = changed(evaluation([[5, 2], [1, 7]]), whole=False)
        matrix.note(replace(NO_RUN, evaluated=part, shape=Shape(1, 1, ("no", "yes"))))
        matrix.catch_up()
        matrix._choice.change(square=(0, 1))
        said = "no read as yes: 2   enter: its samples"
        assert painted(matrix, 73, 20)[-1].strip() == f"{said} among all test samples"
        assert painted(matrix, 59, 20)[-1].strip() == said


@given(st.integers(2, 100), st.data())
@settings(deadline=None, max_examples=60)
def test_of_many_classes_the_page_of_the_cursor_is_shown_and_a_click_hits_what_is_painted(
    classes: int, data: st.DataObject
) -> None:
    width, height = data.draw(st.integers(40, 200)), data.draw(st.integers(12, 80))
    choice = Choice()
    matrix = Confusion(choice, id="confusion")
    show(matrix, [[row * 100 + column for column in range(classes)] for row in range(classes)])
    row, column = (data.draw(st.integers(0, classes - 1)) for _ in range(2))
    choice.change(square=(row, column))
    grid = matrix._grid(width, height)
    assert row in grid.rows and column in grid.columns
    assert grid.left + len(grid.columns) * grid.width <= width
    assert grid.top + len(grid.rows) * grid.height <= height
    x = grid.left + (column - grid.columns[0]) * grid.width
    y = grid.top + (row - grid.rows[0]) * grid.height
    assert grid.square_at(x, y) == (row, column)
    assert grid.square_at(x + grid.width - 1, y + grid.height - 1) == (row, column)
    assert grid.square_at(grid.left - 1, y) is None


async def test_names_that_fit_stand_over_the_columns(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        matrix = visit.app.screen_stack[0].query_one(Confusion)
        show(matrix, [[5, 1], [2, 7]], ("歩く", "running"))
        lines = painted(matrix, 60, 20)
        header = next(line for line in lines if "is↓as→" in line)
        assert header.split() == ["is↓as→", "歩く", "running", "right"]
        assert next(line for line in lines if "running" in line and "→" not in line).split()[:2] == [
            "running",
            "2",
        ]
