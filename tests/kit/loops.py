"""The cells' equations once more, in plain torch, timestep by timestep, with what is changed in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor

from models.intervention import NOTHING, Intervention
from models.layer import RecurrentLayer


def read_by_hand(
    cell: str,
    layer: RecurrentLayer[tuple[Tensor, ...]],
    x: Tensor,
    changed: Intervention = NOTHING,
    held: Mapping[str, float] | None = None,
) -> dict[str, Tensor]:
    """Every activation over time, each (B, T, H), by the layer's parameters alone; the layer isn't called.

    Args:
        cell: which equations.
        layer: whose parameters.
        x: (B, T, I).
        changed: what is changed meanwhile.
        held: what the model itself holds.
    """
    w_ih, w_hh, b_ih, b_hh = (value for _, value in layer.named_parameters())
    hidden = w_hh.shape[1]
    held = {**(held or {}), **changed.hold}
    loud = torch.tensor([unit not in changed.silence for unit in range(hidden)], dtype=x.dtype)

    def value(name: str, computed: Tensor) -> Tensor:
        return torch.full_like(computed, held[name]) if name in held else computed

    def sums(weight: Tensor, bias: Tensor, read: Tensor) -> tuple[Tensor, ...]:
        return tuple(
            read @ rows.T + offset
            for rows, offset in zip(weight.split(hidden), bias.split(hidden), strict=True)
        )

    h = c = torch.zeros(len(x), hidden, dtype=x.dtype)
    over_time: list[dict[str, Tensor]] = []
    for timestep in range(1, x.shape[1] + 1):
        gone: Collection[str] = [state for before, state in changed.wipe if before == timestep]
        h = torch.zeros_like(h) if "" in gone or "h" in gone else h
        c = torch.zeros_like(c) if "" in gone or "c" in gone else c
        of_x, of_h = sums(w_ih, b_ih, x[:, timestep - 1]), sums(w_hh, b_hh, h)
        found: dict[str, Tensor] = {}
        if cell == "lstm":
            for name, a, b in zip("ifgo", of_x, of_h, strict=True):
                found[name] = value(name, torch.tanh(a + b) if name == "g" else torch.sigmoid(a + b))
            c = found["c"] = value("c", found["f"] * c + found["i"] * found["g"])
            h = found["o"] * torch.tanh(c)
        elif cell == "gru":
            found["r"] = value("r", torch.sigmoid(of_x[0] + of_h[0]))
            found["z"] = value("z", torch.sigmoid(of_x[1] + of_h[1]))
            found["n"] = value("n", torch.tanh(of_x[2] + found["r"] * of_h[2]))
            h = (1 - found["z"]) * found["n"] + found["z"] * h
        else:
            h = torch.tanh(of_x[0] + of_h[0])
        h = found["h"] = value("h", h) * loud
        over_time.append(found)
    return {name: torch.stack([one[name] for one in over_time], dim=1) for name in over_time[0]}
