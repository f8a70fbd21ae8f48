"""Out of memory for real, on a CPU: a line with what to lower; a question is refused, and nothing ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kit.digits import tiny_files, write_files

from explorer.engine.data.sources import SOURCES

CODE = """
import json, resource, sys
from pathlib import Path

import torch
from kit.asking import activations_of
from kit.trainings import learnt

from explorer.engine import lifecycle
from explorer.engine.data.dataset import load_dataset
from explorer.engine.learning.batches import Scaling
from explorer.engine.loop import TrainingLoop
from explorer.engine.probes.registry import Prober
from explorer.engine.read_only import Library
from explorer.engine.record.checkpoints import new_model
from kit.exporting import export_run
from explorer.export.picture import export_graph
from explorer.protocol.messages import FindSample
from explorer.runs.catalogue import create_run
from explorer.runs.config import configure
from explorer.system.errors import GatescopeError
from explorer.runs.shape import DIGITS

place = Path(sys.argv[1])
torch.set_num_threads(1)
learnt(configure({"hidden": 4}))


def make(name, **options):
    given = {"data_dir": str(place), "device": "cpu", "threads": 1, "epochs": 1} | options
    return create_run(place / "runs", configure(given), name)


def leave(megabytes):
    "Let this process have no more than this besides what it has."
    status = Path("/proc/self/status").read_text()
    has = int(status.partition("VmSize:")[2].split()[0]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (has + megabytes * 2**20, resource.RLIM_INFINITY))


def said(act):
    try:
        return getattr(act(), "message", "nothing")
    except GatescopeError as error:
        return str(error)


data = load_dataset("mnist", str(place), print)
small, large = make("small", hidden=512, batch_size=2000), make("large", hidden=1024)
prober = Prober(new_model(small.read().config, DIGITS), data, Scaling.of(data.test, True))
library = Library()
leave(8)
answers = {
    "find": said(lambda: prober.answer(FindSample(0), 1, "training")),
    "probe": said(lambda: library.answer(activations_of(0, str(large.path)))),
    "export": said(lambda: export_run(large, "step", "dot", None, False, True, lambda line: None)),
}
leave(300)
answers["train"] = said(lambda: lifecycle.train(small))
print(json.dumps(answers))
"""
"""Everything is imported and made before the memory is taken away."""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a limit of the memory of a process")
def test_every_use_of_memory_names_what_to_lower(tmp_path: Path) -> None:
    write_files(tmp_path / "MNIST" / "raw", tiny_files(SOURCES["mnist"], train=2000, test=2000))
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout.splitlines()[-1])
    refused = "out of memory; close some programs, and ask again"
    assert answers["find"] == answers["probe"] == refused
    assert answers["export"] == "out of memory; choose a smaller --span, or close some programs"
    assert "the training failed: out of memory; try a smaller --hidden or --batch-size" in answers["train"]
