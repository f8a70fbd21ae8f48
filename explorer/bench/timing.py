"""Timing side by side: the contenders alternate, so the ratios hold on a busy machine."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch

from explorer.bench.contenders import RATIOS, contenders

TURN = 0.05
"""Approximate seconds of a turn: enough steps that the clock's own time doesn't count."""


@dataclass(frozen=True)
class Measured:
    """The times of all contenders, at one hidden size and one number of threads."""

    hidden: int
    threads: int
    milliseconds: dict[str, float]
    """Each contender's time for a step: the median of its turns."""
    ratios: dict[str, float]
    """For each of `RATIOS`: the median of the turns' ratios, each of two turns taken close together."""


def measure(hidden: int, threads: int, rounds: int) -> Measured:
    """Time all contenders at one hidden size, in turns."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        turns = take_turns(contenders(hidden), rounds)
    finally:
        torch.set_num_threads(before)
    ratios = {name: ratio(turns[one], turns[other]) for name, (one, other) in RATIOS.items()}
    return Measured(
        hidden, threads, {name: 1000 * statistics.median(times) for name, times in turns.items()}, ratios
    )


def ratio(times: Sequence[float], others: Sequence[float]) -> float:
    """How many times the others these times are: the median over pairs of turns taken close together."""
    return statistics.median(one / other for one, other in zip(times, others, strict=True))


def take_turns(
    steps: Iterable[tuple[str, Callable[[], None]]], rounds: int, turn: float = TURN
) -> dict[str, list[float]]:
    """Return the seconds per step, for every contender and every round.

    Args:
        steps: the contenders' names and the steps to time.
        rounds: turns per contender.
        turn: approximate seconds of a turn; a step that takes longer is a turn by itself.
    """
    ready = []
    for name, step in steps:
        step()  # the first step allocates
        took = _seconds(step, 1)
        ready.append((name, step, max(1, round(turn / max(took, 1e-9)))))
    turns: dict[str, list[float]] = {name: [] for name, _, _ in ready}
    for _ in range(rounds):
        for name, step, count in ready:
            turns[name].append(_seconds(step, count))
    return turns


def _seconds(step: Callable[[], None], count: int) -> float:
    """Return the seconds per step, over `count` steps in a row."""
    began = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - began) / count
