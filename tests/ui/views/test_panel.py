"""The width of the sample beside the maps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.ui.views.panel import Panel


@given(st.integers(1, 512), st.integers(60, 400), st.booleans(), st.booleans())
def test_every_input_has_a_place_in_a_panel_that_leaves_most_of_the_room_to_the_maps(
    inputs: int, width: int, tall: bool, scaled: bool
) -> None:
    panel = Panel.fit(inputs, width, tall, scaled)
    assert panel.group * (panel.columns - 1) < inputs <= panel.group * panel.columns
    least = 56 if tall else 28
    assert 1 <= panel.painted <= panel.width <= max(least, width // 4)
    assert panel.width >= 28
    assert panel.pixel >= (2 if tall else 1)
    assert panel.noted == (scaled or inputs == 1 or panel.group > 1)


@pytest.mark.parametrize(
    ("inputs", "width", "columns", "group", "pixel"),
    [
        (28, 60, 28, 1, 1),
        (28, 156, 28, 1, 1),
        (2, 156, 2, 1, 14),
        (6, 156, 6, 1, 4),
        (32, 156, 32, 1, 1),
        (32, 80, 16, 2, 1),
        (64, 80, 22, 3, 1),
        (512, 80, 27, 19, 1),
    ],
)
def test_few_inputs_are_drawn_wider_and_many_share_a_column(
    inputs: int, width: int, columns: int, group: int, pixel: int
) -> None:
    panel = Panel.fit(inputs, width, tall=False, scaled=False)
    assert (panel.columns, panel.group, panel.pixel) == (columns, group, pixel)
    assert not panel.curve


def test_one_input_is_a_curve() -> None:
    assert Panel.fit(1, 80, tall=False, scaled=True).curve
