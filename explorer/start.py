"""The very start of gatescope, as a command and as each process that it starts.

A research repository often has a `models/` or an `explorer/` of its own. Where PYTHONPATH names its folder,
Python finds those first. So our packages are imported from where they are installed, whatever comes first on
Python's path; the path itself stays as it is, for torch and everything else.

The installed command comes here by the module `gatescope`, `python -m explorer` directly, and our processes
run this file by its path. So it imports nothing of ours before `explorer` is loaded.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).absolute().parents[1]
"""The folder with our packages."""


class ShadowedError(ImportError):
    """Another package has taken the name of one of ours in this process."""


def load(package: str) -> None:
    """Import one of our packages from its folder, wherever Python would find one of this name.

    Raises:
        ShadowedError: another package of this name was imported before.
        ImportError: it isn't there, or fails.
    """
    file = ROOT / package / "__init__.py"
    known = sys.modules.get(package)
    if known is not None:
        theirs = known.__file__ or next(iter(known.__path__))
        if not (os.path.exists(theirs) and os.path.samefile(theirs, file)):
            raise ShadowedError(
                f"the package {os.path.dirname(theirs)} was imported before gatescope's own {file.parent}; "
                "import gatescope's first, or rename yours"
            )
        return
    spec = spec_from_file_location(package, file, submodule_search_locations=[str(file.parent)])
    if spec is None or spec.loader is None:
        raise ImportError(f"can't import {file}")
    module = module_from_spec(spec)
    sys.modules[package] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[package]
        raise


def open_streams() -> None:
    """Open /dev/null in place of each standard stream that was closed (`<&-`, `>&-`, `2>&-`).

    Otherwise the next file that is opened, perhaps the run's events, would be standard output, and a library
    that prints would write into it. Python has None for these streams.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            handle = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(handle, True)
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115 - stays open
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def main() -> None:
    """Run `gatescope`; never returns."""
    open_streams()
    try:
        load("models")
        load("explorer")
        command_line = import_module("explorer.cli")  # not by its name: this file doesn't depend on it
    except ShadowedError as error:
        sys.exit(f"gatescope: {error}")
    command_line.main()


if __name__ == "__main__":
    main()
