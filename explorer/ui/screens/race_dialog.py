"""The question before a race: what it would train."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from explorer.runs.data_files import data_title
from explorer.runs.holds import name_cell
from explorer.runs.race_plan import Entrant
from explorer.system.cores import at_a_time, threads_of
from explorer.ui.screens.choose_dialog import Choice, ChooseDialog
from explorer.ui.screens.gate import Gate


async def ask_race(gate: Gate, entrants: Sequence[Entrant]) -> bool:
    """Whether to start a race of these trainings; enter alone means yes."""
    text = "\n".join(_lines(entrants))
    choices: Sequence[Choice] = [("start", [("start the race", "plain")]), ("no", [("not now", "plain")])]
    return await gate.ask(ChooseDialog("race", choices, text)) == "start"


def _lines(race: Sequence[Entrant]) -> list[str]:
    """What a race trains, a line each, and what all of them share."""
    config = race[0].config
    rows = [
        (
            name_cell(one.config.cell.upper(), one.config.hold),
            f"{one.config.hidden:,} hidden units",
            f"{one.parameters:,} parameters",
        )
        for one in race
    ]
    cell, hidden, parameters = (max(map(cell_len, column)) for column in zip(*rows, strict=True))
    lines = [f"{a:<{cell}}   {b:>{hidden}}   {c:>{parameters}}" for a, b, c in rows]
    epochs = "1 epoch" if config.epochs == 1 else f"{config.epochs:,} epochs"
    together = min(len(race), at_a_time(threads_of(config.threads)))
    order = "all at a time" if together == len(race) else f"{together} at a time"
    return [*lines, f"{data_title(config.dataset)}, {epochs} of the same batches, {order}"]
