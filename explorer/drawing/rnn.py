"""The plain recurrent network: one sum, one tanh."""

from __future__ import annotations

from typing import Final

from explorer.drawing.plan import Label, Operation, Plan, Wire

DRAWING: Final = Plan(
    columns=45,
    lines=5,
    operations={
        "h": Operation("h", (8, 0), colour="h"),
        "x": Operation("x_t", (4, 4)),
        "W_hh": Operation("W_hh", (14, 0)),
        "W_ih": Operation("W_ih", (14, 4)),
        "sum": Operation("+", (20, 2)),
        "h'": Operation("tanh", (28, 2), "h"),
        "h out": Operation("h'", (35, 2), colour="h"),
    },
    wires=(
        Wire("h", "W_hh"),
        Wire("x", "W_ih"),
        Wire("W_hh", "sum", ((20, 0),)),
        Wire("W_ih", "sum", ((20, 4),)),
        Wire("sum", "h'"),
        Wire("h'", "h out"),
    ),
    labels=(Label("h", (0, 0), "h"), Label("x", (0, 4), "x_t", 3), Label("h out", (37, 2), "h'", 2)),
    equations=("h' = tanh(W_ih x_t + b_ih + W_hh h + b_hh)",),
)
"""Its memory is h, and each timestep writes it over."""
