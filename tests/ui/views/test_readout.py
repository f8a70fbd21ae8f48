"""The values under the cursor as text: as many decimals as fit, and never half a value."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.readout import Readout, number
from explorer.ui.widgets.palette import Span

NAMES = "ifogch"
SPANS: list[Span] = ["unit", "unit", "unit", "signed", "open", "signed"]


def readout(values: list[float], timestep: int = 27, first: int = 127, last: int = 128) -> Readout:
    """Make the readout of an LSTM with these values."""
    return Readout(timestep, 28, range(first, last), list(zip(NAMES, SPANS, values, strict=True)))


def text(made: Readout, room: int) -> str:
    """Return the line as it is shown."""
    where, named, gap = made.line(room)
    return where + "".join(f"{gap}{name} {value}" for name, value in named)


VALUES = [0.1234, 0.5, 0.9996, -0.6543, 12.3456, 0.2]


@pytest.mark.parametrize(
    ("room", "wanted"),
    [
        (
            130,
            "timestep 28 of 28 · unit 127   i 0.123  f 0.500  o 1.000  g -0.654  c +12.346  h +0.200",
        ),
        (74, "timestep 28 of 28 · unit 127 i 0.12 f 0.50 o 1.00 g -0.65 c +12.35 h +0.20"),
        (58, "t 28 · unit 127 i 0.1 f 0.5 o 1.0 g -0.7 c +12.3 h +0.2"),
    ],
)
def test_with_less_room_there_are_fewer_words_and_decimals(room: int, wanted: str) -> None:
    assert text(readout(VALUES), room) == wanted


def test_the_mean_of_several_units_says_that_it_is_one() -> None:
    several = readout(VALUES, first=12, last=16)
    assert text(several, 130).startswith("timestep 28 of 28 · units 12–15 (mean)   i 0.123")
    assert text(several, 70).startswith("t 28 · mean of 12–15 i 0.12")


@given(
    st.lists(st.floats(-99, 99, width=32), min_size=6, max_size=6),
    st.integers(0, 27),
    st.integers(0, 127),
    st.integers(1, 64),
    st.integers(58, 200),
)
def test_every_value_of_an_lstm_fits_into_the_smallest_terminal(
    values: list[float], timestep: int, first: int, several: int, room: int
) -> None:
    values = [abs(value) % 1 if span == "unit" else value for value, span in zip(values, SPANS, strict=True)]
    values[3], values[5] = values[3] / 99, values[5] / 99
    made = readout(values, timestep, first, min(512, first + several))
    where, named, _ = made.line(room)
    assert len(text(made, room)) <= room
    assert where.startswith((f"timestep {timestep + 1} ", f"t {timestep + 1} "))
    assert [name for name, _ in named] == list(NAMES)
    for (_, shown), value in zip(named, values, strict=True):
        decimals = len(shown.partition(".")[2])
        assert decimals >= 1
        assert abs(float(shown) - value) <= 0.5 * 10**-decimals + 1e-6


@given(st.lists(st.floats(width=32), min_size=6, max_size=6), st.integers(20, 200))
def test_a_value_without_room_is_left_out_whole(values: list[float], room: int) -> None:
    made = readout(values)
    where, named, _ = made.line(room)
    assert len(text(made, room)) <= max(room, len(where))
    complete = {(name, shown) for decimals in (1, 2, 3) for name, shown in made.numbers(decimals)}
    assert complete >= set(named)


@pytest.mark.parametrize(
    ("value", "span", "wanted"),
    [
        (0.5, "unit", "0.50"),
        (0.5, "signed", "+0.50"),
        (-0.5, "open", "-0.50"),
        (-0.001, "signed", "+0.00"),
        (-0.001, "unit", "0.00"),
        (1234.5, "open", "1e+03"),
        (math.nan, "unit", "nan"),
        (-math.inf, "open", "-inf"),
    ],
)
def test_a_value_has_a_sign_unless_it_cannot_be_negative(value: float, span: Span, wanted: str) -> None:
    assert number(value, span, 2) == wanted
