"""Random numbers that depend only on what they are for.

Each use has its own stream, named by the run's seed, the purpose and a number (the epoch or the step).
So nothing that happens in between (a probe, an evaluation, an open screen) can shift the numbers, and a
training can be resumed at any step without a saved random state.
"""

from __future__ import annotations

import random

import torch


def stream(seed: int, purpose: str, number: int) -> torch.Generator:
    """Return a CPU generator for one purpose; the same arguments give the same numbers."""
    # Seeding with text goes through SHA-512, so neighbouring seeds give unrelated streams.
    return torch.Generator().manual_seed(random.Random(f"{seed}/{purpose}/{number}").getrandbits(63))  # noqa: S311
