"""Figures: an answer as a picture to print. `FIGURES` in `explorer.protocol.exports` lists them.

    drawing    from an answer to a file's content: svg, pdf, png; style and metadata
    again      the command that makes a figure again
    heading    what a figure's title says
    sheet      a figure, measured in inches from its upper left corner
    lettering  how wide a text is, what fits, and which font has its characters
    scales     which colours numbers have
    ticks      the numbers and names along the axes
    maps       numbers as colours, and their colour bar
    timeline   what all figures of timesteps share

Everything else here is one figure a file: a function of an answer and a sheet. Only this package imports
matplotlib, in the export's own process: 0.5 s and 60 MB that nothing else needs.
"""

from __future__ import annotations

import logging
import os

from explorer.engine.data.mnist import cache_root

# Before matplotlib is imported: it keeps its list of fonts there.
os.environ["MPLCONFIGDIR"] = str(cache_root().with_name("matplotlib"))
os.environ["MPLBACKEND"] = "agg"  # one that it doesn't know would make its import fail
logging.getLogger("matplotlib").setLevel(logging.CRITICAL)  # it warns of fonts that a machine hasn't
