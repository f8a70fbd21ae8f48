"""The mistakes: every pixel of thumbnails and maps by these tests' own arithmetic, and what the keys do."""

from __future__ import annotations

import math
import re
import threading
from array import array
from dataclasses import replace
from pathlib import Path

import pytest
from kit import made_answers
from kit.fake_engine import HIDDEN, SHARES, FakeAnswerer
from kit.screen import ROOMY, Visit, exploring, finished_run, live_run
from msgspec.structs import replace as changed
from rich.style import Style

from explorer.protocol.questions import Answer, Array, Ask, Fact, Intervention, Question, Samples
from explorer.runs.shape import Shape
from explorer.runs.snapshot import NO_RUN
from explorer.ui.views import mean_maps
from explorer.ui.views import mistakes_words as words
from explorer.ui.views.choice import Choice
from explorer.ui.views.mistakes import Mistakes
from explorer.ui.views.mistakes_data import Means, Square
from explorer.ui.views.thumbnails import HIGH, WIDE, Thumbnails, Tiles
from explorer.ui.widgets import palette
from explorer.ui.widgets.line import Line

SIZES = pytest.mark.parametrize("size", [ROOMY, (120, 40), (80, 24)])
THEMES = pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
Grid = list[list[tuple[str, Style]]]
"""Characters, each with its style."""


def grid(lines: list[Line]) -> Grid:
    """Return the characters of lines."""
    return [
        [(text, segment.style or Style()) for segment in line.strip(line.width) for text in segment.text]
        for line in lines
    ]


def on_screen(visit: Visit) -> Grid:
    """Return the characters of the view."""
    view = view_of(visit)
    strips = [view.render_line(y) for y in range(view.size.height)]
    return [[(text, one.style or Style()) for one in strip for text in one.text] for strip in strips]


def halves(cell: tuple[str, Style]) -> tuple[str, str]:
    """Return the colours of a cell's upper and lower half."""
    text, style = cell
    assert text in "▀ " and style.bgcolor and style.bgcolor.triplet
    above = style.color if text == "▀" else style.bgcolor
    assert above and above.triplet
    return above.triplet.hex, style.bgcolor.triplet.hex


def view_of(visit: Visit) -> Mistakes:
    return visit.app.screen_stack[0].query_one(Mistakes)


def answered(answer: Answer, **arrays: Array) -> Square:
    """Return an answer taken apart, with some other arrays."""
    return Square(changed(answer, arrays={**answer.arrays, **arrays}))


def asked(engine: FakeAnswerer) -> list[Ask]:
    """Return the requests for a square."""
    requests = [one for one in engine.requests if isinstance(one, Ask)]
    return [one for one in requests if any(question.what == "mistakes" for question in one.questions)]


def marked(visit: Visit) -> str:
    """Return the caption under the cursor."""
    found = ["".join(text for text, style in line if style.reverse) for line in on_screen(visit)]
    return " ".join("".join(found).split())


