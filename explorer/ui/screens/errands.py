"""What the main screen asks with a dialog: each function opens one, and returns the answer or None."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal, TypeAlias

from explorer.runs.catalogue import all_runs, list_runs, live_elsewhere
from explorer.runs.config import LEAST_LR, MOST_EPOCHS, Config
from explorer.runs.folder import RunFolder
from explorer.runs.smoothing import SMOOTHING, factor_of
from explorer.runs.snapshot import Snapshot
from explorer.runs.summary import Listed, best_of_each_cell
from explorer.runs.summary_cache import SummaryCache
from explorer.system.text import printable
from explorer.ui.live.export_process import ExportWanted
from explorer.ui.screens import run_lines
from explorer.ui.screens.choose_dialog import Choice, ChooseDialog, agreed
from explorer.ui.screens.dialog import always
from explorer.ui.screens.export import ExportForm, Shown
from explorer.ui.screens.gate import Gate
from explorer.ui.screens.new_run import NewRun, NewRunForm, with_cell
from explorer.ui.screens.number_dialog import NumberDialog, Wanted, whole
from explorer.ui.screens.run_changes import Changed
from explorer.ui.screens.run_list import RunList
from explorer.ui.screens.run_order import Listing
from explorer.ui.widgets.choice_list import MOST

Draft: TypeAlias = dict[str, object]
"""What was typed into a form, by field. The caller keeps it, to fill in the form the next time, and clears
it once what was asked for has been done."""

LEAVING: Final[Sequence[Choice]] = (
    ("keep", [("keep it running; reopen it with `gatescope`", "plain")]),
    ("stop", [("stop it; everything so far is kept", "plain")]),
)
"""What can become of a training when the explorer is left; escape means to stay."""
LEAVING_PAUSED: Final[Sequence[Choice]] = (
    ("keep", [("keep it paused; reopen it with `gatescope`, and p continues it", "plain")]),
    ("stop", [("stop it; everything so far is kept, and p resumes it", "plain")]),
)
"""What can become of a paused one."""


FACTORS: Final = Wanted(
    f"a number from 0 to below 1, or {', '.join(SMOOTHING)}",
    "0 to below 1; light is 0.9, strong 0.99",
    factor_of,
)
"""By which factors curves can be smoothed."""
BATCH: Final = 200
"""Runs that are added to the list at a time, after the first screenful."""


async def ask_new_run(gate: Gate, runs_dir: Path, draft: Draft, error: str = "") -> NewRun | None:
    """What to train; `error` says why the run in the draft could not be started."""
    form = NewRunForm(runs_dir, draft, error)
    wanted = await gate.ask(form)
    draft.update(form.typed)
    return wanted


async def ask_export(gate: Gate, shown: Shown, draft: Draft, error: str = "") -> ExportWanted | None:
    """What to export of a run, and to which file.

    Args:
        gate: opens the form.
        shown: what is on the screen.
        draft: what was typed before; anything else that is chosen on the screen takes its place.
        error: why the export in the draft failed.
    """
    about = shown.selection, shown.drawing, shown.class_number, shown.what, shown.drawn
    if draft.get("shown") != about:
        if shown.what and draft.get("what") != shown.what:
            for of_another in ("format", "file"):
                draft.pop(of_another, None)
        draft |= shown.filled | {"shown": about}
    form = ExportForm(shown, draft, error)
    wanted = await gate.ask(form)
    draft.update(form.typed)
    return wanted


async def choose_cell(
    gate: Gate, runs_dir: Path, current: Config, shown: Path | None = None
) -> RunFolder | NewRun | None:
    """The run of another cell that compares best with the current one, or a new run like it.

    Args:
        gate: lets the dialog open.
        runs_dir: the folder of all runs.
        current: what the run on the screen was asked to be.
        shown: that run's folder.
    """
    best = await asyncio.to_thread(best_of_each_cell, runs_dir, current)
    chosen = await gate.ask(ChooseDialog("switch cell", run_lines.cells(best, current, shown)))
    if chosen is None:
        return None
    return best[chosen].folder if chosen in best else with_cell(current, chosen)


async def choose_run(
    gate: Gate,
    runs_dir: Path,
    shown: Path | None = None,
    changed: Changed = lambda change: None,
    listing: Listing | None = None,
) -> RunFolder | Literal["compare"] | None:
    """A run of a folder, or one that is training elsewhere; or that the marked ones are to be compared.

    Args:
        gate: lets the dialog open.
        runs_dir: the folder of all runs.
        shown: the folder of the run on the screen.
        changed: called for each run that is renamed or deleted in the list, while it is open.
        listing: filter, order and marks, to be kept from one time to the next.
    """
    listing = listing or Listing()
    found = _summaries(runs_dir, listing.cache)
    first: list[Listed] = await anext(found, [])
    chosen = await gate.ask(RunList(first, found, partial(all_runs, runs_dir), shown, changed, listing))
    return RunFolder(chosen) if isinstance(chosen, Path) else chosen


async def _summaries(runs_dir: Path, cache: SummaryCache) -> AsyncIterator[list[Listed]]:
    """Runs, as they are found: a screenful, then more at a time; those that are training elsewhere come last.

    They are read off the event loop: 500 take 0.3 s.
    """
    folders, start, count = await asyncio.to_thread(list_runs, runs_dir), 0, MOST
    while start < len(folders):
        yield await asyncio.to_thread(cache.read, folders[start : start + count])
        start, count = start + count, BATCH
    yield await asyncio.to_thread(lambda: cache.read(live_elsewhere(runs_dir)))


async def ask_sample(gate: Gate, samples: int) -> int | None:
    """The number of a test sample, one of `samples`."""
    return await gate.ask(NumberDialog("test sample", "sample", whole(0, samples - 1)))


async def ask_unit(gate: Gate, hidden: int) -> int | None:
    """The number of a hidden unit, one of `hidden`."""
    return await gate.ask(NumberDialog("hidden unit", "unit", whole(0, hidden - 1)))


async def ask_epochs(gate: Gate, trained: int, sensible: Callable[[], bool]) -> int | None:
    """The new total of epochs for a finished run: more than it was trained for.

    The question goes by itself once it isn't `sensible` any more: something else has resumed the run.
    """
    wanted = whole(trained + 1, MOST_EPOCHS)
    return await gate.ask(NumberDialog("train longer", "total epochs", wanted, sensible))


async def ask_lower_rate(gate: Gate, snapshot: Snapshot, sensible: Callable[[], bool]) -> float | None:
    """The learning rate with which a run that diverged is resumed; a likely one is filled in."""
    peak, good = snapshot.config.lr * snapshot.factor, snapshot.good or 0

    def read(text: str) -> float | None:
        """The rate, if it is a lower one."""
        try:
            rate = float(text)
        except ValueError:
            return None
        return rate if LEAST_LR <= rate < peak else None

    where = f"its last good checkpoint is of step {good:,}; later steps are trained again"
    if not good:
        where = "it has no good checkpoint: it starts again; or esc, and n for a new run"
    dialog = NumberDialog(
        f"resume from step {good:,}",
        "learning rate",
        Wanted(f"a number below {peak:g}, with which it diverged", f"below {peak:g}", read),
        sensible,
        filled=f"{snapshot.lower_lr:g}",
        note=where,
    )
    return await gate.ask(dialog)


async def ask_factor(gate: Gate, now: float) -> float | None:
    """The factor by which the curves are smoothed; what it is now is filled in."""
    dialog = NumberDialog("smoothing", "factor", FACTORS, filled=f"{now:.15g}" if now else "")
    return await gate.ask(dialog)


async def ask_leaving(gate: Gate, snapshot: Snapshot, others: int = 0) -> str | None:
    """Whether to `keep` a run with an engine as it is, or to `stop` it, or it and the `race`.

    Args:
        gate: lets the dialog open.
        snapshot: the run.
        others: how many other runs of its race train, or wait for their turn.
    """
    paused = snapshot.state == "paused"
    title = f"training is {'paused' if paused else 'running'}"
    return await gate.ask(ChooseDialog(title, [*(LEAVING_PAUSED if paused else LEAVING), *_race(others)]))


async def ask_stop(gate: Gate, steerable: Callable[[], bool], others: int = 0) -> str | None:
    """Whether to stop the training: `yes`, or it and the `race`; anything else is a no.

    The question goes by itself once it can't be stopped any more. The rest is as in `ask_leaving`.
    """
    choices: Sequence[Choice] = [("no", [("no, keep it", "plain")]), ("yes", [("yes, stop it", "plain")])]
    text = "Everything so far is kept; p resumes it."
    return await gate.ask(
        ChooseDialog("stop the training?", [*choices, *_race(others)], text, steerable, moot="no")
    )


def _race(others: int) -> Sequence[Choice]:
    """The answer that stops a whole race, if there are other runs of it."""
    if others < 1:
        return ()
    of_it = "the other run" if others == 1 else f"the other {others} runs"
    return [("race", [(f"stop {of_it} of its race, too", "plain")])]


async def ask_second_training(gate: Gate, names: Sequence[str], still: Callable[[], bool] = always) -> bool:
    """Whether to start a training beside others; once none of these runs any more, that needs no answer: yes.

    Args:
        gate: lets the dialog open.
        names: the ones that are running, each as a person should read it: `lstm-20261123-214500 (44%)`.
        still: whether any of them is still running.
    """
    running = (
        f"A training is running: {names[0]}."
        if len(names) == 1
        else f"{len(names)} trainings are running: {', '.join(names)}."
    )
    text = (
        f"{printable(running)} Another one shares the processor with {'it' if len(names) == 1 else 'them'}."
    )
    return await agreed(gate, "start another training?", text, "no, not now", "yes, start it", still, True)
