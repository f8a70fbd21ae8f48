"""The sample's numbers as shares of their scale."""

from __future__ import annotations

import math
import random
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.asking import read, sequence
from kit.fake_engine import probed

from explorer.ui.views.inputs import MOST, Inputs

numbers = st.floats(-1e6, 1e6, width=32)


@given(st.integers(1, 5), st.data())
def test_every_other_input_goes_from_its_own_least_to_its_own_greatest(
    inputs: int, data: st.DataObject
) -> None:
    rows = data.draw(st.lists(st.lists(numbers, min_size=inputs, max_size=inputs), min_size=1, max_size=9))
    shown = Inputs(sequence(len(rows), [value for row in rows for value in row], hidden=1, cell="rnn"))
    for which in range(inputs):
        column = [row[which] for row in rows]
        low, high = min(column), max(column)
        assert shown.limits[which] == (low, high)
        for timestep, value in enumerate(column):
            wanted = (value - low) / (high - low) if high > low else 0.0
            assert shown.shares(timestep)[which] == pytest.approx(wanted)


def test_the_bytes_of_an_image_go_from_0_to_255_whatever_is_among_them() -> None:
    shown = Inputs(sequence(2, bytes([0, 64, 128, 255]), hidden=1))
    assert shown.limits == [(0, 255)] * 2
    assert (shown.shares(0), shown.shares(1)) == ([0, 0.25], [0.5, 255 / 256])


def test_where_inputs_share_a_column_it_shows_the_mean_of_their_shares() -> None:
    rows = [[0.0, 10.0, 4.0, -1.0, 3.0], [8.0, 20.0, 2.0, 1.0, 3.0], [2.0, 15.0, 3.0, 0.0, 3.0]]
    shown = Inputs(sequence(3, [value for row in rows for value in row], hidden=1))
    assert shown.shares(2, 2) == pytest.approx([(0.25 + 0.5) / 2, (0.5 + 0.5) / 2, 0.0])
    assert shown.shares(0, 2) == pytest.approx([0.0, 0.5, 0.0])
    image = Inputs(read(probed(0)))
    assert image.shares(3, 4) == pytest.approx(
        [sum((5 * (3 * 28 + 4 * k + j)) % 256 for j in range(4)) / 4 / 256 for k in range(7)]
    )


def test_what_is_not_finite_has_an_end_of_the_scale_and_does_not_stretch_it() -> None:
    shown = Inputs(sequence(4, [1.0, 3.0, math.nan, math.inf], hidden=1))
    assert shown.limits == [(1, 3)]
    assert [shown.shares(timestep)[0] for timestep in range(4)] == [0, 1, 0, 1]
    assert Inputs(sequence(2, [math.nan, math.inf], hidden=1)).limits == [(0, 0)]


def test_of_many_numbers_some_timesteps_make_the_scale_and_the_rest_keeps_within_it() -> None:
    source, timesteps, inputs = random.Random(5), 1000, 100
    values = array("f", [source.uniform(-1, 1) * (1 + k % inputs) for k in range(timesteps * inputs)])
    shown = Inputs(sequence(timesteps, values, hidden=1, cell="rnn"))
    every = math.ceil(timesteps * inputs / MOST)
    assert every == 7
    for which, (low, high) in enumerate(shown.limits):
        column = values[which::inputs]
        assert (low, high) == (min(column[::every]), max(column[::every]))
        assert high - low > 0.9 * (max(column) - min(column))
    assert all(0 <= share <= 1 for timestep in range(timesteps) for share in shown.shares(timestep))
