"""The module `gatescope`, in which the installed command starts; in a wheel it stands beside our packages.

The command can't start in our package `explorer`: PYTHONPATH may name a folder with another one. This module
looks for ours, and runs its `start`; so does `python -m gatescope`. It imports nothing of ours.
"""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

FILES: Final = ("explorer/start.py", "explorer/cli.py", "models/registry.py")
"""What the folder with our packages certainly has, and a repository with others of these names hasn't."""


def main() -> None:
    """Run `gatescope`; never returns."""
    places = [Path(__file__).parent, *(Path(place) for place in sys.path)]  # in a checkout: on Python's path
    root = next((place for place in places if all((place / file).is_file() for file in FILES)), None)
    spec = spec_from_file_location("explorer_start", root.absolute() / FILES[0]) if root else None
    if spec is None or spec.loader is None:
        sys.exit("gatescope: its packages explorer and models are not on Python's path; reinstall gatescope")
    start = module_from_spec(spec)
    spec.loader.exec_module(start)
    start.main()


if __name__ == "__main__":
    main()
