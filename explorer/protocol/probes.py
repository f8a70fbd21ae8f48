"""The questions that can be asked about a run's weights: one line each.

A row names the function that answers, by its dotted path, so that whoever reads the table imports no torch. A
new question is a file in `engine/probes` and a line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple


class ProbeRow(NamedTuple):
    """One question to the weights."""

    title: str
    """What it tells, in a few words."""
    path: str
    """`module:function`, called with a `Context`, a `Selection` and the question's options."""
    about: Literal["one", "many"] = "one"
    """Whether it speaks of one sequence or of a set of test samples."""
    options: tuple[str, ...] = ()
    """The options of its own."""


PROBES: Final[Mapping[str, ProbeRow]] = {
    "activations": ProbeRow(
        "every activation at every timestep", "explorer.engine.probes.activations:read_activations"
    ),
    "belief": ProbeRow(
        "the answer after each timestep",
        "explorer.engine.probes.belief:read_belief",
        options=("blanked",),
    ),
    "saliency": ProbeRow(
        "which inputs speak for a class",
        "explorer.engine.probes.saliency:read_saliency",
        options=("class",),
    ),
    "evaluation": ProbeRow(
        "how well a set of samples is read",
        "explorer.engine.probes.evaluation:read_evaluation",
        about="many",
    ),
}
"""The probes by name."""
