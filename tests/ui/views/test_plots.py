"""The curves as lines of text: they have the requested size, whatever the run contains."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from kit.facts import any_event, changed, evaluated, started, stepped
from kit.plots import INK, draw
from rich.cells import cell_len
from textual.strip import Strip

from explorer.runs.events import Event
from explorer.runs.history import History
from explorer.ui.base.oklab import Rgb
from explorer.ui.views import one_plot
from explorer.ui.widgets.line import Line
from explorer.ui.widgets.palette import hex_of

WIDE = (100, 18)


def after(*events: Event) -> History:
    """Return the history of a run with these events."""
    history = History()
    history.extend(events)  # type: ignore[arg-type]
    return history


def whole_run(steps: int = 300, epochs: int = 3) -> History:
    """Return the history of a run that was evaluated after each epoch."""
    events: list[Event] = [started(epochs=epochs, steps_per_epoch=steps // epochs)]
    for step in range(1, steps + 1):
        events.append(stepped(step, loss=2.3 / step, accuracy=1 - 1 / step))
        if step % (steps // epochs) == 0:
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
@example(43, 13)  # the largest with the loss alone
@example(43, 14)  # the smallest with one plot above the other
@example(43, 15)  # an odd height: the two plots are not equally high
@example(44, 12)  # the narrowest with both side by side
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
    train = "─ train, mean of 7 batches  ● test"
    assert re.match(rf"loss \(log\)  {train} +accuracy %  {train}", lines[0])
    for loss in ("0.01", "0.1", "1"):
        assert re.search(rf"^ *{loss}┤", text, re.M)
    for percent in ("≤90", "95", "100"):
        assert re.search(rf" {percent}┤", text)
    assert len(re.findall(r"\b0 +.*100 +.*200 +.*300", lines[-1])) == 1


def titles(lines: list[str]) -> list[str]:
    """Return what the plots in a drawing show, in order."""
    return re.findall("loss|acc", "\n".join(lines))


@pytest.mark.parametrize("size", [(97, 20), (76, 17), (58, 15), (53, 12), (44, 5), (43, 14), (20, 14)])
def test_both_plots_are_drawn_wherever_there_is_room(size: tuple[int, int]) -> None:
    assert titles(text_of(HISTORIES["finished"], *size)) == ["loss", "acc"] or size[0] == 20
    assert "100┤" in "\n".join(text_of(HISTORIES["finished"], *size))


def test_a_narrow_and_low_drawing_has_only_the_loss() -> None:
    lines = text_of(HISTORIES["finished"], 43, 13)
    assert titles(lines) == ["loss"]
    assert "100┤" not in "\n".join(lines)


def test_a_title_loses_whole_words_as_it_gets_narrower() -> None:
    known = {"loss", "(log)", "accuracy", "acc.", "%", "•", "train,", "train", "each", "batch", "●", "test"}
    for width in range(20, 120):
        lines = text_of(HISTORIES["one point"], width, 14)
        words = [word for line in lines if "● test" in line for word in line.split()]
        assert words.count("•") == words.count("●") == words.count("test") == 2
        assert set(words) <= known


def test_the_legend_is_in_the_colours_of_the_curves() -> None:
    title = draw(HISTORIES["finished"], 43, 13, INK)[0]
    colours = {segment.text: segment.style and segment.style.color for segment in title}
    (train,) = (colour for text, colour in colours.items() if "train" in text)
    (test,) = (colour for text, colour in colours.items() if "test" in text)
    assert (train and train.name, test and test.name) == (hex_of(INK.train), hex_of(INK.test))


def test_no_legend_covers_the_curves() -> None:
    lines = draw(
        after(started(), *(stepped(s, loss=10.0 ** (s % 2), accuracy=s % 2) for s in range(1, 11))),
        *WIDE,
        INK,
    )
    inside = "".join(line.text for line in lines[1:-2])
    assert not re.search("train|test", inside)


@pytest.mark.parametrize("height", [8, 13, 20])
@pytest.mark.parametrize(("loss", "accuracy"), [(1.0, 1.0), (0.1, 0.9)])
def test_a_value_is_on_the_line_of_its_tick(height: int, loss: float, accuracy: float) -> None:
    train = [stepped(1, loss=2.0, accuracy=0.9), stepped(9, loss=0.05, accuracy=1.0)]
    history = after(started(), *train, evaluated(5, loss=loss, accuracy=accuracy))
    lines = text_of(history, 90, height)[1:]
    for half, label in ((slice(0, 44), f"{loss:g}"), (slice(46, 90), f"{100 * accuracy:.0f}")):
        (line,) = (line[half] for line in lines if "●" in line[half])
        assert line.strip().startswith(f"{label}┤")


def cells(lines: list[Strip], colour: Rgb) -> str:
    """Return the characters of one colour, without those of the title."""
    name = hex_of(colour)
    segments = [segment for line in lines[1:] for segment in line]
    return "".join(text for text, style, _ in segments if style and style.color and style.color.name == name)


def test_the_band_does_not_thicken_the_line_of_the_mean() -> None:
    noisy = [stepped(step, loss=0.1 if step % 2 else 1.0, accuracy=0.9) for step in range(1, 2001)]
    drawn = cells(draw(after(started(steps_per_epoch=1000), *noisy), 43, 13, INK), INK.train)
    assert drawn
    assert all((ord(cell) - 0x2800).bit_count() <= 2 for cell in drawn)


def test_a_curve_that_came_from_below_the_axis_is_drawn_on_its_lowest_line_which_says_so() -> None:
    climb = [stepped(step, loss=1.0, accuracy=min(0.1 + step / 100, 0.97)) for step in range(1, 1001)]
    lines = text_of(after(started(steps_per_epoch=500), *climb), *WIDE)
    (lowest,) = (line for line in lines if "≤90┤" in line)
    assert lines.index(lowest) == len(lines) - 3
    assert re.search("≤90┤[⠀-⣿]", lowest)
    steady = [stepped(step, loss=1.0, accuracy=0.97) for step in range(1, 1001)]
    assert "≤" not in "\n".join(text_of(after(started(steps_per_epoch=500), *steady), *WIDE))


def test_a_loss_that_explodes_has_ticks_over_all_its_decades() -> None:
    history = after(started(), *(stepped(step, loss=10.0 ** (step * 3.5)) for step in range(1, 11)))
    for size, fewest in ((WIDE, 3), ((43, 13), 2)):
        ticks = re.findall(r"^ *(\S+)┤", "\n".join(text_of(history, *size)), re.M)
        assert len(ticks) >= fewest
        assert float(ticks[0]) >= 1e25
        assert all(float(one) > float(other) for one, other in pairwise(ticks))


def test_however_long_the_run_plotext_gets_few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[int] = []
    layer = one_plot.layer
    monkeypatch.setattr(
        one_plot, "layer", lambda points, *rest: given.append(len(points[0])) or layer(points, *rest)
    )
    text_of(whole_run(9000, epochs=1000), *WIDE)
    assert len(given) == 6
    assert all(0 < points <= WIDE[0] for points in given)


def test_ten_more_batches_change_few_cells() -> None:
    def run(steps: int) -> History:
        values = [(0.5 + step % 7 / 10, 0.9 + step % 7 / 100) for step in range(1, steps + 1)]
        facts = [
            stepped(step, loss=loss, accuracy=share) for step, (loss, share) in enumerate(values, start=1)
        ]
        return after(started(epochs=1, steps_per_epoch=3000), *facts)

    one, other = ("".join(text_of(run(steps), *WIDE)) for steps in (2000, 2010))
    assert 0 < sum(before != now for before, now in zip(one, other, strict=True)) <= 40


def test_the_axis_of_the_loss_is_logarithmic() -> None:
    lines = text_of(after(started(), stepped(1, loss=1.0), stepped(2, loss=0.001)), 60, 25)
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


def test_within_an_epoch_the_newest_evaluation_is_a_hollow_dot() -> None:
    whole = evaluated(4, epoch=1, loss=1.5, accuracy=0.5)
    first, second = (
        evaluated(step, epoch=2, samples=1000, whole=False, loss=1.2, accuracy=0.6) for step in (6, 7)
    )
    history = after(started(), *(stepped(step) for step in range(1, 8)), whole, first, second)
    inside = "".join(text_of(history, *WIDE)[1:])
    assert (inside.count("●"), inside.count("○")) == (2, 2)
    assert "● test  ○ on 1,000" in text_of(history, *WIDE)[0]
    assert "●○ test" in text_of(history, 38, 13)[0]
    history.add(evaluated(8, epoch=2))
    assert "○" not in "".join(text_of(history, *WIDE))


def test_a_hollow_dot_is_explained_at_every_width() -> None:
    part = evaluated(1, samples=1000, whole=False)
    for width in range(20, 120):
        lines = [line for line in text_of(after(started(), part), width, 14) if "─ train" in line]
        assert len(re.findall(r"○ on 1,000|●○ test", "\n".join(lines))) == 2


def test_the_test_curve_has_a_dot_for_each_evaluation() -> None:
    def dots(history: History) -> int:
        return cells(draw(history, 43, 13, INK), INK.test).count("●")

    assert dots(after(started(), stepped(1))) == 0
    assert dots(after(started(), stepped(1), evaluated(2, loss=2.0), evaluated(5))) == 2


def test_a_loss_that_is_not_a_number_leaves_the_others_where_they_are() -> None:
    points = [stepped(step, loss=1 / step) for step in range(1, 60)]
    broken = [stepped(30, loss=None) if event.step == 30 else event for event in points]
    drawn = [text_of(after(started(), *events), 43, size) for events, size in ((points, 12), (broken, 13))]
    assert drawn[1].pop().split() == ["loss:", "1", "NaN"]
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
