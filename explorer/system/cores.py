"""How many cores there are, and how many of them a training takes."""

from __future__ import annotations

import os
from typing import Final

MOST_THREADS: Final = 4
"""More threads than this don't help products of 64×128×512; they only wait for each other."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of(wanted: int, processes: int = 1) -> int:
    """How many threads a training uses; 0 wanted: half the cores this process may use, at most 4.

    Half, because on two cores a second thread saves only a quarter of an LSTM's step (8.9 to 6.4 ms, batch
    100, hidden 128), and the rest is left to a screen or another run. If several processes on this machine
    train together, they share that half.
    """
    return wanted or max(1, min(cores() // 2 // processes, MOST_THREADS))


def at_a_time(threads: int) -> int:
    """How many trainings of so many threads run at a time without sharing a core; at least one."""
    return max(1, cores() // threads)
