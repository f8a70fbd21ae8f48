"""gatescope: a terminal explorer of recurrent gates.

`runs` is what a run is on disk, `engine` the process that computes, `export` the pictures, `ui` the
screen. Imports run one way: ui → runs ← engine → models.
"""

from typing import Final

__version__: Final = "0.2.0.dev0"
"""The version of the distribution `gatescope`."""
