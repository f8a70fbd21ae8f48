"""From DOT source to the bytes of a picture, by the Graphviz that comes with pygraphviz."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from explorer.export.fonts import font_for
from explorer.system.errors import GatescopeError

LAYOUT: Final = str(Path(__file__).with_name("layout_process.py"))
"""The program that draws. It is run by its path: another package `explorer` may come first on PYTHONPATH."""
LAYOUT_SECONDS: Final = 300.0
"""Seconds before a drawing is abandoned; the slowest, a GRU's 28 timesteps as a PNG, takes 5."""


def render(source: str, kind: str) -> bytes:
    """Draw a graph.

    Nothing is printed: Graphviz runs in a process of its own (`layout_process` says why), whose output is
    read only for the reason of a failure.

    Args:
        source: DOT.
        kind: the format; `dot` returns the source as it is, without positions.

    Raises:
        GatescopeError: Graphviz failed, crashed or took too long; or our font is missing.
    """
    if kind == "dot":
        return source.encode()
    try:
        with font_for(source) as environment:
            drawn = subprocess.run(
                [sys.executable, "-P", LAYOUT, kind],
                input=source.encode(),
                capture_output=True,
                timeout=LAYOUT_SECONDS,
                check=False,
                env=environment,
            )
    except subprocess.TimeoutExpired:
        message = f"Graphviz needed more than {LAYOUT_SECONDS:.0f} s; draw fewer timesteps, or the dot format"
        raise GatescopeError(message) from None
    except OSError as error:
        raise GatescopeError(f"Graphviz couldn't be started: {error.strerror}") from None
    if drawn.returncode or not drawn.stdout:
        raise GatescopeError(f"Graphviz couldn't draw the graph: {_reason(drawn)}")
    return drawn.stdout


def _reason(failed: subprocess.CompletedProcess[bytes]) -> str:
    """The most informative line: Graphviz's first error, or the last line, which is Python's."""
    if failed.returncode < 0:
        return f"it was killed by {signal.Signals(-failed.returncode).name}"
    lines = failed.stderr.decode(errors="replace").splitlines()
    lines = [line.strip() for line in lines if line.strip() and not line.startswith("Fontconfig")]
    errors = [line for line in lines if line.startswith("Error")]
    return (errors or lines[-1:] or ["no error message"])[0]
