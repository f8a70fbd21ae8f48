"""The GRU: the state runs along the top, is kept by z, and mixed with the candidate."""

from __future__ import annotations

from typing import Final

from explorer.drawing.plan import Label, Operation, Plan, Wire

DRAWING: Final = Plan(
    columns=60,
    lines=12,
    operations={
        "h": Operation("h", (8, 0), colour="h"),
        "x": Operation("x_t", (4, 11)),
        "W_hh": Operation("W_hh", (14, 9)),
        "W_ih": Operation("W_ih", (14, 11)),
        "for z": Operation("+", (22, 7)),
        "for r": Operation("+", (34, 7)),
        "z": Operation("σ", (22, 5), "z"),
        "r": Operation("σ", (34, 5), "r"),
        "seen": Operation("×", (41, 7)),
        "for n": Operation("+", (46, 7)),
        "n": Operation("tanh", (46, 5), "n"),
        "rest": Operation("1−", (34, 2), colour="z"),
        "kept": Operation("×", (22, 0), colour="h"),
        "written": Operation("×", (46, 2), colour="n"),
        "h'": Operation("+", (46, 0), "h"),
        "h out": Operation("h'", (50, 0), colour="h"),
    },
    wires=(
        Wire("h", "W_hh", ((9, 0), (9, 9))),
        Wire("x", "W_ih"),
        Wire("W_hh", "for z", ((22, 9),)),
        Wire("W_hh", "for r", ((34, 9),)),
        Wire("W_hh", "seen", ((41, 9),)),
        Wire("W_ih", "for z", ((18, 11), (18, 7))),
        Wire("W_ih", "for r", ((30, 11), (30, 7))),
        Wire("W_ih", "for n", ((46, 11),)),
        Wire("for z", "z"),
        Wire("for r", "r"),
        Wire("r", "seen", ((34, 4), (41, 4))),
        Wire("seen", "for n"),
        Wire("for n", "n"),
        Wire("z", "kept"),
        Wire("h", "kept"),
        Wire("z", "rest", ((22, 2),)),
        Wire("rest", "written"),
        Wire("n", "written"),
        Wire("kept", "h'"),
        Wire("written", "h'"),
        Wire("h'", "h out"),
    ),
    labels=(
        Label("h", (0, 0), "h"),
        Label("x", (0, 11), "x_t", 3),
        Label("z", (24, 3), "z"),
        Label("r", (36, 3), "r"),
        Label("n", (48, 4), "n"),
        Label("rest", (36, 1), "1−z", 3),
        Label("kept", (24, 1), "z·h", 3),
        Label("written", (48, 1), "", 0),
        Label("h out", (52, 0), "h'", 2),
    ),
    equations=(
        "r  = σ(W_ir x_t + b_ir + W_hr h + b_hr)",
        "z  = σ(W_iz x_t + b_iz + W_hz h + b_hz)",
        "n  = tanh(W_in x_t + b_in + r ⊙ (W_hn h + b_hn))",
        "h' = (1 - z) ⊙ n + z ⊙ h",
    ),
)
"""Its memory is h: z near 1 keeps it."""
