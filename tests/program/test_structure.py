"""The modules' imports: no cycle anywhere, and nothing heavy where it would delay the start."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec

import grimp
import pytest

TORCH = {"torch", "torchvision", "numpy"}
SCREEN = {"textual", "rich", "plotext"}
HEAVY_ROOMS = {"explorer.engine", "explorer.export", "explorer.ui"}
LAYERS = {"models.layer", "models.classifier", "models.lstm", "models.gru", "models.rnn"}

PRINT_WHAT_CAME = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("\\n".join(sys.modules))
"""


def inside(package):
    """Return a package and every module below it, without importing any."""
    spec = find_spec(package)
    found = [package]
    for module in pkgutil.iter_modules(spec.submodule_search_locations, package + "."):
        found += inside(module.name) if module.ispkg else [module.name]
    return found


def brought_by(*names):
    """Return the modules that a fresh interpreter has loaded after importing these."""
    command = [sys.executable, "-c", PRINT_WHAT_CAME, *names]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def cycles(edges):
    """Return the first cycle among the files and folders of each package that has one.

    Args:
        edges: pairs of modules; the first imports the second.
    """
    arrows = defaultdict(lambda: defaultdict(set))
    for importer, imported in edges:
        one, other = importer.split("."), imported.split(".")
        shared = next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        if shared is None:  # a package and its own module: the package's file is `__init__`
            shared = min(len(one), len(other))
        children = [parts[shared] if len(parts) > shared else "__init__" for parts in (one, other)]
        arrows[".".join(one[:shared])][children[0]].add(children[1])
    found = {}
    for package, graph in arrows.items():
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            found[package] = error.args[1]
    return found


def test_no_import_cycle_between_files_or_folders_not_even_for_types_or_inside_functions():
    graph = grimp.build_graph("explorer", "models", cache_dir=None)
    modules = graph.modules
    assert {"explorer.ui.app", "explorer.engine.loop", "models.lstm"} < modules
    edges = [(one, other) for one in modules for other in graph.find_modules_directly_imported_by(one)]
    assert len(edges) > 300
    # Only `models` names classes for type checkers that it imports on first use.
    assert cycles(edge for edge in edges if edge[0] not in ("models", "models.registry")) == {}


@pytest.mark.parametrize(
    ("edges", "package"),
    [
        ([("a.one", "a.two"), ("a.two", "a.one")], "a"),
        ([("a.b.one", "a.c.two"), ("a.c.three", "a.b.four")], "a"),
        ([("a.b.one", "a.two"), ("a.two", "a.b")], "a"),
        ([("a.b", "a.b.one"), ("a.b.one", "a.b")], "a.b"),
    ],
)
def test_an_import_cycle_would_be_found(edges, package):
    assert set(cycles(edges)) == {package}


@pytest.mark.parametrize(
    ("names", "unwanted"),
    [
        (["explorer", "explorer.cli", "models", "models.registry"], TORCH | SCREEN | HEAVY_ROOMS | LAYERS),
        ([*inside("explorer.runs"), *inside("explorer.protocol")], TORCH | SCREEN | HEAVY_ROOMS | LAYERS),
        (inside("explorer.ui"), TORCH | LAYERS | {"explorer.engine", "explorer.export"}),
    ],
    ids=["command line", "runs and protocol", "screen"],
)
def test_light_imports_stay_light(names, unwanted):
    assert unwanted.isdisjoint(brought_by(*names))


def test_the_cells_import_torch_and_nothing_from_the_program():
    brought = brought_by(*inside("models"))
    assert "torch" in brought  # so this check would find it elsewhere
    assert (SCREEN | {"explorer", "torchvision"}).isdisjoint(brought)
