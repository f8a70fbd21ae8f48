"""The shape of samples, as events carry it."""

from __future__ import annotations

import msgspec
import pytest
from kit.facts import evaluated, started

from explorer.runs.events import decode, encode
from explorer.runs.shape import DIGITS, Shape


def test_a_start_from_before_shapes_were_recorded_is_one_of_mnist():
    old = msgspec.json.decode(encode(started()))
    assert old.pop("shape")
    assert decode(msgspec.json.encode(old)).shape == DIGITS


def test_a_shape_survives_the_file():
    shape = Shape(100, 6, ("standing", "歩く", "running", "badminton"))
    assert decode(encode(started(shape=shape))).shape == shape


@pytest.mark.parametrize(
    "wrong",
    [
        {"timesteps": 0},
        {"timesteps": 1001},
        {"inputs": 0},
        {"inputs": 513},
        {"classes": ["one"]},
        {"classes": ["a"] * 101},
        {"classes": ["a", "b" * 41]},
    ],
    ids=str,
)
def test_a_shape_outside_the_limits_is_no_event(wrong):
    event = msgspec.json.decode(encode(started()))
    event["shape"] |= wrong
    assert decode(msgspec.json.encode(event)) is None


@pytest.mark.parametrize("matrix", [[[1, 2]], [[1, 2], [3]], [[1]], [[0] * 101] * 101, [[1, 2], [3, -1]]])
def test_a_matrix_that_is_not_square_or_not_of_counts_is_no_event(matrix):
    event = msgspec.json.decode(encode(evaluated()))
    assert decode(msgspec.json.encode(event | {"confusion": matrix})) is None
