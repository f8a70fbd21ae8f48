"""Graphviz as a program: `python layout_process.py png < graph.dot > graph.png`.

pygraphviz brings Graphviz as a library that runs inside the process that calls it. There it holds Python's
global lock while it works (minutes for a large graph, with no response to Ctrl-C), prints warnings about
fonts straight to the terminal, and takes the process with it if it crashes: pygraphviz 2.0.4 crashes on
some graphs that are drawn and then laid out. So `explorer.export.graph.graphviz` runs it here, in a process
of its own. It imports nothing of ours.
"""

from __future__ import annotations

import signal
import sys
from typing import Final

import pygraphviz

DPI: Final = 144
"""Pixels per inch of a PNG, unless that would make it too large."""
LARGEST: Final = (56, 84)
"""Inches of a PNG; a larger drawing is shrunk. That is at most 8064×12096 pixels, 390 MB while it is drawn;
cairo can't draw more than 32767 on a side."""


def main() -> None:
    """Draw the DOT source from standard input, in the format that is the only argument."""
    # Python's own handler would wait until the library returns
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    if sys.argv[1] == "png":
        graph.graph_attr.update(dpi=str(DPI), size=",".join(map(str, LARGEST)))
    sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))


if __name__ == "__main__":
    main()
