"""Drawing on the real screen, with a made-up engine: keys, mouse, questions, saving, opening, exporting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kit.fake_engine import drawn
from kit.screen import Visit, exploring, finished_run
from textual.events import MouseDown, MouseMove, MouseUp
from textual.widgets import Input

from explorer.protocol.questions import Given, Sample, Subject
from explorer.runs import drawings
from explorer.runs.folder import RunFolder
from explorer.ui.screens.explore.screen import Explore
from explorer.ui.views.draw import RIGHT, Draw
from explorer.ui.widgets.message_line import MessageLine, Notice

SIZES = [(160, 45), (120, 40), (80, 24), (60, 20)]


def view(visit: Visit) -> Draw:
    """Return the view with the pad."""
    found = visit.widget("#draw")
    assert isinstance(found, Draw)
    return found


def subject(visit: Visit) -> Subject:
    """Return what all views are about."""
    main = visit.app.screen_stack[0]
    assert isinstance(main, Explore)
    return main.choice.now.selection.subject


def given(visit: Visit) -> bytes:
    """Return the input that all views are about."""
    about = subject(visit)
    assert isinstance(about, Given)
    return about.x.data


async def drag(visit: Visit, *places: tuple[float, float], button: int = 1) -> None:
    """Drag the mouse from pixel to pixel, (timestep, input)."""
    draw = view(visit)
    layout, corner = draw._layout(), draw.content_region.offset
    assert layout is not None
    before = draw.pad.sheet
    kinds = [MouseDown, *[MouseMove] * len(places), MouseUp]
    for kind, (timestep, channel) in zip(
        kinds, (places[0], *places[1:], places[-1], places[-1]), strict=False
    ):
        x = corner.x + layout.column(int(channel))
        y = corner.y + 1 + (int(timestep) - layout.scroll.first) // layout.per_line
        draw.app.post_message(kind(None, x, y, 0, 0, button, False, False, False))
    await visit.until(lambda: draw.pad.sheet is not before and not draw.pad.down)


async def begin(visit: Visit) -> None:
    """Turn to the pad, and wait for the first sample."""
    await visit.sees("weights of step 0", "#gates")
    await visit.press("d")
    await visit.sees("sample 0, unchanged", "#draw")


async def settle(visit: Visit) -> None:
    """Wait until every view is about what is on the pad, and it was read."""
    draw = view(visit)

    def settled() -> bool:
        sheet = draw.pad.sheet
        return (
            sheet is not None
            and subject(visit) == sheet.subject
            and draw.answer is not None
            and draw.answer.asked.subject == sheet.subject
        )

    await visit.until(settled)


@pytest.mark.parametrize("size", SIZES)
async def test_each_stroke_is_what_all_views_are_about(tmp_path: Path, size: tuple[int, int]) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path, size) as visit:
        await begin(visit)
        await drag(visit, (4, 5), (4, 9), (12, 9))
        await settle(visit)
        await visit.sees(r"^ *drawn", "#draw")
        await visit.sees(rf"read as {drawn(given(visit))} ", "#draw")
        assert [given(visit)[28 * 4 + i] for i in range(6, 9)] == [255] * 3 or size[1] < 40  # half-blocks
        await visit.press("2")
        await visit.sees(r"^ *drawn", "#gates")
        await visit.sees(f"read as {drawn(given(visit))}", "#gates")
        await visit.press("right_square_bracket")
        await visit.sees("sample 1 ", "#gates")
        await visit.press("d")
        await visit.sees("sample 1, unchanged", "#draw")


async def test_strokes_by_keys_are_undone_down_to_the_sample_itself(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await begin(visit)
        before = view(visit).pad.sheet
        await visit.press("space", "down", "down", "space")
        await settle(visit)
        assert [given(visit)[28 * t] for t in range(3)] == [255] * 3
        await visit.press("l")  # clears the row, and goes on to the next
        await settle(visit)
        assert set(given(visit)[28 * 2 : 28 * 3]) == {0}
        await visit.press("u", "u")
        await settle(visit)
        assert view(visit).pad.sheet == before and subject(visit) == Sample(0)
        await visit.sees("sample 0, unchanged", "#draw")
        await visit.press("u")
        await visit.sees("nothing is drawn that could be undone")
        await drag(visit, (0, 5), (27, 5), button=RIGHT)
        await settle(visit)
        assert all(given(visit)[28 * t + 5] == 0 for t in range(28))
        await visit.sees("ink, up", "#draw")  # the tool stays


async def test_an_answer_on_its_way_is_painted_before_anything_newer_is_asked(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await begin(visit)
        draw = view(visit)
        asked: list[Subject] = []
        draw._choice.observe(lambda before, now: asked.append(now.selection.subject))
        for column in range(20):  # without a turn of the loop in between: faster than any engine
            draw.pad.press((3.0, column))
            draw.show_change()
        assert len(asked) == 1
        await settle(visit)
        assert 2 <= len(asked) <= 3  # the first stroke, and the newest
        assert draw.pad.sheet is not None and asked[-1] == draw.pad.sheet.subject


async def test_a_drawing_is_saved_opened_exported_and_deleted(tmp_path: Path) -> None:
    folder = finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await begin(visit)
        await drag(visit, (4, 5), (12, 9))
        await settle(visit)
        data = given(visit)
        await visit.press("ctrl+s")
        await visit.sees("─ save the drawing ─")
        field = visit.app.screen.query_one("#name", Input)
        assert field.value == "drawing-1"
        field.value = "no/name"
        await visit.press("enter")
        await visit.sees("up to 64 letters, digits")
        field.value = "seven"
        await visit.press("enter")
        await visit.back()
        await visit.sees(r"saved .*/one/drawings/seven\.npz; y copies the path")
        said = visit.app.screen_stack[0].query_one(MessageLine).shown
        assert said and said.seconds == Notice("").seconds  # no longer than anything else
        await visit.sees("drawn: seven", "#draw")
        with np.load(drawings.path_of(folder, "seven")) as file:
            assert file["x"].tobytes() == data and file["x"].shape == (28, 28)
        await visit.press("e")
        await visit.sees("─ export ─")
        shown = visit.app.screen.query_one("#input", Input).value
        assert shown == str(drawings.path_of(folder, "seven").resolve())
        await visit.press("escape")
        await visit.back()
        await visit.press("o", "enter")  # empty
        await visit.back()
        await settle(visit)
        assert set(given(visit)) == {0}
        await visit.press("e")
        await visit.sees("─ save the drawing ─")  # an export reads it from a file
        await visit.press("escape")
        await visit.back()
        await visit.press("o", "down", "enter")
        await visit.back()
        await settle(visit)
        assert given(visit) == data
        await visit.press("o", "down", "D")
        await visit.sees("delete this drawing")
        await visit.press("y")
        await visit.until(lambda: not drawings.names(folder))
        await visit.press("escape")
        await visit.back()


async def test_a_damaged_drawing_is_said_in_one_line_and_the_pad_stays(tmp_path: Path) -> None:
    folder = finished_run(tmp_path)
    folder.drawings.mkdir()
    drawings.path_of(folder, "bad").write_bytes(b"PK")
    drawings.save(RunFolder(folder.path), "narrow", drawings.Drawing(28, 5, True, bytes(140)))
    async with exploring(tmp_path) as visit:
        await begin(visit)
        await visit.press("o", "down", "enter")
        await visit.sees(r"bad\.npz is damaged")
        await visit.press("o", "down", "down", "enter")
        await visit.sees("narrow has 5 bytes a timestep, and this run reads 28 bytes")
        await visit.sees("sample 0, unchanged", "#draw")


async def test_a_stretch_is_marked_and_changed_by_a_number(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await begin(visit)
        await visit.press("shift+down", "shift+down")
        await visit.sees("marked 1–3", "#draw")
        await visit.press("enter")
        await visit.sees("─ timesteps 1–3 ─")
        number = visit.app.screen.query_one("#number", Input)
        number.value = "many"
        await visit.press("ctrl+s")
        await visit.sees("number: a number such as 0.5 or -3, not 'many'")
        number.value = "77"
        await visit.press("ctrl+s")
        await visit.back()
        await settle(visit)
        assert set(given(visit)[: 3 * 28]) == {77} and len(set(given(visit)[3 * 28 :])) > 1
        await visit.press("k", "end", "up", "v")
        await settle(visit)
        assert set(given(visit)[26 * 28 :]) == {77}