class TestPixels:
    @THEMES
    @SIZES
    async def test_each_pixel_of_a_digit_is_the_mean_of_four_and_each_picture_has_its_words(
        self, size: tuple[int, int], dark: bool, tmp_path: Path
    ) -> None:
        answer = made_answers.mistakes(28, 28, HIDDEN, 23)
        pixels, shares = answer.arrays["thumbnails"].numbers, answer.arrays["share"].numbers
        scale = [palette.hex_of(rgb) for rgb in palette.ink(dark)]
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            if not dark:
                await visit.press("t")
            await visit.turn_to("mistakes")
            await visit.sees("4 read as 9: 23", "#mistakes")
            await visit.until(lambda: view_of(visit).dark is dark)
            cells = on_screen(visit)
            text = ["".join(one for one, _ in line) for line in cells]
            columns, shown = view_of(visit).size.width // 16, 0
            for rank in range(23):
                said = f"{4901 + rank:,}"
                y = next((y for y, line in enumerate(text) if said in line), None)
                if y is None:
                    continue  # on the next page
                shown += 1
                x = 1 + rank % columns * 16
                caption = f"{said}{'9':>{14 - len(said) - len(f' {shares[rank]:.0%}')}} {shares[rank]:.0%}"
                assert text[y][x : x + 14] == caption
                for row in range(14):
                    for column in range(14):
                        places = [
                            784 * rank + 28 * (2 * row + down) + 2 * column + right
                            for down in (0, 1)
                            for right in (0, 1)
                        ]
                        mean = sum(pixels[place] for place in places) / 4
                        level = min(15, math.floor(mean / 16))
                        found = halves(cells[y - 7 + row // 2][x + column])[row % 2]
                        assert found == scale[level], (rank, row, column)
            assert (columns, shown) == {160: (5, 10), 120: (3, 6), 80: (5, 10)}[size[0]]

    def test_a_picture_ends_where_its_sample_does_and_few_inputs_are_wide(self) -> None:
        answer = made_answers.mistakes(4, 2, 3, 2, {"h": "signed"})
        numbers = [0.0, 10.0, 1.0, 20.0, 2.0, 30.0, 0.0, 0.0, 3.0, 30.0, *[0.0] * 6]
        pictures = Array(("rank", "timestep", "input"), (2, 4, 2), "float32", array("f", numbers).tobytes())
        lengths = made_answers.part([3, 1], "rank")
        square = answered(answer, thumbnails=pictures, lengths=lengths)
        scale = [palette.hex_of(rgb) for rgb in palette.ink(True)]
        for rank, end in ((0, 3), (1, 1)):
            cells = grid(Thumbnails(square, True, "colour").lines(rank))
            assert [len(line) for line in cells] == [WIDE] * HIGH
            for row in range(2 * HIGH):
                timestep = row * 4 // 14
                text, style = cells[row // 2][0]
                if timestep >= end:
                    assert style.bgcolor is None and (text == " " or row % 2)
                    continue
                for column in range(WIDE):
                    low, high = ((0, 3), (0, 30))[column // 7]
                    share = (numbers[8 * rank + 2 * timestep + column // 7] - low) / (high - low)
                    cell = cells[row // 2][column]
                    upper = cell[1].color if cell[0] == "▀" else cell[1].bgcolor
                    found = upper if row % 2 == 0 else cell[1].bgcolor
                    assert found and found.triplet
                    assert found.triplet.hex == scale[min(15, int(share * 16))]

    def test_one_input_is_a_curve_from_the_top_as_far_as_the_sample_goes(self) -> None:
        answer = made_answers.mistakes(28, 1, 3, 1, {"h": "signed"})
        numbers = array("f", [t / 27 for t in range(28)])
        pictures = Array(("rank", "timestep", "input"), (1, 28, 1), "float32", numbers.tobytes())
        square = answered(answer, thumbnails=pictures, lengths=made_answers.part([20], "rank"))
        lines = grid(Thumbnails(square, True, "colour").lines(0))
        text = ["".join(one for one, _ in line) for line in lines]
        assert [len(line) for line in text] == [WIDE] * HIGH
        assert [bool(line.strip()) for line in text] == [True] * 5 + [False] * 2
        edges = [len(line.rstrip()) for line in text[:5]]
        assert edges == sorted(edges) and edges[0] <= 3 and edges[4] == round(19 / 27 * 27) // 2 + 1

    @pytest.mark.parametrize(("width", "height"), [(155, 16), (78, 9), (30, 4), (500, 30)])
    @pytest.mark.parametrize(
        ("timesteps", "units", "span"), [(28, 128, "unit"), (7, 3, "open"), (31, 9, "signed")]
    )
    def test_each_pixel_of_the_maps_is_a_mean_and_the_difference_has_0_in_the_middle(
        self, width: int, height: int, timesteps: int, units: int, span: str
    ) -> None:
        arrays = made_answers.mistakes(timesteps, 2, units, 3, {"x": span}).arrays
        means = Means("x", arrays["x"], arrays["x_right"], arrays["x_difference"])
        look = mean_maps.Look(True, "colour", Style(), Style())
        drawn = mean_maps.draw(means, [("a", "a"), ("b", "b"), ("c", "c")], width, height, look)
        cells, room = grid(drawn), (width - 6) // 3
        columns, each = min(units, room), math.ceil(timesteps / (2 * (height - 2)))
        for index, part in enumerate((arrays["x"], arrays["x_right"], arrays["x_difference"])):
            values, left = part.numbers, 2 + index * (room + 2)
            assert cells[0][left][0] == "abc"[index]
            sizes = sorted(abs(value) for value in values)
            within = sizes[math.ceil(0.98 * len(sizes)) - 1]
            reach = next(r for r in (0.1, 0.2, 0.5, 1, 2, 5, 10) if r >= within) if index == 2 else 1.0
            low = 0.0 if span == "unit" and index < 2 else -reach
            scale = palette.scale("open" if index == 2 else span, True)  # type: ignore[arg-type]
            for row in range(math.ceil(timesteps / each)):
                lines = range(row * each, min(timesteps, (row + 1) * each))
                for column in range(columns):
                    place = range(column * units // columns, (column + 1) * units // columns)
                    found = [values[t * units + u] for t in lines for u in place]
                    mean = sum(found) / len(found)
                    if span == "open" and index < 2:
                        mean = math.tanh(mean)
                    share = (mean - low) / (reach - low) * len(scale)
                    if abs(share - round(share)) < 1e-4:
                        continue  # on the edge of two colours
                    text, style = cells[1 + row // 2][left + column * (room // columns)]
                    colour = style.color if row % 2 == 0 and text == "▀" else style.bgcolor
                    assert colour and colour.triplet
                    wanted = scale[max(0, min(len(scale) - 1, math.floor(share)))]
                    assert colour.triplet.hex == palette.hex_of(wanted), (index, row, column)


def test_the_maps_are_drawn_one_after_the_other_so_that_a_key_may_come_between() -> None:
    arrays = made_answers.mistakes(1000, 2, 128, 3, {"x": "unit"}).arrays
    means = Means("x", arrays["x"], arrays["x_right"], arrays["x_difference"])
    look, titles = mean_maps.Look(True, "colour", Style(), Style()), [("a", "a"), ("b", "b"), ("c", "c")]
    whole = grid(mean_maps.draw(means, titles, 156, 38, look))
    steps = [grid(lines) for lines in mean_maps.draw_in_turn(means, titles, 156, 38, look)]
    for step, right in zip(steps, (52, 104, 156), strict=True):  # where each map has its last column
        assert all(line == full[: len(line)] for line, full in zip(step, whole, strict=True))
        assert right - 50 < len(step[1]) <= right
    assert steps[-1] == whole


@pytest.mark.parametrize("notice", ["", "mistakes: 34%"])
@pytest.mark.parametrize("room", range(56, 120, 3))
def test_the_count_says_of_how_many_and_at_which_step_before_anything_else(room: int, notice: str) -> None:
    square = Square(made_answers.mistakes(5, 4, 3, 16, {"f": "unit"}))
    which, said = words.heading(square, [*"0123456789"], "1–6 shown", notice, room)
    assert which == "4 read as 9: 16" and said.startswith(" of 10,000") and len(which + said) <= room
    assert said.endswith(notice)
    room -= len(f" · {notice}") if notice else 0
    assert ("test samples" in said) >= (room >= len("4 read as 9: 16 of 10,000 test samples · 1–6 shown"))
    assert ("step 1,234" in said) >= (room >= len(f"{which} of 10,000 test samples · 1–6 shown · step 1,234"))
    silent = Square(changed(made_answers.mistakes(5, 4, 3, 16), facts=_without_samples()))
    assert words.heading(silent, [*"0123456789"], "", "", 70)[1].startswith(" test samples, most")


@pytest.mark.parametrize("room", [52, 58, 78])
def test_long_names_of_classes_are_shortened_no_further_than_the_count_needs(room: int) -> None:
    names = ["sitting", "lying down on a bed", "walking", "up", *[f"{n}" for n in range(4, 10)]]
    for label, read in ((1, 1), (1, 0), (3, 1)):
        square = Square(made_answers.mistakes(5, 4, 3, 16, {"f": "unit"}, (label, read)))
        which, said = words.heading(square, names, "1–6 shown", "", room)
        assert which.endswith(": 16") and said.startswith(" of 10,000") and len(which + said) <= room
        whole = f"{names[label]} read as {names[read]}: 16"
        assert (which == whole) is (len(whole + " of 10,000") <= room)
        assert which == whole or len(which + " of 10,000") >= room - 2  # blanks before an ellipsis


def _without_samples() -> dict[str, Fact]:
    """Return the facts of an engine that doesn't say how many test samples it read."""
    facts = made_answers.mistakes(5, 4, 3, 16).facts
    return {name: fact for name, fact in facts.items() if name != "samples"}


@pytest.mark.parametrize("square", [(4, 9), (1, 2), (4, 4)])
@pytest.mark.parametrize("count", [3, 1_016])
def test_the_title_of_a_map_is_never_cut_and_says_its_set_in_the_fullest_form_that_fits(
    square: tuple[int, int], count: int
) -> None:
    names = ["zero", "standing up", "lying down on a bed", "three", "4", "5", "6", "7", "8", "9"]
    taken = Square(made_answers.mistakes(4, 2, 3, count, {"i": "unit"}, square))
    read, label = names[square[1]], names[square[0]]
    own = "right" if square[0] == square[1] else "misread"
    sets = [
        [f"i gate i: {count:,} read as {read}", f"i: {count:,} read as {read}", f"i: {count:,} as {read}"],
        [f"i: 968 read as {label}", "i: 968 right"],
        ["i: the difference", "i: difference", "i: diff.", "i"],
    ]
    sets[0] += [f"i: {count:,} {own}", "i"]
    sets[1].append("i")
    for width in range(20, 160):
        maps = 1 if square[0] == square[1] else 3
        room = (width - 2 * maps) // maps
        titles = words.titles(taken, taken.means[0], names)
        look = mean_maps.Look(True, "colour", Style(), Style())
        line = "".join(text for text, _ in grid(mean_maps.draw(taken.means[0], titles, width, 4, look))[0])
        wanted = [next(form for form in forms if len(form) <= room) for forms in sets[:maps]]
        assert line == "".join("  " + title.ljust(room) for title in wanted).rstrip()
    assert max(len(sets[1][1]), len(sets[2][1])) <= 15  # three maps in the panel of 120 × 40


class TestTiles:
    def test_they_are_as_pages_are_counted(self) -> None:
        assert Tiles.fit(80, 36, 0) == Tiles(5, 4, 9, 0)
        assert Tiles.fit(80, 18, 10) == Tiles(5, 2, 9, 10)
        assert Tiles.fit(60, 16, 7) == Tiles(3, 2, 8, 6)
        assert Tiles.fit(5, 3, 2) == Tiles(1, 1, 8, 2)

    def test_a_place_is_that_of_a_picture_or_of_none(self) -> None:
        tiles = Tiles.fit(48, 18, 7)
        assert (tiles.columns, tiles.rows, tiles.pitch, tiles.first) == (3, 2, 9, 6)
        assert [tiles.at(x, 0) for x in (0, 1, 14, 15, 17, 33, 48)] == [None, 6, 6, None, 7, 8, None]
        assert [tiles.at(1, y) for y in (7, 8, 9, 16, 17, 18)] == [6, None, 9, 9, None, None]


class TestKeys:
    @SIZES
    async def test_from_a_square_to_its_samples_to_the_gates_of_one_and_back(
        self, size: tuple[int, int], tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, size) as visit:
            await visit.sees("is 0, read as 0")
            await visit.turn_to("confusion")
            await visit.press("down", "left", "left", "enter")
            await visit.sees("5 read as 7: 23", "#mistakes")
            assert marked(visit) == "5,701 7 99%"
            columns = view_of(visit).size.width // 16
            await visit.press("right", "right", "left", "down")
            assert marked(visit).startswith(f"5,7{2 + columns:02}")
            await visit.press("end")
            assert marked(visit).startswith("5,723")
            await visit.press("home", "pagedown", "pageup", "left", "up")
            assert marked(visit).startswith("5,701")
            await visit.press("right", "enter")
            await visit.sees(r"sample 5,702 ", "#gates")
            assert visit.app.focused is visit.widget("#gates")
            await visit.turn_to("mistakes")
            await visit.sees("5 read as 7: 23", "#mistakes")
            assert marked(visit).startswith("5,702")
            assert sum(len(asked(engine)) for engine in visit.engines) == 1  # the set is the same
            await visit.press("escape")
            await visit.until(lambda: visit.app.focused is visit.widget("#confusion"))
            await visit.press("right", "enter")
            await visit.sees("5 read as 8: 23", "#mistakes")
            assert marked(visit).startswith("5,801")

    @pytest.mark.parametrize("before", ["sources", "unit", "cell"])
    async def test_a_sample_is_read_in_the_gates_whatever_was_looked_at_there_before(
        self, tmp_path: Path, before: str
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.turn_to(before)
            await visit.turn_to("mistakes")
            await visit.sees("4 read as 9: 23", "#mistakes")
            await visit.press("enter")
            await visit.until(lambda: visit.app.focused is visit.widget("#gates"))
            assert visit.views.now[:2] == ("read", "gates")
            assert not visit.widget(f"#{before}").display

    async def test_a_click_chooses_a_sample_and_a_second_one_reads_it(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.turn_to("mistakes")
            await visit.sees("4 read as 9: 23", "#mistakes")
            await visit.click("#mistakes", 1 + 16 + 5, 1 + 3)
            await visit.until(lambda: marked(visit).startswith("4,902"))
            await visit.click("#mistakes", 1 + 15, 1 + 3)  # between two
            await visit.click("#mistakes", 1 + 16 + 5, 1 + 7)
            await visit.sees("sample 4,902 ", "#gates")

    async def test_v_turns_the_activations_below_the_pictures(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.turn_to("mistakes")
            names = ["i", "f", "g", "o", "c", "h", "i"]
            for name in names:
                await visit.sees(rf"^ +{name} gate {name}: 23 read as 9 +{name}: 968 read as 4 ", "#mistakes")
                await visit.sees("4,901 +9 99%", "#mistakes")
                await visit.press("v")

    async def test_where_the_maps_take_the_place_of_the_pictures_any_move_brings_these_back(
        self, tmp_path: Path
    ) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path, (80, 24)) as visit:
            await visit.sees("is 0, read as 0")
            await visit.turn_to("mistakes")
            await visit.sees("4,901 +9 99%", "#mistakes")
            for key in ("down", "enter", "escape", *["v"] * 6):
                await visit.press("v")
                await visit.sees(": 23 read as 9 +.*: 968 read as 4 .*: the difference", "#mistakes")
                if key != "v":
                    await visit.press(key)
                    await visit.sees("4,901 +9 99%", "#mistakes")
            await visit.press("v")
            await visit.sees("4,901 +9 99%", "#mistakes")
            assert visit.app.focused is view_of(visit)

    async def test_on_the_diagonal_nothing_is_compared(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.turn_to("confusion")
            await visit.press(*["left"] * 5, "enter")
            await visit.sees("4 read as 4: 23 of 10,000 test samples, least certain first", "#mistakes")
            assert "difference" not in visit.text_in("#mistakes")


class TestAsking:
    async def test_it_says_how_far_it_is_while_a_training_goes_on_and_which_step_was_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        released = threading.Event()
        shares = iter(lambda: 1.0 if released.wait(0.01) else 0.34, 1.0)
        monkeypatch.setitem(SHARES, "mistakes", shares)
        with live_run(tmp_path, steps=5) as engine:
            async with exploring(tmp_path) as visit:
                await visit.turn_to("mistakes")
                await visit.sees("mistakes: 34%", "#mistakes")
                released.set()
                await visit.sees("4 read as 9: 23 of 10,000 test samples.*step 0", "#mistakes")
                engine.train(6)
                await visit.sees("step 6/10")
                assert not asked(engine)  # it never waits for what takes long
                (request,) = asked(visit.engines[0])
                assert request.selection.subject == Samples(label=4, read_as=9)
                assert request.questions == (Question("mistakes", {"label": 4, "read_as": 9}),)

    async def test_under_an_intervention_the_set_is_read_so(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            held = Intervention(hold={"f": 1.0})
            await visit.turn_to("mistakes")
            await visit.sees("4 read as 9: 23", "#mistakes")
            visit.app.screen_stack[0].choice.select(intervention=held)  # type: ignore[attr-defined]
            await visit.until(lambda: len(asked(visit.engines[0])) == 2)
            assert asked(visit.engines[0])[1].selection.intervention == held

    async def test_a_square_without_samples_is_said_in_one_line(self, tmp_path: Path) -> None:
        finished_run(tmp_path)
        async with exploring(tmp_path) as visit:
            await visit.sees("is 0, read as 0")
            visit.engines[0].lacking["mistakes"] = "no 4 was read as 9"
            await visit.turn_to("mistakes")
            await visit.sees("mistakes unavailable: no 4 was read as 9", "#mistakes")
            await visit.press("enter", "v", "down", "end", "escape")
            await visit.until(lambda: visit.app.focused is visit.widget("#confusion"))

    def test_the_square_lies_within_the_matrix_and_before_a_run_is_known_nothing_is_asked(self) -> None:
        view = Mistakes(Choice(), id="mistakes")
        view.note(replace(NO_RUN, shape=Shape(7, 3, ("a", "b", "c"))))
        assert view.needs() == (Question("mistakes", {"label": 2, "read_as": 2}),)
        view.note(replace(NO_RUN, shape=Shape(7, 3, ())))
        assert view.needs() == ()

    @pytest.mark.parametrize("lost", ["samples", "share", "thumbnails", "predicted", "lengths", "f_right"])
    def test_an_answer_without_one_of_its_arrays_is_refused(self, lost: str) -> None:
        answer = made_answers.mistakes(5, 4, 3, 2, {"f": "unit"})
        Square(answer)
        arrays = {name: one for name, one in answer.arrays.items() if name != lost}
        with pytest.raises(ValueError, match=re.compile("no |none")):
            Square(changed(answer, arrays=arrays))
        for fact in ("label", "count", "timesteps_pooled"):
            with pytest.raises(ValueError, match=fact):
                Square(changed(answer, facts=answer.facts | {fact: None}))


@pytest.mark.parametrize("tint", ["grey", "none"])
@pytest.mark.parametrize("inputs", [1, 3])
def test_without_colours_pictures_and_maps_have_the_same_places(tint: palette.Tint, inputs: int) -> None:
    square = Square(made_answers.mistakes(9, inputs, 5, 2, {"c": "open"}))
    lines = Thumbnails(square, True, tint).lines(1)
    assert [line.width for line in lines] == [WIDE] * HIGH
    look = mean_maps.Look(True, tint, Style(), Style())
    maps = mean_maps.draw(square.means[0], [("a", "a"), ("b", "b"), ("c", "c")], 60, 7, look)
    assert [line.width for line in maps[1:6]] == [2 + 2 * 20 + 15] * 5
    if tint == "none":
        assert all(style.bgcolor is None for line in grid([*lines, *maps]) for _, style in line)
