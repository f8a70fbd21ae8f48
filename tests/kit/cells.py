"""Shared by the tests of the cells."""

from __future__ import annotations

import pytest

from models import CELLS

SIZES = [(1, 1, 1, 1), (1, 5, 3, 4), (3, 1, 5, 7), (4, 6, 2, 1), (2, 28, 28, 128)]
"""(B, T, I, H): among them one sequence, one timestep, one unit, and MNIST's own."""

every_cell = pytest.mark.parametrize("cell", list(CELLS))
