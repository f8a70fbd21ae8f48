"""How a race ended, in a few lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

HEAD: Final = ("cell", "hidden", "parameters", "test accuracy", "seconds", "state")
"""The headings; all but the first and the last stand above numbers."""


def race_table(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each run, in aligned columns below their headings; `–` is what isn't known.

    Args:
        runs: what `--json` says of each; `seconds` are those of its training, on as many cores as it had.
    """
    rows = [HEAD, *map(_row, runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        texts = [text.rjust(width) for text, width in zip(row, widths, strict=True)]
        texts[0], texts[-1] = row[0].ljust(widths[0]), row[-1]
        lines.append("  ".join(texts))
    return lines


def went_wrong(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each run that went wrong: why."""
    wrong = (run for run in runs if run["state"] in ("failed", "diverged", "lost"))
    return [f"{run['run']}: {run['reason']}" for run in wrong if run["reason"]]


def _row(run: Mapping[str, Any]) -> tuple[str, ...]:
    """The values of a run."""
    parameters, accuracy = run["parameters"], run["test_accuracy"]
    return (
        run["cell"],
        f"{run['hidden']}",
        "–" if parameters is None else f"{parameters:,}",
        "–" if accuracy is None else f"{accuracy:.2%}",
        f"{run['seconds']:.1f}" if run["step"] else "–",
        run["state"] or "–",
    )
