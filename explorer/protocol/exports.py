"""What can be taken away from a run: one line each, for the command line.

A row names the function that writes it, by its dotted path, so that whoever reads the table imports neither
torch, matplotlib nor Graphviz. Every probe's answer can be taken away as data, with no line here, and as a
picture if it has one in `FIGURES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from explorer.protocol.probes import PROBES, ProbeRow

PICTURES: Final = ("png", "svg", "pdf", "dot")
"""The formats of the graph; `dot` is Graphviz's own source."""
DATA: Final = ("json", "csv", "npz")
"""The formats of an answer: nested lists, one number a line, numpy's own."""
DRAWN: Final = ("svg", "pdf", "png")
"""The formats of a figure."""
TABLES: Final = ("csv", "parquet")
"""The formats of a long table: one value a line, and Apache's columns."""


class ExportOption(NamedTuple):
    """An option of the command line that belongs to some exports."""

    metavar: str
    """What it takes, as its help shows it; empty: nothing, it is a flag."""
    help: str
    """What it does, in a few words."""
    several: bool = False
    """Whether it may be given several times."""
    hint: str = ""
    """What stands beside its field in a form: an example, and what it does, in 36 characters."""
    least: int | None = None
    """The smallest whole number that it takes; None: it takes something else, or is one of `CHANGES`, which
    are read elsewhere."""

    @property
    def is_flag(self) -> bool:
        """Whether it takes nothing: it is given or not."""
        return not self.metavar


OPTIONS: Final[Mapping[str, ExportOption]] = {
    "span": ExportOption("step|N|whole", "how much of it [default: step]"),
    "no_title": ExportOption("", "leave out the line that names the run"),
    "smooth": ExportOption(
        "A",
        "smooth the batches: off, light, strong, or the weight of a batch against the next, 0 to 1",
        hint="light, strong, or a weight: 0.9",
    ),
    "over": ExportOption(
        "steps|epochs|seconds", "what lies to the right [default: steps]", hint="steps, epochs or seconds"
    ),
    "with": ExportOption("RUN", "another run in the same figure", several=True, hint="other runs: lstm, gru"),
    "sample": ExportOption("N", "which test sample, from 0 [default: 0]", least=0),
    "input": ExportOption(
        "FILE.npz",
        "instead of a test sample: the array x (T, I), in the data's own units",
        hint="FILE.npz: its x, not a test sample",
    ),
    "first": ExportOption("N", "only the first N test samples", hint="100: only the first ones", least=1),
    "label": ExportOption(
        "CLASS",
        "only the test samples of this class, by number",
        hint="4: only those of this class",
        least=0,
    ),
    "read_as": ExportOption(
        "CLASS", "only those that are read as this class", hint="9: only those read as this class", least=0
    ),
    "class": ExportOption(
        "CLASS",
        "which class, by number [default: the one that it was read as]",
        hint="4: why this class",
        least=0,
    ),
    "unit": ExportOption(
        "N",
        "which hidden unit, from 0 [default: 0; of a cell, the mean over all]",
        hint="17: which hidden unit",
        least=0,
    ),
    "map": ExportOption(
        "f",
        "this activation alone [default: all; a picture has the memory]",
        hint="f: this one, not all or the memory",
    ),
    "blanked": ExportOption(
        "", "with every later timestep blank, read to the end", hint="every later timestep blank"
    ),
    "values": ExportOption(
        "", "write the values of one timestep on the wires", hint="of one timestep, on its wires"
    ),
    "timestep": ExportOption(
        "N",
        "with --values: which timestep, from 1 [default: the last]",
        hint="20: which, from 1; else the last",
        least=1,
    ),
    "moment": ExportOption(
        "STEP",
        "the weights that were kept at this step [default: those of now]",
        hint="512: the weights kept at this step",
        least=0,
    ),
    "hold": ExportOption(
        "f=1",
        "hold an activation at a value, for all units and timesteps",
        several=True,
        hint="f=1, o=0.5: a value for all units",
    ),
    "silence": ExportOption("3,17", "keep h of these units at 0", hint="3,17: units whose h stays 0"),
    "wipe": ExportOption(
        "15|c@15",
        "forget all, or one state, before this timestep is read",
        several=True,
        hint="15 or c@15: forget before it",
    ),
    "blank": ExportOption(
        "20-28", "read these timesteps blank", several=True, hint="20-28: timesteps read blank"
    ),
    "append_blank": ExportOption(
        "N", "read so many blank timesteps after the last", hint="8: blank timesteps at the end"
    ),
}
"""The options that belong to some exports only, by their names in `ExportRow.options`."""
CHANGES: Final = ("hold", "silence", "wipe", "blank", "append_blank")
"""The options of an intervention."""
ABOUT: Final = {"one": ("sample", "input"), "many": ("first", "label", "read_as")}
"""The options of a subject, for a question about one sequence and for one about a set."""
_SHARED: Final = frozenset({*ABOUT["one"], *ABOUT["many"], "moment", *CHANGES, "no_title", "with"})
"""The options that say what is asked about, and whether a picture has a title: the same for all exports."""


