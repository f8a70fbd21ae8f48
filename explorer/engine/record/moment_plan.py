"""Which steps' weights are kept: close together at the start, and as many of the epochs' ends as fit."""

from __future__ import annotations

from typing import Final

MOST: Final = 500
"""The most moments of a run, however small they are: a person goes through them by hand."""


class MomentPlan:
    """The steps worth keeping, by how many fit.

    Within the first epoch these are 1, 2, 4, 8 …, where most is learnt; then every epoch's end. When those of
    the epochs no longer fit, every second one goes, and from then on only every second is kept; then every
    fourth, and so on. The last step of the training is always one. The early ones take at most half of the
    room and stay: where even that is too little, only every second power of two is kept from the beginning,
    or every fourth …

    What is kept follows from the number of steps alone, so a resumed training keeps the same.
    """

    def __init__(self, room: int, steps_per_epoch: int, total: int) -> None:
        """Plan for so many moments.

        Args:
            room: how many fit; 0: none is kept.
            steps_per_epoch: batches per epoch.
            total: steps of the whole training.
        """
        self._room = min(room, MOST)
        self._steps_per_epoch = steps_per_epoch
        self._total = total
        powers = (steps_per_epoch - 1).bit_length()  # those below the first epoch's end
        apart = _apart(powers, self._room // 2)
        self._early = frozenset(2**power for power in range(0, powers, apart)) if apart else frozenset()

    def keeps(self, step: int, now: int) -> bool:
        """Whether the weights of a step are kept, once `now` steps have been trained."""
        if step % self._steps_per_epoch:
            return step in self._early
        apart = _apart(now // self._steps_per_epoch, self._room - len(self._early))
        return apart > 0 and (step == self._total or step // self._steps_per_epoch % apart == 0)


def _apart(count: int, room: int) -> int:
    """1, 2, 4 …: which of so many are kept, every one, every second …; 0 if there is no room for any.

    The last one may be kept besides, so the number of those kept is rounded up.
    """
    apart = 1 if room else 0
    while apart and -(-count // apart) > room:
        apart *= 2
    return apart
