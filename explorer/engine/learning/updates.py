"""How far one step moves the cell's matrices, against what they are.

About a thousandth is usual (Karpathy, "A Recipe for Training Neural Networks"): much less learns slowly, much
more is unsteady.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from models.layer import RecurrentLayer

AT_FIRST: Final = 16
"""All of the first steps are measured, when most happens."""
CLOSEST: Final = 8
"""Steps between two measurements later on, at least. One takes 0.22 ms of an LSTM of 128 units, whose steps
take 15: 0.2 % of the training, and less from step 4,096 on."""


def is_measured(step: int) -> bool:
    """Whether the updates of a step are measured: of each doubling of the steps, at most 512."""
    return step <= AT_FIRST or step % max(CLOSEST, 1 << max(0, step.bit_length() - 9)) == 0


def measured(layer: RecurrentLayer[Any], update: Callable[[], object]) -> dict[str, float]:
    """Update a layer, and measure by how much.

    Args:
        layer: what is updated in place.
        update: updates it.

    Returns:
        For each matrix, by its letter in the equations, the Frobenius norm of its update divided by that of
        the matrix before it; infinite or NaN if that was 0.
    """
    matrices = {sign(name): part.detach() for name, part in layer.named_parameters() if part.dim() == 2}
    before = {name: matrix.clone() for name, matrix in matrices.items()}
    update()
    return {
        name: ((matrix - before[name]).norm() / before[name].norm()).item()
        for name, matrix in matrices.items()
    }


def sign(parameter: str) -> str:
    """What a matrix is called in the equations: `W_hh` for `weight_hh_l0`."""
    return re.sub("^weight_", "W_", parameter.removesuffix("_l0"))
