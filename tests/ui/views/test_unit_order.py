"""The order of the units, and what columns show under it, compared with sums written out here."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from itertools import pairwise, product

import pytest
from kit.asking import sequence
from kit.fake_engine import GATES, activation, probed
from msgspec.structs import replace

from explorer.protocol.questions import Answer, Array
from explorer.ui.views.gate_layout import Layout
from explorer.ui.views.gate_pixels import Pixels
from explorer.ui.views.heatmap import Readings
from explorer.ui.views.pooling import MODES, Pooled, after
from explorer.ui.views.unit_order import BY_NUMBER, UnitOrder, by_answer
from explorer.ui.views.unit_order import after as next_order
from explorer.ui.widgets import palette

T = 9


def answered(half_lives: Sequence[float], votes: Sequence[Sequence[float]], step: int = 938) -> Answer:
    """Return an answer to the question `units`."""
    (read,) = probed(3, step=step).answers
    flat = array("f", [vote for unit in votes for vote in unit]).tobytes()
    names = tuple(f"class {number}" for number in range(len(votes[0])))
    shape = (len(votes), len(names))
    arrays = {
        "half_life": Array(("unit",), (len(votes),), "float32", array("f", half_lives).tobytes()),
        "votes": Array(("unit", "class"), shape, "float32", flat, coordinates={"class": names}),
    }
    return replace(read, what="units", arrays=arrays, facts=read.facts | {"predicted": 1})


class TestOrders:
    def test_the_largest_comes_first_equal_ones_by_number_and_what_is_no_number_last(self) -> None:
        answer = answered([2.0, math.nan, math.inf, 0.0, 2.0], [[0.0, 0.0, 0.0]] * 5)
        order = by_answer("half-life", answer)
        assert order.units == (2, 0, 4, 3, 1)
        assert order.said == "by half-life at step 938, sample 3"

    def test_votes_count_for_the_class_that_was_read_or_for_the_one_that_is_asked_about(self) -> None:
        answer = answered([0.0] * 3, [[5.0, -1.0, 0.0], [3.0, 2.0, 1.0], [4.0, 0.5, 2.0]])
        order = by_answer("vote", answer)
        assert (order.units, order.said) == ((1, 2, 0), "by vote for class 1 at step 938, sample 3")
        assert by_answer("vote", answer, 0).units == (0, 2, 1)
        assert by_answer("vote", answer, 2).units == (2, 1, 0)

    def test_what_no_answer_promises_is_refused(self) -> None:
        answer = answered([1.0], [[1.0, 2.0]])
        for by, wrong in (
            ("half-life", replace(answer, arrays={"votes": answer.arrays["votes"]})),
            ("vote", replace(answer, arrays={"half_life": answer.arrays["half_life"]})),
            ("vote", replace(answer, facts={"predicted": 2})),
            ("vote", replace(answer, facts={})),
        ):
            with pytest.raises(ValueError, match=r"vote|half_life"):
                by_answer(by, wrong)  # type: ignore[arg-type]

    def test_an_order_of_another_model_is_none(self) -> None:
        order = UnitOrder("vote", (2, 0, 1), "by vote")
        assert order.of(3) is order and order.of(4) is BY_NUMBER

    def test_neighbours_are_those_of_the_order_as_far_as_it_goes(self) -> None:
        order = UnitOrder("vote", (2, 0, 1), "by vote")
        assert [order.beside(0, by, 3) for by in (-5, -1, 0, 1, 5)] == [2, 2, 0, 1, 1]
        assert [BY_NUMBER.beside(1, by, 3) for by in (-5, -1, 0, 1, 5)] == [0, 0, 1, 2, 2]

    def test_the_key_goes_through_those_that_the_cell_has(self) -> None:
        assert [next_order(by, memory=True) for by in ("number", "half-life", "vote")] == [
            "half-life", "vote", "number",
        ]  # fmt: skip
        assert [next_order(by, memory=False) for by in ("number", "vote")] == ["vote", "number"]


def shuffled(hidden: int) -> UnitOrder:
    """Return an order in which no neighbours are neighbours by number."""
    units = sorted(range(hidden), key=lambda unit: (unit * 37 % 101, unit))
    return UnitOrder("half-life", tuple(units), "by half-life")


def shown(gate: int, timestep: int, units: Sequence[int], pooled: Pooled, span: str) -> float:
    """Return what a column must show, from the numbers that the fake sends as float32."""
    values = array("f", [activation(gate, timestep, unit) for unit in units])
    if span == "unit" and pooled == "open":
        return sum(1 for value in values if value > 0.9) / len(values)
    if span == "unit" and pooled == "shut":
        return sum(1 for value in values if value < 0.1) / len(values)
    mean = sum(values) / len(values)
    return math.tanh(mean) if span == "open" else mean


@pytest.mark.parametrize("hidden", [8, 130])
@pytest.mark.parametrize(
    ("width", "height", "cell"), [(156, 39, "lstm"), (116, 18, "gru"), (80, 19, "lstm"), (131, 18, "rnn")]
)
def test_every_column_shows_its_units_under_every_order_and_mode(
    width: int, height: int, cell: str, hidden: int
) -> None:
    readings = Readings(sequence(T, [0.5] * (T * 3), hidden, cell))
    for order, pooled, unit in product((BY_NUMBER, shuffled(hidden)), MODES, (0, hidden - 1)):
        layout = Layout.fit(
            (width, height), (T, 3), len(GATES[cell]), hidden, unit, pooled, scaled=True, order=order
        )
        standing = [*(order.units or range(hidden))]
        page = standing.index(unit) // layout.columns * layout.columns
        edges = [column * hidden // layout.columns for column in range(layout.columns + 1)]
        groups = (
            [standing[first:last] for first, last in pairwise(edges)]
            if pooled
            else [[one] for one in standing[page : page + layout.columns]]
        )
        for gate, info in enumerate(GATES[cell]):
            low, high = (0, 1) if info.span == "unit" else (-1, 1)
            for timestep in (0, T - 1):
                wanted = [shown(gate, timestep, group, pooled, info.span) for group in groups]
                levels = readings.levels(gate, timestep, layout, 1000)
                assert levels == [palette.level(value, low, high, 1000) for value in wanted]
                here = next(group for group in groups if unit in group)
                value = readings.value(gate, timestep, layout.units(layout.cursor_column), pooled)
                value = math.tanh(value) if info.span == "open" else value
                assert value == pytest.approx(shown(gate, timestep, here, pooled, info.span))


def test_a_cell_that_is_wide_holds_its_value_and_shares_and_means_are_told_apart() -> None:
    answer = sequence(T, [0.5] * (T * 3), 8, "lstm")
    for pooled in MODES:
        layout = Layout.fit((156, 39), (T, 3), 6, 8, 0, pooled, scaled=True, order=shuffled(8))
        assert layout.valued and layout.columns == 8
        pixels = Pixels(layout, Readings(answer), dark=True, tint="colour")
        for gate, info in enumerate(GATES["lstm"]):
            for timestep in range(T):
                strip = pixels.line(gate, timestep, T).strip(8 * layout.cell)
                cells = [(text, segment.style) for segment in strip for text in segment.text]
                for column, unit in enumerate(shuffled(8).units):
                    part = cells[column * layout.cell : (column + 1) * layout.cell]
                    written = float("".join(text for text, _ in part).replace("0.", "."))
                    exact = array("f", [activation(gate, timestep, unit)])[0]
                    if info.span == "unit" and pooled in ("open", "shut"):
                        exact = float(exact > 0.9 if pooled == "open" else exact < 0.1)
                    assert written == pytest.approx(exact, abs=0.0051)
                    seen = math.tanh(exact) if info.span == "open" else exact
                    scale = palette.scale(info.span, dark=True)
                    level = palette.level(seen, 0 if info.span == "unit" else -1, 1, len(scale))
                    grounds = {style.bgcolor.name for _, style in part if style and style.bgcolor}
                    assert grounds == {palette.hex_of(scale[level])}
            widths = [pixels.line(gate, timestep, 4).width for timestep in range(T)]
            assert widths == [8 * layout.cell] * 4 + [0] * (T - 4)  # what isn't read yet has no value either


def test_the_picture_of_another_order_is_another() -> None:
    plain, ordered = (
        Layout.fit((131, 18), (T, 3), 6, 130, 0, order=one) for one in (BY_NUMBER, shuffled(130))
    )
    assert plain.picture != ordered.picture
    assert plain.picture != Layout.fit((131, 18), (T, 3), 6, 130, 0, "open").picture


def test_modes_of_gates_exist_where_there_are_gates() -> None:
    assert [after(mode, gates=True) for mode in MODES] == ["mean", "open", "shut", ""]
    assert [after(mode, gates=False) for mode in MODES[:2]] == ["mean", ""]
