"""What counts as wrong in a training, for a number of classes."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

WINDOW: Final = 50
"""Steps judged together."""
GRACE_STEPS: Final = 400
"""Steps after which a training still at chance is marked."""


class Limits(NamedTuple):
    """What counts as wrong, for a number of classes."""

    exploded: float
    """Twice the loss of rating all classes equally likely, in nats: 4.6 for ten."""
    chance: float
    """An accuracy below this is chance. Of ten classes guessing reads 10 % correctly, always answering "1"
    11.35 % of MNIST; with the noise of 50 batches, below 20 %."""
    learnt: float
    """A training that was once above this accuracy and is back at chance has lost what it had learnt."""

    @classmethod
    def of(cls, classes: int) -> Limits:
        """The limits for K classes: 20 % and 40 % for ten, 56 % and 67 % for two, 2 % and 4 % for a hundred.

        What lies above 1/K is as much as 1/K itself, but at most a ninth of the way to 1.
        """
        guessed = 1 / classes
        above = min(guessed, (1 - guessed) / 9)
        return cls(2 * math.log(classes), guessed + above, guessed + 3 * above)


def sigmoid_floor(classes: int) -> float:
    """The lowest cross-entropy of outputs in 0..1, in nats: ln(e + K − 1) − 1, for ten classes 1.461."""
    return math.log(math.e + classes - 1) - 1