class ExportRow(NamedTuple):
    """One thing to take away."""

    title: str
    """What it is, in a few words."""
    formats: tuple[str, ...]
    """Its formats, the default first."""
    options: tuple[str, ...]
    """The options of the command line that belong to it, besides those that belong to all."""
    path: str
    """`module:function`, called with the run's folder, the row's name, and a `Wanted`."""
    figure: str = ""
    """`module:function` that draws an answer, called with it and a `Sheet`; empty: there are only data."""

    @property
    def own(self) -> tuple[str, ...]:
        """Those of its options that mean something to it alone; of a probe's export, the probe's options."""
        return tuple(name for name in self.options if name not in _SHARED)


FIGURES: Final[Mapping[str, str]] = {
    "activations": "explorer.export.figures.activations:draw_activations",
    "belief": "explorer.export.figures.belief:draw_belief",
    "saliency": "explorer.export.figures.saliency:draw_saliency",
    "sources": "explorer.export.figures.sources:draw_sources",
    "unit": "explorer.export.figures.unit:draw_unit",
    "difference": "explorer.export.figures.difference:draw_difference",
    "evaluation": "explorer.export.figures.evaluation:draw_evaluation",
    "mistakes": "explorer.export.figures.mistakes:draw_mistakes",
}
"""The figures, by the probe whose answers they draw."""


def _of_probe(name: str, row: ProbeRow) -> ExportRow:
    """The export of a probe's answers: data, and a picture where there is a figure."""
    figure = FIGURES.get(name, "")
    return ExportRow(
        row.title,
        (*DATA, *DRAWN) if figure else DATA,
        tuple(dict.fromkeys((*ABOUT[row.about], *row.options, "moment", *CHANGES)))
        + (("no_title",) if figure else ()),
        "explorer.export.answer:export_answer",
        figure,
    )


EXPORTS: Final[Mapping[str, ExportRow]] = {
    "graph": ExportRow(
        "the autograd graph, as torchviz draws it",
        PICTURES,
        ("span", "no_title"),
        "explorer.export.command:export_graph",
    ),
    "cell": ExportRow(
        "the cell, drawn, with its equations",
        DRAWN,
        ("values", "timestep", "unit", *ABOUT["one"], "moment", *CHANGES, "no_title"),
        "explorer.export.cell:export_cell",
    ),
    "curves": ExportRow(
        "loss and accuracy over the training",
        DRAWN,
        ("smooth", "over", "with", "no_title"),
        "explorer.export.curves:export_curves",
    ),
    "metrics": ExportRow(
        "every number of every step, as a table",
        TABLES,
        ("smooth",),
        "explorer.export.metrics:export_metrics",
    ),
    **{name: _of_probe(name, row) for name, row in PROBES.items()},
}
"""The exports by name."""
