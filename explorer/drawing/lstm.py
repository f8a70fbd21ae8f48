"""The LSTM as the textbooks draw it: the memory runs along the top, and is let out at the right."""

from __future__ import annotations

from typing import Final

from explorer.drawing.plan import Label, Operation, Plan, Wire

DRAWING: Final = Plan(
    columns=60,
    lines=10,
    operations={
        "c": Operation("c", (8, 0), colour="c"),
        "h": Operation("h", (8, 7), colour="h"),
        "x": Operation("x_t", (4, 9)),
        "W_hh": Operation("W_hh", (12, 7)),
        "W_ih": Operation("W_ih", (12, 9)),
        "blocks": Operation("+", (16, 8)),
        "i": Operation("σ", (27, 6), "i"),
        "f": Operation("σ", (18, 6), "f"),
        "g": Operation("tanh", (36, 6), "g"),
        "o": Operation("σ", (46, 6), "o"),
        "kept": Operation("×", (18, 0), colour="c"),
        "written": Operation("×", (32, 2)),
        "c'": Operation("+", (32, 0), "c"),
        "squashed": Operation("tanh", (46, 2), colour="c"),
        "h'": Operation("×", (46, 4), "h"),
        "h out": Operation("h'", (50, 4), colour="h"),
        "c out": Operation("c'", (50, 0), colour="c"),
    },
    wires=(
        Wire("h", "W_hh"),
        Wire("x", "W_ih"),
        Wire("W_hh", "blocks", ((16, 7),)),
        Wire("W_ih", "blocks", ((16, 9),)),
        Wire("blocks", "f", ((18, 8),)),
        Wire("blocks", "i", ((27, 8),)),
        Wire("blocks", "g", ((36, 8),)),
        Wire("blocks", "o", ((46, 8),)),
        Wire("c", "kept"),
        Wire("f", "kept"),
        Wire("i", "written", ((27, 2),)),
        Wire("g", "written", ((36, 2),)),
        Wire("kept", "c'"),
        Wire("written", "c'"),
        Wire("c'", "squashed", ((46, 0),)),
        Wire("squashed", "h'"),
        Wire("o", "h'"),
        Wire("c'", "c out"),
        Wire("h'", "h out"),
    ),
    labels=(
        Label("c", (0, 0), "c"),
        Label("h", (0, 7), "h"),
        Label("x", (0, 9), "x_t", 3),
        Label("f", (20, 5), "f", digits=5),
        Label("i", (29, 5), "i", digits=5),
        Label("g", (38, 5), "g"),
        Label("o", (48, 5), "o", digits=5),
        Label("kept", (20, 1), "f·c", 3),
        Label("written", (34, 1), "i·g", 3),
        Label("squashed", (48, 3), "", 0),
        Label("c out", (52, 0), "c'", 2),
        Label("h out", (52, 4), "h'", 2),
    ),
    equations=(
        "i  = σ(W_ii x_t + b_ii + W_hi h + b_hi)",
        "f  = σ(W_if x_t + b_if + W_hf h + b_hf)",
        "g  = tanh(W_ig x_t + b_ig + W_hg h + b_hg)",
        "o  = σ(W_io x_t + b_io + W_ho h + b_ho)",
        "c' = f ⊙ c + i ⊙ g",
        "h' = o ⊙ tanh(c')",
    ),
)
"""Its memory is c."""
