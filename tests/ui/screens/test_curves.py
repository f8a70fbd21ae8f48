"""The curves by keys and mouse: what the cursor reads, what is shown, and that it stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from kit.facts import changed, started, stepped
from kit.fake_engine import GATES, HIDDEN
from kit.screen import Visit, exploring, finished_run, live_run, new_run
from textual.events import MouseDown, MouseEvent, MouseMove, MouseUp

from explorer.runs.events import MomentKept, Noted
from explorer.runs.reader import read_events
from explorer.runs.writer import EventWriter
from explorer.ui.views.curves import Curves


def curves(visit: Visit) -> Curves:
    """Return the view."""
    view = visit.widget("#curves")
    assert isinstance(view, Curves)
    return view


def long_run(runs: Path, steps: int) -> None:
    """Make a finished run of so many steps of one epoch."""
    facts = {"cell": "lstm", "activations": GATES["lstm"], "hidden": HIDDEN, "epochs": 1}
    trained = [stepped(step, epoch=1, loss=2.0 / step, accuracy=0.5) for step in range(1, steps + 1)]
    begun = [changed("preparing"), started(**facts, steps_per_epoch=steps), changed("training")]
    writer = EventWriter(new_run(runs).events)
    for event in (*begun, *trained, changed("finished")):
        writer.write(event)
    writer.close()


def drag(view: Curves, button: int, *cells: tuple[int, int]) -> None:
    """Drag the mouse from cell to cell of the first plot."""
    move(view, button, [MouseDown, *[MouseMove] * (len(cells) - 1), MouseUp], *cells, cells[-1])


def move(view: Curves, button: int, kinds: list[type[MouseEvent]], *cells: tuple[int, int]) -> None:
    """Have the mouse do this, each in a cell of the first plot."""
    assert view._drawing is not None
    area, corner = view._drawing.areas[0], view.content_region.offset
    for kind, (column, row) in zip(kinds, cells, strict=True):
        x, y = corner.x + area.left + column, corner.y + area.top + row
        view.app.post_message(kind(None, x, y, 0, 0, button, False, False, False))


def style_at(view: Curves, column: int, row: int) -> object:
    """Return the background of a cell of a view."""
    assert view._drawing is not None
    (segment,) = view._drawing.lines[row].crop(column, column + 1)
    return segment.style.bgcolor if segment.style else None


async def drawn(visit: Visit) -> None:
    """Wait until the curves are on the screen."""
    await visit.turn_to("curves")
    await visit.until(lambda: curves(visit)._drawing is not None)


async def test_keys_move_a_cursor_that_reads_each_step_and_escape_lets_go_of_it(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        await visit.press("left")
        await visit.sees(r"step 10  epoch 2\.00 .* loss  0\.2 .* acc\.  90 %", "#curves")
        await visit.press("left", "left")
        await visit.sees(r"step 8 .* loss  0\.25 .* acc\.  82 %", "#curves")
        await visit.press("home", "right", "right")
        await visit.sees(r"step 3 .* loss  0\.66667", "#curves")
        await visit.press("end")
        await visit.sees("step 10 ", "#curves")
        await visit.press("escape")
        await visit.sees_no("step 10  epoch")


async def test_the_mouse_moves_the_cursor_in_the_focus_alone_and_the_wheel_zooms(tmp_path: Path) -> None:
    long_run(tmp_path, 200)
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        view = curves(visit)
        assert view._drawing is not None
        area = view._drawing.areas[0]
        column, step = area.stops[len(area.stops) // 2]
        await visit.click("#curves", area.left + column, area.top + 2)
        await visit.sees(f"step {step} ", "#curves")
        offset = view.content_region.offset - view.region.offset
        column, step = area.stops[3]
        await visit.pilot.hover(view, offset=(offset.x + area.left + column, offset.y + area.top))
        await visit.sees(f"step {step} ", "#curves")
        before = view.look
        drag(view, 1, (area.stops[5][0], 3), (area.stops[20][0], 4))
        await visit.until(lambda: view.look.span is not None)
        assert before.span is None and view.look.span is not None
        first, last, _ = view.look.span
        assert first < area.stops[5][1] and area.stops[20][1] <= last < area.stops[20][1] + 3
        assert view.look.ranges == ()  # along a line, all values stay


async def test_a_rectangle_shows_its_steps_and_values_and_a_right_drag_moves_them(tmp_path: Path) -> None:
    long_run(tmp_path, 200)
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        view = curves(visit)
        assert view._drawing is not None
        await visit.press("end")
        await visit.sees("step 200 ", "#curves")  # the cursor's line takes one of the plots'
        area = view._drawing.areas[0]
        ends = (area.stops[9][0], 2), (area.stops[25][0], 9)
        move(view, 1, [MouseDown, MouseMove], *ends)
        await visit.until(lambda: view.look.drag is not None and view.look.drag.now == 9)
        await visit.until(
            lambda: len({style_at(view, area.left + ends[0][0] + 1, row) for row in (3, 12)}) == 2
        )
        move(view, 1, [MouseUp], ends[1])
        await visit.until(lambda: view.look.ranges and view.look.drag is None)
        (shown,), span = view.look.ranges, view.look.span
        assert shown == area.upright.drawn(2, 9) and span is not None
        assert span.first < area.stops[9][1] <= span.last - 10
        await visit.until(lambda: view._drawing.areas[0].upright.shown.low == shown.low)  # type: ignore[union-attr]
        drag(view, 3, (10, 5), (14, 7))
        await visit.until(lambda: view.look.span != span and view.look.ranges != (shown,))
        moved, (higher,) = view.look.span, view.look.ranges
        assert moved is not None and moved.first < span.first
        assert moved.last - moved.first == pytest.approx(span.last - span.first)
        per_row = (shown.high - shown.low) / (area.rows - 1)
        assert higher.low - shown.low == pytest.approx(2 * per_row)
        await visit.press("0")
        await visit.until(lambda: view.look == replace(view.look, span=None, ranges=()))
        await visit.press("right_curly_bracket", "shift+up")
        await visit.until(lambda: len(view.look.ranges) == 2)
        await visit.press("Y")
        await visit.until(lambda: view.look.ranges == ())


async def test_any_factor_of_the_smoothing_can_be_typed_and_a_wrong_one_is_one_line(tmp_path: Path) -> None:
    finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        await visit.press("F", *"1.5", "enter")
        await visit.sees("factor: a number from 0 to below 1, or off, light, strong, not '1.5'")
        await visit.press("backspace", "backspace", "backspace", *"0.625", "enter")
        await visit.back()
        await visit.sees(r"smoothed 0\.625", "#curves")
        await visit.press("F")
        await visit.sees("0.625")
        await visit.press("escape", "S")
        await visit.back()
        await visit.sees(r"smoothed 0\.9", "#curves")


async def test_zoom_cursor_and_lines_survive_new_steps_a_resize_and_another_page(tmp_path: Path) -> None:
    with live_run(tmp_path, steps=3) as engine:
        for step in range(4, 60):
            engine.write(stepped(step, epoch=1, loss=2.0 / step, accuracy=0.5))
        async with exploring(tmp_path) as visit:
            await drawn(visit)
            view = curves(visit)
            await visit.until(lambda: view._drawing is not None and view._drawing.extent.newest == 59)
            await visit.press("left", "right_parenthesis", "S", "X", "L")
            await visit.sees(r"smoothed 0\.9", "#curves")
            look = view.look
            assert look.cursor == 59 and look.span is not None and look.span.follows
            assert (look.factor, look.over, look.lines) == (0.9, "epochs", ("loss",))
            engine.write(stepped(60, epoch=1, loss=2.0 / 60, accuracy=0.5))
            await visit.until(lambda: view._drawing is not None and view._drawing.extent.newest == 60)
            await visit.pilot.resize_terminal(120, 40)
            await visit.press("2", "1")
            await visit.sees(r"step 59 .* loss  0\.033898", "#curves")
            assert view.look == look
            await visit.press("0")
            await visit.until(lambda: view.look.span is None)
            assert view.look.cursor == 59


async def test_a_step_becomes_the_moment_of_all_views_or_the_nearest_that_was_kept(tmp_path: Path) -> None:
    folder = finished_run(tmp_path)
    writer = EventWriter(folder.events)
    for step in (2, 4, 8):
        writer.write(MomentKept(time=9.0, step=step, path=f"moments/step-{step:08}.pt"))
    writer.close()
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        await visit.press("M")
        await visit.sees("no step is chosen; ← and → choose one")
        await visit.press("home", "right", "M")
        await visit.sees("all views show the weights of step 2; M goes back to now")
        main = visit.app.screen_stack[0]
        assert main.choice.now.selection.moment == 2  # type: ignore[attr-defined]
        await visit.sees("◆", "#curves")
        await visit.press("M")
        await visit.sees("these are the newest weights")
        assert main.choice.now.selection.moment is None  # type: ignore[attr-defined]
        await visit.press("home", *["right"] * 6, "M")
        await visit.sees("the nearest weights that were kept are of step 8; M goes back to now")
        assert main.choice.now.selection.moment == 8  # type: ignore[attr-defined]
        await visit.press("end", "M")
        await visit.sees("the newest weights are the nearest to step 10")


async def test_a_note_is_written_into_the_events_and_stands_below_the_curves(tmp_path: Path) -> None:
    folder = finished_run(tmp_path)
    async with exploring(tmp_path) as visit:
        await drawn(visit)
        await visit.press("N", "enter")
        await visit.sees("the note is empty; write something")
        await visit.press(*"odd", "enter")
        await visit.back()
        await visit.sees("noted at step 10")
        await visit.sees("▴ 10 odd", "#curves")
    notes = [event for event in read_events(folder.events) if isinstance(event, Noted)]
    assert [(note.step, note.text) for note in notes] == [(10, "odd")]
