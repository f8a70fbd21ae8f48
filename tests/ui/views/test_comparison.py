"""With, without and the difference: the colours of constructed numbers, and the columns that they take."""

from __future__ import annotations

import math
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import made_answers
from kit.fake_engine import ANSWERS
from msgspec.structs import replace

from explorer.protocol.questions import Answer, Array, Intervention, Question, Sample, Selection
from explorer.ui.views.comparison import LEAST, Comparison, with_and_without
from explorer.ui.views.comparison_layout import BELIEF, Layout
from explorer.ui.views.comparison_lines import ComparisonLines
from explorer.ui.views.comparison_maps import Look, Title, shown_of
from explorer.ui.views.way import Way
from explorer.ui.widgets.line import PLAIN
from explorer.ui.widgets.palette import LEVELS

HELD = Intervention(hold={"f": 1.0})
T, I, H, K = 5, 3, 4, 2


def numbers(*shape: int, axes: tuple[str, ...], values: list[float], span: str = "open") -> Array:
    """Return an array as it travels."""
    return Array(axes, shape, "float32", array("f", values).tobytes(), "made up", span)  # type: ignore[arg-type]


def reading(
    changed: Intervention, unit: list[float], memory: list[float], likeliest: list[int], step: int = 7
) -> dict[str, Answer]:
    """Return both answers about a cell with a gate f and a memory c; `likeliest` has a share of 0.9."""
    about = Selection(subject=Sample(3), intervention=changed)
    timesteps = len(likeliest)
    arrays = {
        "f": numbers(timesteps, H, axes=("timestep", "unit"), values=unit, span="unit"),
        "c": numbers(timesteps, H, axes=("timestep", "unit"), values=memory),
        "input": numbers(timesteps, I, axes=("timestep", "input"), values=[1.0] * timesteps * I),
        "probabilities": numbers(K, axes=("class",), values=[0.25, 0.75], span="unit"),
    }
    facts: dict[str, object] = {"label": 0, "predicted": likeliest[-1], "samples": 9, "decided_at": 1}
    shares = [0.9 if k == best else 0.1 for best in likeliest for k in range(K)]
    belief = numbers(timesteps, K, axes=("timestep", "class"), values=shares, span="unit")
    read = Answer(what="activations", asked=about, step=step, facts=facts, arrays=arrays)  # type: ignore[arg-type]
    return {"activations": read, "belief": replace(read, what="belief", arrays={"belief": belief})}


def layout(**more: int) -> Layout:
    """Return the layout of these shapes in a large terminal."""
    return Layout(156, 38, T, I, K, H, more.get("unit", 0))


def compared(f: float, c: list[float], likeliest: list[int], changed: Intervention = HELD) -> Comparison:
    """Compare a cell whose f is 0.5 and whose c is 0, with one in which they are these."""
    plain = reading(Intervention(), [0.5] * T * H, [0.0] * T * H, [1] * T)
    return with_and_without([reading(changed, [f] * len(likeliest) * H, c, likeliest), plain])


