"""The learning rate over a run."""

from __future__ import annotations

import math

from explorer.runs.recipes import Recipe


def scheduled(recipe: Recipe, step: int, total: int) -> float:
    """The factor by which the learning rate is multiplied at a step.

    Args:
        recipe: constant (always 1), or a linear warm-up over `warmup_steps` (at most a tenth of the
            run) followed by half a cosine down to 0 (Loshchilov & Hutter, "SGDR", ICLR 2017).
        step: counted from 1.
        total: steps of the whole run.
    """
    if recipe.schedule == "constant":
        return 1.0
    warmup = min(recipe.warmup_steps, max(1, total // 10))
    if step <= warmup:
        return step / warmup
    return 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, total - warmup)))
