"""The curves as lines of text: whatever happened, they have the size that was asked for."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import given, settings
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
    """The history of a run in which this happened."""
    history = History()
    history.extend(events)  # type: ignore[arg-type]
    return history


def whole_run(steps: int = 300) -> History:
    """A run that learnt, with a look at the test set at each third."""
    events: list[Event] = [started(epochs=3, steps_per_epoch=steps // 3)]
    for step in range(1, steps + 1):
        events.append(stepped(step, loss=2.3 / step, accuracy=1 - 1 / step))
        if step % (steps // 3) == 0:
            events.append(evaluated(step, loss=3.0 / step, accuracy=0.9))
    return after(*events, changed("finished"))


def text_of(history: History, width: int, height: int) -> list[str]:
    """The drawing, once it is sure that it has the size that was asked for."""
    lines = draw(history, width, height, INK)
    assert len(lines) == height
    for line in lines:
        assert line.cell_length == width == cell_len(line.text)
    return [line.text for line in lines]


HISTORIES = {
    "nothing yet": after(),
    "started": after(started(), changed("training")),
    "one point": after(started(), stepped(1)),
    "one look": after(started(), evaluated(0, epoch=0, loss=2.4, accuracy=0.1)),
    "a loss that is no number": after(started(), stepped(1), stepped(2, loss=None), stepped(3)),
    "no number at all": after(started(), *(stepped(step, loss=None) for step in range(1, 9))),
    "a loss of 1e30": after(started(), stepped(1, loss=1e30), stepped(2, loss=2.3)),
    "only 1e30": after(started(), stepped(1, loss=1e30)),
    "the largest float": after(started(), *(stepped(s, loss=1.7e308, accuracy=1.7e308) for s in (1, 2))),
    "a loss of 0": after(started(), stepped(1, loss=0.0), stepped(2, loss=-0.0)),
    "more steps than planned": after(started(), *(stepped(step) for step in range(1, 50))),
    "steps again from 1": after(started(), stepped(1), stepped(2), started(), stepped(1), stepped(2)),
    "finished": whole_run(),
}


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.parametrize("size", [(20, 5), (47, 9), (48, 12), WIDE])
def test_a_drawing_has_exactly_the_size_that_was_asked_for(name: str, size: tuple[int, int]) -> None:
    text_of(HISTORIES[name], *size)


@pytest.mark.parametrize("width", [*range(20, 60, 3), 79, 158, 246])
@pytest.mark.parametrize("height", [5, 6, 11, 42])
def test_every_size_from_twenty_by_five_can_be_drawn_on(width: int, height: int) -> None:
    text_of(HISTORIES["finished"], width, height)


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (19, 30), (200, 4)])
def test_where_there_is_no_room_nothing_is_drawn(size: tuple[int, int]) -> None:
    assert draw(HISTORIES["finished"], *size, INK) == []


@given(st.lists(any_event, max_size=8))
@settings(max_examples=25, deadline=None)
def test_whatever_a_file_says_has_happened_can_be_drawn(events: list[Event]) -> None:
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


def test_a_narrow_drawing_has_the_loss_alone() -> None:
    text = "\n".join(text_of(HISTORIES["finished"], 47, 12))
    assert "loss (log)" in text
    assert "accuracy" not in text


def test_the_loss_s_axis_is_logarithmic() -> None:
    lines = text_of(after(started(), stepped(1, loss=1.0), stepped(2, loss=0.001)), 47, 25)
    rows = [n for n, line in enumerate(lines) if re.match(r" *(1|0\.1|0\.01|0\.001)┤", line)]
    assert len(rows) == 4
    gaps = [other - one for one, other in pairwise(rows)]
    assert max(gaps) - min(gaps) <= 1


def test_a_finished_run_fills_its_axis_and_a_young_one_does_not_waste_it() -> None:
    finished = text_of(HISTORIES["finished"], *WIDE)
    assert "300" in finished[-1]
    young = text_of(
        after(started(epochs=30, steps_per_epoch=1000), *(stepped(s) for s in range(1, 50))), *WIDE
    )
    assert "k" not in young[-1]


def test_the_legend_names_the_test_curve_before_its_first_point_but_nothing_is_drawn() -> None:
    def dots(history: History) -> int:
        return sum(line.text.count("●") for line in draw(history, 47, 12, INK))

    (legend,) = (line for line in text_of(after(started(), stepped(1)), 47, 12) if "test" in line)
    assert "●" in legend
    assert dots(after(started(), stepped(1), evaluated(5))) == dots(after(started(), stepped(1))) + 1


def test_a_loss_that_is_no_number_leaves_the_others_where_they_are() -> None:
    points = [stepped(step, loss=1 / step) for step in range(1, 60)]
    broken = [stepped(30, loss=None) if event.step == 30 else event for event in points]
    drawn = [text_of(after(started(), *events), 47, 12) for events in (points, broken)]
    assert sum(one != other for one, other in zip(*drawn, strict=True)) <= 2


def test_two_threads_may_draw_at_the_same_time() -> None:
    wanted = text_of(HISTORIES["finished"], 60, 12)
    with ThreadPoolExecutor(4) as threads:
        drawn = threads.map(lambda _: text_of(HISTORIES["finished"], 60, 12), range(40))
        assert all(lines == wanted for lines in drawn)


def test_one_style_makes_one_segment() -> None:
    for line in draw(HISTORIES["finished"], *WIDE, INK):
        styles = [segment.style for segment in line]
        assert all(one != other for one, other in pairwise(styles))


def test_a_line_is_filled_and_cut_to_the_width_that_is_asked_for() -> None:
    assert Line().add("abc").to(5).add("d").strip(8).text == "abc  d  "
    assert Line().add("abc").to(5).add("d").strip(4).text == "abc "
    assert Line().strip(3).text == "   "