def test_a_difference_has_0_in_the_middle_more_above_and_less_below() -> None:
    made = compared(1.0, [0.0] * T * H, [1, 1, 0, 0, 0])
    assert made.reach("f") == 0.5
    assert made.levels("f", 2, layout(), LEVELS + 1) == [LEVELS] * H  # 1 − 0.5, at the end of ±0.5
    assert made.levels("c", 2, layout(), LEVELS + 1) == [LEVELS // 2] * H
    assert made.belief_levels(1, [0, 1], LEVELS + 1) == [LEVELS // 2] * 2
    rise = int((0.8 + 1) / 2 * (LEVELS + 1))  # 0.9 − 0.1, on a scale of ±1
    assert made.belief_levels(2, [0, 1], LEVELS + 1) == [rise, LEVELS - rise]
    fall = compared(0.0, [0.0] * T * H, [1] * T)
    assert fall.levels("f", 0, layout(), LEVELS + 1) == [0] * H
    assert (made.parts_at, fall.parts_at) == (3, None)


def test_that_of_a_memory_is_the_difference_of_its_tanh_however_far_it_goes() -> None:
    made = compared(0.5, [20.0, -20.0, 0.1, math.nan] * T, [1] * T)
    assert made.reach("c") == 1.0  # tanh 20 − tanh 0
    found = made.levels("c", 0, layout(), LEVELS + 1)
    small = int((math.tanh(0.1) + 1) / 2 * (LEVELS + 1))
    assert found == [LEVELS, 0, small, LEVELS // 2]  # what isn't a number has no colour
    assert made.reach("f") == LEAST  # nothing differs there


def test_the_one_without_a_change_comes_first_whichever_is_chosen_and_shapes_must_agree() -> None:
    both = HELD, Intervention()
    pairs = [reading(changed, [0.5] * T * H, [0.0] * T * H, [1] * T, 4) for changed in both]
    for order in (pairs, pairs[::-1]):
        made = with_and_without(order)  # type: ignore[arg-type]
        assert made.both and made.first and not made.first.answer.asked.intervention
        assert made.steps == [4]
    alone = with_and_without(pairs[1:])  # type: ignore[arg-type]
    assert alone.both is None and alone.second is None and alone.parts_at is None
    other = ANSWERS["activations"](Question("activations"), Selection(), 4, "gru")
    belief = ANSWERS["belief"](Question("belief"), Selection(), 4, "gru")
    with pytest.raises(ValueError, match="different cells"):
        with_and_without([pairs[0], {"activations": other, "belief": belief}])
    with pytest.raises(ValueError, match="different shapes"):
        with_and_without([{**pairs[0], "belief": belief}])


def test_while_learning_a_difference_keeps_its_scale_and_what_hardly_moved_its_colours() -> None:
    before = compared(0.9, [0.5] * T * H, [1] * T)
    plain = reading(Intervention(), [0.5] * T * H, [0.0] * T * H, [1] * T, 8)
    moved = reading(HELD, [0.91] * T * H, [0.45] * T * H, [1] * T, 8)
    shown = before.levels("f", 0, layout(), LEVELS + 1), before.levels("c", 0, layout(), LEVELS + 1)
    after = with_and_without([moved, plain], before)
    assert [after.reach(one) for one in "fc"] == [before.reach(one) for one in "fc"]
    assert (after.levels("f", 0, layout(), LEVELS + 1), after.levels("c", 0, layout(), LEVELS + 1)) == shown


def test_timesteps_that_are_appended_are_read_one_way_alone() -> None:
    appended = Intervention(append_blank=2)
    made = compared(0.5, [0.0] * (T + 2) * H, [1] * T + [0, 0], appended)
    assert (made.timesteps, made.shared, made.parts_at) == (T + 2, T, None)


@pytest.mark.parametrize(
    ("width", "sample", "room"), [(156, True, 29), (116, True, 15), (80, False, 13), (196, True, 42)]
)
def test_the_columns_are_those_that_were_counted(width: int, sample: bool, room: int) -> None:
    made = Layout(width, 19, 28, 28, 10, 128, 0)
    assert ((made.panel is not None), made.room) == (sample, room)
    assert made.map_left(2) + made.room <= width and made.rows.lines == 14


@settings(deadline=None)
@given(
    st.integers(48, 260),
    st.integers(8, 80),
    st.tuples(st.integers(1, 1000), st.integers(1, 512), st.integers(2, 100), st.integers(1, 300)),
    st.booleans(),
)
def test_whatever_the_shape_nothing_overlaps_and_all_fits(
    width: int, height: int, shape: tuple[int, int, int, int], tall: bool
) -> None:
    timesteps, _, _, hidden = shape
    made = Layout(width, height, *shape, hidden - 1, timesteps - 1, tall=tall)
    assert 1 <= made.belief <= BELIEF and made.shown * made.belief_cell == made.belief
    assert made.cell * len(made.spans) <= made.room
    edges = [made.start, *(edge for way in range(3) for edge in (made.left(way), made.map_left(way)))]
    assert edges == sorted(edges) and edges[-1] + made.room <= max(width, edges[-1] + 1)
    assert 1 + made.rows.lines + made.below <= height
    first, per_line = made.rows.first, made.rows.per_line
    assert first <= timesteps - 1 < first + made.rows.lines * per_line
    spot = made.spot(made.map_left(1) + made.cursor_column * made.cell, 1, {1: (made, ())})
    assert spot and (spot.unit, spot.timestep) == (hidden - 1, first)


GRU = {"r": "unit", "z": "unit", "n": "signed", "h": "signed"}


def way(timesteps: int, inputs: int, hidden: int, classes: int, spans: dict[str, str], cell: str) -> Way:
    """Return how a cell of any shape reads a sequence."""
    names = tuple(f"class {k}" for k in range(classes))
    belief = made_answers.belief(timesteps, names)
    read = made_answers.activations(timesteps, inputs, hidden, spans)
    scores = made_answers.part([1 / classes] * classes, "class", names={"class": names})
    facts = {name: belief.facts[name] for name in ("label", "predicted")}
    read = replace(read, facts=facts, arrays=read.arrays | {"probabilities": scores})
    return Way.of({"activations": read, "belief": belief}, cell=cell)


@settings(deadline=None, max_examples=60)
@given(
    st.tuples(st.integers(48, 220), st.integers(8, 60)),
    st.tuples(st.integers(1, 60), st.integers(1, 60)),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.tuples(st.integers(2, 40), st.integers(2, 40)),
    st.sampled_from(["", "c", "h", "f", "z"]),
    st.sampled_from(["both", "first", "second"]),
)
def test_two_ways_of_any_shapes_fit_and_have_a_difference_where_these_agree(
    size: tuple[int, int],
    sequence: tuple[int, int],
    units: tuple[int, int],
    classes: tuple[int, int],
    letter: str,
    there: str,
) -> None:
    first = way(*sequence, units[0], classes[0], made_answers.LSTM, "LSTM")
    second = way(*sequence, units[1], classes[1], GRU, "GRU")
    made = Comparison(first if there != "second" else None, second if there != "first" else None)
    gap = made.gap(letter)
    if there != "both":
        assert gap == "there is only one"
    elif letter == "h":
        assert gap == ("" if units[0] == units[1] else f"{units[0]} and {units[1]} units")
    else:
        assert gap == ("the LSTM has no z" if letter == "z" else f"the GRU has no {letter or 'c'}")
    assert made.same_classes == (there != "both" or classes[0] == classes[1])
    place = Layout(*size, *sequence, made.classes, made.hidden, made.hidden - 1, sequence[0] - 1, scaled=True)
    titles = {k: Title([f"a run's long name · {name} 128", name], "title") for k, name in enumerate("ab")}
    instead = {k: [("", "it says why")] for k in range(2)}
    look = Look(letter, "", titles, instead, sequence[0], True, "colour", lambda tone: PLAIN)
    lines = ComparisonLines(look, place, made).all()
    assert 4 <= len(lines) <= size[1]
    assert all(line.width <= size[0] for line in lines)
    shown = shown_of(made, place, letter, None)
    for number, one in shown.items():
        spot = place.spot(place.map_left(number), 1, {number: (one.layout, one.classes)})
        assert spot and spot.unit is not None and spot.unit < one.way.answer.hidden
