"""The curves as lines of text: they have the requested size, whatever the run contains."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import any_event, changed, evaluated, started, stepped
from kit.plots import INK
from rich.cells import cell_len

from explorer.runs.events import Event
from explorer.runs.history import History
from explorer.ui.views.plots import draw
from explorer.ui.widgets.line import Line

WIDE = (100, 18)


def after(*events: Event) -> History:
    """Return the history of a run with these events."""
    history = History()
    history.extend(events)  # type: ignore[arg-type]
    return history


def whole_run(steps: int = 300) -> History:
    """Return the history of a run that was evaluated after each third of its steps."""
    events: list[Event] = [started(epochs=3, steps_per_epoch=steps // 3)]
    for step in range(1, steps + 1):
        events.append(stepped(step, loss=2.3 / step, accuracy=1 - 1 / step))
        if step % (steps // 3) == 0:
            events.append(evaluated(step, loss=3.0 / step, accuracy=0.9))
    return after(*events, changed("finished"))


def text_of(history: History, width: int, height: int) -> list[str]:
    """Return the drawing's lines, and require exactly the requested size."""
    lines = draw(history, width, height, INK)
    assert len(lines) == height
    for line in lines:
        assert line.cell_length == width == cell_len(line.text)
    return [line.text for line in lines]


HISTORIES = {
    "nothing yet": after(),
    "started": after(started(), changed("training")),
    "one point": after(started(), stepped(1)),
    "one evaluation": after(started(), evaluated(0, epoch=0, loss=2.4, accuracy=0.1)),
    "a loss that is not a number": after(started(), stepped(1), stepped(2, loss=None), stepped(3)),
    "no loss is a number": after(started(), *(stepped(step, loss=None) for step in range(1, 9))),
    "a loss of 1e30": after(started(), stepped(1, loss=1e30), stepped(2, loss=2.3)),
    "only 1e30": after(started(), stepped(1, loss=1e30)),
    "the largest float": after(started(), *(stepped(s, loss=1.7e308, accuracy=1.7e308) for s in (1, 2))),
    "a loss of 0": after(started(), stepped(1, loss=0.0), stepped(2, loss=-0.0)),
    "more steps than planned": after(started(), *(stepped(step) for step in range(1, 50))),
    "started again from step 1": after(started(), stepped(1), stepped(2), started(), stepped(1), stepped(2)),
    "finished": whole_run(),
}


@given(st.integers(20, 250), st.integers(5, 60))
@example(20, 5)  # the smallest
@example(47, 9)  # the widest with the loss alone
@example(48, 12)  # the narrowest with both
@example(79, 6)  # an odd width: the two plots are not equally wide
@example(246, 42)
@settings(max_examples=10, deadline=None)
def test_any_history_at_any_size_from_twenty_by_five_has_exactly_that_size(width: int, height: int) -> None:
    for history in HISTORIES.values():
        text_of(history, width, height)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (19, 30), (200, 4)])
def test_without_room_nothing_is_drawn(size: tuple[int, int]) -> None:
    assert draw(HISTORIES["finished"], *size, INK) == []


@given(st.lists(any_event, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_events_that_a_file_may_hold_can_be_drawn(events: list[Event]) -> None:
    text_of(after(*events), 60, 8)


def test_a_wide_drawing_has_both_plots_with_their_axes_and_legends() -> None:
    lines = text_of(HISTORIES["finished"], *WIDE)
    text = "\n".join(lines)
    assert re.search(r"loss \(log\) .*accuracy %", lines[0])
    for loss in ("0.01", "0.1", "1"):
        assert re.search(rf"^ *{loss}┤", text, re.M)
    for percent in ("90", "95", "100"):
        assert re.search(rf" {percent}┤", text)
    assert len(re.findall(r"\b0 +.*100 +.*200 +.*300", lines[-1])) == 1
    assert text.count("train") == text.count("test") == 2


def test_a_narrow_drawing_has_only_the_loss() -> None:
    text = "\n".join(text_of(HISTORIES["finished"], 47, 12))
    assert "loss (log)" in text
    assert "accuracy" not in text


def test_the_axis_of_the_loss_is_logarithmic() -> None:
    lines = text_of(after(started(), stepped(1, loss=1.0), stepped(2, loss=0.001)), 47, 25)
    ticks = [n for n, line in enumerate(lines) if re.match(r" *(1|0\.1|0\.01|0\.001)┤", line)]
    assert len(ticks) == 4
    gaps = [other - one for one, other in pairwise(ticks)]
    assert max(gaps) - min(gaps) <= 1


def test_a_finished_run_fills_its_axis_and_a_new_one_wastes_none_of_it() -> None:
    finished = text_of(HISTORIES["finished"], *WIDE)
    assert "300" in finished[-1]
    young = text_of(
        after(started(epochs=30, steps_per_epoch=1000), *(stepped(s) for s in range(1, 50))), *WIDE
    )
    assert "k" not in young[-1]


def test_the_legend_names_the_test_curve_before_its_first_point_is_drawn() -> None:
    def dots(history: History) -> int:
        return sum(line.text.count("●") for line in draw(history, 47, 12, INK))

    (legend,) = (line for line in text_of(after(started(), stepped(1)), 47, 12) if "test" in line)
    assert "●" in legend
    assert dots(after(started(), stepped(1), evaluated(5))) == dots(after(started(), stepped(1))) + 1


def test_a_loss_that_is_not_a_number_leaves_the_others_where_they_are() -> None:
    points = [stepped(step, loss=1 / step) for step in range(1, 60)]
    broken = [stepped(30, loss=None) if event.step == 30 else event for event in points]
    drawn = [text_of(after(started(), *events), 47, 12) for events in (points, broken)]
    assert sum(one != other for one, other in zip(*drawn, strict=True)) <= 2


def test_two_threads_may_draw_at_the_same_time() -> None:
    wanted = text_of(HISTORIES["finished"], 60, 12)
    with ThreadPoolExecutor(4) as threads:
        drawn = threads.map(lambda _: text_of(HISTORIES["finished"], 60, 12), range(40))
        assert all(lines == wanted for lines in drawn)


def test_neighbouring_segments_differ_in_style() -> None:
    for line in draw(HISTORIES["finished"], *WIDE, INK):
        styles = [segment.style for segment in line]
        assert all(one != other for one, other in pairwise(styles))


def test_a_line_is_padded_or_cut_to_the_requested_width() -> None:
    assert Line().add("abc").to(5).add("d").strip(8).text == "abc  d  "
    assert Line().add("abc").to(5).add("d").strip(4).text == "abc "
    assert Line().strip(3).text == "   "
