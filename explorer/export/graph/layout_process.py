"""Graphviz as a program: `python -m explorer.export.graph.layout_process png < graph.dot > graph.png`.

pygraphviz brings Graphviz as a library, inside the process that calls it. There it holds Python's lock
while it works (minutes for a large graph, with Ctrl-C deaf), prints warnings about fonts straight to
the terminal, and a fault of its own ends the process: pygraphviz 2.0.4 crashes on some graphs that are
drawn and then laid out. So `explorer.export.graph.graphviz` runs it here, in a process of its own.
"""

from __future__ import annotations

import signal
import sys
from typing import Final

import pygraphviz

DPI: Final = 144
"""Pixels per inch of a PNG, unless it would get too large."""
LARGEST: Final = (56, 84)
"""Inches of a PNG; a larger drawing is shrunk. At most 8064×12096 pixels, which is 390 MB while it is
drawn; cairo can't draw more than 32767 on a side."""


def main() -> None:
    """Draw the DOT source from the standard input in the format of the only argument."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Python's own handler waits for the library's return
    graph = pygraphviz.AGraph(string=sys.stdin.buffer.read().decode())
    if sys.argv[1] == "png":
        graph.graph_attr.update(dpi=str(DPI), size=",".join(map(str, LARGEST)))
    sys.stdout.buffer.write(graph.draw(format=sys.argv[1], prog="dot"))


if __name__ == "__main__":
    main()
