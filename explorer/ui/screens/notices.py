"""What the main screen says in passing, and about the run that is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from explorer.runs.snapshot import UNBEGUN, ShownState, Snapshot
from explorer.ui.widgets.message_line import Notice

_STATES: Final[Mapping[ShownState, str]] = {
    "none": "no run is open",
    "waiting": "this run waits for its turn",
    "not started": "this run has not started",
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
    if snapshot.away is not None:
        return Notice(snapshot.away.advise("steer"), "warning")
    if snapshot.state in ("starting", "preparing"):
        cure = "wait a moment"
    elif snapshot.state in UNBEGUN:
        cure = "p starts it now"
    else:
        cures = {"finished": "p trains it longer", "diverged": "p resumes it with a lower rate"}
        cure = cures.get(snapshot.state, "p resumes it") if snapshot.resumable else "n starts a new one"
    return Notice(f"{_STATES[snapshot.state]}; {cure}", "warning")


def news(before: Snapshot, now: Snapshot) -> Iterator[Notice]:
    """What a person may have missed between two snapshots of a run; nothing for the first one.

    Args:
        before: the snapshot before.
        now: the newest one.
    """
    if before.state in ("none", now.state):
        return
    if now.state == "finished" and now.evaluated:
        yield Notice(f"finished: test accuracy {now.evaluated.accuracy:.2%}")


def ending(before: Snapshot, now: Snapshot) -> str:
    """How a run has ended between two snapshots of it, in one line; empty if it hasn't."""
    if not before.live or now.live or now.state == "none":
        return ""
    why = now.reason
    if now.state == "finished" and now.evaluated:
        why = f"test accuracy {now.evaluated.accuracy:.2%}"
    return f"{now.run} {now.state}" + (f": {why}" if why else "")


def remark(snapshot: Snapshot) -> Notice | None:
    """What a person should know about the run for as long as it is looked at; None: nothing.

    Why it is in its state, and which key does something about it; or what looks wrong.
    """
    if snapshot.state in ("diverged", "failed", "lost"):
        cure = "; p resumes it from its last checkpoint" if snapshot.step else "; p tries again"
        text = f"{snapshot.state}: {snapshot.reason}"
        if snapshot.state == "diverged" and snapshot.finding:  # it has the reason, up to what can be done
            text = snapshot.finding
            cure = f"; p {'resumes it there' if snapshot.good else 'starts it again'} with a lower rate"
        text += cure if snapshot.resumable else ""
        return Notice(text, "error")
    if snapshot.state == "waiting":
        return Notice(f"{snapshot.reason}; p starts it now")
    if snapshot.state == "not started":
        return Notice(f"p starts it, or {snapshot.reason}")
    if snapshot.warning:
        return Notice(snapshot.warning, "warning")
    if snapshot.away is not None and snapshot.live:
        return Notice(f"{snapshot.away.advise('steer')}; the gates are those of its newest checkpoint")
    if snapshot.reason:
        return Notice(snapshot.reason)
    if snapshot.finding:
        return Notice(snapshot.finding, "finding")
    if snapshot.bad_lines:  # the least: it is history, and stays for as long as the run is kept
        were = "line in events.jsonl was" if snapshot.bad_lines == 1 else "lines in events.jsonl were"
        return Notice(f"{snapshot.bad_lines:,} damaged {were} skipped", "warning")
    return None


def skipped_runs(count: int) -> Notice:
    """That newer runs were not opened: they are damaged, or from another version of gatescope."""
    runs = "1 newer run" if count == 1 else f"{count:,} newer runs"
    return Notice(f"{runs} can't be opened; r lists all runs, with the reason", "warning", 15)
