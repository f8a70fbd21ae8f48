"""What a module brings along: a screen that imports torch by accident costs 2.4 s and 526 MB."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from importlib.util import find_spec

import pytest

TORCH = {"torch", "torchvision", "numpy"}
SCREEN = {"textual", "rich", "plotext"}
OTHERS = {"explorer.engine", "explorer.export", "explorer.ui"}

PRINT_WHAT_CAME = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("\\n".join(sys.modules))
"""


def inside(package):
    """A package and every module below it, without importing any."""
    spec = find_spec(package)
    found = [] if spec is None else [package]
    for module in pkgutil.iter_modules(spec.submodule_search_locations if spec else [], package + "."):
        found += inside(module.name) if module.ispkg else [module.name]
    return found


def brought_by(*names):
    """The modules that a fresh interpreter has after importing these."""
    command = [sys.executable, "-c", PRINT_WHAT_CAME, *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


RULES = [
    *((name, TORCH | SCREEN | OTHERS) for name in inside("explorer.runs")),
    ("models", TORCH | SCREEN | {"explorer"}),
    ("models.registry", TORCH | SCREEN | {"explorer"}),
    ("explorer", TORCH | SCREEN | OTHERS),
    ("explorer.cli", TORCH | SCREEN | OTHERS),
    ("explorer.ui", TORCH | {"explorer.engine", "explorer.export"}),
]
"""A module, and what importing it must not bring along."""


@pytest.mark.parametrize(("name", "unwanted"), RULES, ids=[name for name, _ in RULES])
def test_importing_it_stays_light(name, unwanted):
    if find_spec(name) is None:
        pytest.skip(f"there is no {name} yet")
    assert unwanted.isdisjoint(brought_by(name))


def test_the_whole_screen_stays_without_torch():
    unwanted = TORCH | {"explorer.engine", "explorer.export", "models.layer", "models.lstm"}
    assert unwanted.isdisjoint(brought_by(*inside("explorer.ui")))


def test_the_cells_bring_torch_and_nothing_of_the_program():
    brought = brought_by(*inside("models"))
    assert "torch" in brought  # so this check would see it elsewhere
    assert (SCREEN | {"explorer", "torchvision"}).isdisjoint(brought)


def test_every_module_of_a_run_is_looked_at():
    assert {"explorer.runs.reader", "explorer.runs.folder"} < {name for name, _ in RULES}
