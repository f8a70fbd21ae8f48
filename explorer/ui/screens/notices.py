"""What the main screen says in passing: a text, and for how long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from explorer.runs.snapshot import ShownState, Snapshot


class Notice(NamedTuple):
    """One line over the views, gone after a while."""

    text: str
    """As it is: it may come from a file, and is never read as markup."""
    title: str = ""
    severity: Literal["information", "warning", "error"] = "information"
    seconds: float = 5.0
    """How long it stays."""


_STATES: Final[Mapping[ShownState, str]] = {
    "none": "no run is open",
    "starting": "this run is starting",
    "preparing": "this run is preparing",
    "finished": "this run is finished",
    "stopped": "this run is stopped",
    "diverged": "this run diverged",
    "failed": "this run failed",
    "lost": "this run has no training process",
}
"""The states in which a training takes no requests, as a sentence begins with them."""


def not_steerable(snapshot: Snapshot) -> Notice:
    """Why a key that steers a training does nothing now, and which key does something."""
    if snapshot.state in ("starting", "preparing"):
        cure = "wait a moment"
    else:
        cure = "p resumes it" if snapshot.resumable else "n starts a new one"
    return Notice(f"{_STATES[snapshot.state]}; {cure}", severity="warning", seconds=3)


def news(before: Snapshot, now: Snapshot) -> Iterator[Notice]:
    """What a person may have missed between two snapshots of a run; nothing for the first one.

    Args:
        before: the snapshot before.
        now: the newest one.
    """
    if before.state == "none":
        return
    if now.warning and now.warning != before.warning:
        yield Notice(now.warning, "warning", "warning", 10)
    if now.state == before.state:
        return
    if now.state == "finished" and now.evaluated:
        yield Notice(f"test accuracy {now.evaluated.accuracy:.2%}", "finished")
    elif now.state in ("diverged", "failed", "lost"):
        cure = "; p resumes it from its last checkpoint" if now.step else "; p tries again"
        yield Notice(now.reason + (cure if now.resumable else ""), now.state, "error", 15)


def skipped_runs(count: int) -> Notice:
    """That newer runs were not opened: they are damaged, or from another version of gatescope."""
    runs = "1 newer run" if count == 1 else f"{count:,} newer runs"
    return Notice(f"{runs} can't be opened; r lists all runs, with the reason", "skipped", "warning", 10)
