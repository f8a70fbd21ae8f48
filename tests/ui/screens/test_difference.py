"""What if: a sample with a change and without it, side by side; quick changes, and how they are undone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from kit.fake_engine import GATES, HIDDEN, activation
from kit.screen import Visit, exploring, finished_run, live_run

from explorer.protocol.questions import NO_INTERVENTION, Ask, Intervention, Question, Selection, Wipe
from explorer.ui.views.difference import Difference
from explorer.ui.widgets import palette

SIZES = [(160, 45), (120, 40), (80, 24), (60, 20)]
HELD = Intervention(hold={"f": 1.0})


def view_of(visit: Visit) -> Difference:
    """Return the view."""
    return visit.app.screen_stack[0].query_one(Difference)


def changed(visit: Visit) -> Intervention:
    """Return what is changed now."""
    return visit.main.choice.now.selection.intervention


async def opened(visit: Visit) -> None:
    """Turn to the view, and wait for what it shows."""
    await visit.turn_to("difference")
    await visit.sees("as trained", "#difference")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dark", [True, False], ids=["dark", "light"])
async def test_a_key_holds_a_gate_and_both_readings_stand_side_by_side(
    tmp_path: Path, size: tuple[int, int], dark: bool
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        if not dark:
            await visit.press("t")
        await opened(visit)
        await visit.sees(r"F +f = 1: nothing is forgotten", "#difference")
        await visit.press("F")
        await visit.sees("without .*with f = 1 .*difference", "#difference")
        assert changed(visit) == HELD
        await visit.sees(r"read as 0 +91% +read as 1 +91% +(beliefs )?part at (timestep )?20", "#difference")
        await visit.sees("weights of step 0", "#difference")
        assert visit.app.current_theme.dark == dark
        layout, view = view_of(visit)._layout(), view_of(visit)
        assert layout and view.comparison
        # The first unit that is shown, at the last timestep: where its pixels are, they have its colour.
        letter = [gate.name for gate in GATES["lstm"]].index("c")
        colours = palette.scale("open", dark)
        for place, way in enumerate(view.comparison.ways):
            level = way.readings.levels(letter, 27, layout, len(colours))[0]
            row, column = layout.rows.lines, layout.map_left(place)
            style = view.render_line(row).crop(column, column + 1)._segments[0].style
            assert style is not None and style.bgcolor is not None
            assert style.bgcolor.name == palette.hex_of(colours[level])  # of two, the lower one's


async def test_the_same_key_holds_at_1_then_at_0_then_lets_go_and_delete_takes_the_newest_back(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await opened(visit)
        for key, wanted in [
            ("F", {"f": 1.0}),
            ("F", {"f": 0.0}),
            ("O", {"f": 0.0, "o": 1.0}),
            ("F", {"o": 1.0}),
        ]:
            await visit.press(key)
            await visit.until(lambda wanted=wanted: changed(visit).hold == wanted)
        await visit.press("delete")
        await visit.until(lambda: changed(visit).hold == {"f": 0.0, "o": 1.0})
        await visit.press("backspace")
        await visit.sees("nothing is changed while it reads", "#difference")
        await visit.press("R")
        await visit.sees("this cell's gates are i, f, o; i holds any activation")
        assert changed(visit) == NO_INTERVENTION


@pytest.mark.parametrize("size", SIZES)
async def test_once_something_is_changed_one_line_says_how_to_take_it_back(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await opened(visit)
        assert "delete" not in visit.text_in("#difference")
        await visit.press("F")
        wide = size[0] >= 120
        said = "delete: take it back · w: without" if wide else "delete: undo"
        value = "c " if size[0] >= 80 else ""  # which it takes no room from
        await visit.sees(rf"unit 0 ·? ?{value}.*{said} +weights of step 0", "#difference")
        if wide:
            await visit.press("w")
            await visit.sees("delete: take it back · w: with ", "#difference")
        await visit.press("delete")
        await visit.sees_no("delete: ")


@pytest.mark.parametrize("view", ["confusion", "usual"])
async def test_its_keys_act_from_every_view_of_the_page_and_stand_in_their_footers(
    tmp_path: Path, view: str
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, (240, 60)) as visit:
        await opened(visit)
        await visit.turn_to(view)
        await visit.sees("I F O R Z Hold  W Wipe", "KeyLine")
        await visit.press("F", "O")  # elsewhere, O orders the units
        await visit.until(lambda: changed(visit).hold == {"f": 1.0, "o": 1.0})
        await visit.press("up", "W")
        await visit.until(lambda: len(changed(visit).wipe) == 1)
        await visit.press("R")
        await visit.sees("this cell's gates are i, f, o; i holds any activation")
        shown = view_of(visit).letter
        await visit.press("v")
        assert view_of(visit).letter != shown
        assert visit.app.focused is visit.widget(f"#{view}")


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_where_it_is_not_shown_its_keys_say_how_to_get_there(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await visit.sees("weights of step 0", "#gates")
        for key in "IFRZW":
            await visit.press(key)
            await visit.sees(rf"{key} does nothing here; turn to What if \(4\)")
        await opened(visit)
        await visit.turn_to("confusion")
        await visit.enlarge()
        for key in "FOW":
            await visit.press(key)
            await visit.sees(f"{key} is a key of what if; tab leads there")
        assert changed(visit) == NO_INTERVENTION


async def test_one_key_wipes_the_memory_before_the_cursor_s_timestep_and_not_before_the_first(
    tmp_path: Path,
) -> None:
    finished_run(tmp_path, cell="gru")
    async with exploring(tmp_path) as visit:
        await opened(visit)
        await visit.press(*["up"] * 13)
        await visit.sees("W +wipe the memory before timestep 15", "#difference")
        await visit.press("W")
        await visit.until(lambda: changed(visit).wipe == (Wipe(15),))
        await visit.sees("with memory wiped before 15", "#difference")
        await visit.press("up", "W")
        await visit.until(lambda: changed(visit).wipe == (Wipe(15), Wipe(14)))
        await visit.press("W")
        await visit.until(lambda: changed(visit).wipe == (Wipe(15),))
        await visit.press("home", "W")
        await visit.sees("there is no memory before timestep 1; go to a later one")
        assert changed(visit).wipe == (Wipe(15),)


async def test_a_cell_without_gates_offers_none_and_says_so(tmp_path: Path) -> None:
    finished_run(tmp_path, cell="rnn")
    async with exploring(tmp_path) as visit:
        await opened(visit)
        await visit.sees("h hidden state", "#difference")
        assert "= 1" not in visit.text_in("#difference")
        await visit.press("F")
        await visit.sees("this cell has no gates; i holds any activation")


async def test_v_shows_every_activation_and_the_cursor_names_its_value_each_way(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await opened(visit)
        await visit.press("F", "right", "right", "up")
        names = ["c", "h", "i", "f", "g", "o"]
        for number, name in enumerate(names):
            gate = [one.name for one in GATES["lstm"]].index(name)
            value = activation(gate, 26, 2)
            read = 1.0 if name == "f" else value
            texts = [f"{one:.2f}" if name in "ifo" else f"{one:+.2f}" for one in (value, read)]
            wanted = f"{name} {texts[0]} → {texts[1]} ({read - value:+.2f})"
            await visit.sees(re.escape(f"timestep 27 of 28 · unit 2 · {wanted}"), "#difference")
            await visit.press("v")
            assert number < 6
        await visit.sees("unit 2 · c ", "#difference")


async def test_with_and_without_are_asked_in_one_request_and_w_leaves_both_where_they_are(
    tmp_path: Path,
) -> None:
    with live_run(tmp_path) as engine:
        async with exploring(tmp_path) as visit:
            await opened(visit)
            await visit.press("F")
            await visit.sees("with f = 1", "#difference")
            asked = [one for one in engine.asked(Ask) if isinstance(one, Ask) and one.against]
            assert asked[-1].selections == (Selection(intervention=HELD), Selection())
            assert asked[-1].questions == (Question("activations"), Question("belief"))
            await visit.press("w")
            await visit.sees("without f = 1", "Status")
            await visit.sees("without .*with f = 1 .*difference", "#difference")
            engine.train(4)
            await visit.sees("weights of step 4", "#difference")


async def test_what_is_appended_is_empty_without_and_the_cursor_says_so(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await opened(visit)
        visit.main.what_if.change(Intervention(append_blank=5))
        await visit.sees(r"timestep 33 of 33 · unit 0 · c – → [+-]\d", "#difference")
        await visit.sees("beliefs never part", "#difference")
        lines = visit.text_in("#difference").splitlines()
        layout = view_of(visit)._layout()
        assert layout and layout.rows.first + 2 * layout.rows.lines >= 33
        last = lines[layout.rows.lines]
        blank = [last[layout.map_left(place) : layout.map_left(place) + 20].strip() == "" for place in (0, 2)]
        assert all(blank)


async def test_the_mouse_puts_the_cursor_on_a_timestep_and_a_unit_of_any_map(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await opened(visit)
        await visit.press("F")
        await visit.sees("with f = 1", "#difference")
        for place, unit in ((0, 3), (1, 7), (2, 11)):
            layout = view_of(visit)._layout()
            assert layout
            await visit.click("#difference", layout.map_left(place) + unit * layout.cell, 5)
            await visit.sees(rf"timestep 9 of 28 · unit {unit} ", "#difference")
        await visit.click("#difference", 5, 1)  # the sample
        await visit.sees("timestep 1 of 28 · unit 11 ", "#difference")
        await visit.press("pagedown")
        await visit.sees("timestep 1 of 28 · unit 39 ", "#difference")


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)])
async def test_it_says_which_sample_is_read_and_which_units_are_shown_where_it_has_room(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await opened(visit)
        await visit.sees("sample 0 is 0 ", "#difference")
        await visit.press("F")
        await visit.sees(r"unit 0 · c -\d\.\d\d → ", "#difference")
        if size[0] > 80:
            await visit.sees(rf"(all {HIDDEN} units|{HIDDEN} units, 0–\d+ shown) ", "#difference")
